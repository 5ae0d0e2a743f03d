"""One picture file as a small array, and small arrays of any size fitted into one size."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from latentlab.core.data import LARGEST_SIDE
from latentlab.core.errors import DataError

ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff")
"""What the names of picture files end in, in small letters."""

_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF")  # no others, whatever a file with such an ending holds
_MOST_PIXELS = 1 << 26  # where Pillow's own guard is switched off
# What Pillow's decoders raise on damaged files besides OSError.
_DAMAGE = (SyntaxError, ValueError, TypeError, KeyError, IndexError, EOFError, OverflowError, struct.error)
_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)


@dataclass(frozen=True)
class Picture:
    """A picture as read.

    Attributes:
        pixels: uint8 H×W where it is grey, else H×W×3; at most 64×64.
        size: the width and height it had before.
    """

    pixels: NDArray[np.uint8]
    size: tuple[int, int]


def read_picture(path: Path) -> Picture:
    """The picture in a file, upright as its camera says, the first one where there are several.

    What is transparent is laid on white, as on paper. Colours that are all grey make a grey picture. 16-bit grey
    keeps its upper eight bits. What is larger than 64×64 is scaled to fit, keeping the aspect.

    Raises:
        DataError: it cannot be read, is no picture, is damaged or far too large.
    """
    try:
        with Image.open(path, formats=_FORMATS) as image:
            if image.width * image.height > (Image.MAX_IMAGE_PIXELS or _MOST_PIXELS):
                raise Image.DecompressionBombError
            size = image.size
            image.draft(None, (2 * LARGEST_SIDE, 2 * LARGEST_SIDE))  # a large JPEG is decoded at less than full size
            upright = ImageOps.exif_transpose(image)
            if (upright.width > upright.height) != (image.width > image.height):
                size = size[::-1]
            flat = _flat(upright, path)
            if max(size) > LARGEST_SIDE:
                flat = flat.resize(_within(size, (LARGEST_SIDE, LARGEST_SIDE)), Image.Resampling.BICUBIC)
    except _BOMBS as error:
        raise DataError(f"{path} has far too many pixels to be read; make it smaller or remove it.") from error
    except OSError as error:
        if error.errno:
            raise DataError(f"{path} cannot be read ({error.strerror}); check the file and its permissions.") from error
        raise DataError(f"{path} is damaged or no picture; replace or remove it.") from error
    except _DAMAGE as error:
        raise DataError(f"{path} is damaged or no picture; replace or remove it.") from error
    pixels = np.asarray(flat)
    if pixels.ndim == 3 and (pixels == pixels[:, :, :1]).all():
        pixels = np.ascontiguousarray(pixels[:, :, 0])
    return Picture(pixels, size)


def fitted(pixels: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """A picture scaled to fit into ``size`` (width, height), keeping its aspect, amid the mean colour of its border."""
    height, width = pixels.shape[:2]
    wanted = _within((width, height), size)
    if wanted != (width, height):
        pixels = np.asarray(Image.fromarray(pixels).resize(wanted, Image.Resampling.BICUBIC))
    if wanted == size:
        return pixels
    edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    whole = np.empty((size[1], size[0], *pixels.shape[2:]), np.uint8)
    whole[:] = edge.mean(0).round().astype(np.uint8)
    left, top = (size[0] - wanted[0]) // 2, (size[1] - wanted[1]) // 2
    whole[top : top + wanted[1], left : left + wanted[0]] = pixels
    return whole


def _within(size: tuple[int, int], room: tuple[int, int]) -> tuple[int, int]:
    """The largest size of that aspect in ``room``; both width and height, in whole pixels."""
    scale = min(room[0] / size[0], room[1] / size[1])
    return max(1, min(room[0], round(size[0] * scale))), max(1, min(room[1], round(size[1] * scale)))


def _flat(image: Image.Image, path: Path) -> Image.Image:
    """The image with one channel or three of eight bits, and nothing transparent."""
    if image.mode == "F":
        raise DataError(f"{path} holds floats rather than a picture of 8 bits a channel; convert or remove it.")
    if image.mode.startswith("I"):
        values = np.asarray(image)
        if values.min() < 0 or values.max() > 0xFFFF:
            raise DataError(f"{path} holds numbers beyond 16 bits; convert it to 8 bits a channel or remove it.")
        return Image.fromarray((values >> 8).astype(np.uint8))
    if image.has_transparency_data:
        above = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", above.size, "white"), above).convert("RGB")
    return image.convert("L" if image.mode in ("1", "L") else "RGB")
