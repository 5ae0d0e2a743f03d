"""Pictures in as few colours as a GIF may have, each still in its own: points of ten classes beside many greys."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_MOST = 256
# What most of a picture is made of, its grounds and its ink, stays exactly as it is.
_EXACT = 16
# Nine pixels in ten are grey where a manifold is, and a palette made by their number would be: so many greys are enough
# for the eye, and the others cover the colours, however rare one is.
_GREYS, _GREYISH = 52, 8


def in_gif_colours(picture: Image.Image) -> Image.Image:
    """An RGB picture in 256 colours that come near to all of its own; not dithered, which would not be compressed."""
    from scipy.spatial import cKDTree

    pixels = np.asarray(picture).astype(np.uint32)
    packed = pixels[..., 0] << 16 | pixels[..., 1] << 8 | pixels[..., 2]
    found, places, counts = np.unique(packed, return_inverse=True, return_counts=True)
    colours = np.stack([found >> 16, found >> 8 & 255, found & 255], axis=1).astype(np.uint8)
    palette = colours if len(colours) <= _MOST else _palette(colours, counts)
    _, nearest = cKDTree(palette).query(colours)
    paletted = Image.fromarray(nearest.astype(np.uint8)[places].reshape(packed.shape))
    paletted.putpalette(palette.tobytes())
    return paletted


def _palette(colours: NDArray[np.uint8], counts: NDArray[np.intp]) -> NDArray[np.uint8]:
    exact = colours[np.argsort(-counts, kind="stable")[:_EXACT]]
    greys = np.repeat(np.linspace(0, 255, _GREYS).round().astype(np.uint8)[:, None], 3, axis=1)
    coloured = colours[np.ptp(colours, axis=1) > _GREYISH]
    if not len(coloured):
        return np.concatenate([exact, greys])
    swatches = Image.fromarray(np.ascontiguousarray(coloured[None]))
    covering = swatches.quantize(_MOST - _EXACT - _GREYS, Image.Quantize.MAXCOVERAGE).getpalette()
    return np.concatenate([exact, greys, np.array(covering, np.uint8).reshape(-1, 3)])[:_MOST]
