"""The figures by which runs are set beside each other: one for those of a kind, and one for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from latentlab.core.batches import sample
from latentlab.core.data import Split
from latentlab.core.figures import HUGE
from latentlab.core.history import HistoryRow
from latentlab.core.models import model_info
from latentlab.core.requests import Measured, MeasureSplit
from latentlab.core.run import RunSettings
from latentlab.core.serving import LatentServer

QUICKLY_MEASURED = 2000
"""So many test images, the same ones for every model, does a quick look at it take: here, and in a first evaluation."""

_SHORT = {"nats per image": "nats", "squared error per image": "per image"}


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


def measured_images(split: Split) -> int:
    """Of how many images of a split `pixel_error` is the mean."""
    return min(len(split), QUICKLY_MEASURED)


def pixel_error(server: LatentServer, split: Split) -> float:
    """Mean squared error per pixel of up to `QUICKLY_MEASURED` of the images, restored from the mean of their codes.

    They are those of a quick evaluation, which therefore says the same. Whatever a model maximises, it restores images,
    so that this is a figure of any.
    """
    some = sample(split, QUICKLY_MEASURED, seed=0)
    *_, measured = MeasureSplit(some.images, some.labels).answers(server)
    assert isinstance(measured, Measured)
    return measured.mse
