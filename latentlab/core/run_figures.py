"""The one figure by which runs of a kind are set beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from latentlab.core.figures import HUGE
from latentlab.core.history import HistoryRow
from latentlab.core.models import model_info
from latentlab.core.runs import RunSettings

_SHORT = {"nats per image": "nats", "squared error per image": ""}


@dataclass(frozen=True)
class RunFigure:
    """The objective of a run as it was measured last.

    Attributes:
        label: what it is: ``−ELBO``, ``Error`` or ``Objective``.
        value: the mean over images.
        unit: of `value`, as in `Model.units`.
        split: ``test``, or ``train`` before an epoch is over.
    """

    label: str
    value: float
    unit: str
    split: str

    @property
    def kind(self) -> tuple[str, str, str]:
        """What must be the same of figures that are to be compared."""
        return self.label, self.unit, self.split

    def text(self) -> str:
        """As in a row of the list: ``−ELBO 104.21 nats``."""
        short = _SHORT.get(self.unit, self.unit)
        value = f"{self.value:.2f}" if abs(self.value) < HUGE else f"{self.value:.3g}"
        return f"{self.label} {value} {short}".strip()


def newest_figure(history: Sequence[HistoryRow], settings: RunSettings) -> RunFigure | None:
    """The newest test row's objective, or the newest training row's before there is one; None before either."""
    model = model_info(settings.model_name).model
    units = model.units(settings.model)
    unit = units.get("total", "")
    label = "Error" if unit.startswith("squared error") else "Objective"
    if "kl" in units:
        label = model.bound_label(settings.model)
    for split in ("test", "train"):
        row = next((row for row in reversed(history) if row.split == split), None)
        if row is not None and "total" in row.figures:
            return RunFigure(label, row.figures["total"], unit, split)
    return None
