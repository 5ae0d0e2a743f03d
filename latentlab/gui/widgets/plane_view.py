"""The plane under the hand: the one 2-D view that the scatter, the comparison and the manifold share.

It stands on Qt's own scene rather than on pyqtgraph's ViewBox: a map under the hand needs every mouse move at once, no
menu, no negotiated aspect, and axes that cost next to nothing. Scene coordinates are the widget's pixels; the items
map data by the `Frame` that the view hands them.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFocusEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import QFrame, QGraphicsItem, QGraphicsScene

from latentlab.core.exploration import Rect
from latentlab.gui.colours import LIGHT, Colours
from latentlab.gui.plain_signal import PlainSignal
from latentlab.gui.theme import small
from latentlab.gui.widgets.figures_item import FiguresItem
from latentlab.gui.widgets.focus_ring import FocusRing
from latentlab.gui.widgets.grid_item import GridItem
from latentlab.gui.widgets.hand_view import HandView, Stand
from latentlab.gui.widgets.inks import ink
from latentlab.gui.widgets.plane_frame import Frame, checked
from latentlab.gui.widgets.plane_item import PlaneItem

_START = (-1.0, -1.0, 1.0, 1.0)
_FIT_MARGIN = 0.06
_FIT_FILL = 0.6
_BY_KEY = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)


class PlaneView(HandView):
    """A plane with equal units in both directions, moved by hand.

    Drag the background to pan, turn the wheel to zoom about the cursor, double-click to fit and follow the data again.
    Keys: + and − zoom, arrows pan (unless a handle has the focus), Home or 0 fits, Esc drops the gesture.

    Attributes:
        frame: the part of the plane in view.
        following: the view follows the data (see `follow`) until a hand moves it; a fit makes it follow again.
        by_hand: a hand is moving the view just now, as whoever hears `view_changed` may ask.

    Signals (beside those of `HandView`):
        view_changed(Rect): what is visible, ``(x0, y0, x1, y1)`` in data units; by hand, by call, or by a new size.
        user_moved: a hand moved the view; emitted after view_changed.
        fit_requested: double-click, Home or 0; the view has already gone to what it last followed.
    """

    view_changed = PlainSignal()
    user_moved = PlainSignal()
    fit_requested = Signal()

    def __init__(self, has_ground: bool = True) -> None:
        """Without a ground where an item paints every pixel."""
        super().__init__(Stand(Frame.around(_START, 100, 100), _START, following=True))
        self.by_hand = False
        self._followed: Rect | None = None
        self._data: Rect | None = None
        self._beside: Rect | None = None
        self._colours = LIGHT
        self._grid, self._figures = GridItem(), FiguresItem(small(self.font()), self._items)
        self._focus_ring = FocusRing()
        self._last_in_focus: QGraphicsItem | None = None
        scene = QGraphicsScene(self)
        scene.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self.setScene(scene)
        self.add_item(self._grid)
        self.add_item(self._figures)
        self.add_item(self._focus_ring)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        # Qt lays the ground by itself: in a painter of ours it would take its time with the interpreter's lock held.
        self.viewport().setAutoFillBackground(has_ground)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent, not has_ground)

    @property
    def following(self) -> bool:
        """Whether the view follows the data."""
        return self._stand.following

    @following.setter
    def following(self, following: bool) -> None:
        self._stand = self._stand._replace(following=following)

    def add_item(self, item: PlaneItem) -> None:
        """Puts ``item`` on the plane; the view keeps it, and hands it every new frame and theme."""
        self._items.append(item)
        self.scene().addItem(item)
        item.set_colours(self._colours)
        item.set_frame(self.frame)

    def set_colours(self, colours: Colours) -> None:
        """Draws the plane and its items in the colours of a theme."""
        self._colours = colours
        for item in self._items:
            item.set_colours(colours)
        palette = self.viewport().palette()
        palette.setColor(self.viewport().backgroundRole(), self.ground())
        self.viewport().setPalette(palette)

    def ground(self) -> QColor:
        """The colour beneath all items; `render` leaves it out, as it does every view's own."""
        return ink(self._colours.plot)

    def set_axes_visible(self, visible: bool) -> None:
        """Shows or hides the grid and its figures."""
        self._grid.setVisible(visible)
        self._figures.setVisible(visible)

    def settle(self) -> None:
        """Brings every item up to date at once, as a picture of the plane needs it."""
        for item in self._items:
            item.settle()

    @Slot()
    def hold_still(self) -> None:
        """Keeps pictures of all that stands still under a handle that the hand moves: they are copied rather than drawn
        at each of its steps, until `let_go`.
        """
        # On a finer screen Qt would enlarge them, which takes longer than drawing.
        if self.devicePixelRatioF() == 1:
            for item in self._items:
                if item.stands_still:
                    item.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)

    @Slot()
    def let_go(self) -> None:
        """Draws everything itself again."""
        for item in self._items:
            item.setCacheMode(QGraphicsItem.CacheMode.NoCache)

    def view_rect(self) -> Rect:
        """The visible rectangle ``(x0, y0, x1, y1)`` in data units."""
        return self.frame.rect

    def set_view(self, rect: Rect) -> None:
        """Shows the whole of ``rect``, in the middle; what else fits is shown around it.

        Raises:
            ValueError: ``rect`` is not finite or is turned inside out.
        """
        wanted = checked(rect)
        frame = Frame.around(wanted, self.frame.width, self.frame.height)
        self.stand_at(Stand(frame, wanted, self.following))

    def follow(self, extent: Rect, anew: bool = False) -> None:
        """Keeps ``extent``, the data's own, in view for as long as the view follows.

        The view moves only when the data outgrow it or fill it poorly, so that a training scatter does not tremble; or
        where the data are other ones, ``anew``.

        Raises:
            ValueError: ``extent`` is not finite or is turned inside out.
        """
        self._data = checked(extent)
        x0, y0, x1, y1 = whole = extent if self._beside is None else _hull(extent, self._beside)
        margin = max(x1 - x0, y1 - y0) * _FIT_MARGIN or 1.0
        self._followed = (x0 - margin, y0 - margin, x1 + margin, y1 + margin)
        if self.following and (anew or not self.frame.suits(whole, _FIT_FILL)):
            self.set_view(self._followed)

    def follow_beside(self, extent: Rect | None) -> None:
        """Keeps ``extent`` in view beside the data, for as long as the view follows; None keeps the data alone.

        Raises:
            ValueError: ``extent`` is not finite or is turned inside out.
        """
        if extent != self._beside:
            self._beside = None if extent is None else checked(extent)
            if self._data is not None:
                self.follow(self._data)

    def fit(self) -> None:
        """Goes to the data that were last followed, and follows them from now on."""
        self.following = True
        if self._followed is not None:
            self.set_view(self._followed)
        self.fit_requested.emit()

    def move_by_hand(self, frame: Frame) -> None:
        """Shows ``frame``; from now on the view stays where the hand has put it."""
        self.by_hand = True
        self.stand_at(Stand(frame, wanted=None, following=False))
        self.by_hand = False
        self.user_moved.emit()

    def stand_at(self, stand: Stand) -> None:
        """Shows the stand's frame and tells the items and whoever listens."""
        changed = stand.frame != self.frame
        self._stand = stand
        if not changed:
            return
        for item in self._items:
            item.set_frame(stand.frame)
        self.viewport().update()
        self.view_changed.emit(stand.frame.rect)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        width, height = max(1, event.size().width()), max(1, event.size().height())
        self.scene().setSceneRect(0, 0, width, height)
        wanted = self._stand.wanted
        frame = Frame.around(wanted, width, height) if wanted else self.frame.resized(width, height)
        self.stand_at(self._stand._replace(frame=frame))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._figures.set_font(small(self.font()))
            for item in self._items:
                item.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        by_key = event.reason() in _BY_KEY
        self._focus_ring.setVisible(by_key)
        handle, self._last_in_focus = self._last_in_focus, None
        if by_key and handle is not None and handle.isVisible() and handle.scene() is self.scene():
            handle.setFocus(event.reason())

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._last_in_focus = self.scene().focusItem()
        super().focusOutEvent(event)
        self._focus_ring.hide()


def _hull(one: Rect, other: Rect) -> Rect:
    """The smallest rectangle that holds both."""
    return min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])
