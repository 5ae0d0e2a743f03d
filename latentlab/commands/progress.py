"""What a command shows on stderr while it works."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from itertools import groupby

from tqdm import tqdm

from latentlab.core.fit import EpochEnded
from latentlab.core.training import Trainer


class LoadingLine:
    """Says what is being fetched and read, and how far it is; on a terminal only."""

    def __init__(self) -> None:
        self._bar: tqdm[None] | None = None

    def __enter__(self) -> LoadingLine:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def show(self, what: str, share: float | None) -> None:
        """Takes what `catalogue.load` reports."""
        if self._bar is None:
            self._bar = tqdm(total=100, leave=False, disable=None, bar_format="{desc}{bar:20}{n:4.0f} %")
        self._bar.set_description_str(f"{what} ", refresh=False)
        self._bar.n = 100.0 * (share or 0.0)
        self._bar.refresh()


class TrainingBar:
    """The progress of a training: a bar on a terminal, and everywhere a line an epoch."""

    def __init__(self, trainer: Trainer) -> None:
        self.trainer = trainer
        self._units = trainer.model.units(trainer.model.config)
        images = len(trainer.feed)
        self._bar = tqdm(
            total=round(trainer.goal * images), initial=round(trainer.epoch * images), unit="img", unit_scale=True,
            disable=None, dynamic_ncols=True, leave=False,
        )
        self._speed = (trainer.epoch, trainer.seconds)

    def __enter__(self) -> TrainingBar:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def update(self) -> None:
        """Shows where the trainer stands."""
        trainer = self.trainer
        self._bar.update(round(trainer.epoch * len(trainer.feed)) - self._bar.n)
        row = next((row for row in reversed(trainer.history) if row.split == "train"), None)
        if row is not None:
            self._bar.set_postfix_str(f"epoch {trainer.epoch:.1f}, objective {row.figures['total']:.4g}", refresh=False)

    def say_epoch(self, ended: EpochEnded) -> None:
        """Writes the line of an epoch: the figures of the test split, and the speed since the line before."""
        trainer = self.trainer
        epoch, seconds = trainer.epoch - self._speed[0], trainer.seconds - self._speed[1]
        self._speed = (trainer.epoch, trainer.seconds)
        figures = in_words(ended.test.figures, self._units)
        speed = f"{epoch * len(trainer.feed) / seconds:,.0f} img/s" if seconds > 0 else ""
        self.say(f"Epoch {ended.epoch} of {trainer.goal:g}: test {figures}; {speed}")

    def say(self, line: str) -> None:
        """Writes a line above the bar."""
        self._bar.write(line, file=sys.stderr)


def in_words(figures: Mapping[str, float], units: Mapping[str, str]) -> str:
    """Figures on a line; neighbours of the same unit share its name, those that only count have none."""
    groups = []
    for unit, names in groupby(figures, key=lambda name: units.get(name, "")):
        words = ", ".join(f"{name.replace('_', ' ')} {figures[name]:.4g}" for name in names)
        groups.append(f"{words} ({unit})" if unit else words)
    return ", ".join(groups)
