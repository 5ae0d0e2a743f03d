"""The third way to compare: on one plane the points travel from where one side has them to where the other has."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial

import numpy as np
from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QToolButton, QVBoxLayout, QWidget

from latentlab.core.morph import Morph
from latentlab.core.plane import Floats
from latentlab.gui import icons
from latentlab.gui.comparing.drawn_sides import DrawnSides
from latentlab.gui.comparing.linked_plane import LinkedPlane
from latentlab.gui.comparing.side import Side
from latentlab.gui.session import Session
from latentlab.gui.widgets.drawn_mark import DrawnMark
from latentlab.gui.widgets.newest_wins import NewestWins

_NOTE = (
    "The right side is laid over the left as a whole (turned or mirrored, and scaled), so that only what differs moves."
)
_EMPTY = "Once both sides show points, they travel here from one to the other; press Train, or choose what each shows."
_STEPS = 1000
_SECONDS = 2.5  # from one end to the other
_FRAME_MS = 16


@dataclass(frozen=True, eq=False)
class _Ends:
    """Where the two sides put the images."""

    left: Floats
    right: Floats


@dataclass(frozen=True, eq=False)
class _Way:
    """How far the points are."""

    ends: _Ends
    morph: Morph
    share: float
    positions: Floats


class MorphPage(QWidget):
    """A plane, and a slider by which the points travel; positions are computed beside the GUI thread.

    Attributes:
        view, points: the plane.
        slider, play: how far, and the button that lets them travel by themselves.
        mark: what a hand has drawn.
    """

    def __init__(self, session: Session, sides: tuple[Side, Side], drawn: DrawnSides) -> None:
        super().__init__()
        self._sides, self._drawn = sides, drawn
        self._ends: _Ends | None = None
        self._way: _Way | None = None
        self.view = LinkedPlane(session)
        self.points, self.mark = self.view.points, DrawnMark()
        self.view.add_item(self.mark)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, _STEPS)
        self.slider.setPageStep(_STEPS // 10)
        self.slider.setSingleStep(_STEPS // 100)
        self.slider.setAccessibleName("How far the points have travelled")
        self.play = QToolButton()
        icons.set_size(self.play, 16)
        self.play.setAccessibleName("Let the points travel")
        self._names = QLabel(), QLabel()
        self._note = QLabel(_NOTE)
        self._note.setProperty("role", "note")
        self._note.setWordWrap(True)
        self._timer = QTimer(self, interval=_FRAME_MS, timerType=Qt.TimerType.PreciseTimer)
        self._began, self._target = (0.0, 0.0), 1.0
        self._worker = NewestWins()
        self._lay_out()
        self.slider.valueChanged.connect(self._go_on)
        self.slider.sliderPressed.connect(self._rest)
        self.play.clicked.connect(self.toggle_play)
        self._timer.timeout.connect(self._step)
        self._worker.finished.connect(self._take)
        drawn.moved.connect(self._place_mark)
        session.dataset_changed.connect(self.refresh)
        self._show_play()

    @property
    def share(self) -> float:
        """How far the points shall be: 0 is where the left side has them, 1 where the right one does."""
        return self.slider.value() / _STEPS

    @Slot()
    def refresh(self) -> None:
        """Takes up what the two sides show now, if somebody looks."""
        if not self.isVisible():
            return
        for name, side in zip(self._names, self._sides, strict=True):
            name.setText(side.chooser.currentText())
        left, right = (side.points.points for side in self._sides)
        there = len(left) == len(right) and all(bool(np.isfinite(each[:, 0]).any()) for each in (left, right))
        self.slider.setEnabled(there)
        self.play.setEnabled(there)
        self._note.setText(_NOTE if there else _EMPTY)
        if not there:
            self._rest()
            self._ends = self._way = None
            self.view.clear()
            self._place_mark()
        elif self._ends is None or self._ends.left is not left or self._ends.right is not right:
            self._ends = _Ends(left, right)
            self._go_on()

    @Slot()
    def toggle_play(self) -> None:
        """Lets the points travel to the right side's places, or back from there; or has them rest where they are."""
        if self._timer.isActive():
            self._rest()
            return
        self._target = 0.0 if self.share >= 1 else 1.0
        self._began = time.perf_counter(), self.share
        self._timer.start()
        self._show_play()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.play)
        row.addWidget(self._names[0])
        row.addWidget(self.slider, 1)
        row.addWidget(self._names[1])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.view, 1)
        column.addWidget(self._note)

    @Slot()
    def _rest(self) -> None:
        self._timer.stop()
        self._show_play()

    def _show_play(self) -> None:
        plays = self._timer.isActive()
        icons.set_icon(self.play, "pause" if plays else "train")
        self.play.setToolTip("Let the points rest" if plays else "Let the points travel to the other side")
        self.slider.setToolTip("How far the points have travelled from the left side's places to the right side's")

    @Slot()
    def _step(self) -> None:
        started, share = self._began
        gone = (time.perf_counter() - started) / _SECONDS
        share = min(share + gone, 1.0) if self._target > 0 else max(share - gone, 0.0)
        self.slider.setValue(round(share * _STEPS))
        if self.share == self._target or not self.isVisible():  # where the slider says so: Play then leads back
            self._rest()

    @Slot()
    def _go_on(self) -> None:
        if self._ends is not None:
            known = self._way.morph if self._way is not None and self._way.ends is self._ends else None
            self._worker.request(partial(_travel, self._ends, known, self.share))

    @Slot(object)
    def _take(self, way: _Way) -> None:
        if way.ends is self._ends:
            self._way = way
            self.view.show_points(way.positions, way.morph.extent)
            self._place_mark()

    @Slot()
    def _place_mark(self) -> None:
        way = self._way
        self.mark.set_position(None if way is None else way.morph.between_points(*self._drawn.places, way.share))


def _travel(ends: _Ends, morph: Morph | None, share: float) -> _Way:
    morph = morph or Morph.between(ends.left, ends.right)
    return _Way(ends, morph, share, morph.at(share))
