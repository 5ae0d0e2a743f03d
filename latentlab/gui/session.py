"""The one meeting place of the panels: what is shown, where the hand is, and what the view's worker answered."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QTimer, Signal, Slot
from torch import Tensor

from latentlab.core.data import Dataset
from latentlab.core.exploration import Exploration, Offset, Rect
from latentlab.core.film import Codes, Foreseen, Moment
from latentlab.core.lattice import CellKey
from latentlab.core.models import Capabilities
from latentlab.core.placed import Placed
from latentlab.core.plane import Floats
from latentlab.core.point_cloud import PointCloud
from latentlab.core.projections import PCA
from latentlab.core.requests import DecodeCells, DecodeProbe, MeasureSplit, RefreshCells, Request
from latentlab.core.serving import Images, LatentServer, shown
from latentlab.core.view_config import ShownImages, ViewConfig, choose_shown
from latentlab.gui.class_acts import ClassActs
from latentlab.gui.drawing import Drawing
from latentlab.gui.exploring import FIELDS, Exploring
from latentlab.gui.plain_signal import PlainSignal
from latentlab.gui.quick_answers import QuickAnswers
from latentlab.gui.shown_moment import ShownMoment
from latentlab.gui.view_worker import ViewWorker

_Taker = Callable[[Any, Any], None]


class Session(Exploring, ClassActs):
    """Holds the present data set and the model that is looked at; the state of exploring it has from `Exploring`,
    and what is done to whole classes from `ClassActs`.

    Attributes (beside those of `Exploring`):
        dataset: what is loaded, or None before anything is.
        images: the images behind the scatter's points, or None.
        pca: PCA of the training images, or None until it is fitted.
        pca_positions: N×2 of the shown images, or None.
        placed: where the shown points lie under the model that is looked at, or None.
        source_title: what is looked at: "PCA", or the model's title.
        capabilities: what the model that is looked at can do; nothing until the worker serves it.
        step: the optimizer step of the weights that are looked at; 0 for PCA.
        filmed: the step of the filmed moment that is looked at, or is about to be; None while the newest weights are.
        glide_seconds: how long the points travel to where the next moment has them; 0 where they are there at once.
        drawing: what a hand draws itself.
        version: counts up whenever the plane decodes to other images, so that old ones can be told from new.

    Signals (beside those of `Exploring`):
        dataset_changed(): another data set, or another choice of shown images.
        source_changed(): another model, or PCA, is looked at.
        capabilities_changed(): `capabilities` is new.
        model_updated(): the model that is looked at has newer weights, or its plane lies elsewhere.
        points_placed(): `placed` is new.
        filmed_changed(): `filmed` is another.
        codes_known(step, Codes): where all shown points are under the weights of that step.
        pca_placed(): `pca_positions` is new.
        window_shown(rect): the manifold shows this part of the plane, on its own account.
        said(str): a sentence for the status bar.
        failed(str): a sentence about what went wrong.
    """

    dataset_changed = PlainSignal()
    source_changed = PlainSignal()
    capabilities_changed = PlainSignal()
    model_updated = PlainSignal()
    points_placed = PlainSignal()
    filmed_changed = PlainSignal()
    codes_known = Signal(int, object)
    pca_placed = PlainSignal()
    window_shown = Signal(tuple)
    said = Signal(str)
    failed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.dataset: Dataset | None = None
        self.images: ShownImages | None = None
        self.view_config = ViewConfig()
        self.pca: PCA | None = None
        self.pca_positions: Floats | None = None
        self.placed: Placed | None = None
        self.source_title = ""
        self.capabilities = Capabilities()
        self.step = self.version = 0
        self.filmed: int | None = None
        self.glide_seconds = 0.0
        self._probe: tuple[DecodeProbe, Offset] | None = None  # as it was asked last, and where the plane was
        self._probe_asked_at: float | None = None
        self._generation = 0
        self._takers: dict[type[Request], list[_Taker]] = {}
        self.when_answered(DecodeProbe, self._note_probe)
        # First, before any panel hears of it: what is asked for is computed while the panels follow.
        self.probe_moved.connect(self._ask_for_probe)
        self.class_chosen.connect(self._decode_otherwise)
        self.plane_cut.connect(self._cut)
        self.plane_shifted.connect(self._shift)
        self.worker = ViewWorker(self.thrift, self.hand_is_busy)
        self.worker.source_served.connect(self._take_capabilities)
        self.worker.answered.connect(self._take_answer)
        self.worker.points_placed.connect(self._take_points)
        self.worker.weights_adopted.connect(self._take_adoption)
        self.worker.codes_known.connect(self._take_codes)
        self.worker.broke.connect(self.failed)
        self._moment = ShownMoment(self.worker, self)
        self._quick = QuickAnswers(self.worker, self._take_answer)
        self.drawing = Drawing(self)

    def close(self) -> None:
        """Ends the worker's thread; answers that are still on their way are dropped."""
        self._generation = -1
        for timer in self.findChildren(QTimer):
            timer.stop()  # what it still meant to ask, nobody will answer
        self.worker.close()

    # The data set and what is looked at.

    def show_dataset(self, dataset: Dataset, view_config: ViewConfig) -> None:
        """Takes another data set, or another choice of what is shown of it; nothing is looked at until it is served."""
        # What is served until now was made for other images.
        self._generation += 1
        self.worker.dismiss(self._generation)
        if dataset is not self.dataset:
            self.pca = None
            self.capabilities = Capabilities()
            self.capabilities_changed.emit()
        self.dataset, self.view_config = dataset, view_config
        self.images = choose_shown(dataset, view_config)
        self.pca_positions = self.placed = None
        # How points look is of no data set.
        self.exploration = Exploration(
            colouring=self.exploration.colouring,
            images_at_points=self.exploration.images_at_points,
            shown_from=view_config.points_from,
        )
        self.hovered = None
        self._forget()
        self.dataset_changed.emit()
        self.selection_changed.emit()
        self.dimmed_changed.emit()
        self.pins_changed.emit()
        self.attribute_changed.emit()

    def take_pca(self, pca: PCA, positions: Floats) -> None:
        """Notes the data set's PCA and where it places the shown images."""
        self.pca, self.pca_positions = pca, positions
        self.pca_placed.emit()

    def look_at(self, title: str, make_server: Callable[[], LatentServer], step: int = 0) -> None:
        """Shows another model (or PCA) in every panel; ``make_server`` runs in the view's worker."""
        if self.images is None:
            return
        self._generation += 1
        self.version += 1
        self.source_title, self.step, self.placed = title, step, None
        self.capabilities = Capabilities()  # nothing special is asked of it before it is known
        # Places of another latent space mean nothing in this one.
        self.exploration = replace(
            self.exploration,
            window=None,
            view=None,
            axes=None,
            base=None,
            corners=None,
            offset=(),
            code_edits=(),
            pins=(),
            probe=Exploration().probe,
        )
        self._forget()
        self._moment.forget()
        split = self.images.split
        self.worker.serve(self._generation, make_server, PointCloud(split.images, split.labels), step)
        self._film(None)
        self.source_changed.emit()
        self.probe_moved.emit()
        self.pins_changed.emit()
        self._ask_for_probe()

    def adopt(self, step: int, weights: dict[str, Tensor]) -> None:
        """Hands newer weights of the model that is looked at to the worker, unless a filmed moment is looked at."""
        if self.filmed is None:
            self._moment.hand_over()
            self.worker.adopt(step, weights)

    def show(self, moment: Moment) -> None:
        """Has every panel show a filmed moment of the model that is looked at, or its newest weights again."""
        foreseen = moment.foreseen
        self._moment.show(moment)
        if foreseen is None:
            self._film(moment.step if moment.filmed else None)
            return
        self.version += 1
        self.step, self.placed = moment.step, foreseen.placed
        self._lay_foreseen(foreseen)
        self._film(moment.step if moment.filmed else None)
        self.points_placed.emit()
        self._follow_weights()

    @property
    def following(self) -> tuple[Request, ...]:
        """What is asked whenever the weights are others, as it was asked last; but for the manifold's cells."""
        return self._moment.following

    def shown_image(self, point: int) -> Images:
        """The image behind one point, uint8 C×H×W of 0 to 255."""
        assert self.images is not None and self.dataset is not None
        return shown(self.images.split.images[point], self.dataset.full_scale)

    def show_window(self, rect: Rect) -> None:
        """Notes which part of the plane the manifold shows while it follows the data."""
        self.window_shown.emit(rect)

    def restore(self, exploration: Exploration) -> None:
        """Takes up a saved state of exploring; what it says of images that are not shown now is left out."""
        exploration = exploration.among(self.view_config.points_from)
        known = self.dataset is not None and exploration.label < self.dataset.classes
        shown = 0 if self.images is None else len(self.images)
        # What was asked before may have been of another class.
        self.version += 1
        label, selection = exploration.label if known else 0, exploration.selection.within(shown)
        corners = exploration.corners if all(0 <= point < shown for point in exploration.corners or ()) else None
        attribute = exploration.attribute.within(shown)
        if exploration.base is not None and exploration.base >= shown:  # there are fewer images than there were
            exploration = replace(exploration, base=None, offset=())
        self._become(
            exploration.changed(label=label, selection=selection, corners=corners, attribute=attribute, turn=None)
        )
        if exploration.turn is not None:
            self.worker.cut(exploration.axes, exploration.base, corners, exploration.turn)
        self._forget()
        self._ask_for_probe()

    @property
    def to_be_saved(self) -> Exploration:
        """The state of exploring with all that bringing it back needs; may be asked for by any thread."""
        placed, exploration = self.placed, self.exploration
        if placed is None or not placed.principal:
            return exploration
        return replace(exploration, turn=placed.section.plane.directions)

    def tell_again(self) -> None:
        """Says once more all that holds now, for panels that were made after it was said."""
        if self.dataset is None:
            return
        self.dataset_changed.emit()
        if self.pca_positions is not None:
            self.pca_placed.emit()
        if self.source_title:
            self.source_changed.emit()
            self.capabilities_changed.emit()
        for told in (
            self.window_changed,
            self.view_changed,
            self.selection_changed,
            self.dimmed_changed,
            self.pins_changed,
            self.path_followed,
            self.attribute_changed,
        ):
            told.emit()
        if self.placed is not None:
            self.points_placed.emit()
            self._decode_anew()

    # What the worker is asked, and what it answers.

    def ask_for_cells(self, keys: list[CellKey], awaited: bool) -> None:
        """Asks for the manifold's images, in the order given; ``awaited`` by the hand, or when there is time."""
        kind = DecodeCells if awaited else RefreshCells
        self.ask(kind(tuple(keys), self.exploration.label, self.version))

    def ask(self, request: Request) -> None:
        """Asks for anything else; what is foreseen of the moment that is looked at is answered at once."""
        answer = self._moment.answer(request)
        if answer is None:
            self._quick.ask(request)
        else:
            self._take_answer(request, answer, self._generation)

    def measure(self) -> None:
        """Asks for the reconstruction figures over the shown images."""
        if self.images is not None:
            self.ask(MeasureSplit(self.images.split.images, self.images.split.labels))

    def when_answered(self, kind: type[Request], take: _Taker) -> None:
        """Has ``take(request, answer)`` called with what the worker answers to requests of this type, subtypes too."""
        self._takers.setdefault(kind, []).append(take)

    def _become(self, exploration: Exploration, may_differ: Collection[str] = FIELDS) -> None:
        with self._quick.act():
            super()._become(exploration, may_differ)

    @Slot()
    def _decode_otherwise(self) -> None:
        self.version += 1
        self._ask_for_probe()

    @Slot()
    def _cut(self) -> None:
        self.worker.cut(self.exploration.axes, self.exploration.base, self.exploration.corners)

    @Slot()
    def _shift(self) -> None:
        self.worker.shift(self.exploration.offset)
        self._decode_otherwise()

    @Slot()
    def _ask_for_probe(self) -> None:
        now, asked = self.exploration, self._probe
        if asked is None or (asked[0].position, asked[0].label, asked[1]) != (now.probe, now.label, now.offset):
            asked = self._probe = DecodeProbe(now.probe, now.label), now.offset
            self._probe_asked_at = time.perf_counter()
        self.ask(asked[0])

    def _note_probe(self, request: DecodeProbe, image: Images) -> None:
        asked_at, self._probe_asked_at = self._probe_asked_at, None
        if asked_at is not None and self.hand_is_busy():
            self._note_act(asked_at)  # newer weights decode the same place again, and nobody waits for that

    @Slot(object, int)
    def _take_capabilities(self, capabilities: Capabilities, generation: int) -> None:
        if generation == self._generation:
            self.capabilities = capabilities
            self.capabilities_changed.emit()

    @Slot(object, object, int)
    def _take_answer(self, request: Request, answer: Any, generation: int) -> None:
        if generation != self._generation:
            return
        for kind in type(request).__mro__:
            for take in self._takers.get(kind, ()):
                take(request, answer)

    @Slot(object, int)
    def _take_points(self, placed: Placed, generation: int) -> None:
        if generation != self._generation:
            return
        self.placed = placed
        self.points_placed.emit()
        if placed.laid_anew:
            self._decode_anew()

    @Slot(int, object, int)
    def _take_codes(self, step: int, codes: Codes, generation: int) -> None:
        if generation == self._generation:
            self.codes_known.emit(step, codes)

    def _lay_foreseen(self, foreseen: Foreseen) -> None:
        exploration = self.exploration
        if (foreseen.offset, foreseen.label) == (exploration.offset, exploration.label):
            request = DecodeCells(foreseen.keys, foreseen.label, self.version)
            self._take_answer(request, (foreseen.keys, foreseen.images), self._generation)

    def _film(self, step: int | None) -> None:
        if step != self.filmed:
            self.filmed = step
            self.filmed_changed.emit()

    @Slot(int, int)
    def _take_adoption(self, step: int, generation: int) -> None:
        if generation != self._generation:
            return
        if self._moment.foreseen is not None:
            return  # all follow a moment already, this one or, where the hand went on, another
        self.step = step
        if self.filmed is not None and step != self.filmed:
            return  # the hand is at another moment already, whose weights come next
        if self.placed is not None:
            self.placed = replace(self.placed, complete=False)
        self._decode_anew()

    def _decode_anew(self) -> None:
        self.version += 1
        self._follow_weights()

    def _follow_weights(self) -> None:
        self.model_updated.emit()
        self._ask_for_probe()
