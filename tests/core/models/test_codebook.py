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
        codebook.sums.copy_(codebook.vectors / 3)
        z = torch.rand(300, 2, generator=generator())
        moves = []
        for _ in range(12):
            codebook.follow(z, codebook.nearest(z), generator())
            moves.append(codebook.vectors[2].max().item() <= 1.0)
        assert not moves[0]  # one batch without use is no death
        assert moves[-1]
        assert len(codebook.nearest(z).unique()) == 3

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
                codebook.sums.copy_(far / 3)
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
