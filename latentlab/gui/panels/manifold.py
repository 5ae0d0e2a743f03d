"""The manifold: the latent plane covered with the images it decodes to, moved like a street map."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt, QTimer, Slot

from latentlab.core.exploration import Rect
from latentlab.core.lattice import CellKey
from latentlab.core.requests import DecodeCells, RefreshCells
from latentlab.core.serving import Images
from latentlab.gui import theme
from latentlab.gui.class_chooser import ClassChooser
from latentlab.gui.overlays.stretch import StretchOverlay
from latentlab.gui.panels.base import Panel
from latentlab.gui.picture_words import axes_in_words, plane_in_words
from latentlab.gui.session import Session
from latentlab.gui.widgets.picture_sheet import PictureSheet
from latentlab.gui.widgets.plane_view import PlaneView
from latentlab.gui.widgets.probe_handle import ProbeHandle
from latentlab.gui.widgets.throttle import Throttle
from latentlab.gui.widgets.tiles_item import TilesItem

_EXPLANATION = (
    "The plane of the scatter, covered with the images that the model decodes there. Drag to pan, turn the wheel to "
    "zoom in between the images, double-click to see all of it again. Click to put the probe there. The rectangle in "
    "the scatter shows which part this is. A conditional model decodes every place as the chosen class. With a grid of "
    "codes, a place of the principal plane is a blend of the codes of images about it, each cell then set to the "
    "nearest code of the codebook: pictures change in jumps, and the space is no such plane."
)
# While training, the map is decoded anew this often at most, and takes no more than this share of the worker's time.
_REFRESH_MS = 300
_SHARE = 0.25
# While the hand moves the plane or the probe, both wait longer: the time is needed where the hand is and by training.
_REFRESH_BESIDE_HAND_MS = 1000
_FOLLOW_MS = 50


class ManifoldPanel(Panel):
    """Decoded images on the latent plane."""

    def __init__(self, session: Session) -> None:
        super().__init__("manifold", "Manifold", _EXPLANATION)
        self._session = session
        self.view = PlaneView(has_ground=False)
        self.view.set_axes_visible(False)
        self.tiles, self._probe = TilesItem(), ProbeHandle()
        self.view.add_item(self.tiles)
        self.view.add_item(self._probe)
        self.picture_area = self.view
        self.classes = ClassChooser(session)
        self.add_control(self.classes)
        self.stretch = StretchOverlay(session, self.view)
        self.add_switch(self.stretch.action)
        self._note = self.add_note()
        self.column.addWidget(self.view, 1)
        fit = self.add_tool("reset-view", "Show all of the data's part of the plane (double-click)", at_end=True)
        self._probe_follows = Throttle(self._place_probe, _FOLLOW_MS, self)
        # What is asked for, since when, of how many cells, and how many of them lack.
        self._filling: tuple[type[DecodeCells], float, int, int] | None = None
        self._cell_seconds = 0.0
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._refresh)
        self._refreshes = False  # what is asked for next is to be as new as the weights
        self._only_follows = True  # what is not fresh is so by newer weights, not by what the hand did
        fit.clicked.connect(self.view.fit)
        self.tiles.cells_wanted.connect(self._ask)
        self.view.view_changed.connect(self._view_changed)
        self.view.user_moved.connect(session.note_hand)
        self.view.fit_requested.connect(self._follow_data)
        self.view.clicked.connect(self._clicked)
        self._probe.moved.connect(self._probe_dragged)
        session.source_changed.connect(self._take_source)
        session.points_placed.connect(self._take_points)
        session.model_updated.connect(self._follow_model)
        session.class_chosen.connect(self._decode_all)
        session.plane_shifted.connect(self._follow_shift)
        session.when_answered(DecodeCells, self._lay_cells)
        session.window_changed.connect(self._follow_window)
        session.probe_moved.connect(self._follow_probe)
        theme.active().theme_changed.connect(self._recolour)
        self._recolour()

    def picture(self) -> PictureSheet:
        session = self._session
        what = f"decoded as {self.classes.currentText()}" if session.capabilities.conditional else "decoded images"
        heading = self.naming(*plane_in_words(session), what)
        return PictureSheet(self.view, heading, axes=axes_in_words(session))

    @Slot()
    def _recolour(self) -> None:
        self.view.set_colours(theme.active().colours)

    @Slot()
    def _take_source(self) -> None:
        self.tiles.clear()
        self.tiles.invalidate(self._session.version)
        self.view.following = self._session.exploration.window is None
        self._note.setText(f"{self._session.source_title} · decoded images")

    @Slot()
    def _take_points(self) -> None:
        placed = self._session.placed
        if placed is not None:
            self.view.follow(placed.extent)

    @Slot()
    def _follow_model(self) -> None:
        if self._session.filmed is not None:
            self._refresh()  # whoever plays the film waits for the map before
        else:
            self._refresh_later()

    def _refresh_later(self) -> None:
        if not self._timer.isActive():
            whole_map = self._cell_seconds * self.tiles.count_in_view()
            self._timer.start(refresh_interval(whole_map, self._session.hand_is_busy()))

    @Slot()
    def _follow_shift(self) -> None:
        # The hand moves the plane itself: as soon as the map before has been decoded.
        self._only_follows = False
        wait = min(_REFRESH_MS, round(1000 * self._cell_seconds * self.tiles.count_in_view()))
        if not self._timer.isActive() or self._timer.remainingTime() > wait:
            self._timer.start(wait)

    @Slot()
    def _decode_all(self) -> None:
        self._only_follows = False
        self._refresh()

    @Slot()
    def _refresh(self) -> None:
        self._refreshes = True
        self.tiles.invalidate(self._session.version)

    @Slot(object)
    def _ask(self, keys: list[CellKey]) -> None:
        session, refreshes, only_follows = self._session, self._refreshes, self._only_follows
        self._refreshes, self._only_follows = False, True
        if session.filmed is not None or (session.hand_is_busy() and not only_follows):
            self._ask_for(keys, awaited=True)
        elif session.hand_is_busy():
            # What the hand brings into view comes at once; what is seen already, and is only older, when there is time.
            seen = [key for key in keys if self.tiles.is_decoded(key)]
            lacking = [key for key in keys if not self.tiles.is_decoded(key)]
            self._ask_for(lacking, awaited=True)
            if refreshes:
                self._ask_for(seen, awaited=False)
            elif seen:
                self._refresh_later()
        else:
            self._ask_for(keys, awaited=False)

    def _ask_for(self, keys: list[CellKey], awaited: bool) -> None:
        if not keys:
            return
        # Beside a hand, what only follows the weights rests most of the time: that says nothing of what it takes.
        if awaited or not self._session.hand_is_busy():
            self._filling = DecodeCells if awaited else RefreshCells, time.perf_counter(), len(keys), len(keys)
        self._session.ask_for_cells(keys, awaited)

    def _lay_cells(self, request: DecodeCells, part: tuple[tuple[CellKey, ...], Images]) -> None:
        keys, images = part
        # What was on its way when another class was chosen, or the plane was moved, is of the older version.
        self.tiles.set_cells(request.version, keys, images)
        if self._filling is not None and self._filling[0] is type(request):
            kind, since, asked, lack = self._filling
            self._filling = kind, since, asked, lack - len(keys)
            if lack <= len(keys):
                self._cell_seconds, self._filling = (time.perf_counter() - since) / asked, None

    @Slot(tuple)
    def _view_changed(self, rect: Rect) -> None:
        # A view that follows the data has no place of its own to remember, yet the scatter shows where it is.
        if not self.view.following:
            self._session.set_window(rect, self.view.by_hand)
            return
        if self._session.exploration.window is not None:  # Esc dropped the pan that had ended the following
            self._session.set_window(None, by_hand=False)
        self._session.show_window(rect)

    @Slot()
    def _follow_data(self) -> None:
        self._session.set_window(None)
        self._session.show_window(self.view.view_rect())

    @Slot()
    def _follow_window(self) -> None:
        window = self._session.exploration.window
        if window is None:
            self.view.following = True
        elif window != self.view.view_rect():
            self.view.following = False
            self.view.set_view(window)

    @Slot()
    def _follow_probe(self) -> None:
        if self._probe.position() != self._session.exploration.probe:
            self._probe_follows.request()

    def _place_probe(self) -> None:
        self._probe.set_position(*self._session.exploration.probe)

    @Slot(float, float)
    def _probe_dragged(self, x: float, y: float) -> None:
        self._session.move_probe((x, y))

    @Slot(float, float, Qt.KeyboardModifier)
    def _clicked(self, x: float, y: float, modifiers: Qt.KeyboardModifier) -> None:
        self._session.move_probe((x, y))


def refresh_interval(whole_map_seconds: float, hand_is_busy: bool) -> int:
    """Milliseconds until a map that takes so long to decode is decoded anew for newer weights."""
    return max(_REFRESH_BESIDE_HAND_MS if hand_is_busy else _REFRESH_MS, round(1000 * whole_map_seconds / _SHARE))
