"""What was chosen for a run, in words: all of it, and what sets runs apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from latentlab.core.models import model_info
from latentlab.core.options import Option, applies, as_values, describe
from latentlab.core.run import RunSettings
from latentlab.core.training_config import training_defaults

DATA, MODEL, TRAINING = "data", "model", "training"


@dataclass(frozen=True)
class Difference:
    """A setting that two runs do not share.

    Attributes:
        label: what it is called in the form.
        left, right: its values, in words; empty where the run has no such setting.
    """

    label: str
    left: str
    right: str


def settings_of(settings: RunSettings) -> Iterator[tuple[str, Option]]:
    """Every setting that has a meaning for a run, with the part it belongs to: ``data``, ``model``, ``training``."""
    for part, config in ((DATA, settings.data), (MODEL, settings.model), (TRAINING, settings.training)):
        values = as_values(config)
        yield from ((part, setting) for setting in describe(config) if applies(setting, values))


def differences(left: RunSettings, right: RunSettings) -> tuple[Difference, ...]:
    """What was chosen otherwise for ``right`` than for ``left``, the model itself first."""
    ours, theirs = _in_words(left), _in_words(right)
    labels = list(dict.fromkeys([*ours, *theirs]))
    if left.model_name != right.model_name:
        # Beside another model, each setting that only one of them has would say little.
        labels = [label for label in labels if label in ours and label in theirs]
    return tuple(
        Difference(label, ours.get(label, ""), theirs.get(label, ""))
        for label in labels
        if ours.get(label) != theirs.get(label)
    )


def told_apart(runs: Sequence[RunSettings]) -> tuple[str, ...]:
    """For each run its model and the settings in which not all runs of that model agree: ``β-VAE · β 4``."""
    words = [_in_words(settings) for settings in runs]
    kinds: dict[str, list[dict[str, str]]] = {}
    for settings, own in zip(runs, words, strict=True):
        kinds.setdefault(settings.model_name, []).append(own)
    shared = {name: set.intersection(*(set(own.items()) for own in kin)) for name, kin in kinds.items()}
    result = []
    for settings, own in zip(runs, words, strict=True):
        common = shared[settings.model_name]
        apart = [f"{label} {value}" for label, value in own.items() if (label, value) not in common]
        result.append(" · ".join([own[_MODEL], *apart]))
    return tuple(result)


def chosen(settings: RunSettings) -> str:
    """What makes a run what it is: its model's first settings, and all else that is not the default.

    For example ``Latent dimension 6 · Network MLP · Pressure Weight β · β 4 · Epochs 15``.
    """
    usual = {
        MODEL: as_values(model_info(settings.model_name).config()),
        TRAINING: as_values(training_defaults(settings.model_name)),
    }
    own = {MODEL: as_values(settings.model), TRAINING: as_values(settings.training)}
    return " · ".join(
        f"{setting.label} {setting.text(own[part][setting.name])}"
        for part, setting in settings_of(settings)
        if part != DATA
        and ((part == MODEL and not setting.advanced) or own[part][setting.name] != usual[part].get(setting.name))
    )


_MODEL = "Model"


@lru_cache(maxsize=256)
def _in_words(settings: RunSettings) -> dict[str, str]:
    """Label -> value; kept, since the settings of an open run are asked for whenever another one comes."""
    values = {
        DATA: as_values(settings.data),
        MODEL: as_values(settings.model),
        TRAINING: as_values(settings.training),
    }
    words = {_MODEL: model_info(settings.model_name).short_title}
    for part, setting in settings_of(settings):
        words[setting.label] = setting.text(values[part][setting.name])
    return words
