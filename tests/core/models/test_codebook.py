"""The codebook's learning against the paper's equations in NumPy."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from latentlab.core.models.codebook import Codebook
from tests.core.models.making import generator


class TestCodebook:
    def test_moving_averages_are_those_of_the_paper(self):
        """Equations 6 to 8 of van den Oord et al. 2017, in NumPy, over several batches; every code in use."""
        codebook = Codebook(4, 3, decay=0.9)
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
        codebook = Codebook(3, 2, decay=0.5)
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
        codebook = Codebook(64, 4, decay=0.99)
        z = torch.randn(2000, 4, generator=generator())
        codebook.start_from(z, generator())
        counts = codebook.count(codebook.nearest(z))
        assert (counts > 0).sum() >= 60
        assert codebook.perplexity(codebook.nearest(z)) > 40

    def test_starts_from_fewer_vectors_than_codes(self):
        codebook = Codebook(64, 4, decay=0.99)
        codebook.start_from(torch.randn(10, 4, generator=generator()), generator())
        assert torch.isfinite(codebook.vectors).all()
        codebook.start_from(torch.zeros(1, 4), generator())
        assert torch.isfinite(codebook.vectors).all()

    def test_perplexity(self):
        codebook = Codebook(8, 2, decay=0.99)
        assert codebook.perplexity(torch.arange(8)).item() == pytest.approx(8)
        assert codebook.perplexity(torch.zeros(9, dtype=torch.int64)).item() == pytest.approx(1)
