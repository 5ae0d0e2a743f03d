"""Convolutions that round their factors on request (precision.py), where their maps are many."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from latentlab.core import precision

# Images and latents come and go by layers with fewer maps on one side, and keep all their digits.
_LEAST_ROUNDED = 32


class Conv2d(nn.Conv2d):
    """torch's convolution; with both numbers of channels large, one that may round."""

    def forward(self, x: Tensor) -> Tensor:
        if not _rounds(self.weight):
            return super().forward(x)
        return self._conv_forward(*_as_bfloat16(x, self.weight, self.bias)).to(x.dtype)


class ConvTranspose2d(nn.ConvTranspose2d):
    """torch's transposed convolution, with neither dilation nor groups, that may round likewise."""

    def forward(self, x: Tensor) -> Tensor:  # type: ignore[override]
        if not _rounds(self.weight):
            return super().forward(x)
        factors = _as_bfloat16(x, self.weight, self.bias)
        padding = cast("tuple[int, ...]", self.padding)  # words, too, are for other convolutions only
        y = nn.functional.conv_transpose2d(*factors, self.stride, padding, self.output_padding)
        return y.to(x.dtype)


def _rounds(weight: Tensor) -> bool:
    return precision.is_rounded() and min(weight.shape[:2]) >= _LEAST_ROUNDED


def _as_bfloat16(x: Tensor, weight: Tensor, bias: Tensor | None) -> tuple[Tensor, Tensor, Tensor | None]:
    return x.to(torch.bfloat16), weight.to(torch.bfloat16), None if bias is None else bias.to(torch.bfloat16)
