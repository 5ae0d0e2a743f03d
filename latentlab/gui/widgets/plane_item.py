"""What every drawing in a `PlaneView` shares: pixel coordinates, and the hooks through which the view reaches it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath
from PySide6.QtWidgets import QGraphicsItem, QGraphicsWidget, QStyleOptionGraphicsItem, QWidget

from latentlab.gui.colours import LIGHT, Colours
from latentlab.gui.widgets.inks import NOTHING
from latentlab.gui.widgets.plane_frame import Frame


class PlaneItem(QGraphicsWidget):
    """A drawing that covers the plane. Its item coordinates are the widget's pixels; it maps data by its frame.

    Qt asks for the bounds of every visible item some ten times a frame, and each answer of ours would have to wait for
    the interpreter's lock: a graphics widget gives its size itself. An item that seldom has anything to show is hidden
    meanwhile.

    An item without handles takes no mouse: its shape is empty, so that presses reach the background.

    Attributes:
        frame: the part of the plane in view, or None before the item is added to a `PlaneView`.
        colours: the theme's colours.
    """

    def __init__(self) -> None:
        super().__init__()
        self.frame: Frame | None = None
        self.colours: Colours = LIGHT
        # So that `draw` is told what is exposed: under a handle that moves, all but a little of the plane stands still.
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    def set_frame(self, frame: Frame) -> None:
        """Called by the view whenever it shows another part of the plane or changes its size."""
        if self.frame is None or (self.frame.width, self.frame.height) != (frame.width, frame.height):
            self.resize(frame.width, frame.height)
        self.frame = frame
        self.update()

    def set_colours(self, colours: Colours) -> None:
        """Called by the view when the theme changes."""
        self.colours = colours
        self.update()

    @property
    def stands_still(self) -> bool:
        """Whether it covers the plane and stays as it is under a handle that moves: a picture of it may be kept."""
        return False

    @property
    def over_figures(self) -> QRectF:
        """The part of it, in pixels, that the figures of the axes must not cover."""
        return NOTHING

    def settle(self) -> None:
        """Finishes at once what the item would otherwise bring up to date in the background."""

    def drop_gesture(self) -> bool:
        """Puts back what the mouse is just changing; returns False where it is changing nothing."""
        return False

    def shape(self) -> QPainterPath:
        return QPainterPath()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        if self.frame:
            self.draw(painter, self.frame, option.exposedRect)

    def draw(self, painter: QPainter, frame: Frame, exposed: QRectF) -> None:
        """Paints the item in pixels; what does not touch ``exposed`` need not be painted."""
        raise NotImplementedError


def device_ratio(painter: QPainter) -> float:
    """Device pixels to one pixel of the plane: 2 on a fine screen, more in an enlarged picture."""
    return painter.deviceTransform().m11()
