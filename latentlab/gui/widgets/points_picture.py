"""The picture of a set of points: drawn beside the GUI thread, and shifted under a pan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, QRect, QSize
from PySide6.QtGui import QImage, QPainter

from latentlab.core.raster import Rasteriser, disc_style
from latentlab.gui.widgets.plane_frame import Frame


@dataclass(frozen=True, eq=False)
class PointsState:
    """What is drawn, frozen, so that another thread may draw it.

    Attributes:
        points: float32 (N, 2); nobody writes to it.
        here, beside: two rasterisers of the same labels, for the GUI thread and for the worker: each serves one thread.
        dimmed: bool (N,), the points that are faded, or None.
        on_dark: whether the ground is.
    """

    points: NDArray[np.float32]
    here: Rasteriser
    beside: Rasteriser
    dimmed: NDArray[np.bool_] | None = None
    on_dark: bool = False

    @classmethod
    def of(
        cls,
        points: NDArray[np.float32],
        labels: NDArray[np.integer],
        palette: NDArray[np.uint8],
        on_dark: bool = False,
    ) -> PointsState:
        """Points (N, 2) of the classes ``labels`` (N,) in the colours ``palette`` (K, 3).

        Raises:
            ValueError: the sizes do not match, or a label has no colour.
        """
        return cls(_checked(points), *_rasterisers(points, labels, palette), on_dark=on_dark)

    def moved(self, points: NDArray[np.float32]) -> PointsState:
        """The same points elsewhere."""
        return replace(self, points=_checked(points))

    def recoloured(self, labels: NDArray[np.integer], palette: NDArray[np.uint8]) -> PointsState:
        """The same points in other colours; raises as `of` does."""
        here, beside = _rasterisers(self.points, labels, palette)
        return replace(self, here=here, beside=beside)

    def draw_beside(self, frame: Frame, ratio: float, between: Callable[[], None] | None = None) -> PointsPicture:
        """The picture at ``ratio`` device pixels to a pixel, drawn by the worker (``between``: see `Rasteriser`)."""
        whole = QRect(QPoint(), QSize(*_size(frame, ratio)))
        return PointsPicture(self, frame, ratio, self._rasterise(self.beside, frame, ratio, whole, between))

    def draw_here(self, frame: Frame, ratio: float) -> PointsPicture:
        """The same, drawn by the GUI thread."""
        whole = QRect(QPoint(), QSize(*_size(frame, ratio)))
        return PointsPicture(self, frame, ratio, self._rasterise(self.here, frame, ratio, whole))

    def draw_part(self, frame: Frame, ratio: float, part: QRect) -> QImage:
        """What lies within ``part``, in device pixels, drawn by the GUI thread."""
        return self._rasterise(self.here, frame, ratio, part)

    def _rasterise(
        self,
        rasteriser: Rasteriser,
        frame: Frame,
        ratio: float,
        part: QRect,
        between: Callable[[], None] | None = None,
    ) -> QImage:
        unit = frame.unit / ratio
        x0, y1 = frame.left + part.x() * unit, frame.top - part.y() * unit
        width, height = part.width(), part.height()
        view = (x0, y1 - height * unit, x0 + width * unit, y1)
        # A strip's points look like the others.
        radius, opacity = disc_style(len(self.points), _size(frame, ratio), self.on_dark)
        image = QImage(width, height, QImage.Format.Format_ARGB32_Premultiplied)
        pixels = np.frombuffer(image.bits(), np.uint8).reshape(height, width, 4)
        rasteriser.draw(self.points, view, (width, height), radius, opacity, self.dimmed, pixels, between)
        image.setDevicePixelRatio(ratio)
        return image


@dataclass(frozen=True, eq=False)
class PointsPicture:
    """A drawn picture and what it shows.

    Attributes:
        state, frame: the points, and where on the plane.
        ratio: device pixels to a pixel.
        image: the picture, premultiplied; it knows its ratio.
    """

    state: PointsState
    frame: Frame
    ratio: float
    image: QImage

    def shows(self, state: PointsState, frame: Frame, ratio: float) -> bool:
        """Whether this is just the picture of ``state`` in ``frame``."""
        return self.state is state and self.frame == frame and self.ratio == ratio

    def shifted(self, frame: Frame) -> PointsPicture | None:
        """The picture of the same state in ``frame``, made by moving this one and drawing what the move uncovers.

        Returns None where the two differ by more than a move of whole device pixels within the picture.
        """
        move = frame.move_from(self.frame, self.ratio)
        if move is None:
            return None
        width, height = self.image.width(), self.image.height()
        image = QImage(width, height, self.image.format())
        image.setDevicePixelRatio(self.ratio)
        painter = QPainter(image)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        painter.drawImage(QPointF(move[0] / self.ratio, move[1] / self.ratio), self.image)
        for part in _uncovered(*move, width, height):
            painter.drawImage(part.topLeft().toPointF() / self.ratio, self.state.draw_part(frame, self.ratio, part))
        painter.end()
        return PointsPicture(self.state, frame, self.ratio, image)


def _size(frame: Frame, ratio: float) -> tuple[int, int]:
    """Width and height of a picture in device pixels."""
    return max(1, round(frame.width * ratio)), max(1, round(frame.height * ratio))


def _uncovered(dx: int, dy: int, width: int, height: int) -> list[QRect]:
    """The strips of a picture that it no longer covers when it is moved: one across, one beside the rest."""
    across = QRect(0, 0 if dy > 0 else height + dy, width, abs(dy))
    beside = QRect(0 if dx > 0 else width + dx, max(dy, 0), abs(dx), height - abs(dy))
    return [part for part in (across, beside) if not part.isEmpty()]


def _rasterisers(
    points: NDArray[np.float32], labels: NDArray[np.integer], palette: NDArray[np.uint8]
) -> tuple[Rasteriser, Rasteriser]:
    if len(points) != len(labels):
        raise ValueError(f"{len(points)} points do not match {len(labels)} labels")
    return Rasteriser(palette, labels), Rasteriser(palette, labels)


def _checked(points: NDArray[np.float32]) -> NDArray[np.float32]:
    if points.ndim != 2 or points.shape[1] != 2:
        raise ValueError(f"points must be (N, 2); got {points.shape}")
    return np.ascontiguousarray(points, np.float32)
