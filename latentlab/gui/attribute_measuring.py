"""The attribute's vector, measured anew whenever its groups or the model change, and the place that it is added to."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from latentlab.core.attribute_requests import AttributeVector, MeasureAttribute
from latentlab.core.exploration import Point
from latentlab.core.pins import Pin
from latentlab.core.selection import Selection
from latentlab.gui.plain_signal import PlainSignal
from latentlab.gui.session import Session
from latentlab.gui.widgets.patient_timer import PatientTimer

_REFRESH_MS = 400
_LONGEST_WAIT = 2.0


class AttributeMeasuring(QObject):
    """Asks the view's worker for the vector, and holds what it answered.

    Attributes:
        vector: the newest answer, or None where a group is empty.

    Signals:
        measured(): `vector` is new.
        target_changed(): it is added to another place.
    """

    measured = Signal()
    target_changed = PlainSignal()

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self.vector: AttributeVector | None = None
        self._groups: tuple[Selection, Selection] | None = None
        self._pin: int | None = None
        self._pins: tuple[Pin, ...] = ()
        self._timer = PatientTimer(self._ask, session.hand_is_busy, _LONGEST_WAIT, self)
        session.attribute_changed.connect(self._take_groups)
        session.source_changed.connect(self._forget)
        session.dataset_changed.connect(self._forget)
        session.points_placed.connect(self._schedule)
        session.probe_moved.connect(self.target_changed.emit)
        session.pins_changed.connect(self._take_pins)
        session.when_answered(MeasureAttribute, self._take)

    @property
    def pin(self) -> int | None:
        """The pin that the vector is added to, or None for the probe."""
        return self._pin

    @property
    def target(self) -> Point:
        """The position on the plane that the vector is added to."""
        exploration = self._session.exploration
        return exploration.probe if self._pin is None else exploration.pins[self._pin].position

    def add_to(self, pin: int | None) -> None:
        """Adds the vector to one of the pins, or to the probe."""
        self._pin, self._pins = pin, self._session.exploration.pins
        self.target_changed.emit()

    @Slot()
    def _take_pins(self) -> None:
        before, self._pins = self._pins, self._session.exploration.pins
        if self._pin is not None:
            names = [pin.name for pin in self._pins]
            name = before[self._pin].name
            # Another place in their order is the same pin; one that has gone may only have another name now.
            if name in names:
                self._pin = names.index(name)
            elif len(names) < len(before):
                self._pin = None
        self.target_changed.emit()

    @Slot()
    def _take_groups(self) -> None:
        attribute = self._session.exploration.attribute
        groups = (attribute.having, attribute.lacking)
        if groups == self._groups:
            return
        self._groups = groups
        if attribute.complete:
            self._ask()
        else:
            self._set(None)

    @Slot()
    def _forget(self) -> None:
        self._set(None)
        self._schedule()

    @Slot()
    def _schedule(self) -> None:
        if self._session.exploration.attribute.complete and not self._timer.is_active():
            self._timer.start(_REFRESH_MS)

    @Slot()
    def _ask(self) -> None:
        attribute = self._session.exploration.attribute
        if attribute.complete:
            self._session.ask(MeasureAttribute(attribute.having.points, attribute.lacking.points))

    def _take(self, request: MeasureAttribute, vector: AttributeVector) -> None:
        if self._session.exploration.attribute.complete:
            self._set(vector)

    def _set(self, vector: AttributeVector | None) -> None:
        if vector is not self.vector:
            self.vector = vector
            self.measured.emit()
