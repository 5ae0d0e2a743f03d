"""Paths between the pins, each as a filmstrip, beneath each other to be compared."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from latentlab.core.paths import FRAMES, NEIGHBOURS, DecodePlace
from latentlab.core.pins import PathKind
from latentlab.core.serving import Images
from latentlab.gui.panels.base import Panel
from latentlab.gui.path_tracing import PathTracing
from latentlab.gui.session import Session
from latentlab.gui.widgets.image_strip import ImageStrip, StripRow
from latentlab.gui.widgets.image_view import ImageView
from latentlab.gui.widgets.pin_list import PinList
from latentlab.gui.widgets.walk import Walk

_EXPLANATION = (
    "What lies between the pins, by three ways. The straight line is the shortest, yet may lead through places where "
    "no data lie. The spherical one turns about the origin while its distance from it changes evenly: in many "
    "dimensions draws from a normal prior lie near a shell, which a straight line would cut. The one along "
    "the data goes from each encoded image to one of its nearest, and so keeps to where the model has been taught. "
    "Every filmstrip is decoded at even steps of its way's length. Click an image or move the slider, and the probe "
    "goes there. In more than two latents the bent ways leave the plane: then the images are of the way itself, and "
    "the lines and the probe on the plane are its shadow. Between maps of codes a way leads through blends, which are "
    "quantised as they are decoded. A conditional model decodes all of it as the chosen class."
)
_NO_PINS = (
    "Paths run between pins. Move the probe and press P to drop pin A there; "
    "move it on and press P again for pin B, and for more."
)
_ONE_PIN = "Move the probe on and press P for the next pin; then the ways from {name} to it are shown here."
_KINDS = {
    PathKind.STRAIGHT: ("Straight", "A straight line from pin to pin through latent space"),
    PathKind.SPHERICAL: (
        "Spherical",
        "The direction from the origin turns evenly and the distance changes evenly (Shoemake 1985): "
        "for many latents with a normal prior",
    ),
    PathKind.DATA: (
        "Data",
        f"The shortest way from encoded image to encoded image, each joined to its {NEIGHBOURS} nearest",
    ),
}
_LOOKING = "Looking for neighbours…"
_NO_WAY = "From {start} to {end} no way leads along the data: with {k} neighbours each, they lie in separate parts."
_LEAST_IMAGE = 96
# In a narrower panel the room is better used by the filmstrips; the place is ringed there, and the Probe panel has it.
_LEAST_WIDTH = 560


class PathPanel(Panel):
    """The pins, three filmstrips, and a walk along one of them.

    Attributes:
        drop: the button that drops a pin at the probe.
        pins: the pins' names.
        strips, choices: a filmstrip and the button that follows it, for each kind of path.
        image: what is decoded at the place that the walk has come to.
        walk: the slider and Play.
    """

    def __init__(self, session: Session, tracing: PathTracing) -> None:
        super().__init__("path", "Path", _EXPLANATION)
        self._session, self._tracing = session, tracing
        self._names: list[str] | None = None
        self.drop = self.add_tool("pin", "Drop a pin at the probe (P)")
        self.drop.clicked.connect(session.drop_pin)
        self._note = self.add_note()
        self.pins, self.image, self.walk = PinList(), ImageView(), Walk()
        self.strips: dict[PathKind, ImageStrip] = {}
        self.choices: dict[PathKind, QToolButton] = {}
        self._group = QButtonGroup(self)
        self._hint = QLabel()
        self._pages = QStackedWidget()
        self._lay_out()
        self.pins.renamed.connect(self._rename)
        self.pins.removed.connect(session.remove_pin)
        self.pins.moved.connect(session.reorder_pin)
        self.walk.moved.connect(tracing.go_to)
        session.pins_changed.connect(self._follow_pins)
        session.path_followed.connect(self._follow_path)
        session.source_changed.connect(self._show)
        tracing.traced.connect(self._show)
        session.when_answered(DecodePlace, self._show_place)
        self._follow_pins()
        self._follow_path()

    def _lay_out(self) -> None:
        self._hint.setWordWrap(True)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._hint.setProperty("role", "note")
        area, page, grid = QWidget(), QWidget(), QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        for row, kind in enumerate(PathKind):
            grid.addWidget(self._heading(kind), row, 0)
            strip = self.strips[kind] = ImageStrip(fewest=FRAMES)
            strip.setMinimumHeight(32)
            strip.image_clicked.connect(partial(self._clicked, kind))
            grid.addWidget(strip, row, 1)
            grid.setRowStretch(row, 1)
        self.image.setMinimumWidth(_LEAST_IMAGE)
        self.image.hide()  # until there is room: behind another tab it would widen the window meanwhile
        pictures = QHBoxLayout(area)
        pictures.setContentsMargins(0, 0, 0, 0)
        pictures.setSpacing(8)
        pictures.addLayout(grid, 5)
        pictures.addWidget(self.image, 1)
        self.picture_area = area
        self.subject = "paths between pins"
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(area, 1)
        column.addWidget(self.walk)
        self._pages.addWidget(self._hint)
        self._pages.addWidget(page)
        self.column.addWidget(self.pins)
        self.column.addWidget(self._pages, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.image.setVisible(event.size().width() >= _LEAST_WIDTH)

    def _heading(self, kind: PathKind) -> QToolButton:
        title, tip = _KINDS[kind]
        button = QToolButton()
        button.setText(title)
        button.setToolTip(tip)
        button.setCheckable(True)
        button.clicked.connect(partial(self._session.choose_path, kind))
        self._group.addButton(button)
        self.choices[kind] = button
        return button

    @Slot()
    def _follow_pins(self) -> None:
        pins = self._session.exploration.pins
        names = [pin.name for pin in pins]
        # A pin that only moves changes nothing here before its ways are traced; the hand needs the time.
        if names == self._names:
            return
        self._names = names
        self.pins.set_names(names)
        self.pins.setVisible(bool(pins))
        self._hint.setText(_ONE_PIN.format(name=pins[0].name) if pins else _NO_PINS)
        self._pages.setCurrentIndex(int(len(pins) > 1))
        if len(pins) < 2:
            self.walk.stop()
        self._show()

    @Slot()
    def _show(self) -> None:
        for kind, strip in self.strips.items():
            path = self._tracing.paths.get(kind)
            there = path is not None and path.gap is None
            strip.set_empty_text(self._absence(kind))
            strip.set_rows([StripRow("", path.frames)] if path is not None and there else [])
        self._note.setText(self._words())
        self._follow_path()

    def _words(self) -> str:
        """What the ways run between, and how long they are in units of latent space."""
        pins = self._session.exploration.pins
        if len(pins) < 2:
            return ""
        blends = "blended code maps, " if self._session.capabilities.codebook else ""
        ways = [path for path in self._tracing.paths.values() if path.gap is None]
        lengths = ", ".join(f"{_KINDS[path.kind][0].lower()} {path.length:.2f}" for path in ways)
        return f"{self._session.source_title} · {blends}{pins[0].name} to {pins[-1].name} · length {lengths}"

    def _absence(self, kind: PathKind) -> str:
        """Why there is no filmstrip of this kind."""
        path, pins = self._tracing.paths.get(kind), self._session.exploration.pins
        if path is None or path.gap is None or path.gap + 1 >= len(pins):
            return _LOOKING if kind is PathKind.DATA else ""
        return _NO_WAY.format(start=pins[path.gap].name, end=pins[path.gap + 1].name, k=NEIGHBOURS)

    @Slot()
    def _follow_path(self) -> None:
        exploration, place = self._session.exploration, self._tracing.place()
        self.choices[exploration.path].setChecked(True)
        self.walk.set_share(exploration.along)
        self.walk.setEnabled(place is not None)
        nearest = round(exploration.along * (FRAMES - 1))
        for kind, strip in self.strips.items():
            strip.set_selected(nearest if kind is exploration.path and strip.count() else None)
        if place is None:
            self.walk.stop()
            self.image.set_image(None)
        else:
            self._session.ask(DecodePlace(place[0], exploration.label))

    def _show_place(self, request: DecodePlace, image: Images) -> None:
        if self._tracing.followed is not None:
            self.image.set_image(image)

    def _clicked(self, kind: PathKind, column: int) -> None:
        self.walk.stop()
        self._session.choose_path(kind)
        self._tracing.go_to(column / (FRAMES - 1))

    @Slot(int, str)
    def _rename(self, index: int, name: str) -> None:
        if not self._session.rename_pin(index, name):
            self.said.emit("Another pin has that name, or it is empty; the pin keeps its own.")
            self.pins.set_names([pin.name for pin in self._session.exploration.pins])
