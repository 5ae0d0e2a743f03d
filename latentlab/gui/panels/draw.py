"""Draw an image, or open one, and see where the model puts it while it is drawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtWidgets import QFileDialog, QGridLayout, QHBoxLayout, QLabel, QSlider, QToolButton, QWidget

from latentlab.core.drawing import SHEET_SIDE
from latentlab.core.drawing_requests import vote
from latentlab.core.serving import Images
from latentlab.gui.class_chooser import ClassChooser
from latentlab.gui.class_row import ClassRow
from latentlab.gui.errands import Errands, Reporter
from latentlab.gui.linked_strip import LinkedStrip
from latentlab.gui.panels.base import Panel
from latentlab.gui.picture_file import KINDS, read_picture
from latentlab.gui.session import Session
from latentlab.gui.text_size import follow, px
from latentlab.gui.widgets.drawing_canvas import THICKEST, THINNEST, DrawingCanvas
from latentlab.gui.widgets.elided_label import ElidedLabel
from latentlab.gui.widgets.image_view import ImageView
from latentlab.gui.widgets.throttle import Throttle

_EXPLANATION = (
    "Draw an image of your own, or open one. It is scaled and placed as the data set's images were, and encoded while "
    "you draw: the diamond in the scatter and in the comparison is its place. Beside it stand the image as the model "
    "sees it, what the model makes of it, and the data's images with the nearest latents, whose classes say what the "
    "model takes it for. A conditional model is told the class that is chosen; the row of all classes shows which one "
    "explains the drawing best, and so what such a model takes it for."
)
_HINT = "Draw here, or open an image."
# The time is needed where the pen is: its images follow a moment later than the mark, its neighbours a little after.
_FOLLOW_MS, _NEIGHBOURS_MS = 33, 100
_PERCENT = 100


class DrawPanel(Panel):
    """A sheet to draw on, and what the model says of it.

    Attributes:
        canvas: the sheet.
        seen, reconstruction: the image as the model is shown it, and what it makes of it.
        verdict: the neighbours' vote in words.
        neighbours: their images; a conditional model's latents say nothing of the class, and there are none.
        encoded_as, classes, row: words, the chosen class, and the drawing under all of them, where it is conditional.
        eraser, undo, clear, open, pen, probe: the controls.
    """

    def __init__(self, session: Session, errands: Errands) -> None:
        super().__init__("draw", "Draw", _EXPLANATION)
        self._session, self._errands, self._drawing = session, errands, session.drawing
        self.canvas = DrawingCanvas()
        self.canvas.setToolTip("Left button draws, right button erases; Ctrl+Z takes a stroke back, Esc drops it")
        self.canvas.setAccessibleName("Sheet to draw on")
        self.canvas.set_hint(_HINT)
        self.eraser = self.add_tool("eraser", "Erase with the left button (E)")
        self.eraser.setCheckable(True)
        self.pen = QSlider(Qt.Orientation.Horizontal)
        self.pen.setRange(round(_PERCENT * THINNEST), round(_PERCENT * THICKEST))
        self.pen.setFixedWidth(64)
        self.pen.setAccessibleName("Width of the pen")
        self.add_control(self.pen)
        self.undo = self.add_tool("undo", "Take the last stroke back (Ctrl+Z on the sheet)")
        self.clear = self.add_tool("clear", "Clear the sheet (Delete)")
        self.open = self.add_tool("folder", "Open an image: PNG or JPEG (Ctrl+I)")
        self.probe = QToolButton()
        self.probe.setText("Probe here")
        self.probe.setToolTip("Put the probe where the drawing is (Ctrl+Shift+M)")
        self.add_control(self.probe)
        for button in (self.open, self.probe, self.clear, self.undo):
            self.folding.add(button)
        self.classes, self.row = ClassChooser(session), ClassRow(session)
        self.encoded_as = QLabel("Encoded as")
        self.encoded_as.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.seen, self.reconstruction = ImageView(), ImageView()
        self.verdict = ElidedLabel()
        self.neighbours = LinkedStrip(session)
        follow(self, lambda: self.neighbours.setFixedHeight(px(40)))
        self.neighbours.set_empty_text("Nearest images stand here.")
        self.neighbours.setToolTip("The images with the nearest latents, nearest first; click one to select it")
        self.framing = QLabel()
        self.framing.setProperty("role", "note")
        self.framing.setWordWrap(True)
        self._shows_images = Throttle(self._show_images, _FOLLOW_MS, self)
        self._shows_neighbours = Throttle(self._show_neighbours, _NEIGHBOURS_MS, self)
        self._lay_out()
        self._connect()
        self._show_tools()
        self._show_images()
        if self._drawing.framing is not None:
            self._take_framing()

    def choose_file(self) -> None:
        """Asks for an image and opens it."""
        chosen, _ = QFileDialog.getOpenFileName(self, "Open an image", "", KINDS)
        if chosen:
            self.open_file(Path(chosen))

    def open_file(self, file: Path) -> None:
        """Puts the picture in ``file`` on the sheet; where it cannot be read, says why."""
        framing = self._drawing.framing
        if framing is None:
            self.failed.emit("An image can be opened once there is a data set.")
            return

        def work(_: Reporter) -> Images:
            return framing.sheet_of(read_picture(file, SHEET_SIDE))

        def done(sheet: Images) -> None:
            if framing is self._drawing.framing:
                self.canvas.put(sheet)

        self._errands.run(f"Opening {file.name}", work, done, self.failed.emit)

    def put_probe(self) -> None:
        """Moves the probe to the drawing's place."""
        place = self._drawing.place
        if place is None:
            self.said.emit("Draw something first; the probe can then be put where it is.")
        else:
            self._session.move_probe(place.position)

    def _lay_out(self) -> None:
        results = QWidget()
        grid = QGridLayout(results)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(4)
        for column, (caption, tip, view) in enumerate(
            (
                ("Input", "The drawing as the model is shown it", self.seen),
                ("Reconstruction", "What the model makes of it", self.reconstruction),
            )
        ):
            label = QLabel(caption)
            label.setProperty("role", "note")
            view.setToolTip(tip)
            grid.addWidget(label, 0, column)
            grid.addWidget(view, 1, column)
            grid.setColumnStretch(column, 1)
        grid.setRowStretch(1, 1)
        words = QHBoxLayout()
        words.setSpacing(8)
        words.addWidget(self.verdict, 1)
        words.addWidget(self.encoded_as, 1)
        words.addWidget(self.classes)
        grid.addLayout(words, 2, 0, 1, 2)
        grid.addWidget(self.neighbours, 3, 0, 1, 2)
        area = QWidget()
        row = QHBoxLayout(area)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        row.addWidget(self.canvas, 1)
        row.addWidget(results, 1)
        self.picture_area = area
        self.column.addWidget(area, 1)
        self.column.addWidget(self.row)
        self.column.addWidget(self.framing)

    def _connect(self) -> None:
        session, drawing, canvas = self._session, self._drawing, self.canvas
        canvas.drawn.connect(self._take_sheet)
        canvas.tool_changed.connect(self._show_tools)
        self.eraser.toggled.connect(canvas.set_erasing)
        self.pen.valueChanged.connect(self._choose_pen)
        self.undo.clicked.connect(canvas.undo)
        self.clear.clicked.connect(canvas.clear)
        self.open.clicked.connect(self.choose_file)
        self.probe.clicked.connect(self.put_probe)
        drawing.framing_changed.connect(self._take_framing)
        drawing.detailed.connect(self._shows_images.request)
        drawing.detailed.connect(self._shows_neighbours.request)
        session.selection_changed.connect(self._follow_selection)
        session.capabilities_changed.connect(self._take_capabilities)
        self._take_capabilities()

    # What the hand does.

    @Slot()
    def _take_sheet(self) -> None:
        self._drawing.draw(self.canvas.pixels())

    @Slot(int)
    def _choose_pen(self, percent: int) -> None:
        self.canvas.set_pen(percent / _PERCENT)

    @Slot()
    def _show_tools(self) -> None:
        canvas = self.canvas
        self.undo.setEnabled(canvas.can_undo())
        with QSignalBlocker(self.eraser), QSignalBlocker(self.pen):
            self.eraser.setChecked(canvas.erasing)
            self.pen.setValue(round(_PERCENT * canvas.pen))
        self.pen.setToolTip(f"Width of the pen, {canvas.pen:.0%} of the sheet's ([ and ])")

    # What the model says.

    @Slot()
    def _take_framing(self) -> None:
        framing = self._drawing.framing
        assert framing is not None
        self.canvas.set_sheet(framing.sheet_size, framing.ground, framing.shape[0])
        self.framing.setText(framing.words)
        self._show_tools()

    @Slot()
    def _take_capabilities(self) -> None:
        conditional = self._session.capabilities.conditional
        self.encoded_as.setVisible(conditional)
        for widget in (self.verdict, self.neighbours):
            widget.setVisible(not conditional)

    def _show_images(self) -> None:
        place, detail = self._drawing.place, self._drawing.detail
        self.seen.set_image(None if place is None else place.image)
        self.reconstruction.set_image(None if detail is None else detail.reconstruction)
        self.probe.setEnabled(place is not None)

    def _show_neighbours(self) -> None:
        detail = self._drawing.detail
        points = np.empty(0, np.intp) if detail is None else detail.neighbours
        if not np.array_equal(points, self.neighbours.points):
            self.neighbours.show_points(points)
            self._follow_selection()
        self.verdict.setText(self._vote())

    def _vote(self) -> str:
        images, dataset = self._session.images, self._session.dataset
        if not len(self.neighbours.points) or images is None or dataset is None:
            return ""
        labels = images.split.labels
        return "Nearest images" if labels is None else vote(labels[self.neighbours.points], dataset.class_names)

    @Slot()
    def _follow_selection(self) -> None:
        places = np.flatnonzero(self.neighbours.points == self._session.exploration.selected)
        self.neighbours.set_selected(int(places[0]) if len(places) else None)
