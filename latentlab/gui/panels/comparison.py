"""PCA beside the model: the same images in both planes, and what each keeps of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from latentlab.core.exploration import Rect
from latentlab.core.neighbours import knn_accuracy_within
from latentlab.core.plane import Floats
from latentlab.core.raster import density_extent
from latentlab.core.requests import Measured
from latentlab.core.serving import LatentServer
from latentlab.gui import theme
from latentlab.gui.errands import Errands
from latentlab.gui.panels.base import Panel
from latentlab.gui.session import Session
from latentlab.gui.widgets.plane_view import PlaneView
from latentlab.gui.widgets.points_item import PointsItem

_EXPLANATION = (
    "The same images in two planes: on the left where PCA puts them, the best that straight lines can do, on the right "
    "where the model puts them. Hover over or click a point on one side to find it on the other. Under each: how much "
    "of the pixels' variance its reconstruction explains, its squared error per pixel, and how often the majority of "
    "the 15 nearest other points on the plane names a point's class."
)
_K = 15
# The figures take a moment each; during training they follow at this pace.
_MEASURE_MS = 2000


class ComparisonPanel(Panel):
    """Two linked scatters with figures beneath."""

    def __init__(self, session: Session, errands: Errands) -> None:
        super().__init__("comparison", "PCA vs model", _EXPLANATION)
        self._session, self._errands = session, errands
        self._left, self._right = _Side(session), _Side(session)
        area = QWidget()
        row = QHBoxLayout(area)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._left)
        row.addWidget(self._right)
        self.picture_area = area
        self.column.addWidget(area, 1)
        self._timer = QTimer(self, singleShot=True, interval=_MEASURE_MS)
        self._timer.timeout.connect(self._measure)
        self._measuring = False
        session.dataset_changed.connect(self._take_dataset)
        session.pca_placed.connect(self._take_pca)
        session.source_changed.connect(self._take_source)
        session.points_placed.connect(self._take_points)
        session.measured.connect(self._take_measure)
        self._left.show_empty("PCA appears here in a moment.")
        self._right.show_empty("Press Train to see where a model puts the same images.")

    @property
    def sides(self) -> tuple[_Side, _Side]:
        """PCA's side and the model's."""
        return self._left, self._right

    @Slot()
    def _take_dataset(self) -> None:
        for side in self.sides:
            side.take_dataset()

    @Slot()
    def _take_pca(self) -> None:
        session = self._session
        pca, positions, images, dataset = session.pca, session.pca_positions, session.images, session.dataset
        if pca is None or positions is None or images is None or dataset is None:
            return
        self._left.show_points("PCA", positions, density_extent(positions))
        labels = images.split.labels

        def work(_: object) -> _Figures:
            from latentlab.core.requests import MeasureSplit

            *_, measured = MeasureSplit(images.split.images).answers(LatentServer(pca, dataset.full_scale))
            assert measured is not None
            accuracy = None if labels is None else knn_accuracy_within(positions, labels, _K)
            return _Figures(measured.explained, measured.mse, accuracy)

        def done(figures: _Figures) -> None:
            if session.images is images:
                self._left.show_figures(figures)

        self._errands.run("Measuring PCA", work, done, self.failed.emit)

    @Slot()
    def _take_source(self) -> None:
        if self._shows_pca():
            self._right.show_empty("Press Train to see where a model puts the same images.")
        else:
            self._right.clear_figures()

    @Slot()
    def _take_points(self) -> None:
        placed = self._session.placed
        if placed is None or self._shows_pca():
            return
        self._right.show_points(self._session.source_title, placed.positions, placed.extent)
        if not self._timer.isActive() and not self._measuring:
            self._timer.start()

    def _shows_pca(self) -> bool:
        return self._session.source_title == "PCA"

    @Slot()
    def _measure(self) -> None:
        if self._shows_pca():
            return
        if self.is_seen():
            self._session.measure()
        else:
            self._timer.start()  # the figures are for whoever comes to see them

    @Slot(object)
    def _take_measure(self, measured: Measured) -> None:
        placed, images = self._session.placed, self._session.images
        if placed is None or images is None or self._shows_pca() or self._measuring:
            return
        labels, positions = images.split.labels, placed.positions
        known = np.isfinite(positions).all(1)
        self._measuring = True

        def work(_: object) -> float | None:
            return None if labels is None else knn_accuracy_within(positions[known], labels[known], _K)

        def done(accuracy: float | None) -> None:
            self._measuring = False
            if self._session.images is images and not self._shows_pca():
                self._right.show_figures(_Figures(measured.explained, measured.mse, accuracy))

        self._errands.run("Measuring", work, done, self._measuring_failed)

    @Slot(str)
    def _measuring_failed(self, sentence: str) -> None:
        self._measuring = False
        self.failed.emit(sentence)


@dataclass(frozen=True)
class _Figures:
    """Share of variance explained, squared error per pixel, and leave-one-out k-NN accuracy on the plane."""

    explained: float
    mse: float
    knn: float | None

    def text(self) -> str:
        """The figures in a line."""
        parts = [f"variance explained {self.explained:.1%}", f"error {self.mse:.4f} a pixel"]
        if self.knn is not None:
            parts.append(f"{_K}-NN {self.knn:.3f}")
        return " · ".join(parts)


class _Side(QWidget):
    """One scatter with its title above and its figures beneath."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.view, self.points = PlaneView(), PointsItem()
        self.view.add_item(self.points)
        self._title, self.figures = QLabel(), QLabel()
        self._title.setProperty("role", "heading")
        self.figures.setProperty("role", "note")
        self.figures.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self._title)
        column.addWidget(self.view, 1)
        column.addWidget(self.figures)
        self.view.hovered.connect(self._hovered)
        self.view.hover_left.connect(self._hover_left)
        self.view.clicked.connect(self._clicked)
        session.hover_changed.connect(self._follow_hover)
        session.selection_changed.connect(self._follow_selection)
        session.dimmed_changed.connect(self._follow_dimmed)
        theme.active().theme_changed.connect(self._recolour)
        self._recolour()

    def take_dataset(self) -> None:
        """Empties the side for another choice of images."""
        images = self._session.images
        assert images is not None
        nowhere = np.full((len(images), 2), np.nan, np.float32)
        self.points.set_points(nowhere, images.split.labels, self._session.colours)
        self.view.following = True

    def show_points(self, title: str, positions: Floats, extent: Rect) -> None:
        """Shows the images at ``positions`` N×2, nearly all of which lie in ``extent``."""
        if len(positions) == len(self.points.points):
            self._title.setText(title)
            self.points.set_positions(positions)
            self.view.follow(extent)

    def show_figures(self, figures: _Figures) -> None:
        """Writes the figures beneath."""
        self.figures.setText(figures.text())

    def clear_figures(self) -> None:
        """Takes back figures that are another model's."""
        self.figures.setText("measuring…")
        self.view.following = True

    def show_empty(self, sentence: str) -> None:
        """Shows no points, and says why."""
        self._title.setText("")
        self.figures.setText(sentence)
        if len(self.points.points):
            self.points.set_positions(np.full_like(self.points.points, np.nan))

    @Slot()
    def _recolour(self) -> None:
        self.view.set_colours(theme.active().colours)

    @Slot(float, float)
    def _hovered(self, x: float, y: float) -> None:
        self._session.hover(self.points.pick(x, y))

    @Slot()
    def _hover_left(self) -> None:
        self._session.hover(None)

    @Slot(float, float, Qt.KeyboardModifier)
    def _clicked(self, x: float, y: float, modifiers: Qt.KeyboardModifier) -> None:
        self._session.select(self.points.pick(x, y))

    @Slot()
    def _follow_hover(self) -> None:
        self.points.set_ring(self._session.hovered)

    @Slot()
    def _follow_selection(self) -> None:
        selected = self._session.exploration.selected
        self.points.set_selected([] if selected is None else [selected])

    @Slot()
    def _follow_dimmed(self) -> None:
        self.points.set_dimmed_classes(self._session.exploration.dimmed)
