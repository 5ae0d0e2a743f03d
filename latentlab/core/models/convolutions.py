"""Convolutions that round their factors on request (precision.py), where their maps are many."""

from __future__ import annotations

from functools import partial
from typing import cast

from torch import Tensor, nn

from latentlab.core import precision

# Images and latents come and go by layers with fewer maps on one side, and keep all their digits.
_LEAST_ROUNDED = 32


class Conv2d(nn.Conv2d):
    """torch's convolution; with both numbers of channels large, one that may round."""

    def forward(self, x: Tensor) -> Tensor:
        if not _rounds(self.weight):
            return super().forward(x)
        return precision.of_rounded(self._conv_forward, x, self.weight, self.bias)


class ConvTranspose2d(nn.ConvTranspose2d):
    """torch's transposed convolution, with neither dilation nor groups, that may round likewise."""

    def forward(self, x: Tensor) -> Tensor:  # type: ignore[override]
        if not _rounds(self.weight):
            return super().forward(x)
        padding = cast("tuple[int, ...]", self.padding)  # words, too, are for other convolutions only
        product = partial(
            nn.functional.conv_transpose2d, stride=self.stride, padding=padding, output_padding=self.output_padding
        )
        return precision.of_rounded(product, x, self.weight, self.bias)


def _rounds(weight: Tensor) -> bool:
    return precision.is_rounded() and min(weight.shape[:2]) >= _LEAST_ROUNDED

