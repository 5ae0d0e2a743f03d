"""The codebook of a quantising model: how its codes are used, what each draws, and images rewritten by hand."""

from __future__ import annotations

import math
import time

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QGridLayout, QWidget

from latentlab.core.code_requests import CodebookRead, DecodeCodes, ReadCodebook, ReadCodeMap
from latentlab.core.palette import class_colours
from latentlab.core.serving import Codes, Images
from latentlab.gui.panels.base import Panel
from latentlab.gui.session import Session
from latentlab.gui.widgets.code_map import Cell, CodeMap
from latentlab.gui.widgets.elided_label import ElidedLabel
from latentlab.gui.widgets.image_grid import ImageGrid
from latentlab.gui.widgets.image_view import ImageView
from latentlab.gui.widgets.qimages import to_qimages
from latentlab.gui.widgets.throttle import Throttle

_EXPLANATION = (
    "On the left every code of the codebook, most used first, as what the decoder draws about it where images use it, "
    "on average: its cell in the middle, and the cells around. The button above shows what a whole map of nothing but "
    "the code decodes to. The bars show how often each stands in the shown images, in the colour that it has in the "
    "map, and codes that none of them needs are faint. On the right the code map of the selected image, or of the "
    "probe where none is selected, and what it decodes to; its cells have the codes' colours or, by the button above, "
    "show the pictures on the left. Click a code to see where the image uses it. Click a cell and then a code, turn "
    "the wheel over a cell, or press the arrow keys, to write other codes into the map; Ctrl and an arrow key pick the "
    "next cell."
)
_NO_CODEBOOK = "Only a model that quantises has a codebook; train a VQ-VAE to see its codes here."
_HOW = "Click a cell, then a code to put there."
_SMALLEST_CODE, _LARGEST_CODE = 20, 56
# While training the panel follows at this pace, and takes no more than this share of the worker's time.
_REFRESH_MS = 2000
_SHARE = 0.2
# It stands still under a hand, and looks so often whether the hand has gone or somebody has come to see it.
_BUSY_SECONDS = 1.0
_WAIT_MS = 250
# The map follows the probe, which has an image of its own to be quick.
_FOLLOW_MS = 50


class CodebookPanel(Panel):
    """The codes and a code map; both are read in the view's worker.

    Attributes:
        codes: the codes, most used first.
        alone: the button that has them drawn alone rather than among others.
        pictures: the button that has the map's cells show them.
        map: the code map, with what a hand has written into it.
        image: what it decodes to.
    """

    def __init__(self, session: Session) -> None:
        super().__init__("codebook", "Codebook", _EXPLANATION)
        self._session = session
        self.codes = ImageGrid(_SMALLEST_CODE, _LARGEST_CODE)
        self.map, self.image = CodeMap(), ImageView()
        self.map.setToolTip("Click a cell to pick it; wheel or arrow keys step through the codes")
        self._whose, self._hint = ElidedLabel(), ElidedLabel()
        self._hint.setText(_HOW)
        for label in (self._whose, self._hint):
            label.setProperty("role", "note")
        self.alone = self.add_tool("alone", "What each code draws alone, in a map of nothing else")
        self.alone.setCheckable(True)
        self.pictures = self.add_tool("images", "The cells of the map as what their codes draw, rather than in colours")
        self.pictures.setCheckable(True)
        self.reset = self.add_tool("restart", "Back to the image's own codes")
        self.note = self.add_note()
        self._editor = QWidget()
        area = QWidget()
        self._lay_out(area)
        self.picture_area = area
        self.subject = "codebook"
        self.column.addWidget(area, 1)
        self._read: CodebookRead | None = None
        self._order: NDArray[np.int64] = np.empty(0, np.int64)
        self._own: Codes | None = None
        self._codebook_is_old = self._map_is_old = False
        self._touched = self._asked = -math.inf
        self._pace = _REFRESH_MS / 1000
        self._timer = QTimer(self, singleShot=True, interval=_WAIT_MS)
        self._timer.timeout.connect(self._refresh)
        self._follows = Throttle(self._read_map, _FOLLOW_MS, self)
        self._connect()
        self._forget()
        self._take_capabilities()

    def _lay_out(self, area: QWidget) -> None:
        grid = QGridLayout(self._editor)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(4)
        grid.addWidget(self._whose, 0, 0, 1, 2)
        grid.addWidget(self.map, 1, 0)
        grid.addWidget(self.image, 1, 1)
        grid.setRowStretch(1, 1)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        whole = QGridLayout(area)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setHorizontalSpacing(8)
        whole.setVerticalSpacing(4)
        whole.addWidget(self.codes, 0, 0)
        whole.addWidget(self._editor, 0, 1)
        whole.addWidget(self._hint, 1, 0, 1, 2)  # it is of both, and has the room of both
        whole.setRowStretch(0, 1)
        for column in (0, 1):
            whole.setColumnStretch(column, 1)

    def _connect(self) -> None:
        session = self._session
        session.dataset_changed.connect(self._forget)
        session.source_changed.connect(self._forget)
        session.capabilities_changed.connect(self._take_capabilities)
        session.model_updated.connect(self._take_update)
        session.selection_changed.connect(self._take_selection)
        session.probe_moved.connect(self._take_probe)
        session.code_map_edited.connect(self._take_edits)
        session.when_answered(ReadCodebook, self._take_codebook)
        session.when_answered(ReadCodeMap, self._take_map)
        session.when_answered(DecodeCodes, self._take_image)
        self.codes.image_clicked.connect(self._take_code)
        self.codes.image_hovered.connect(self._hover_code)
        self.map.cell_picked.connect(self._follow_pick)
        self.map.cell_hovered.connect(self._hover_cell)
        self.map.code_stepped.connect(self._step)
        self.alone.toggled.connect(self._show_codes)
        self.pictures.toggled.connect(self._show_pictures)
        self.reset.clicked.connect(session.clear_codes)

    @property
    def order(self) -> NDArray[np.int64]:
        """The codes as they stand in the grid, most used first."""
        return self._order

    # What is read, and when.

    @Slot()
    def _forget(self) -> None:
        self._read = self._own = None
        self._mapped = self._session.exploration.mapped
        self.codes.set_images(None)
        self.codes.set_selected(None)
        self.map.set_marked(None)
        self.map.set_codes(None)
        self.map.set_pictures([])
        self.image.set_image(None)
        self.note.setText("")
        self._show_words()

    @Slot()
    def _take_capabilities(self) -> None:
        able = self._session.capabilities.codebook
        for widget in (self._editor, self._hint, self.pictures, self.reset):
            widget.setVisible(able)
        self.alone.setVisible(self._session.capabilities.codes_in_place)
        self.codes.set_empty_text("Reading the codebook…" if able else _NO_CODEBOOK)
        self._asked = -math.inf
        self._take_update()

    @Slot()
    def _take_update(self) -> None:
        self._codebook_is_old = self._map_is_old = self._session.capabilities.codebook
        if self._codebook_is_old and not self._timer.isActive():
            self._timer.start()

    @Slot()
    def _take_selection(self) -> None:
        if self._turns_away():
            self.map.pick(None)
            self._read_map()
        self._show_words()

    @Slot()
    def _take_probe(self) -> None:
        if self._session.exploration.selected is None and self._turns_away():
            self._follows.request()

    def _turns_away(self) -> bool:
        """True where another image is looked at; until its own codes are read there is nothing to write into."""
        mapped, self._mapped = self._mapped, self._session.exploration.mapped
        if mapped == self._mapped:
            return False
        self._own = None
        return True

    def _read_map(self) -> None:
        """Reads the map of another image, at once where somebody looks."""
        self._map_is_old = self._session.capabilities.codebook
        if self._map_is_old and self.is_seen():
            self._ask_for_map()
        elif self._map_is_old and not self._timer.isActive():
            self._timer.start()

    @Slot()
    def _refresh(self) -> None:
        """Reads what is old, unless nobody looks or a hand is at work; then it looks again a little later."""
        now = time.perf_counter()
        if not self.is_seen() or now - self._touched < _BUSY_SECONDS:
            if self._codebook_is_old or self._map_is_old:
                self._timer.start()
            return
        if self._map_is_old:
            self._ask_for_map()
        if self._codebook_is_old and now - self._asked >= self._pace:
            self._codebook_is_old, self._asked = False, now
            self._ask_for_codebook()
        if self._codebook_is_old:
            self._timer.start()

    def _ask_for_codebook(self) -> None:
        images = self._session.images
        if images is not None:
            self._session.ask(ReadCodebook(images.split.images, images.split.labels))

    def _ask_for_map(self) -> None:
        images, exploration = self._session.images, self._session.exploration
        self._map_is_old = False
        if images is None:
            return
        selected = exploration.selected
        point = 0 if selected is None or selected >= len(images) else selected
        label = None if images.split.labels is None else int(images.split.labels[point])
        position = exploration.probe if selected is None else None
        self._session.ask(ReadCodeMap(images.split.images[point], label, position))

    def _take_codebook(self, request: ReadCodebook, read: CodebookRead) -> None:
        self._pace = max(_REFRESH_MS / 1000, (time.perf_counter() - self._asked) / _SHARE)
        self._read = read
        self._order = np.argsort(-read.counts, kind="stable")
        self._show_codes()
        self._show_marked(self.map.marked())
        self._show_map()
        self.note.setText(
            f"{read.used:,} of {len(read.counts):,} codes used · perplexity {read.perplexity:.1f} · "
            f"{read.images_read:,} images"
        )

    @Slot()
    def _show_codes(self) -> None:
        if self._read is None:
            return
        counts = self._read.counts[self._order]
        colours = class_colours(len(counts))[self._order]  # those that the map has
        self.codes.set_images(self._drawn(self._read)[self._order], counts / max(1, counts[0]), colours)
        self._show_pictures()

    def _drawn(self, read: CodebookRead) -> Images:
        """What each code draws, as the grid shows it."""
        return read.images if read.patches is None or self.alone.isChecked() else read.patches

    @Slot()
    def _show_pictures(self) -> None:
        if self._read is None or not self.pictures.isChecked():
            self.map.set_pictures([])
        else:
            self.map.set_pictures(to_qimages(self._drawn(self._read)))

    def _take_map(self, request: ReadCodeMap, codes: Codes) -> None:
        self._own = codes
        self._show_map()

    def _take_image(self, request: DecodeCodes, image: Images) -> None:
        self.image.set_image(image)

    # What the hand does.

    def _edited(self) -> Codes | None:
        if self._own is None or self._read is None:
            return None
        codes = self._own.copy()
        known = (*codes.shape, len(self._read.counts))
        for row, column, code in self._session.exploration.code_edits:
            if all(np.less((row, column, code), known)):  # a run folder may say anything
                codes[row, column] = code
        return codes

    def _show_map(self) -> None:
        codes = self._edited()
        if codes is not None and self._read is not None:
            self.map.set_codes(codes, len(self._read.counts))
            self._session.ask(DecodeCodes(codes))
        self._show_words()

    def _write(self, cell: Cell, code: int) -> None:
        if self._own is not None:
            self._session.write_code(cell, None if code == self._own[cell] else code)
            self._show_marked(code)

    @Slot()
    def _take_edits(self) -> None:
        self._show_map()
        self._follow_pick()

    @Slot(int)
    def _take_code(self, place: int) -> None:
        self._touch()
        code, cell = int(self._order[place]), self.map.picked()
        if cell is not None:
            self._write(cell, code)
        else:
            self._show_marked(None if code == self.map.marked() else code)

    @Slot(int)
    def _step(self, steps: int) -> None:
        self._touch()
        cell, codes = self.map.picked(), self.map.codes()
        if cell is not None and codes is not None:
            place = int(np.flatnonzero(self._order == codes[cell])[0])
            self._write(cell, int(self._order[(place + steps) % len(self._order)]))

    @Slot()
    def _follow_pick(self) -> None:
        self._touch()
        cell, codes = self.map.picked(), self.map.codes()
        self._show_marked(None if cell is None or codes is None else int(codes[cell]))

    def _show_marked(self, code: int | None) -> None:
        self.map.set_marked(code)
        known = code is not None and code < len(self._order)
        self.codes.set_selected(int(np.flatnonzero(self._order == code)[0]) if known else None)

    @Slot(int)
    def _hover_code(self, place: int) -> None:
        self._touch()
        self._hint.setText(self._about(int(self._order[place])).capitalize() if place >= 0 else _HOW)

    @Slot(int, int)
    def _hover_cell(self, row: int, column: int) -> None:
        self._touch()
        codes = self.map.codes()
        words = _HOW
        if row >= 0 and codes is not None:
            words = f"Row {row + 1}, column {column + 1}: {self._about(int(codes[row, column]))}"
        self._hint.setText(words)

    def _about(self, code: int) -> str:
        if self._read is None:
            return f"code {code}"
        share = self._read.counts[code] / max(1, self._read.counts.sum())
        return f"code {code}, {share:.2%} of all cells"

    def _touch(self) -> None:
        self._touched = time.perf_counter()

    def _show_words(self) -> None:
        images, selected = self._session.images, self._session.exploration.selected
        whose = "The probe" if selected is None or images is None else images.title(selected)
        edits = self._session.exploration.code_edits
        changed = f" · {len(edits)} changed" if edits else ""
        self._whose.setText(f"{whose} in codes{changed}")
        self.reset.setEnabled(bool(edits))
