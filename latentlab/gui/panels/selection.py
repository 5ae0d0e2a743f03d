"""What is selected: one point closely, with its neighbours in latent space and among the pixels, or several at once."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import (
    QDockWidget,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from latentlab.core.point_requests import Examined, ExaminePoint, FindAlike, Neighbours
from latentlab.core.selection import Indices, in_words
from latentlab.gui.errands import Errands
from latentlab.gui.linked_strip import LinkedStrip
from latentlab.gui.panels.base import Panel
from latentlab.gui.probe_here import ProbeHere
from latentlab.gui.selection_saving import SelectionSaving
from latentlab.gui.session import Session
from latentlab.gui.text_size import field_width, follow, px
from latentlab.gui.widgets.elided_label import ElidedLabel
from latentlab.gui.widgets.image_grid import ImageGrid
from latentlab.gui.widgets.image_strip import ImageStrip, StripRow
from latentlab.gui.widgets.patient_timer import PatientTimer

_EXPLANATION = (
    "A closer look at the selected point: its image, what the model makes of it, and the shown images that stand "
    "nearest to it, above by all coordinates of their latents, beneath by their pixels. Where the two rows agree, the "
    "latent space keeps together what looks alike. Click an image to go there. Of several selected points the images "
    "are shown; click one to look at it closely. What is selected can be saved: a table with latents, or a sheet of "
    "the images."
)
_EMPTY = "Click a point in the latent space, or draw a box or a lasso around several, to see them here."
_MOST_NEIGHBOURS, _NEIGHBOURS = 50, 8
# Of a large selection so many, on so many pixels, are enough to see what it holds.
_MOST_PICTURED = 120
_SIDES = (28, 56)
_LARGEST_INDEX = 999_999_999
# As for the reconstructions: pictures that flicker cannot be compared.
_REFRESH_MS = 400
_LONGEST_WAIT = 2.0  # seconds, while the hand drags
_LATENT, _PIXEL = "Nearest in latent space", "Nearest by pixels"
_FOCUS_WIDTH = 120

AnyLabel = TypeVar("AnyLabel", QLabel, ElidedLabel)


class SelectionPanel(Panel):
    """The focused point's image, reconstruction and neighbours; or the images of several.

    Attributes:
        saving: what saves the selection.
        number: the field that takes an image's index.
        count: how many neighbours are shown.
        probe: puts the probe where the focused point is.
        words: how many are selected, by class.
        several: the images of several selected points, or the sentence of the empty panel.
        focus, facts: the focused point's image and reconstruction, and what is known of it.
        latent, pixel: its neighbours, with their distances.
        shown: the point that is looked at closely, or None.
    """

    def __init__(self, session: Session, errands: Errands) -> None:
        super().__init__("selection", "Selection", _EXPLANATION)
        self._session = session
        self.saving = SelectionSaving(session, errands, self)
        self.shown: int | None = None
        self._pictured: Indices = np.empty(0, np.intp)
        self._select_found = False
        self._alike_to: tuple[int, int] | None = None  # of which point, and how many, it is known who looks alike
        self.number, self.count = _number_field(), _count_field()
        self.add_control(self.number)
        self.add_control(self.count)
        neighbours = self.add_tool("neighbours", "Select the point's nearest neighbours in latent space too (Ctrl+K)")
        save = self.add_tool("table", "Save the selection as CSV, NPZ or a picture (Ctrl+Shift+E)")
        self.probe = ProbeHere(session)
        self.add_control(self.probe)
        for button in (save, neighbours, self.probe):
            self.folding.add(button)
        self.words = _note(ElidedLabel())
        self.several, self.focus = ImageGrid(*_SIDES), ImageStrip()
        self.latent, self.pixel = LinkedStrip(session), LinkedStrip(session)
        self.several.set_empty_text(_EMPTY)
        self.facts, self._latent_title, self._pixel_title = _note(QLabel()), _note(ElidedLabel()), _note(ElidedLabel())
        self._latent_title.setText(_LATENT)
        self._pixel_title.setText(_PIXEL)
        self.facts.setToolTip("The squared error is a pixel's, each between 0 (black) and 1, on average")
        self._latent_title.setToolTip("With Euclidean distances in latent units, over all coordinates of the latents")
        self._pixel_title.setToolTip("With Euclidean distances over all pixels, each between 0 (black) and 1")
        self.picture_area = self._lay_out()
        self._timer = PatientTimer(self._refresh, session.hand_is_busy, _LONGEST_WAIT, self)
        neighbours.clicked.connect(self.select_neighbours)
        save.clicked.connect(self.saving.save)
        self.probe.said.connect(self.said)
        self.saving.said.connect(self.said)
        self.saving.failed.connect(self.failed)
        self._connect()

    def _lay_out(self) -> QWidget:
        for strip in (self.latent, self.pixel, self.focus):
            strip.setMinimumSize(96, 48)
        follow(self, lambda: self.focus.setFixedWidth(px(_FOCUS_WIDTH)))
        # As high as it gets, or the window would be laid out anew with the first point.
        follow(self, lambda: self.facts.setFixedHeight(3 * self.facts.fontMetrics().lineSpacing()))
        left, right = QVBoxLayout(), QVBoxLayout()
        left.addWidget(self.focus, 1)
        left.addWidget(self.facts)
        for title, strip in ((self._latent_title, self.latent), (self._pixel_title, self.pixel)):
            right.addWidget(title)
            right.addWidget(strip, 1)
        closely, body = QWidget(), QWidget()
        row = QHBoxLayout(closely)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        row.addLayout(left)
        row.addLayout(right, 1)
        self._stack = QStackedLayout(body)
        self._stack.addWidget(self.several)
        self._stack.addWidget(closely)
        self.column.addWidget(self.words)
        self.column.addWidget(body, 1)
        return body

    def _connect(self) -> None:
        session = self._session
        session.point_chosen.connect(self._examine)
        session.selection_changed.connect(self._follow)
        session.dataset_changed.connect(self._follow)
        session.source_changed.connect(self._examine)
        session.model_updated.connect(self._schedule)
        session.points_placed.connect(self._schedule)
        session.when_answered(ExaminePoint, self._take_examined)
        session.when_answered(FindAlike, self._take_alike)
        self.count.valueChanged.connect(self._examine)
        self.number.returnPressed.connect(self._go_to_number)
        self.several.image_clicked.connect(self._look_closely)
        self.several.image_hovered.connect(self._hover)

    # What can be asked of it.

    @Slot()
    def ask_for_number(self) -> None:
        """Comes to the front and waits for the number of an image."""
        dock = self.parentWidget()
        if isinstance(dock, QDockWidget):
            dock.show()
            dock.raise_()
        self.number.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.number.selectAll()

    @Slot()
    def select_neighbours(self) -> None:
        """Selects the nearest neighbours in latent space beside the point that they are neighbours of."""
        if self._session.exploration.selected is None:
            self.said.emit("Click a point first; its neighbours can then be selected.")
            return
        self._select_found = True
        self._examine()

    @Slot()
    def _go_to_number(self) -> None:
        images = self._session.images
        if images is None or not self.number.text():
            return
        number = int(self.number.text())
        found = np.flatnonzero(images.indices == number)
        if len(found):
            self._session.select(int(found[0]))
        else:
            which = "test" if images.split_name == "test" else "training"
            self.said.emit(f"Image {number:,} is not among the {len(images):,} {which} images that are shown.")

    @Slot(int)
    def _look_closely(self, place: int) -> None:
        # The others stay selected.
        self._session.select_points(self._session.exploration.selection.points, focus=int(self._pictured[place]))

    @Slot(int)
    def _hover(self, place: int) -> None:
        self._session.hover(int(self._pictured[place]) if 0 <= place < len(self._pictured) else None)

    # Following the selection and the model.

    @Slot()
    def _follow(self) -> None:
        images, dataset = self._session.images, self._session.dataset
        selection = self._session.exploration.selection
        self._select_found = False
        if images is None or dataset is None:
            return
        self.words.setText(in_words(selection, images.split.labels, dataset.class_names) if len(selection) else "")
        if selection.focus is not None:
            return  # it was asked about already, and is shown with what is answered
        self.shown = self._alike_to = None
        self._pictured = selection.points[:_MOST_PICTURED]
        pictures = [self._session.shown_image(int(point)) for point in self._pictured]
        self.several.set_images(np.stack(pictures) if pictures else None)
        self.several.set_selected(None)
        self._stack.setCurrentIndex(0)

    @Slot()
    def _schedule(self) -> None:
        if self._session.exploration.selected is not None and not self._timer.is_active():
            self._timer.start(_REFRESH_MS)

    @Slot()
    def _refresh(self) -> None:
        if self.is_seen():
            self._examine()
        else:
            self._timer.start(_REFRESH_MS)  # behind another tab it waits for whoever comes to see it

    @Slot()
    def _examine(self) -> None:
        point, count = self._session.exploration.selected, self.count.value()
        if point is not None:
            # Whatever the model learns, the same images are alike.
            self._session.ask(ExaminePoint(point, count, alike=self._alike_to != (point, count)))

    def _take_examined(self, request: ExaminePoint, answer: Examined) -> None:
        point = request.point
        if point != self._session.exploration.selected:
            return
        if point != self.shown:
            self._show(point)
        image = self._session.shown_image(point)[None]
        self.focus.set_rows([StripRow("Image", image), StripRow("Output", answer.reconstruction[None])])
        self.facts.setText("\n".join([*self._name(point), f"error {answer.error:.4f} per pixel"]))
        _show_neighbours(self.latent, answer.neighbours)
        if answer.alike is not None:
            self._show_alike(point, request.count, answer.alike)
        elif request.alike:
            self._session.ask(FindAlike(point, request.count))
        self._say_how_many_agree()
        if self._select_found:
            self._select_found = False
            self._session.select_points(np.append(answer.neighbours.points, point), focus=point)

    def _show(self, point: int) -> None:
        """Begins with another point: nothing of the one before stays."""
        self.shown, self._alike_to = point, None
        self.pixel.show_points(self.pixel.points[:0])
        self._stack.setCurrentIndex(1)

    def _name(self, point: int) -> list[str]:
        assert self._session.images is not None
        name = self._session.class_name(point)
        return [self._session.images.title(point), *([f"class {name}"] if name else [])]

    def _take_alike(self, request: FindAlike, answer: Neighbours) -> None:
        if request.point == self.shown == self._session.exploration.selected:
            self._show_alike(request.point, request.count, answer)
            self._say_how_many_agree()

    def _show_alike(self, point: int, count: int, alike: Neighbours) -> None:
        self._alike_to = point, count
        _show_neighbours(self.pixel, alike)

    def _say_how_many_agree(self) -> None:
        both, shown = set(self.latent.points.tolist()) & set(self.pixel.points.tolist()), len(self.pixel.points)
        self._pixel_title.setText(f"{_PIXEL} · {len(both)} of {shown} are the same" if shown else _PIXEL)


def _show_neighbours(strip: LinkedStrip, neighbours: Neighbours) -> None:
    strip.show_points(neighbours.points, [_in_figures(distance) for distance in neighbours.distances.tolist()])


def _in_figures(distance: float) -> str:
    """Three digits, without the zero before the point where there is one: it stands beneath a small image."""
    if distance < 1:
        return f"{distance:.3f}".removeprefix("0")
    return f"{distance:.3g}" if distance < 100 else f"{distance:,.0f}"


def _number_field() -> QLineEdit:
    field = QLineEdit()
    field.setPlaceholderText("Image…")
    field.setValidator(QIntValidator(0, _LARGEST_INDEX, field))
    field.setToolTip("Select the image with this number in its split (Ctrl+F)")
    field.setAccessibleName("Number of the image to select")
    follow(field, lambda: field.setMinimumWidth(field_width(56)))
    follow(field, lambda: field.setMaximumWidth(field_width(80)))
    return field


def _count_field() -> QSpinBox:
    field = QSpinBox()
    field.setRange(1, _MOST_NEIGHBOURS)
    field.setValue(_NEIGHBOURS)
    field.setPrefix("k = ")
    follow(field, lambda: field.setFixedWidth(field_width(80)))
    field.setToolTip("How many neighbours are shown, and selected by Ctrl+K")
    field.setAccessibleName("Number of neighbours")
    return field


def _note(label: AnyLabel) -> AnyLabel:
    label.setProperty("role", "note")
    return label
