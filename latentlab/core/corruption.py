"""Ways to spoil an image that a model may learn, or be asked, to undo."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

KINDS = {
    "masking": "Masking",
    "gaussian": "Gaussian noise",
    "salt_and_pepper": "Salt and pepper",
    "patch": "Patch",
}
"""The kinds of corruption, and how they are called on screen."""


@dataclass(frozen=True)
class Corruption:
    """A kind of corruption and how strong it is (Vincent et al. 2008 and 2010).

    Attributes:
        kind: one of `KINDS`. Masking sets pixels to 0; Gaussian noise is added and the image clipped to [0, 1]; salt
            and pepper sets pixels to 0 or 1, each as likely; a patch is a square of zeros at a random place.
        level: in [0, 1]: the share of pixels that is spoilt, the noise's standard deviation, or the patch's share of
            the image's area. 0 leaves the image as it is.
    """

    kind: str
    level: float

    def apply(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Images N×C×H×W in [0, 1], each spoilt in a way of its own; all channels of a pixel alike."""
        count, _, height, width = x.shape

        def uniform(*size: int) -> Tensor:
            return torch.rand(size, generator=generator, device=x.device, dtype=x.dtype)

        if self.kind == "masking":
            return x * (uniform(count, 1, height, width) >= self.level)
        if self.kind == "gaussian":
            noise = torch.randn(x.shape, generator=generator, device=x.device, dtype=x.dtype)
            return (x + self.level * noise).clamp(0.0, 1.0)
        if self.kind == "salt_and_pepper":
            chance = uniform(count, 1, height, width)
            return torch.where(chance < self.level, (chance < 0.5 * self.level).to(x.dtype), x)
        if self.kind == "patch":
            # Tensors all the way, so that nothing waits for the device: a mask of rows times a mask of columns.
            side = self.level**0.5
            rows = _stretch(uniform(count, 1, 1, 1), side, height)[..., None]
            columns = _stretch(uniform(count, 1, 1, 1), side, width)[..., None, :]
            return x * ~(rows & columns)
        raise ValueError(f"There is no corruption called {self.kind!r}; there are {', '.join(KINDS)}.")


def _stretch(place: Tensor, share: float, length: int) -> Tensor:
    """Which of ``length`` pixels lie in a stretch of that share of them; ``place`` N×1×1×1 in [0, 1] says where."""
    size = round(share * length)
    start = (place.flatten(1) * (length - size + 1)).floor().clamp_max(length - size)
    pixels = torch.arange(length, device=place.device)
    return ((pixels >= start) & (pixels < start + size))[:, None]
