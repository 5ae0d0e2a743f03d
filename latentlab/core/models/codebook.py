"""The codebook of a vector-quantising model: look-up, and learning by moving averages or by gradient.

In its first tens of steps an encoder's output changes out of recognition and spreads twentyfold. Codes that were placed
among its first vectors are soon far from nearly all of it, and would starve. So they start by k-means (as in
SoundStream, Zeghidour et al. 2021, section III-C), but follow quickly as long as they have seen little, and those that
have fallen out of use are put among the vectors of the latest batch (as there, and as Jukebox's random restarts,
Dhariwal et al. 2020, section 3.1), where the codebook errs most.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

# A code used less than this share of the mean use is as good as dead and is put where data is.
_DEAD_SHARE = 0.03
# The use that a code put anew is taken to have, as a share of the mean use: little, so that it soon follows the vectors
# that it comes to stand for, and is soon put elsewhere where there are none.
_TRIAL_SHARE = 0.1
_KMEANS_ROUNDS = 10
# A code whose moving averages have all but vanished stays where it is: their quotient would mean nothing.
_LEAST_USE = 1e-20


class Codebook(nn.Module, ABC):
    """K code vectors of dimension D, to which vectors are rounded.

    Attributes:
        vectors: K×D, the codes as they are kept; `points` gives them as they are used.
        uses: K, moving averages of the share of a batch's vectors assigned to each code. What stands there to begin
            with weighs no more than a batch, so that it is soon outweighed; only ratios of uses mean anything.
        revives: whether codes that fall out of use are put where data is.
        cosine: whether only directions count: vectors and codes have length 1 (Yu et al. 2022, section 3.2).
    """

    vectors: Tensor
    uses: Tensor

    def __init__(self, count: int, dimension: int, decay: float, revives: bool = True, cosine: bool = False) -> None:
        super().__init__()
        self.decay, self.revives, self.cosine = decay, revives, cosine
        self._lay(torch.randn(count, dimension))
        self.register_buffer("uses", torch.full((count,), (1.0 - decay) / count))

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
        """Places the codes by k-means on vectors N×D, so that training starts with every code in use.

        They are seeded one by one, each at a vector that is likely to be far from those before it (k-means++, Arthur &
        Vassilvitskii 2007): of images with one background, most vectors are alike.
        """
        count = len(self.uses)
        distances = torch.ones_like(z[:, 0])
        for number in range(count):
            self.vectors[number] = _picked(z, distances, 1, generator)[0]
            to_newest = (z - self.vectors[number]).square().sum(1)
            distances = to_newest if number == 0 else torch.minimum(distances, to_newest)
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
        self.uses.copy_(self.count(self.nearest(z)) / len(z) * (1.0 - self.decay))

    def count(self, codes: Tensor) -> Tensor:
        """How often each of the K codes stands in ``codes`` (any shape), as floats."""
        # index_add_ rather than bincount: the latter waits for the GPU to learn the length of its answer.
        flat = codes.reshape(-1)
        return torch.zeros_like(self.uses).index_add_(0, flat, torch.ones_like(flat, dtype=self.uses.dtype))

    def _trials(self, flat: Tensor, codes: Tensor, generator: torch.Generator | None) -> tuple[Tensor, Tensor, Tensor]:
        """What becomes of dead codes: which they are (K×1), where to put each (K×D), and its use from then on.

        The places are vectors of the batch, N×D, drawn with chances in proportion to the squared distance from the
        ``codes`` (N) that they were rounded to, as k-means++ seeds: drawn evenly they would mostly double the codes
        that stand for what is common. They are drawn at every step, needed or not, so that the work and the random
        numbers do not depend on the data.
        """
        errors = (flat - self.look_up(codes)).square().sum(1)
        mean_use = self.uses.mean()
        dead = self.uses < _DEAD_SHARE * mean_use
        return dead[:, None], _picked(flat, errors, len(self.uses), generator), _TRIAL_SHARE * mean_use


class MovingCodebook(Codebook):
    """Each code is a moving average of the vectors that are rounded to it, and has no gradient.

    Attributes:
        sums: K×D, moving averages of the sums of those vectors over their number (van den Oord et al. 2017, equations
            6 to 8, there with counts; shares make batches of any size weigh alike).
    """

    sums: Tensor

    def __init__(self, count: int, dimension: int, decay: float, revives: bool = True, cosine: bool = False) -> None:
        super().__init__(count, dimension, decay, revives, cosine)
        self.register_buffer("sums", self.vectors * self.uses[:, None])

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
            dead, places, use = self._trials(flat, assigned, generator)
            self.uses.copy_(torch.where(dead[:, 0], use, self.uses))
            self.sums.copy_(torch.where(dead, places * use, self.sums))
            self.vectors.copy_(self.sums / self.uses[:, None])
        else:
            moved = self.sums / self.uses[:, None]
            self.vectors.copy_(torch.where(self.uses[:, None] > _LEAST_USE, moved, self.vectors))

    def start_from(self, z: Tensor, generator: torch.Generator | None) -> None:
        super().start_from(z, generator)
        self.sums.copy_(self.vectors * self.uses[:, None])


class LearnedCodebook(Codebook):
    """The codes are parameters, which a term of the loss draws to the vectors that are rounded to them."""

    def _lay(self, start: Tensor) -> None:
        self.vectors = nn.Parameter(start)

    @torch.no_grad()
    def begin(self, z: Tensor, generator: torch.Generator | None) -> None:
        """Revives the codes that fell out of use; before the loss is computed, whose gradient needs them unchanged."""
        if not self.revives:
            return
        flat = z.reshape(-1, z.shape[-1])
        dead, places, use = self._trials(flat, self.nearest(flat), generator)
        self.uses.copy_(torch.where(dead[:, 0], use, self.uses))
        self.vectors.copy_(torch.where(dead, places, self.vectors))

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


def _picked(vectors: Tensor, weights: Tensor, count: int, generator: torch.Generator | None) -> Tensor:
    """``count`` of the vectors N×D, each drawn with a chance in proportion to its weight, of N that are not negative.

    By the inverse of the distribution function: `torch.multinomial` would wait for a GPU.
    """
    cumulated = weights.cumsum(0)
    at = torch.rand(count, generator=generator, device=weights.device) * cumulated[-1]
    # A draw may round up to the whole sum, behind the last vector.
    return vectors[torch.searchsorted(cumulated, at, right=True).clamp_max(len(vectors) - 1)]
