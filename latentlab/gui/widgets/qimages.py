"""Arrays to pictures and back. Every picture owns its memory, every array too."""

from __future__ import annotations

import sys

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from latentlab.gui.colours import Colours, rgb

_LIFT = 0.7
"""The power that a difference is drawn at: below one, so that a small difference is still seen."""

# Where a pixel 0xffRRGGBB has its red, green and blue byte.
_CHANNELS = slice(2, None, -1) if sys.byteorder == "little" else slice(1, None)


def to_qimage(image: NDArray[np.uint8]) -> QImage:
    """A picture of ``image``: uint8 H×W, 1×H×W (grey) or 3×H×W (colour), 255 fully bright.

    Raises:
        ValueError: the array has another shape or type.
    """
    if image.ndim == 2:
        image = image[None]
    if image.ndim != 3:
        raise ValueError(f"An image must be H×W, 1×H×W or 3×H×W; got {image.shape}.")
    return to_qimages(image[None])[0]


def to_qimages(images: NDArray[np.uint8]) -> list[QImage]:
    """Pictures of ``images``: uint8 N×C×H×W, C 1 (grey) or 3 (colour), 255 fully bright.

    They are of the format that Qt enlarges fastest, three times as fast as grey.

    Raises:
        ValueError: the array has another shape or type.
    """
    if images.dtype != np.uint8:
        raise ValueError(f"An image must be uint8; got {images.dtype}.")
    if images.ndim != 4 or images.shape[1] not in (1, 3):
        raise ValueError(f"An image must be 1×H×W or 3×H×W; got {images.shape[1:]}.")
    count, _, height, width = images.shape
    pixels = np.full((count, height, width, 4), 255, np.uint8)
    pixels[..., _CHANNELS] = images.transpose(0, 2, 3, 1)
    return [QImage(each.data, width, height, 4 * width, QImage.Format.Format_RGB32).copy() for each in pixels]


def to_array(picture: QImage) -> NDArray[np.uint8]:
    """The pixels of any picture as uint8 H×W×3."""
    plain = picture.convertToFormat(QImage.Format.Format_RGB888)
    height, width, stride = plain.height(), plain.width(), plain.bytesPerLine()
    rows = np.frombuffer(plain.constBits(), np.uint8, count=stride * height).reshape(height, stride)
    return rows[:, : width * 3].reshape(height, width, 3).copy()


def diverging(difference: NDArray[np.floating], colours: Colours) -> NDArray[np.uint8]:
    """Differences as colours: …×C×H×W in [-1, 1] to uint8 …×3×H×W.

    Zero takes the ground's colour, so that only what differs is seen. Several channels are averaged; what is not a
    number counts as no difference.
    """
    signed = np.clip(np.nan_to_num(difference.astype(np.float32).mean(axis=-3), posinf=1.0, neginf=-1.0), -1.0, 1.0)
    ends = [np.array(rgb(end), np.float32) for end in (colours.negative, colours.neutral, colours.positive)]
    negative, neutral, positive = ends
    toward = np.where(signed[..., None] < 0, negative, positive)
    mixed = neutral + (toward - neutral) * np.abs(signed)[..., None] ** _LIFT
    return np.moveaxis(np.rint(mixed).astype(np.uint8), -1, -3)


def crisp_scale(image_width: int, image_height: int, width: float, height: float, ratio: float) -> float:
    """How much to enlarge an image to fit ``width`` × ``height``, in pixels per image pixel.

    Every image pixel covers the same whole number of device pixels (``ratio`` of them make a pixel), so edges stay
    sharp; an image too large for that is shrunk to fit.
    """
    fit = max(0.0, min(width / image_width, height / image_height))
    whole = int(fit * ratio + 1e-6)
    return whole / ratio if whole >= 1 else fit


_target = QRectF()


def draw(painter: QPainter, picture: QImage, left: float, top: float, scale: float) -> None:
    """Paints ``picture`` enlarged by ``scale``, its corner at the device pixel nearest to ``(left, top)``; by the GUI
    thread only.
    """
    ratio = painter.device().devicePixelRatioF()
    left, top = round(left * ratio) / ratio, round(top * ratio) / ratio
    _target.setRect(left, top, picture.width() * scale, picture.height() * scale)
    # Blocks, not blur: these are data. Only an image with more pixels than the screen gives it is smoothed.
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, scale * ratio < 1)
    painter.drawImage(_target, picture)
