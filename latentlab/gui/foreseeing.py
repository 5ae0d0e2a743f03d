"""What is known of a film's frames that nobody looks at yet: computed one by one while nothing else is to be done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot

from latentlab.core import lattice
from latentlab.core.exploration import Rect
from latentlab.core.film import Codes, Foreseen, Frame, Moment, fingerprint
from latentlab.core.film_requests import EncodeMoment, ForeseeMoment
from latentlab.core.lattice import CellKey
from latentlab.core.plane import Floats
from latentlab.core.requests import DecodeCells
from latentlab.gui.open_run import FINISHED, RESTING

if TYPE_CHECKING:
    from latentlab.gui.filming import Filming


_RESTS_MS = 400


class Foreseeing(QObject):
    """While a moment is looked at, has the shown points encoded under the weights of the other frames, and, once all
    are and nothing trains, the manifold decoded where it stands, the nearest frames first, with all else that follows
    the weights. Such a moment is shown at once.

    What is foreseen counts as the film's, and there is no more of it than there is room for.
    """

    def __init__(self, filming: Filming, reference: Callable[[int], Floats | None]) -> None:
        """``reference`` tells what the frame of a step is turned to agree with."""
        super().__init__()
        self._filming, self._reference = filming, reference
        self._request: EncodeMoment | ForeseeMoment | None = None
        self._window: Rect | None = None
        self._level: int | None = None
        self._keys: tuple[CellKey, ...] = ()
        self._span: tuple[int, ...] | None = None  # of those keys, after their level
        self._foreseen_bytes = 0
        session = self._session = filming.session
        session.codes_known.connect(self._keep)
        session.when_answered(EncodeMoment, self._take_codes)
        session.when_answered(ForeseeMoment, self._take_foreseen)
        session.when_answered(DecodeCells, self._note_cells)
        session.window_shown.connect(self._note_window)
        session.points_placed.connect(self.go_on)
        # Once the hand rests, what it changed is foreseen for the other frames too.
        self._rests = QTimer(session, singleShot=True, interval=_RESTS_MS)
        self._rests.timeout.connect(self.go_on)
        session.probe_moved.connect(self._rests.start)
        session.selection_changed.connect(self._rests.start)

    @property
    def encoded(self) -> int:
        """Of how many frames the shown points' codes and places are known."""
        frames = self._filming.film.frames
        return sum(frame.codes is not None and frame.codes.positions is not None for frame in frames)

    @property
    def foreseen(self) -> int:
        """Of how many frames all is known that scatter and manifold show where they stand now."""
        keys = self._cells_shown()
        return sum(bool(keys) and self._is_foreseen(frame, keys) for frame in self._filming.film.frames)

    def moment(self, frame: Frame) -> Moment:
        """What a view is to look at to show a frame, with all that is known of it."""
        reference, codes = self._reference(frame.step), frame.codes
        foreseen = None if codes is None else codes.foreseen
        if foreseen is not None and foreseen.agrees_with != fingerprint(reference):
            foreseen = None
        return Moment(frame.step, frame.weights, True, codes, reference, foreseen)

    def codes(self, step: int) -> Codes | None:
        """What is known of the frame of ``step``."""
        film = self._filming.film
        index = film.index_of(step)
        return None if index is None else film.frames[index].codes

    def begin_anew(self) -> None:
        """What is being computed is no longer of use."""
        self._request = None

    def go_on(self) -> None:
        """Has the next thing computed, if nothing is."""
        filming = self._filming
        placed, index = self._session.placed, filming.index
        if filming.live or self._request is not None or placed is None or not placed.complete or index is None:
            return
        ours = self.codes(placed.step)
        if ours is not None:  # else the codes are too large to keep
            self._request = self._codes_request(index, ours) or self._foresee_request(index)
            if self._request is not None:
                self._session.ask(self._request)

    def _codes_request(self, index: int, alike: Codes) -> EncodeMoment | None:
        film = self._filming.film
        if film.has_room_for(alike.bytes):
            for frame in (*film.frames[index + 1 :], *film.frames[:index]):
                if frame.codes is None or frame.codes.positions is None:
                    return EncodeMoment(frame.step, frame.weights, frame.codes)
        return None

    def _foresee_request(self, index: int) -> ForeseeMoment | None:
        run, film, keys = self._filming.control.run, self._filming.film, self._cells_shown()
        # A film that grows is turned anew with each frame, and training needs the time.
        rests = run is not None and run.state in (RESTING, FINISHED)
        if not (rests and keys and self._plane_is_foreseen() and film.has_room_for(self._foreseen_bytes)):
            return None
        for nearest in sorted(range(len(film)), key=lambda other: abs(other - index)):
            frame = film.frames[nearest]
            if frame.codes is not None and not self._is_foreseen(frame, keys):
                reference, label = self._reference(frame.step), self._session.exploration.label
                known = frame.codes.foreseen if self._has_cells(frame, keys) else None
                asked = reference, keys, label, self._session.following, known
                return ForeseeMoment(frame.step, frame.weights, frame.codes, *asked)
        return None

    def _plane_is_foreseen(self) -> bool:
        """Whether it follows from a frame's codes alone.

        A plane through chosen points lies elsewhere under all weights, and a principal one that is not aligned is
        turned as it was when the run was saved.
        """
        session, placed = self._session, self._session.placed
        chosen = session.exploration.base is not None or session.exploration.corners is not None
        return not chosen and placed is not None and (self._filming.aligned or not placed.principal)

    def _is_foreseen(self, frame: Frame, keys: tuple[CellKey, ...]) -> bool:
        foreseen = None if frame.codes is None else frame.codes.foreseen
        answered = () if foreseen is None else foreseen.answers
        return self._has_cells(frame, keys) and all(each in answered for each in self._session.following)

    def _has_cells(self, frame: Frame, keys: tuple[CellKey, ...]) -> bool:
        foreseen, exploration = None if frame.codes is None else frame.codes.foreseen, self._session.exploration
        return (
            foreseen is not None
            and foreseen.keys is keys
            and (foreseen.offset, foreseen.label) == (exploration.offset, exploration.label)
        )

    def _cells_shown(self) -> tuple[CellKey, ...]:
        """The cells that the manifold shows, centre first; the same tuple for as long as they are the same."""
        window = self._session.exploration.window or self._window
        if window is None or self._level is None:
            return ()
        span = self._level, *lattice.cell_span(window, self._level)
        if span != self._span:
            self._span, self._keys = span, tuple(lattice.cells_in(window, self._level))
        return self._keys

    def _note_window(self, rect: Rect) -> None:
        self._window = rect

    def _note_cells(self, request: DecodeCells, answer: tuple[tuple[CellKey, ...], object]) -> None:
        self._level = request.keys[0].level

    @Slot(int, object)
    def _keep(self, step: int, codes: Codes) -> None:
        self._filming.film.know(step, codes)
        self.go_on()

    def _take_codes(self, request: EncodeMoment, codes: Codes) -> None:
        if request is not self._request:
            return  # of a plane, or of points, that are no longer shown
        self._request = None
        if codes.positions is not None:
            self._keep(request.step, codes)

    def _take_foreseen(self, request: ForeseeMoment, foreseen: Foreseen) -> None:
        if request is not self._request:
            return
        self._request = None
        self._foreseen_bytes = foreseen.bytes
        if self.codes(request.step) is request.codes:
            self._filming.film.know(request.step, replace(request.codes, foreseen=foreseen))
        self.go_on()
