"""The codebook of a vector-quantising model: look-up, and learning by exponential moving averages."""

from __future__ import annotations

import torch
from torch import Tensor, nn

# A code used less than this share of the mean use is as good as dead and is put where data is.
_DEAD_SHARE = 0.03
_KMEANS_ROUNDS = 10


class Codebook(nn.Module):
    """K code vectors of dimension D that follow the vectors assigned to them.

    Attributes:
        vectors: K×D, the codes.
        uses: K, moving averages of the share of a batch's vectors assigned to each code.
        sums: K×D, moving averages of the sums of those vectors over their number (van den Oord et al. 2017, equations
            6 to 8, there with counts; shares make batches of any size weigh alike).
    """

    vectors: Tensor
    uses: Tensor
    sums: Tensor

    def __init__(self, count: int, dimension: int, decay: float) -> None:
        super().__init__()
        self.decay = decay
        start = torch.randn(count, dimension)
        self.register_buffer("vectors", start)
        self.register_buffer("uses", torch.full((count,), 1.0 / count))
        self.register_buffer("sums", start / count)

    def nearest(self, z: Tensor) -> Tensor:
        """Indices (...) of the codes closest to vectors (..., D) in Euclidean distance."""
        flat = z.reshape(-1, z.shape[-1])
        # ‖z − e‖² = ‖z‖² − 2 z·e + ‖e‖²; the first term is the same for every code.
        scores = torch.addmm(self.vectors.square().sum(1), flat, self.vectors.T, alpha=-2.0)
        return scores.argmin(1).view(z.shape[:-1])

    def look_up(self, codes: Tensor) -> Tensor:
        """Vectors (..., D) of the given indices (...)."""
        return nn.functional.embedding(codes, self.vectors)

    @torch.no_grad()
    def follow(self, z: Tensor, codes: Tensor, generator: torch.Generator | None) -> None:
        """Moves each code towards the mean of the vectors (..., D) assigned to it, and revives unused ones."""
        flat, assigned = z.reshape(-1, z.shape[-1]), codes.reshape(-1)
        shares = self.count(assigned) / len(flat)
        sums = torch.zeros_like(self.sums).index_add_(0, assigned, flat) / len(flat)
        self.uses.lerp_(shares, 1.0 - self.decay)
        self.sums.lerp_(sums, 1.0 - self.decay)
        # Drawn at every step, needed or not, so that the work and the random numbers do not depend on the data.
        picks = torch.randint(len(flat), (len(self.uses),), generator=generator, device=flat.device)
        mean_use = 1.0 / len(self.uses)
        dead = self.uses < _DEAD_SHARE * mean_use
        self.uses.copy_(torch.where(dead, mean_use, self.uses))
        self.sums.copy_(torch.where(dead[:, None], flat[picks] * mean_use, self.sums))
        self.vectors.copy_(self.sums / self.uses[:, None])

    @torch.no_grad()
    def start_from(self, z: Tensor, generator: torch.Generator | None) -> None:
        """Places the codes by k-means on vectors N×D, so that training starts with every code in use."""
        count = len(self.uses)
        order = torch.randperm(len(z), generator=generator, device=z.device)
        chosen = order[torch.arange(count, device=z.device) % len(order)]
        self.vectors.copy_(z[chosen])
        # Fewer vectors than codes: repeated ones are told apart by a little noise.
        if len(z) < count:
            noise = torch.randn(self.vectors.shape, generator=generator, device=z.device)
            self.vectors.add_(noise * z.std().clamp_min(1e-3) * 0.01)
        for _ in range(_KMEANS_ROUNDS):
            codes = self.nearest(z)
            counts = self.count(codes)
            sums = torch.zeros_like(self.vectors).index_add_(0, codes, z)
            used = counts > 0
            self.vectors.copy_(torch.where(used[:, None], sums / counts.clamp_min(1.0)[:, None], self.vectors))
        self.uses.fill_(1.0 / count)
        self.sums.copy_(self.vectors / count)

    def count(self, codes: Tensor) -> Tensor:
        """How often each of the K codes stands in ``codes`` (any shape flattened to N), as floats."""
        # index_add_ rather than bincount: the latter waits for the GPU to learn the length of its answer.
        return torch.zeros_like(self.uses).index_add_(0, codes, torch.ones_like(codes, dtype=self.uses.dtype))

    def perplexity(self, codes: Tensor) -> Tensor:
        """exp of the entropy of code use: K when all are used alike, 1 when one is used alone."""
        share = self.count(codes.reshape(-1)) / codes.numel()
        return torch.exp(-(share * torch.log(share.clamp_min(1e-10))).sum())
