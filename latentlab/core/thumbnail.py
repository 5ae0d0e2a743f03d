"""A manifold at the size of a stamp: decoded images over the part of the plane where the data lie."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from latentlab.core.data import Split
from latentlab.core.raster import density_extent
from latentlab.core.serving import Images, LatentServer

_ENCODED = 256


def thumbnail(server: LatentServer, split: Split, cells: int = 4) -> Images:
    """uint8 C×(cells·H)×(cells·W) of 0 to 255: ``cells`` × ``cells`` images, the plane's upper left first.

    Args:
        split: some of its first images lay the plane and its extent.
    """
    some = split.take(np.arange(min(_ENCODED, len(split))))
    left, low, right, high = density_extent(server.place(server.encode(some.images, some.labels)))
    shares = (np.arange(cells) + 0.5) / cells
    across, down = np.meshgrid(left + shares * (right - left), high - shares * (high - low))
    places: NDArray[np.float32] = np.stack([across, down], axis=-1).reshape(-1, 2).astype(np.float32)
    images = server.decode(places, 0)
    _, channels, height, width = images.shape
    tiled = images.reshape(cells, cells, channels, height, width).transpose(2, 0, 3, 1, 4)
    return np.ascontiguousarray(tiled.reshape(channels, cells * height, cells * width))
