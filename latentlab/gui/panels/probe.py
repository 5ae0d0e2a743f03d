"""What lies under the probe: the decoded image, its coordinates, and the images nearest to it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSignalBlocker, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel

from latentlab.core.exploration import Point
from latentlab.core.neighbours import nearest_few
from latentlab.core.plane import Floats
from latentlab.core.requests import DecodeClasses, DecodeProbe
from latentlab.core.serving import Images
from latentlab.gui.linked_strip import LinkedStrip
from latentlab.gui.panels.base import Panel
from latentlab.gui.session import Session
from latentlab.gui.widgets.coordinate_field import CoordinateField
from latentlab.gui.widgets.image_grid import ImageGrid
from latentlab.gui.widgets.image_view import ImageView
from latentlab.gui.widgets.throttle import Throttle

_EXPLANATION = (
    "The image that the model decodes at the probe, the ring in the scatter that you can drag; nobody ever drew it. "
    "Beneath it are the data's own images whose codes lie nearest on the plane. Far from all of them, the model can "
    "only guess. A conditional model decodes the same place as each of the classes; click one to choose it."
)
_NEIGHBOURS = 8
_NEAREST = "Nearest images"
# Figures and neighbours are looked at, not steered by: they may follow the hand a moment later than the image.
_FOLLOW_MS = 100
_DRIFT_MS = 500  # between the images about a probe that stands still while training moves the points
_SMALLEST_CLASS, _LARGEST_CLASS, _CLASSES_HEIGHT = 16, 56, 52


class ProbePanel(Panel):
    """The probe's image and coordinates, which can be typed, and its neighbours."""

    def __init__(self, session: Session) -> None:
        super().__init__("probe", "Probe", _EXPLANATION)
        self._session = session
        self.image = ImageView()
        self.image.set_empty_text("Drag the ring in the scatter.")
        fields = CoordinateField("Horizontal coordinate"), CoordinateField("Vertical coordinate")
        self.horizontal, self.vertical = fields
        for field in fields:
            field.setToolTip(f"{field.accessibleName()} of the probe, in latent units; type it or use the arrow keys")
        self._labels = (QLabel("z1"), QLabel("z2"))
        self._neighbours = LinkedStrip(session)
        self._neighbours.set_empty_text("")
        self._sought: tuple[Floats, Point] | None = None
        self._neighbours.setFixedHeight(40)
        self._follows = Throttle(self._follow, _FOLLOW_MS, self)
        self._drifts = Throttle(self._find_neighbours, _DRIFT_MS, self)
        self.picture_area = self.image
        row = QHBoxLayout()
        row.setSpacing(4)
        for label, box in zip(self._labels, (self.horizontal, self.vertical), strict=True):
            label.setProperty("role", "note")
            row.addWidget(label)
            row.addWidget(box, 1)
        self.classes = ImageGrid(_SMALLEST_CLASS, _LARGEST_CLASS)
        self.classes.setToolTip("The probe's latent decoded as each class; click one to choose it")
        self.classes.hide()
        self.classes.setMinimumHeight(_CLASSES_HEIGHT)
        self.column.addWidget(self.image, 3)
        self.column.addWidget(self.classes, 1)
        self.column.addLayout(row)
        self._caption = QLabel(_NEAREST)
        self._caption.setProperty("role", "note")
        self.column.addWidget(self._caption)
        self.column.addWidget(self._neighbours)
        self.horizontal.valueChanged.connect(self._typed)
        self.vertical.valueChanged.connect(self._typed)
        session.probe_moved.connect(self._follows.request)
        session.plane_shifted.connect(self._follows.request)
        session.when_answered(DecodeProbe, self._show_image)
        session.points_placed.connect(self._take_points)
        session.source_changed.connect(self._follows.request)
        session.model_updated.connect(self._follows.request)
        session.capabilities_changed.connect(self._take_capabilities)
        session.class_chosen.connect(self._ring_class)
        session.when_answered(DecodeClasses, self._show_classes)
        self.classes.image_clicked.connect(self._choose_class)

    @property
    def neighbours(self) -> list[int]:
        """The shown points that lie nearest to the probe, nearest first."""
        return self._neighbours.points.tolist()

    @Slot()
    def _follow(self) -> None:
        for box, value in zip((self.horizontal, self.vertical), self._session.exploration.probe, strict=True):
            # What is being typed is not overwritten.
            if abs(box.value() - value) > 0.5 * 10 ** -box.decimals():
                with QSignalBlocker(box):
                    box.setValue(value)
        session = self._session
        if self._sought is not None and self._sought[1] == session.exploration.probe and session.filmed is None:
            self._drifts.request()
        else:
            self._find_neighbours()
        self._ask_for_classes()

    def _ask_for_classes(self) -> None:
        session = self._session
        if session.capabilities.conditional and session.dataset is not None:
            session.ask(DecodeClasses(session.exploration.probe, session.dataset.classes))

    @Slot()
    def _take_capabilities(self) -> None:
        conditional = self._session.capabilities.conditional
        # Such a model's latents say nothing of the class: neighbours of all classes are what teaches that.
        self._caption.setText(f"{_NEAREST}, of any class" if conditional else _NEAREST)
        self.classes.setVisible(conditional)
        self.classes.set_images(None)
        self._ask_for_classes()

    def _show_image(self, request: DecodeProbe, image: Images) -> None:
        self.image.set_image(image)

    def _show_classes(self, request: DecodeClasses, images: Images) -> None:
        self.classes.set_images(images)
        self._ring_class()

    @Slot()
    def _ring_class(self) -> None:
        self.classes.set_selected(self._session.exploration.label)

    @Slot(int)
    def _choose_class(self, label: int) -> None:
        self._session.choose_class(label)

    @Slot()
    def _take_points(self) -> None:
        placed = self._session.placed
        if placed is not None:
            for label, name in zip(self._labels, placed.names, strict=True):
                label.setText(name)
            self._labels[1].setVisible(bool(placed.names[1]))
            self.vertical.setVisible(bool(placed.names[1]))
        self._follows.request()

    def _find_neighbours(self) -> None:
        placed, images = self._session.placed, self._session.images
        if placed is None or images is None or len(placed.positions) != len(images):
            self._neighbours.show_points(np.empty(0, np.intp))
            return
        probe = self._session.exploration.probe
        sought = placed.positions, probe
        if self._sought is not None and self._sought[0] is sought[0] and self._sought[1] == probe:
            return  # newer weights have not moved the points yet
        self._sought = sought
        points = nearest_few(placed.positions, np.array(probe, np.float32), _NEIGHBOURS)
        points = points[np.isfinite(placed.positions[points, 0])]  # what has no place yet comes last
        if not np.array_equal(points, self._neighbours.points):
            self._neighbours.show_points(points)

    @Slot()
    def _typed(self) -> None:
        self._session.move_probe((self.horizontal.value(), self.vertical.value()))
