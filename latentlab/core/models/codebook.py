"""The codebook of a vector-quantising model: look-up, and learning by moving averages or by gradient."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

# A code used less than this share of the mean use is as good as dead and is put where data is.
_DEAD_SHARE = 0.03
_KMEANS_ROUNDS = 10
# A code whose moving averages have all but vanished stays where it is: their quotient would mean nothing.
_LEAST_USE = 1e-20


class Codebook(nn.Module, ABC):
    """K code vectors of dimension D, to which vectors are rounded.

    Attributes:
        vectors: K×D, the codes as they are kept; `points` gives them as they are used.
        uses: K, moving averages of the share of a batch's vectors assigned to each code.
        revives: whether codes that fall out of use are put where data is.
        cosine: whether only directions count: vectors and codes have length 1 (Yu et al. 2022, section 3.2).
    """

    vectors: Tensor
    uses: Tensor

    def __init__(self, count: int, dimension: int, decay: float, revives: bool = True, cosine: bool = False) -> None:
        super().__init__()
        self.decay, self.revives, self.cosine = decay, revives, cosine
        self._lay(torch.randn(count, dimension))
        self.register_buffer("uses", torch.full((count,), 1.0 / count))

    @abstractmethod
    def _lay(self, start: Tensor) -> None:
        """Makes `vectors` of K×D numbers."""

    def points(self) -> Tensor:
        """K×D, the codes that vectors are rounded to."""
        return self.fitted(self.vectors)

    def fitted(self, vectors: Tensor) -> Tensor:
        """Vectors (..., D) as the codebook takes them: of length 1 where only directions count."""
        return nn.functional.normalize(vectors, dim=-1) if self.cosine else vectors

    @torch.no_grad()
    def nearest(self, z: Tensor) -> Tensor:
        """Indices (...) of the codes closest to vectors (..., D) in Euclidean distance."""
        points = self.points()
        flat = z.reshape(-1, z.shape[-1])
        # ‖z − e‖² = ‖z‖² − 2 z·e + ‖e‖²; the first term is the same for every code.
        scores = torch.addmm(points.square().sum(1), flat, points.T, alpha=-2.0)
        return scores.argmin(1).view(z.shape[:-1])

    def look_up(self, codes: Tensor) -> Tensor:
        """Vectors (..., D) of the given indices (...)."""
        return nn.functional.embedding(codes, self.points())

    def begin(self, z: Tensor, generator: torch.Generator | None) -> None:
        """Called with a training batch's vectors (..., D) before they are rounded."""

    def follow(self, z: Tensor, codes: Tensor, generator: torch.Generator | None) -> None:
        """Called with a training batch's vectors (..., D) and the codes (...) that they were rounded to."""

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

    def count(self, codes: Tensor) -> Tensor:
        """How often each of the K codes stands in ``codes`` (any shape), as floats."""
        # index_add_ rather than bincount: the latter waits for the GPU to learn the length of its answer.
        flat = codes.reshape(-1)
        return torch.zeros_like(self.uses).index_add_(0, flat, torch.ones_like(flat, dtype=self.uses.dtype))

    def _dead(self) -> Tensor:
        """K, which codes have fallen out of use."""
        return self.uses < _DEAD_SHARE / len(self.uses)

    def _picks(self, flat: Tensor, generator: torch.Generator | None) -> Tensor:
        """K of the vectors N×D, to put dead codes at.

        Drawn at every step, needed or not, so that the work and the random numbers do not depend on the data.
        """
        return flat[torch.randint(len(flat), (len(self.uses),), generator=generator, device=flat.device)]


class MovingCodebook(Codebook):
    """Each code is a moving average of the vectors that are rounded to it, and has no gradient.

    Attributes:
        sums: K×D, moving averages of the sums of those vectors over their number (van den Oord et al. 2017, equations
            6 to 8, there with counts; shares make batches of any size weigh alike).
    """

    sums: Tensor

    def __init__(self, count: int, dimension: int, decay: float, revives: bool = True, cosine: bool = False) -> None:
        super().__init__(count, dimension, decay, revives, cosine)
        self.register_buffer("sums", self.vectors / count)

    def _lay(self, start: Tensor) -> None:
        self.register_buffer("vectors", start)

    @torch.no_grad()
    def follow(self, z: Tensor, codes: Tensor, generator: torch.Generator | None) -> None:
        """Moves each code towards the mean of the vectors (..., D) assigned to it, and revives unused ones."""
        flat, assigned = z.reshape(-1, z.shape[-1]), codes.reshape(-1)
        sums = torch.zeros_like(self.sums).index_add_(0, assigned, flat) / len(flat)
        self.uses.lerp_(self.count(assigned) / len(flat), 1.0 - self.decay)
        self.sums.lerp_(sums, 1.0 - self.decay)
        if self.revives:
            picks, dead, mean_use = self._picks(flat, generator), self._dead(), 1.0 / len(self.uses)
            self.uses.copy_(torch.where(dead, mean_use, self.uses))
            self.sums.copy_(torch.where(dead[:, None], picks * mean_use, self.sums))
            self.vectors.copy_(self.sums / self.uses[:, None])
        else:
            moved = self.sums / self.uses[:, None]
            self.vectors.copy_(torch.where(self.uses[:, None] > _LEAST_USE, moved, self.vectors))

    def start_from(self, z: Tensor, generator: torch.Generator | None) -> None:
        super().start_from(z, generator)
        self.sums.copy_(self.vectors / len(self.uses))


class LearnedCodebook(Codebook):
    """The codes are parameters, which a term of the loss draws to the vectors that are rounded to them."""

    def _lay(self, start: Tensor) -> None:
        self.vectors = nn.Parameter(start)

    @torch.no_grad()
    def begin(self, z: Tensor, generator: torch.Generator | None) -> None:
        """Revives the codes that fell out of use; before the loss is computed, whose gradient needs them unchanged."""
        if not self.revives:
            return
        picks, dead = self._picks(z.reshape(-1, z.shape[-1]), generator), self._dead()
        self.uses.copy_(torch.where(dead, 1.0 / len(self.uses), self.uses))
        self.vectors.copy_(torch.where(dead[:, None], picks, self.vectors))

    @torch.no_grad()
    def follow(self, z: Tensor, codes: Tensor, generator: torch.Generator | None) -> None:
        """Notes which codes are in use."""
        self.uses.lerp_(self.count(codes) / codes.numel(), 1.0 - self.decay)


def codes_used(uses: Tensor) -> Tensor:
    """How many of K codes were used at all, from how often each was: a scalar."""
    return (uses > 0).sum()


def perplexity(uses: Tensor) -> Tensor:
    """exp of the entropy of code use, from how often each was used: K when all are alike, 1 when one is alone."""
    share = uses / uses.sum()
    return torch.exp(-torch.special.xlogy(share, share).sum())
