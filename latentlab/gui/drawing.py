"""The image that a hand draws or opens: encoded while it is drawn, and told to whoever shows its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from latentlab.core.data import Dataset
from latentlab.core.drawing import Framing
from latentlab.core.drawing_requests import DrawnDetail, DrawnPlace, EncodeDrawing
from latentlab.core.exploration import Point
from latentlab.core.projections import Projection
from latentlab.core.serving import Images
from latentlab.gui.widgets.throttle import Throttle

if TYPE_CHECKING:
    from latentlab.gui.session import Session

# How often the drawing's place follows a model that learns, and how often under the pen all else follows its place.
_FOLLOW_MS, _DETAIL_MS = 250, 33


class Drawing(QObject):
    """Asks the view's worker about what is drawn; part of the session.

    Attributes:
        sheet: what is drawn, uint8 C×H×W as `Framing.image` takes it, or None; not to be written to.
        framing: how the data set's images are framed, or None before there are any.
        place: where the model puts the drawing, or None where nothing is drawn or it is not known yet.
        detail: its reconstruction and neighbours, or None.

    Signals:
        framing_changed(): `framing` is new, and nothing is drawn any more.
        placed(): `place` is new.
        detailed(): `detail` is new.
    """

    framing_changed = Signal()
    placed = Signal()
    detailed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.framing: Framing | None = None
        self.place: DrawnPlace | None = None
        self.detail: DrawnDetail | None = None
        self._dataset: Dataset | None = None
        self.sheet: Images | None = None
        self._projections: tuple[Projection, ...] = ()
        self._places: list[tuple[Projection, Point]] = []
        self._follows = Throttle(self._ask, _FOLLOW_MS, self)
        self._details = Throttle(self._ask, _DETAIL_MS, self)
        session.when_answered(EncodeDrawing, self._take)
        session.dataset_changed.connect(self._take_dataset)
        session.source_changed.connect(self._take_source)
        session.class_chosen.connect(self._ask)
        session.model_updated.connect(self._follow)
        session.points_placed.connect(self._follow)

    def draw(self, sheet: Images | None) -> None:
        """Takes another sheet, as `Framing.image` does, or none where nothing is drawn."""
        self.sheet = sheet
        if sheet is None:
            self._forget()
        else:
            self._session.note_hand()
            self._request(in_detail=False)
            self._details.request()

    def set_projections(self, projections: tuple[Projection, ...]) -> None:
        """Says which projections shall place the drawing too."""
        if projections != self._projections:
            self._projections = projections
            self._ask()

    def place_in(self, projection: Projection) -> Point | None:
        """Where one of them puts it, or None where that is not known."""
        return next((place for each, place in self._places if each is projection), None)

    @Slot()
    def _ask(self) -> None:
        self._request(in_detail=True)

    def _request(self, in_detail: bool) -> None:
        images = self._session.images
        if self.sheet is not None and self.framing is not None and images is not None:
            label, among = self._session.exploration.label, images.split.images
            self._session.ask(EncodeDrawing(self.sheet, self.framing, label, among, self._projections, in_detail))

    def _take(self, request: EncodeDrawing, answer: DrawnPlace | DrawnDetail) -> None:
        images = self._session.images
        if self.sheet is None or images is None or request.among is not images.split.images:
            return  # erased, or other images are shown meanwhile
        if isinstance(answer, DrawnPlace):
            self.place = answer
            self.placed.emit()
        else:
            self.detail = answer
            self._places = list(zip(request.projections, answer.places, strict=True))
            self.detailed.emit()

    @Slot()
    def _follow(self) -> None:
        if self.sheet is not None:
            self._follows.request()

    def _forget(self) -> None:
        if self.place is None and self.detail is None:
            return
        self.place = self.detail = None
        self._places = []
        self.placed.emit()
        self.detailed.emit()

    @Slot()
    def _take_dataset(self) -> None:
        dataset = self._session.dataset
        if dataset is not None and dataset is not self._dataset:
            self._dataset, self.framing, self.sheet = dataset, Framing.of(dataset), None
            self.framing_changed.emit()
        self._forget()

    @Slot()
    def _take_source(self) -> None:
        self._forget()
        self._ask()
