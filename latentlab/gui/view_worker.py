"""The view's one worker: answers what the hand asks first, and encodes the scatter's points in between."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import numpy as np
from PySide6.QtCore import Signal
from torch import Tensor

from latentlab.core.corners import Corners
from latentlab.core.devices import own_stream
from latentlab.core.encoding_pace import EncodingPace
from latentlab.core.exploration import Directions, Offset
from latentlab.core.film import Moment
from latentlab.core.placed import Placed
from latentlab.core.plane import Floats
from latentlab.core.point_cloud import PointCloud
from latentlab.core.requests import Request
from latentlab.core.serving import LatentServer
from latentlab.core.sparing import Thrift
from latentlab.core.threads import start_thread
from latentlab.gui.background_thread import BackgroundThread

_CHUNK_SECONDS = 0.0025
# A gesture finishes its view before newer weights are taken, but not for longer than this.
_LONGEST_HOLD = 0.5


class ViewWorker(BackgroundThread):
    """A thread with its own copy of the model, and on a GPU with a stream of its own.

    A request replaces an older one of its type that is not finished; more urgent ones are served between the parts
    of an answer. Answers carry the generation they were computed for, so that stale ones can be dropped.

    Signals:
        source_served(capabilities, generation): what another model can do, before anything else of it is told.
        answered(request, answer, generation): a part of an answer, if there is anything in it.
        points_placed(Placed, generation): new positions of the scatter's points.
        weights_adopted(step, generation): what is asked from now on comes from other weights, newer ones or a filmed
            moment's.
        codes_known(step, Codes, generation): where all shown points are under the weights of that step.
        broke(str): a request failed; the sentence for the log.
    """

    source_served = Signal(object, int)
    answered = Signal(object, object, int)
    points_placed = Signal(object, int)
    weights_adopted = Signal(int, int)
    codes_known = Signal(int, object, int)
    broke = Signal(str)

    def __init__(self, thrift: Thrift = lambda: 1.0, hand_is_busy: Callable[[], bool] = lambda: False) -> None:
        """Both are asked in the worker: ``thrift`` tells how dear the time is beside the hand."""
        super().__init__()
        self._thrift, self._hand_is_busy = thrift, hand_is_busy
        self._pending: dict[type[Request], Request] = {}
        self._awaited: set[Request] = set()
        self._handed: list[tuple[Request, Any, int]] = []
        self._source: tuple[int, Callable[[], LatentServer] | None, PointCloud | None, int] | None = None
        self._cut: tuple[tuple[int, int] | None, int | None, Corners | None, Directions | None] | None = None
        self._offset: Offset = ()
        self._weights: Moment | None = None
        self._weights_since = 0.0
        self._at_once = False
        self._step = 0
        self._generation = 0
        self._server: LatentServer | None = None
        self._cloud: PointCloud | None = None
        self._base_point: int | None = None
        self._corners: Corners | None = None
        self._stream = ExitStack()
        self._pace = EncodingPace()
        self._gentle = self._learning = False
        self._known_step: int | None = None  # whose codes were told
        self._unpublished = self._laid_anew = False
        self._thread = start_thread("latentlab-view", self._body)

    # Called from the GUI thread.

    def serve(
        self, generation: int, make_server: Callable[[], LatentServer], cloud: PointCloud | None, step: int = 0
    ) -> None:
        """Serves another model from now on, with the weights of ``step``; unfinished requests are dropped.

        ``make_server`` runs in the worker.
        """
        with self._telling():
            self._source = (generation, make_server, cloud, step)
            self._weights = self._cut = None
            self._at_once = self._learning = False
            self._offset = ()
            self._pending.clear()

    def dismiss(self, generation: int) -> None:
        """Serves nothing from now on, until `serve` is called; what is asked meanwhile is dropped then."""
        with self._telling():
            self._source = (generation, None, None, 0)
            self._weights = self._cut = None
            self._at_once = False
            self._pending.clear()

    def cut(
        self,
        axes: tuple[int, int] | None,
        base_point: int | None,
        corners: Corners | None = None,
        turn: Directions | None = None,
    ) -> None:
        """Lays the plane along two latents (None: the default plane) and through one of the shown points, or none.

        Args:
            corners: three of the shown points whose plane is taken instead; it goes with them.
            turn: where the axes of a principal plane are to lie, whatever they were until now.
        """
        with self._telling():
            self._cut = axes, base_point, corners, turn

    def shift(self, offset: Offset) -> None:
        """Moves the plane off where the data have it: what is decoded from now on lies there."""
        with self._telling():
            self._offset = offset

    def adopt(self, step: int, weights: dict[str, Tensor]) -> None:
        """Takes newer weights for the model that is served, as soon as the hand can spare the moment."""
        with self._telling():
            if self._weights is None:
                self._weights_since = time.perf_counter()
            self._weights, self._learning = Moment(step, weights), True

    def show(self, moment: Moment) -> None:
        """Takes a filmed moment, or the newest weights after one, before all that is asked; an answer that is being
        given begins anew with it.
        """
        with self._telling():
            self._weights, self._at_once, self._learning = moment, True, False

    def ask(self, request: Request, awaited: bool = False) -> None:
        """Queues ``request``; an unfinished one of its type is dropped.

        The first part of the answer to an ``awaited`` one is not told but handed over by `collect`, if it comes soon.
        """
        with self._telling():
            self._pending[type(request)] = request
            self._awaited = {other for other in self._awaited if type(other) is not type(request)}
            if awaited:
                self._awaited.add(request)

    def collect(self, seconds: float) -> list[tuple[Request, Any, int]]:
        """What came of that which is awaited within ``seconds``, as `answered` has it; what did not is told later."""
        with self._wake:
            self._wake.wait_for(lambda: not self._awaited, seconds)
            self._awaited.clear()
            came, self._handed = self._handed, []
            return came

    def set_gentle(self, gentle: bool) -> None:
        """Leaves most of the core to others (while training runs), or uses all of it."""
        with self._telling():
            self._gentle = gentle

    # Runs in the worker's thread.

    def _body(self) -> None:
        while True:
            with self._wake:
                while not (self._closing or self._has_work()):
                    self._wake.wait()
                if self._closing:
                    break
            try:
                self._work()
            except Exception as error:  # a view that fails must not end every other view
                self.broke.emit(f"{type(error).__name__}: {error}")
        self._stream.close()

    @property
    def _passing(self) -> bool:
        """Whether newer weights than those that are served are about to come."""
        return self._gentle and self._learning

    def _has_work(self) -> bool:
        cloud = self._cloud
        unsettled = cloud is not None and cloud.rounded and not self._passing
        encoding = unsettled or (cloud is not None and (cloud.stale > 0 or self._unpublished))
        asked = self._server is not None and (self._cut is not None or bool(self._pending))
        return bool(self._source or self._weights or encoding or asked)

    def _work(self) -> None:
        self._change_source()
        self._cut_plane()
        self._adopt_weights()
        request = self._next()
        if request is not None:
            self._answer(request)
        elif self._cloud is not None and not self._at_once:
            self._encode(self._cloud)

    def _change_source(self) -> None:
        with self._wake:
            source, self._source = self._source, None
        if source is not None:
            self._server = self._cloud = self._base_point = self._corners = None
            self._stream.close()
            self._generation, make_server, cloud, self._step = source
            self._known_step = None
            if make_server is None:
                return
            self._server = make_server()
            self._stream.enter_context(own_stream(self._server.device))
            self._cloud = self._server.cloud = cloud
            self._pace.restart()
            self.source_served.emit(self._server.source.capabilities, self._generation)

    def _cut_plane(self) -> None:
        with self._wake:
            if self._cut is None or self._server is None or self._source is not None:
                return
            (axes, self._base_point, self._corners, turn), self._cut = self._cut, None
        if turn is not None and self._cloud is not None:
            self._server.turn = turn
            self._cloud.forget_places()
        self._server.cut(axes, *self._chosen(self._server))
        self._known_step = None
        if self._cloud is not None:
            self._cloud.reference = None  # of the plane before
        self._unpublished, self._laid_anew = True, True
        self._pace.restart()

    def _chosen(self, server: LatentServer) -> tuple[Floats | None, Floats | None]:
        """Where the point and the three points that the plane goes through lie now, or None."""
        base = None if self._base_point is None else self._latents(server, [self._base_point])
        corners = None if self._corners is None else self._latents(server, list(self._corners))
        return None if base is None else base[0], corners

    def _latents(self, server: LatentServer, points: list[int]) -> Floats | None:
        if self._cloud is None or max(points) >= len(self._cloud.images):
            return None
        return self._cloud.encode(server, points)

    def _adopt_weights(self) -> None:
        with self._wake:
            waited = time.perf_counter() - self._weights_since
            held_back = bool(self._pending) and waited < _LONGEST_HOLD and not self._at_once
            if self._weights is None or self._source is not None or held_back:
                return
            moment, self._weights, self._at_once = self._weights, None, False
        server, cloud, positions = self._server, self._cloud, None
        if server is None:
            return
        server.take_weights(moment.weights)
        server.follow(*self._chosen(server))
        self._step, self._known_step = moment.step, None
        if cloud is not None:
            cloud.weights_changed()
            cloud.filmed, cloud.reference = moment.filmed, moment.reference
            if moment.codes is not None and len(moment.codes.latents) == len(cloud.images):
                cloud.take(moment.codes)
                positions = cloud.place(server)  # before anything is decoded on the plane
                self._known_step = moment.step if moment.codes.positions is not None else None
                self._unpublished = False
                self._pace.published(time.perf_counter())
        self.weights_adopted.emit(moment.step, self._generation)
        if cloud is not None and positions is not None and moment.foreseen is None:
            self._tell_places(cloud, server, positions)

    def _next(self, before: int = 1000) -> Request | None:
        """Takes the most urgent request off the queue, if one is more urgent than ``before``."""
        with self._wake:
            # What is asked after a change of model is for the new one, and so it is with a moment that is to be shown.
            if self._server is None or self._source is not None or self._at_once:
                return None
            stale = self._cloud is not None and self._cloud.stale > 0
            pending = [each for each in self._pending.values() if not (stale and each.idle)]
            request = min(pending, key=lambda each: each.urgency, default=None)
            if request is None or request.urgency >= before:
                return None
            # Taken up here, so that nothing asked after a move of the plane is answered from before it.
            self._server.offset = self._offset
            return self._pending.pop(type(request))

    def _answer(self, request: Request) -> None:
        server, generation = self._server, self._generation
        if server is None:
            return
        parts: Iterator[Any] = request.answers(server)
        began = server.clock()
        for part in parts:
            if part is not None:
                self._tell(request, part, generation)
            worked = server.clock() - began
            if request.patient and self._cloud is not None and not self._at_once:
                self._encode(self._cloud, rests=False)
            self._answer_all(before=request.urgency)
            if request.patient:
                self._rest((self._thrift() - 1) * worked, before=request.urgency)
            began = server.clock()
            with self._wake:
                if self._closing or self._source is not None or type(request) in self._pending:
                    return
                if self._at_once:
                    if not request.follows:
                        self._pending[type(request)] = request
                    return

    def _answer_all(self, before: int) -> None:
        urgent = self._next(before)
        while urgent is not None:
            self._answer(urgent)
            urgent = self._next(before)

    def _rest(self, seconds: float, before: int) -> None:
        """Does nothing for so long, but for what is more urgent than ``before`` or leaves no time."""
        until = time.perf_counter() + seconds
        while (left := until - time.perf_counter()) > 0:
            with self._wake:
                if self._closing or self._source or self._at_once or self._thrift() <= 1:
                    return
                self._wake.wait(left)
            self._answer_all(before)

    def _tell(self, request: Request, part: Any, generation: int) -> None:
        with self._wake:
            if request in self._awaited:
                self._awaited.remove(request)
                self._handed.append((request, part, generation))
                self._wake.notify_all()
                return
        self.answered.emit(request, part, generation)

    def _encode(self, cloud: PointCloud, rests: bool = True) -> None:
        """Does some of the scatter's points; where it is not time to, ``rests`` until then."""
        assert self._server is not None
        pace, points = self._pace, len(cloud.images)
        with self._wake:
            passing = self._passing
            # A filmed moment was asked for, and is shown once it is whole.
            pace.gentle = self._gentle and not cloud.filmed
            pace.thrift = self._thrift()
            if not passing:
                cloud.settle()
            pause = pace.pause(time.perf_counter(), points, cloud.stale == 0)
            if pause > 0:
                if rests and not (self._pending or self._closing or self._source or self._cut):
                    self._wake.wait(pause)
                return
        # By its own clock: a rest after what it waited for others would be time that nobody needs.
        began = self._server.clock()
        try:
            alone = not self._hand_is_busy()
            encoded = cloud.encode_some(self._server, _CHUNK_SECONDS, pace.wanted(points), alone, passing)
        except Exception:
            cloud.stale = 0  # not tried again and again, but with the next weights
            raise
        now = time.perf_counter()
        if encoded:
            self._unpublished = True
            pace.encoded(encoded, self._server.clock() - began, now)
        if self._unpublished and pace.is_due(now, cloud.stale == 0) and not (cloud.filmed and cloud.stale):
            self._unpublished = False
            pace.published(now)
            self._publish(cloud, self._server)

    def _publish(self, cloud: PointCloud, server: LatentServer) -> None:
        plane = server.plane
        positions = cloud.place(server)
        moved = server.principal if not cloud.filmed else not np.array_equal(server.plane.axes, plane.axes)
        self._laid_anew = self._laid_anew or moved
        self._tell_places(cloud, server, positions)

    def _tell_places(self, cloud: PointCloud, server: LatentServer, positions: Floats) -> None:
        laid_anew, self._laid_anew = self._laid_anew, False
        placed = Placed.by(server, positions, self._step, laid_anew, cloud.stale == 0)
        self.points_placed.emit(placed, self._generation)
        if self._known_step != self._step and not cloud.stale:
            self._known_step = self._step
            codes = cloud.codes()
            if codes is not None:
                self.codes_known.emit(self._step, codes, self._generation)
