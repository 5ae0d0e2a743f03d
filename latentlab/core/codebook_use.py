"""How a quantising model uses its codebook, and what an image costs in bits."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_PARTS = 10


@dataclass(frozen=True)
class CodebookUse:
    """Over N images of h·w codes each.

    Attributes:
        size: K, the codes there are.
        counts: K, how often each was used.
        places: h·w.
        perplexity: exp of the entropy of the codes' shares, and its standard error over images.
    """

    size: int
    counts: NDArray[np.int64]
    places: int
    perplexity: tuple[float, float | None]

    @property
    def used(self) -> int:
        """Codes that some image uses."""
        return int((self.counts > 0).sum())


def codebook_use(codes: NDArray[np.int64], size: int) -> CodebookUse:
    """Counts the code maps N×h×w of a codebook of ``size`` vectors."""
    counts = _counts(codes, size)
    return CodebookUse(size, counts, codes[0].size, (_perplexity(counts), _jackknife_error(codes, size, counts)))


def bits_per_dimension(error: float, full_scale: int, use: CodebookUse, pixels: int) -> float:
    """Bits a number of the image costs, written as codes and what they leave: lossless, and so an upper bound.

    The codes cost log2 K each (a uniform prior over them, as van den Oord et al. 2017 have it in training). The rest
    is written under a normal distribution whose variance is the mean squared error, ½ log2(2πe·error) for pixels in
    whole steps of 1/full_scale.

    Args:
        error: squared error per pixel, images in [0, 1].
    """
    codes = use.places * math.log2(use.size) / pixels
    return codes + 0.5 * math.log2(2.0 * math.pi * math.e * error * full_scale**2)


def _counts(codes: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    return np.bincount(codes.ravel(), minlength=size)


def _perplexity(counts: NDArray[np.int64]) -> float:
    share = counts[counts > 0] / counts.sum()
    return float(np.exp(-(share * np.log(share)).sum()))


def _jackknife_error(codes: NDArray[np.int64], size: int, counts: NDArray[np.int64]) -> float | None:
    """Standard error of the perplexity by leaving out a tenth of the images at a time (Efron 1982)."""
    if len(codes) < 2 * _PARTS:
        return None
    parts = np.array_split(codes, _PARTS)
    left_out = np.array([_perplexity(counts - _counts(part, size)) for part in parts])
    return float(np.sqrt((_PARTS - 1) * left_out.var()))
