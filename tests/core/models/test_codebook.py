"""The codebook's learning against the paper's equations in NumPy."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from latentlab.core.models.codebook import LearnedCodebook, MovingCodebook, codes_used, perplexity
from tests.core.models.making import generator


class TestCodebook:
    def test_moving_averages_are_those_of_the_paper(self):
        """Equations 6 to 8 of van den Oord et al. 2017, in NumPy, over several batches; every code in use."""
        codebook = MovingCodebook(4, 3, decay=0.9)
        rng = np.random.default_rng(0)
        centres = 5 * rng.standard_normal((4, 3))
        codebook.vectors.copy_(torch.tensor(centres))
        codebook.uses.fill_(1 / 4)
        codebook.sums.copy_(codebook.vectors / 4)
        N, m = np.full(4, 1 / 4), centres / 4  # as shares of a batch
        for _ in range(5):
            z = (centres[:, None] + 0.1 * rng.standard_normal((4, 10, 3))).reshape(-1, 3)
            flat = torch.tensor(z, dtype=torch.float32)
            codes = codebook.nearest(flat)
            codebook.follow(flat, codes, generator())
            e = m / N[:, None]
            nearest = ((z[:, None] - e[None]) ** 2).sum(2).argmin(1)
            for i in range(4):
                mine = z[nearest == i]
                N[i] = N[i] * 0.9 + len(mine) / 40 * (1 - 0.9)
                m[i] = m[i] * 0.9 + mine.sum(0) / 40 * (1 - 0.9)
        np.testing.assert_allclose(codebook.vectors.numpy(), m / N[:, None], rtol=1e-4)
        np.testing.assert_allclose(codebook.uses.numpy(), N, rtol=1e-5)

    def test_a_dead_code_is_put_where_data_is(self):
        codebook = MovingCodebook(3, 2, decay=0.5)
        codebook.vectors.copy_(torch.tensor([[0.0, 0.0], [1.0, 1.0], [50.0, 50.0]]))
        codebook.sums.copy_(codebook.vectors * codebook.uses[:, None])
        z = torch.rand(300, 2, generator=generator())
        moves = []
        for _ in range(12):
            codebook.follow(z, codebook.nearest(z), generator())
            moves.append(codebook.vectors[2].max().item() <= 1.0)
        assert not moves[0]  # one batch without use is no death
        assert moves[-1]
        assert len(codebook.nearest(z).unique()) == 3

    @pytest.mark.parametrize("kind", [MovingCodebook, LearnedCodebook])
    def test_dead_codes_go_where_the_codebook_errs_most(self, kind):
        """With chances as the squared distances from the codes in use; what has its code already draws none."""
        codebook, values = kind(4001, 1, decay=0.9), torch.tensor([0.0, 1.0, 2.0, 3.0])
        with torch.no_grad():
            codebook.vectors.fill_(1e3)
            codebook.vectors[0] = 0.0
        codebook.uses.zero_()
        codebook.uses[0] = 0.1
        z = values.repeat(1000)[:, None]
        codebook.begin(z, generator())
        codebook.follow(z, torch.zeros(len(z), dtype=torch.long), generator())
        placed = codebook.points()[1:, 0].detach()
        found = (placed[:, None] == values).sum(0).numpy()
        expected = 4000 * values.square().numpy() / 14
        assert found[0] == 0 and found.sum() == 4000
        # Pearson's statistic of 2 degrees of freedom is beyond 13.8 once in a thousand times.
        assert ((found - expected)[1:] ** 2 / expected[1:]).sum() < 13.8

    def test_a_code_put_anew_soon_follows_what_it_stands_for(self):
        """As the mean of few vectors does: within a tenth of the memory that settled codes have."""
        codebook = MovingCodebook(2, 1, decay=0.99)
        codebook.vectors.copy_(torch.tensor([[0.0], [1e3]]))
        codebook.uses.copy_(torch.tensor([1.0, 0.0]))
        codebook.sums.zero_()
        z = torch.tensor([0.0, 10.0]).repeat(50)[:, None]
        codebook.follow(z, torch.zeros(len(z), dtype=torch.long), generator())
        assert codebook.vectors[1] == 10.0
        for _ in range(10):
            moved = torch.tensor([0.0, 20.0]).repeat(50)[:, None]
            codebook.follow(moved, codebook.nearest(moved), generator())
        assert codebook.vectors[1] > 14.0

    def test_k_means_finds_rare_vectors_among_many_that_are_alike(self):
        codebook, rare = MovingCodebook(64, 4, decay=0.99), torch.randn(60, 4, generator=generator())
        z = torch.cat([torch.zeros(10_000, 4), rare])
        codebook.start_from(z, generator())
        torch.testing.assert_close(codebook.look_up(codebook.nearest(z)), z)

    def test_starts_with_every_code_in_use(self):
        codebook = MovingCodebook(64, 4, decay=0.99)
        z = torch.randn(2000, 4, generator=generator())
        codebook.start_from(z, generator())
        counts = codebook.count(codebook.nearest(z))
        assert (counts > 0).sum() >= 60
        assert perplexity(counts) > 40

    def test_starts_from_fewer_vectors_than_codes(self):
        codebook = MovingCodebook(64, 4, decay=0.99)
        codebook.start_from(torch.randn(10, 4, generator=generator()), generator())
        assert torch.isfinite(codebook.vectors).all()
        codebook.start_from(torch.zeros(1, 4), generator())
        assert torch.isfinite(codebook.vectors).all()

    def test_perplexity_and_codes_used(self):
        assert perplexity(torch.full((8,), 3.0)).item() == pytest.approx(8)
        assert perplexity(torch.tensor([0.0, 9.0, 0.0])).item() == pytest.approx(1)
        uses = np.array([5.0, 0.0, 1.0, 2.0])
        share = uses[uses > 0] / uses.sum()
        assert perplexity(torch.tensor(uses)).item() == pytest.approx(np.exp(-(share * np.log(share)).sum()))
        assert codes_used(torch.tensor(uses)).item() == 3

    @pytest.mark.parametrize("kind", [MovingCodebook, LearnedCodebook])
    @pytest.mark.parametrize("revives", [True, False])
    def test_dead_codes_are_replaced_only_where_that_is_wanted(self, kind, revives):
        codebook = kind(3, 2, decay=0.5, revives=revives)
        far = torch.tensor([[0.0, 0.0], [1.0, 1.0], [50.0, 50.0]])
        with torch.no_grad():
            codebook.vectors.copy_(far)
            if kind is MovingCodebook:
                codebook.sums.copy_(far * codebook.uses[:, None])
        z = torch.rand(300, 2, generator=generator())
        for _ in range(200):
            codebook.begin(z, generator())
            codebook.follow(z, codebook.nearest(z), generator())
        assert torch.isfinite(codebook.vectors).all()
        if revives:
            assert codebook.vectors.max() <= 1.0
        else:
            torch.testing.assert_close(codebook.vectors[2], far[2])

    @pytest.mark.parametrize("kind", [MovingCodebook, LearnedCodebook])
    def test_cosine_compares_directions(self, kind):
        codebook = kind(6, 3, decay=0.9, cosine=True)
        z = torch.randn(40, 3, generator=generator())
        vectors, codes = z.numpy().astype(np.float64), codebook.vectors.detach().numpy().astype(np.float64)
        similarity = vectors @ codes.T / np.linalg.norm(codes, axis=1)
        assert np.array_equal(codebook.nearest(z).numpy(), similarity.argmax(1))
        lengths = torch.linalg.vector_norm(codebook.look_up(torch.arange(6)), dim=1)
        torch.testing.assert_close(lengths, torch.ones(6))
