"""Watching the film of a training: which moment of it every panel shows, and what is known of the others."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from latentlab.core.film import Film, Frame, Moment
from latentlab.core.film_alignment import Alignment
from latentlab.core.lattice import CellKey
from latentlab.core.plane import Floats
from latentlab.core.requests import DecodeCells
from latentlab.core.serving import Images
from latentlab.gui.foreseeing import Foreseeing
from latentlab.gui.open_run import OpenRun
from latentlab.gui.run_control import RunControl

SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0)
"""How many times as fast as usual it plays; below 1 is slow motion."""

FRAMES_PER_SECOND = 12
"""How many it plays at the usual speed."""

# Up to this speed, points travel from one frame to the next; faster, the eye does not see them jump.
_FASTEST_GLIDE = 1.0
# While playing, a frame whose points are not all there yet is waited for, though not for ever.
_LONGEST_WAIT = 2.0
# A hand may ask for moments faster than they can be shown: the next is taken up when points and map of the one before
# are there, or so many milliseconds after it was asked for, and after its points came.
_LONGEST_SHOWING_MS, _LONGEST_FOR_MAP_MS = 250, 40


class Filming(QObject):
    """Holds the place in the film of the run in the window; the film itself grows by `RunControl`.

    Attributes:
        foreseeing: what is known of the moments that are not looked at.
        aligned: every moment is turned to agree with the next one; otherwise it is shown as it is.
        speed: one of `SPEEDS`.
        marks: the steps between which a part is marked; None is the film's end.

    Signals:
        film_changed(): frames came or went, or it is another film.
        watched_changed(): `playing`, `aligned`, `speed` or `marks` is another.
        said(str): a sentence for the status bar.
        failed(str): a sentence about what went wrong.
    """

    film_changed = Signal()
    watched_changed = Signal()
    said = Signal(str)
    failed = Signal(str)

    def __init__(self, control: RunControl) -> None:
        super().__init__()
        self.control, self.session = control, control.session
        self.aligned, self.speed = True, 1.0
        self.marks: tuple[int | None, int | None] = None, None
        self._run: OpenRun | None = None
        self._no_film = Film()
        self._alignment = Alignment()
        self._shown_at = 0.0
        self._awaited: int | None = None  # the frame's step that the hand wants once the one before is there
        self._points_lack = self._map_lacks = False
        self._map: DecodeCells | None = None  # the last one that is being decoded, and how many of its images lack
        self._cells_lack = 0
        self._showing = QTimer(self, singleShot=True)
        self._showing.timeout.connect(self._show_awaited)
        self.foreseeing = Foreseeing(self, self._turned_to)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._go_on)
        control.run_changed.connect(self._take_run)
        control.progressed.connect(self._take_progress)
        session = self.session
        session.points_placed.connect(self._take_points)
        session.when_answered(DecodeCells, self._take_cells)
        session.plane_cut.connect(self._forget_positions)
        session.dataset_changed.connect(self._forget_codes)
        session.source_changed.connect(self._take_source)

    # What there is.

    @property
    def film(self) -> Film:
        """The film of the run in the window; without frames where there is none."""
        return self._no_film if self.control.run is None else self.control.run.film

    @property
    def index(self) -> int | None:
        """Which frame is looked at: the last one while the newest weights are; None where there is none."""
        filmed = self.session.filmed if self._awaited is None else self._awaited
        return len(self.film) - 1 if filmed is None and len(self.film) else self.film.nearest(filmed or 0)

    @property
    def frame(self) -> Frame | None:
        """The frame that is looked at."""
        index = self.index
        return None if index is None else self.film.frames[index]

    @property
    def fork(self) -> tuple[int | None, str]:
        """The step up to which the frames are another run's, and what that was called; None where all are its own."""
        run, frames = self.control.run, self.film.frames
        origin = None if run is None else run.origin
        return (origin.step, origin.title) if origin and frames and frames[0].step < origin.step else (None, "")

    @property
    def live(self) -> bool:
        """The newest weights are looked at, and newer ones as they come."""
        return self.session.filmed is None

    @property
    def playing(self) -> bool:
        """Whether the film runs by itself."""
        return self._timer.isActive()

    # What the hand does.

    def show_step(self, step: float) -> None:
        """Shows the frame whose step is nearest; playing ends."""
        self.pause()
        index = self.film.nearest(step)
        if index != self.index or self.live:
            self._show(index)

    def step_by(self, frames: int) -> None:
        """Shows the frame so many further on, or back; playing ends."""
        self.pause()
        if self.index is not None:
            self._show(min(max(self.index + frames, 0), len(self.film) - 1))

    @Slot()
    def toggle(self) -> None:
        """Plays on from the frame that is looked at, from the first one if that is the last; or stops there."""
        if self.playing:
            self.pause()
            return
        index = self.index
        if index is None or len(self.film) < 2:
            self.said.emit("There is no film yet; press Train, and what is learned is filmed.")
            return
        if index == len(self.film) - 1:
            self._show(0)
        elif self.live:
            self._show(index)
        self._timer.start(self._interval)
        self.watched_changed.emit()

    @Slot()
    def pause(self) -> None:
        """Stops at the frame that is looked at."""
        if self.playing:
            self._timer.stop()
            self.watched_changed.emit()

    @Slot()
    def go_live(self) -> None:
        """Shows the newest weights again, and newer ones as they come."""
        self.pause()
        self._awaited = None
        self._showing.stop()
        newest = self.control.newest
        self.session.glide_seconds = 0.0
        if not self.live and newest is not None:
            self.session.show(Moment(newest.step, newest.weights, codes=self.foreseeing.codes(newest.step)))
            self.said.emit("Every panel shows the newest weights again.")

    def set_speed(self, speed: float) -> None:
        """Plays faster or slower."""
        self.speed = speed
        if self.playing:
            self._timer.start(self._interval)
        self.watched_changed.emit()

    def change_speed(self, by: int) -> None:
        """Plays at the next of `SPEEDS`, or the one before."""
        self.set_speed(SPEEDS[min(max(SPEEDS.index(self.speed) + by, 0), len(SPEEDS) - 1)])

    def set_aligned(self, aligned: bool) -> None:
        """Turns every moment to agree with the next, or shows it as it is."""
        self.aligned = aligned
        self._forget_foreseen()
        if not self.live:
            self._show(self.index)
        self.watched_changed.emit()

    def mark(self, start: bool) -> None:
        """Marks the frame that is looked at as where a part begins, or where it ends."""
        frame = self.frame
        if frame is None:
            return
        first, last = self.marks
        if start:
            self.marks = frame.step, last if last is None or last > frame.step else None
        else:
            self.marks = first if first is None or first < frame.step else None, frame.step
        self.watched_changed.emit()

    @Slot()
    def unmark(self) -> None:
        """The whole film is meant again."""
        self.marks = None, None
        self.watched_changed.emit()

    def part(self) -> tuple[Frame, ...]:
        """The frames of the marked part, or all."""
        first, last = self.marks
        frames = self.film.frames
        return tuple(each for each in frames if (first or 0) <= each.step <= (each.step if last is None else last))

    def set_bound(self, most_bytes: int) -> None:
        """Changes how much films may take, from now on and for the present one."""
        self.control.runs.set_film_bytes(most_bytes)
        if not len(self.film):
            self.go_live()
        self.film_changed.emit()

    # Showing.

    @property
    def _interval(self) -> int:
        return round(1000 / (FRAMES_PER_SECOND * self.speed))

    def _show(self, index: int | None) -> None:
        if index is None:
            return
        frame = self.film.frames[index]
        if self._showing.isActive():
            self._awaited = frame.step
            return
        moment = self.foreseeing.moment(frame)
        lacks = moment.foreseen is None
        self._awaited, self._points_lack, self._map_lacks = None, lacks, lacks
        # What is foreseen is there at once: as soon as it is painted, and all that the hand did meanwhile is known.
        self._showing.start(_LONGEST_SHOWING_MS if lacks else 0)
        self._shown_at = time.monotonic()
        if self.live:
            self.said.emit("Every panel shows a moment of the film; Live, or Shift+K, goes back to the newest weights.")
        # Not where every moment is shown as it is: a mirrored one would pass through a line.
        glides = self.playing and self.aligned and self.speed <= _FASTEST_GLIDE
        self.session.glide_seconds = self._interval / 1000 if glides else 0.0
        self.session.show(moment)

    def _turned_to(self, step: int) -> Floats | None:
        return self._alignment.reference(self.film.frames, step) if self.aligned else None

    @Slot()
    def _take_points(self) -> None:
        placed = self.session.placed
        if self._points_lack and placed is not None and placed.complete and placed.step == self.session.filmed:
            self._points_lack = False
            self._showing.start(_LONGEST_FOR_MAP_MS)  # which does not come where none is on the screen
            self._end_showing()

    def _take_cells(self, request: DecodeCells, answer: tuple[tuple[CellKey, ...], Images]) -> None:
        if request is not self._map:
            self._map, self._cells_lack = request, len(request.keys)
        self._cells_lack -= len(answer[0])
        session = self.session
        there = not self._cells_lack and request.version == session.version and session.step == session.filmed
        if there and self._map_lacks:
            self._map_lacks = False
            self._end_showing()

    def _end_showing(self) -> None:
        if self._showing.isActive() and not (self._points_lack or self._map_lacks):
            self._showing.stop()
            self._show_awaited()

    @Slot()
    def _show_awaited(self) -> None:
        if self._awaited is not None:
            self._show(self.film.nearest(self._awaited))

    @Slot()
    def _go_on(self) -> None:
        placed, filmed = self.session.placed, self.session.filmed
        if self._awaited is not None:
            return  # the map of the one before is still to come
        there = placed is not None and placed.complete and placed.step == filmed
        if not there and time.monotonic() < self._shown_at + _LONGEST_WAIT:
            return
        index = self.index
        if index is None or filmed is None or index >= len(self.film) - 1:
            self.pause()
        else:
            self._show(index + 1)

    @Slot()
    def _forget_positions(self) -> None:
        self.foreseeing.begin_anew()
        self.film.forget_positions()
        self._alignment = Alignment()
        if not self.live:
            self._show(self.index)

    @Slot()
    def _forget_codes(self) -> None:
        self.foreseeing.begin_anew()
        for run in self.control.runs:  # none of them has codes of the images that are shown now
            run.film.forget_codes()
        self.film.forget_codes()
        self._alignment = Alignment()
        self.pause()

    @Slot()
    def _take_source(self) -> None:
        self.foreseeing.begin_anew()
        self._awaited = None
        self.pause()

    @Slot()
    def _take_run(self) -> None:
        if self.control.run is not self._run:
            self._run = self.control.run
            self._alignment, self.marks = Alignment(), (None, None)
            self.pause()
            self.watched_changed.emit()
        self.film_changed.emit()

    def _forget_foreseen(self) -> None:
        self.foreseeing.begin_anew()
        self.film.forget_foreseen()

    @Slot()
    def _take_progress(self) -> None:
        # Each frame that is there already is turned otherwise now; its codes are what they were.
        self.film.forget_foreseen()
        self.film_changed.emit()
