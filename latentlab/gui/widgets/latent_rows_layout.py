"""Where the rows of a traversal lie: caption, swept images with a slider beneath, value; plain arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from PySide6.QtCore import QPointF, QRectF

from latentlab.gui.widgets.qimages import crisp_scale

_CAPTION, _LONG_CAPTION, _VALUE, _MARGIN = 72.0, 104.0, 48.0, 4.0
_GAP, _BETWEEN = 4.0, 8.0
_SLIDER, _LOW_ROW, _TWO_LINES = 16.0, 24.0, 34.0
_LARGEST = 64.0
_FEW, _MANY, _MANY_PITCH = 9, 11, 40.0
"""An odd number of images, so that one stands in the middle; eleven where each still has so many pixels."""


@dataclass(frozen=True)
class RowsLayout:
    """The rows of one widget; a row's slider runs from the middle of its first image to the middle of its last.

    Attributes:
        width: of all of it.
        row_height: from one row to the next.
        first: the middle of the first image, from the left.
        columns: images in a row.
        pitch: from one image to the next.
        image: width and height of an image as drawn; none where only the sliders are shown.
        scale: pixels per image pixel.
        ratio: device pixels per pixel.
        text: the size of its words beside the usual.
    """

    width: float
    row_height: float
    first: float
    columns: int
    pitch: float
    image: tuple[float, float]
    scale: float
    ratio: float
    text: float = 1.0

    @property
    def track(self) -> tuple[float, float]:
        """Where the sliders begin and end, from the left."""
        return self.first, self.first + (self.columns - 1) * self.pitch

    def row(self, place: int) -> QRectF:
        """The whole of a row."""
        return QRectF(0, place * self.row_height, self.width, self.row_height)

    def image_rect(self, place: int, column: int) -> QRectF:
        """Where an image lies: on whole device pixels, so that it and its ring stay sharp."""
        left = round((self.first + column * self.pitch - self.image[0] / 2) * self.ratio) / self.ratio
        return QRectF(left, place * self.row_height + _BETWEEN / 2, *self.image)

    def slider(self, place: int) -> QRectF:
        """Where a slider takes the mouse: around its groove, which is in the middle of it."""
        row, (begin, end) = self.row(place), self.track
        height = (_SLIDER if self.image[1] else _LOW_ROW) * self.text
        bottom = row.bottom() - (_BETWEEN / 2 if self.image[1] else 0)
        return QRectF(begin - _SLIDER / 2, bottom - height, end - begin + _SLIDER, height)

    def handle(self, place: int, share: float) -> QPointF:
        """The middle of a slider's handle, ``share`` (0 to 1) of the way along it."""
        begin, end = self.track
        return QPointF(begin + min(max(share, 0.0), 1.0) * (end - begin), self.slider(place).center().y())

    def share_at(self, x: float) -> float:
        """How far along a slider ``x`` is, 0 to 1."""
        begin, end = self.track
        return min(max((x - begin) / (end - begin), 0.0), 1.0)

    def caption(self, place: int) -> QRectF:
        """Where the latent's name and figure stand."""
        width = self.first - self.pitch / 2 - _GAP - _MARGIN
        return QRectF(_MARGIN, place * self.row_height, width, self.row_height)

    def value(self, place: int) -> QRectF:
        """Where the latent's value stands, beside its slider."""
        slider = self.slider(place)
        left = self.track[1] + self.pitch / 2
        return QRectF(left, slider.top(), min(_VALUE * self.text, self.width - _MARGIN - left), slider.height())

    def column_at(self, place: int, at: QPointF) -> int | None:
        """The image of a row that lies at a pixel, half the gaps included, or None."""
        if not self.image[1] or not self.row(place).top() <= at.y() < self.slider(place).top():
            return None
        column = int((at.x() - self.first + self.pitch / 2) // self.pitch)
        return column if 0 <= column < self.columns else None


def lay_out_rows(
    image_size: tuple[int, int], width: float, ratio: float, with_images: bool, text: float = 1.0
) -> RowsLayout:
    """Lays rows out over a width in pixels.

    Args:
        image_size: width and height of an image in its own pixels.
        ratio: device pixels per pixel.
        text: the size of the words beside the usual.
    """
    left = _MARGIN + (_CAPTION if with_images else _LONG_CAPTION) * text + _GAP
    room = max(width - left - _VALUE * text - _MARGIN, 2.0 * _FEW)
    columns = _MANY if room / _MANY >= _MANY_PITCH else _FEW
    pitch = room / columns
    if not with_images:
        return RowsLayout(width, ceil(_LOW_ROW * text), left + pitch / 2, columns, pitch, (0.0, 0.0), 0.0, ratio, text)
    pitch = min(pitch, _LARGEST)
    side = max(pitch - _GAP, 2.0)
    scale = crisp_scale(*image_size, side, side, ratio)
    image = image_size[0] * scale, image_size[1] * scale
    row_height = max(ceil(image[1]) + ceil(_SLIDER * text) + _BETWEEN, ceil(_TWO_LINES * text))
    return RowsLayout(width, row_height, left + pitch / 2, columns, pitch, image, scale, ratio, text)
