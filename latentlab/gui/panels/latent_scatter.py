"""The latent space: every shown image as a coloured point, with the probe and the manifold's window."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from latentlab.core.exploration import Rect
from latentlab.gui import theme
from latentlab.gui.overlays.drawn_overlay import DrawnOverlay
from latentlab.gui.overlays.drawn_selection import DrawnSelection
from latentlab.gui.overlays.hovering import Hovering
from latentlab.gui.overlays.plane_choice import PlaneChoice
from latentlab.gui.overlays.point_colours import PointColours
from latentlab.gui.overlays.posterior import PosteriorOverlay
from latentlab.gui.overlays.prior import PriorOverlay
from latentlab.gui.overlays.thumbnails import Thumbnails
from latentlab.gui.overlays.tool_switch import ToolSwitch
from latentlab.gui.panels.base import Panel
from latentlab.gui.picture_words import axes_in_words, images_in_words, plane_in_words
from latentlab.gui.session import Session
from latentlab.gui.text_size import follow, px
from latentlab.gui.widgets.combination import combination
from latentlab.gui.widgets.glide import Glide
from latentlab.gui.widgets.legend import LEAST_WIDTH, Legend
from latentlab.gui.widgets.picture_sheet import PictureSheet
from latentlab.gui.widgets.plane_chooser import PlaneChooser
from latentlab.gui.widgets.plane_view import PlaneView
from latentlab.gui.widgets.points_item import PICK_RADIUS, PointsItem
from latentlab.gui.widgets.probe_handle import ProbeHandle
from latentlab.gui.widgets.throttle import Throttle
from latentlab.gui.widgets.voronoi_item import VoronoiItem
from latentlab.gui.widgets.window_rect import WindowRect

_EXPLANATION = (
    "Every point is an image, at the place where the model encodes it; colours are classes, which only a conditional "
    "model sees, or the figure chosen in the title bar. Drag the ring and the decoded image follows. The rectangle is "
    "the part that the Manifold panel shows: drag its edge or its tab. Drag the background to pan, turn the wheel to "
    "zoom, double-click to fit. Click a point to select it, or draw a box or a lasso around several; Shift adds, Alt "
    "takes away. Click a class in the legend to dim it, with Ctrl to select it. A conditional model is told each "
    "image's class, so that the place need not say it: colours that mix are its success, and what is left is what "
    "classes share, such as slant."
)
# Handles that another panel moves are drawn anew this often: the time is needed where the hand is.
_FOLLOW_MS = 33
_KEY_SHARE = 0.3  # of the panel's width, that the legend or the scale of the colours may take
_HIT = 4.0


class LatentScatterPanel(Panel):
    """The live scatter."""

    def __init__(self, session: Session) -> None:
        super().__init__("latent_space", "Latent space", _EXPLANATION)
        self._session = session
        self.view = PlaneView()
        self.points, self.probe = PointsItem(), ProbeHandle()
        self.points.thrift = session.thrift
        self._glide = Glide(self.points.set_positions, self)
        self.window_rect, self.voronoi = WindowRect("Manifold"), VoronoiItem()
        self.thumbnails = Thumbnails(session, self.view, self.points)
        for item in (self.points, self.voronoi, self.thumbnails.item, self.window_rect, self.probe):
            self.view.add_item(item)
        self.drawing = DrawnSelection(session, self.view, self.points)
        self.drawn = DrawnOverlay(session.drawing, self.view)
        self.window_rect.hide()
        self.voronoi.hide()
        self.picture_area = self.view
        self.legend = Legend()
        self._window_shown: Rect | None = None
        self._probe_follows = Throttle(self._place_probe, _FOLLOW_MS, self)
        self._window_follows = Throttle(self._place_window, _FOLLOW_MS, self)
        self.plane_chooser = PlaneChooser()
        self.plane_choice = PlaneChoice(session, self.plane_chooser)
        self.posterior, self.prior = PosteriorOverlay(session, self.view), PriorOverlay(session, self.view)
        self.colours = PointColours(session, self.view, self.points, self.legend)
        follow(self, self._give_key_room)
        self.hovering = Hovering(session, self.view, self.points, self.colours)
        self.add_switch(self.thumbnails.action)
        self.add_switch(self.prior.action)
        self.tools = ToolSwitch(session, self.add_tool, self)
        self._note = self.add_note()
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.view, 1)
        beside = QVBoxLayout()
        beside.addWidget(self.colours.box)
        beside.addWidget(self.legend, 1)
        beside.addWidget(self.colours.bar, 1)
        beside.addStretch()  # until there is a key, the choice stands where it will stand
        row.addLayout(beside)
        self.column.addWidget(self.plane_chooser, 0, Qt.AlignmentFlag.AlignLeft)
        self.column.addLayout(row, 1)
        self._connect()
        self._recolour()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._give_key_room()

    def _give_key_room(self) -> None:
        """Lets long names have what they need, within a share of the panel: the points come first."""
        for key in (self.legend, self.colours.bar):
            key.setMaximumWidth(max(px(LEAST_WIDTH), round(_KEY_SHARE * self.width())))

    @Slot()
    def centre_probe(self) -> None:
        """Moves the probe to the middle of what the scatter shows."""
        x0, y0, x1, y1 = self.view.view_rect()
        self._session.move_probe(((x0 + x1) / 2, (y0 + y1) / 2))

    def draws_shapes(self) -> bool:
        return True

    def write_svg(self, path: Path) -> None:
        from latentlab.gui.widgets.plot_picture import save_sheet_svg

        save_sheet_svg(self.picture(), path)

    def picture(self) -> PictureSheet:
        session = self._session
        heading = self.naming(*plane_in_words(session), images_in_words(session))
        return PictureSheet(self.view, heading, self.colours.key(), axes_in_words(session))

    def _connect(self) -> None:
        session = self._session
        fit = self.add_tool("reset-view", "Fit the view to the data and follow it (double-click)", at_end=True)
        fit.clicked.connect(self.view.fit)
        self.folding.add(fit)
        session.dataset_changed.connect(self._take_dataset)
        session.source_changed.connect(self._take_source)
        session.points_placed.connect(self._take_points)
        session.probe_moved.connect(self._follow_probe)
        session.window_changed.connect(self._follow_window)
        session.view_changed.connect(self._follow_view)
        session.window_shown.connect(self._show_window)
        session.selection_changed.connect(self._follow_selection)
        session.hover_changed.connect(self._follow_hover)
        session.dimmed_changed.connect(self._follow_dimmed)
        self.probe.moved.connect(self._probe_dragged)
        self.probe.drag_started.connect(self.view.hold_still)
        self.probe.drag_ended.connect(self.view.let_go)
        self.window_rect.moved.connect(self._window_dragged)
        self.view.view_changed.connect(self._view_changed)
        self.view.user_moved.connect(session.note_hand)
        self.view.fit_requested.connect(self._follow_data)
        self.view.clicked.connect(self._clicked)
        self.legend.class_toggled.connect(session.toggle_class)
        self.legend.class_isolated.connect(session.isolate_class)
        self.plane_choice.said.connect(self.said)
        self.legend.class_picked.connect(session.select_class)
        theme.active().theme_changed.connect(self._recolour)

    @Slot(tuple)
    def _show_window(self, rect: Rect) -> None:
        self._window_shown = rect
        if rect != self.window_rect.extent():
            self._window_follows.request()

    def _place_window(self) -> None:
        if self._window_shown is not None:
            self.window_rect.set_extent(self._window_shown)
            self.window_rect.show()

    @Slot()
    def _recolour(self) -> None:
        self.view.set_colours(theme.active().colours)

    @Slot()
    def _take_dataset(self) -> None:
        session = self._session
        dataset, images = session.dataset, session.images
        assert dataset is not None and images is not None
        labels = images.split.labels
        self._glide.forget()
        nowhere = np.full((len(images), 2), np.nan, np.float32)
        self.points.set_points(nowhere, labels, session.colours)
        self.points.set_class_names(dataset.class_names)
        counts = None if labels is None else np.bincount(labels, minlength=dataset.classes).tolist()
        self.legend.set_classes(dataset.class_names, session.colours, counts)
        self._note.setText("")
        self.voronoi.hide()

    @Slot()
    def _take_source(self) -> None:
        self.view.following = self._session.exploration.view is None
        self.voronoi.hide()

    @Slot(tuple)
    def _view_changed(self, rect: Rect) -> None:
        if not self.view.following:
            self._session.set_view(rect, self.view.by_hand)
        elif self._session.exploration.view is not None:  # Esc dropped the pan that had ended the following
            self._session.set_view(None, by_hand=False)

    @Slot()
    def _follow_data(self) -> None:
        self._session.set_view(None)

    @Slot()
    def _follow_view(self) -> None:
        view, placed = self._session.exploration.view, self._session.placed
        self.view.following = view is None
        if view is not None and view != self.view.view_rect():
            self.view.set_view(view)
        elif view is None and placed is not None:
            self.view.follow(placed.extent)

    @Slot()
    def _take_points(self) -> None:
        placed = self._session.placed
        if placed is None:
            return
        self.points.steered = self._session.filmed is not None
        self._glide.to(placed.positions, self._session.glide_seconds)
        self.view.follow(placed.extent)
        images = self._session.images
        title, step = self._session.source_title, f"step {placed.step:,}"
        counted = images_in_words(self._session)
        # What stands last is left out first where there is no room.
        if self._session.filmed is not None:
            parts = ["Film", step, title, counted]
        else:
            parts = [title, step, counted] if placed.step else [title, counted]
        self._note.setText(" · ".join(parts))
        self.voronoi.setVisible(placed.codebook is not None)
        if placed.codebook is not None and images is not None:
            self.voronoi.set_codes(placed.codebook, _usage(placed.codebook, placed.positions))

    @Slot()
    def _follow_probe(self) -> None:
        if self.probe.position() != self._session.exploration.probe:
            self._probe_follows.request()

    def _place_probe(self) -> None:
        self.probe.set_position(*self._session.exploration.probe)

    @Slot()
    def _follow_window(self) -> None:
        window = self._session.exploration.window
        if window is not None:
            self._show_window(window)

    @Slot()
    def _follow_selection(self) -> None:
        self.points.set_selected(self._session.exploration.selection.points)

    @Slot()
    def _follow_hover(self) -> None:
        self.points.set_ring(self._session.hovered)

    @Slot()
    def _follow_dimmed(self) -> None:
        dimmed = self._session.exploration.dimmed
        self.points.set_dimmed_classes(dimmed)
        self.legend.set_dimmed(dimmed)

    @Slot(float, float)
    def _probe_dragged(self, x: float, y: float) -> None:
        self._session.move_probe((x, y))

    @Slot(tuple)
    def _window_dragged(self, rect: Rect) -> None:
        self._session.set_window(rect)

    @Slot(float, float, Qt.KeyboardModifier)
    def _clicked(self, x: float, y: float, modifiers: Qt.KeyboardModifier) -> None:
        # In a hole hardly anything is near: only what the click truly hits is meant.
        radius = _HIT if self.prior.is_hole(x, y) else PICK_RADIUS
        point = self.points.pick(x, y, radius)
        if point is not None or not self.prior.takes_click(x, y):
            self._session.click(point, combination(modifiers))


def _usage(codebook: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """How many of the points lie in each code's cell."""
    from scipy.spatial import cKDTree

    known = positions[np.isfinite(positions).all(1)]
    _, nearest = cKDTree(codebook).query(known)
    return np.bincount(nearest, minlength=len(codebook))
