"""The encoder and decoder networks that models share: fully connected and convolutional."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import torch
from torch import Tensor, nn

from latentlab.core.models.base import BodyConfig, ImageShape
from latentlab.core.models.convolutions import Conv2d, ConvTranspose2d
from latentlab.core.models.linear import Layers, Linear

Activation = type[nn.Module]
_ACTIVATIONS: dict[str, Activation] = {"relu": nn.ReLU, "tanh": nn.Tanh, "silu": nn.SiLU}


def build_encoder(config: BodyConfig, shape: ImageShape, outputs: int, classes: int = 0) -> nn.Module:
    """Images N×C×H×W to N×outputs; with ``classes``, of what `beside_image` makes of an image and its label."""
    activation = activation_of(config)
    if config.body == "conv":
        seen = replace(shape, channels=shape.channels + classes)
        return ConvEncoder(seen, config.channels, outputs, activation)
    return mlp(shape.pixels + classes, hidden_widths(config), outputs, activation)


def build_decoder(config: BodyConfig, shape: ImageShape, inputs: int, maps: int = 1) -> nn.Module:
    """Latents N×inputs to image logits N×(maps·C)×H×W."""
    activation = activation_of(config)
    shape = replace(shape, channels=maps * shape.channels)
    if config.body == "conv":
        return ConvDecoder(shape, config.channels, inputs, activation)
    layers = mlp(inputs, hidden_widths(config)[::-1], shape.pixels, activation)
    return Layers(*layers, nn.Unflatten(1, (shape.channels, shape.height, shape.width)))


def beside_image(config: BodyConfig, x: Tensor, label: Tensor) -> Tensor:
    """Images N×C×H×W with labels N×K beside them: N×(C·H·W + K) for an MLP, K constant planes more for convolutions."""
    if config.body == "conv":
        planes = label[:, :, None, None].expand(-1, -1, *x.shape[2:])
        return torch.cat([x, planes], 1)
    return torch.cat([x.flatten(1), label], 1)


def activation_of(config: BodyConfig) -> Activation:
    """The layer between layers."""
    return _ACTIVATIONS[config.activation]


def hidden_widths(config: BodyConfig) -> tuple[int, ...]:
    """The widths of an MLP encoder's hidden layers, first to last; the decoder has them the other way round."""
    shrink = 2 if config.taper == "halve" else 1
    return tuple(max(config.hidden // shrink**level, 1) for level in range(config.depth))


def mlp(inputs: int, hidden: tuple[int, ...], outputs: int, activation: Activation) -> Layers:
    """Flattens, then alternates linear layers and activations; the last layer is linear."""
    linear = [Linear(fan_in, fan_out) for fan_in, fan_out in pairwise((inputs, *hidden, outputs))]
    if activation is not nn.Tanh:  # whose gradient is computed from what it gives, to all digits
        for layer, following in pairwise(linear):
            layer.keeps_rounded = following.is_wide
    layers: list[nn.Module] = [nn.Flatten()]
    for layer in linear[:-1]:
        layers += [layer, activation()]
    return Layers(*layers, linear[-1])


def halved(side: int, times: int) -> int:
    """The side of a feature map after ``times`` convolutions of stride 2."""
    for _ in range(times):
        side = (side + 1) // 2
    return side


class ConvEncoder(nn.Module):
    """Two convolutions of stride 2 (three from 48 pixels on), then two linear layers."""

    def __init__(self, shape: ImageShape, channels: int, outputs: int, activation: Activation) -> None:
        super().__init__()
        levels = levels_for(shape)
        self.features = downsampling(shape.channels, channels, levels, activation)
        size = 2 * channels * halved(shape.height, levels) * halved(shape.width, levels)
        self.head = mlp(size, (256,), outputs, activation)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.features(x))


class ConvDecoder(nn.Module):
    """`ConvEncoder` mirrored: two linear layers, then transposed convolutions, cropped to the image's size."""

    def __init__(self, shape: ImageShape, channels: int, inputs: int, activation: Activation) -> None:
        super().__init__()
        self.shape = shape
        levels = levels_for(shape)
        self.start = (2 * channels, halved(shape.height, levels), halved(shape.width, levels))
        size = self.start[0] * self.start[1] * self.start[2]
        self.head = Layers(*mlp(inputs, (256,), size, activation), activation(), nn.Unflatten(1, self.start))
        self.features = upsampling(shape.channels, channels, levels, activation)

    def forward(self, z: Tensor) -> Tensor:
        image = self.features(self.head(z))
        return image[:, :, : self.shape.height, : self.shape.width]


class GridEncoder(nn.Module):
    """Images to a map of features N×outputs×grid×grid, for models with a code at each place."""

    def __init__(self, shape: ImageShape, channels: int, grid: int, outputs: int, activation: Activation) -> None:
        super().__init__()
        levels = levels_for_grid(shape, grid)
        self.features = downsampling(shape.channels, channels, levels, activation)
        self.fit = nn.AdaptiveAvgPool2d(grid)
        self.head = nn.Sequential(ResidualBlock(2 * channels, activation), Conv2d(2 * channels, outputs, 1))

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.fit(self.features(x)))


class GridDecoder(nn.Module):
    """Feature maps N×inputs×grid×grid to image logits N×C×H×W."""

    def __init__(self, shape: ImageShape, channels: int, grid: int, inputs: int, activation: Activation) -> None:
        super().__init__()
        self.shape = shape
        levels = levels_for_grid(shape, grid)
        self.side = (halved(shape.height, levels), halved(shape.width, levels))
        self.head = nn.Sequential(
            Conv2d(inputs, 2 * channels, 3, padding=1), ResidualBlock(2 * channels, activation), activation()
        )
        self.features = upsampling(shape.channels, channels, levels, activation)

    def forward(self, z: Tensor) -> Tensor:
        maps = self.head(z)
        if maps.shape[-2:] != torch.Size(self.side):
            maps = nn.functional.interpolate(maps, size=self.side, mode="nearest")
        return self.features(maps)[:, :, : self.shape.height, : self.shape.width]


class ResidualBlock(nn.Module):
    """Adds a 3×3 and a 1×1 convolution to its input (van den Oord et al. 2017, section 4.1)."""

    def __init__(self, channels: int, activation: Activation) -> None:
        super().__init__()
        inner = max(channels // 2, 1)
        self.layers = nn.Sequential(
            activation(), Conv2d(channels, inner, 3, padding=1), activation(), Conv2d(inner, channels, 1)
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x)


def levels_for(shape: ImageShape) -> int:
    """How often a whole-image body halves: 8×8 digits once, 28×28 and 32×32 twice, larger images three times."""
    side = max(shape.height, shape.width)
    return 1 if side <= 12 else 2 if side < 48 else 3


def levels_for_grid(shape: ImageShape, grid: int) -> int:
    """How often a body may halve before its map is smaller than ``grid`` codes a side."""
    levels = 0
    while halved(min(shape.height, shape.width), levels + 1) >= grid and levels < 4:
        levels += 1
    return levels


def downsampling(inputs: int, channels: int, levels: int, activation: Activation) -> nn.Sequential:
    """``levels`` convolutions of stride 2 that end in 2·channels maps; a plain one where there is nothing to halve."""
    if levels == 0:
        return nn.Sequential(Conv2d(inputs, 2 * channels, 3, padding=1), activation())
    widths = [inputs, *([channels] if levels > 1 else []), *[2 * channels] * max(levels - 1, 1)]
    layers: list[nn.Module] = []
    for fan_in, fan_out in pairwise(widths):
        layers += [Conv2d(fan_in, fan_out, 3, stride=2, padding=1), activation()]
    return nn.Sequential(*layers)


def upsampling(outputs: int, channels: int, levels: int, activation: Activation) -> nn.Sequential:
    """The mirror of `downsampling`: 2·channels maps to ``outputs`` maps of 2**levels times the side."""
    if levels == 0:
        return nn.Sequential(Conv2d(2 * channels, outputs, 3, padding=1))
    widths = [*[2 * channels] * (levels - 1), channels, outputs] if levels > 1 else [2 * channels, outputs]
    layers: list[nn.Module] = []
    for fan_in, fan_out in pairwise(widths):
        layers += [ConvTranspose2d(fan_in, fan_out, 4, stride=2, padding=1), activation()]
    return nn.Sequential(*layers[:-1])
