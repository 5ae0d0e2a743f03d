"""Command-line options made from the settings that configs declare about themselves."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from latentlab.commands import UsageError
from latentlab.core.data import DataConfig
from latentlab.core.models import ModelInfo, registry
from latentlab.core.options import Option, Value, applies, as_values, describe
from latentlab.core.training_config import TrainingConfig

DATA, MODEL, TRAINING = "data", "model", "training"
"""The groups of settings of a run; an option's destination is ``group.name``."""


def every(model: ModelInfo) -> Iterator[tuple[str, Option]]:
    """All settings of a run with ``model``, each with its group."""
    for group, config in _configs(model).items():
        for setting in describe(config):
            yield group, setting


def flag(group: str, setting: Option) -> str:
    """How the command line writes a setting: ``--latent-dim``."""
    return "--data" if (group, setting.name) == (DATA, "name") else f"--{setting.name.replace('_', '-')}"


def declare(parser: argparse.ArgumentParser, model: ModelInfo) -> None:
    """Adds an option for every setting of a run with ``model``."""
    titles = {DATA: "data", MODEL: model.title, TRAINING: "training"}
    sections = {group: parser.add_argument_group(title) for group, title in titles.items()}
    for group, setting in every(model):
        default = model.training.get(setting.name, setting.default) if group == TRAINING else setting.default
        add(sections[group], flag(group, setting), f"{group}.{setting.name}", setting, default, argparse.SUPPRESS)


def add(
    section: argparse._ActionsContainer,
    name: str,
    destination: str,
    setting: Option,
    shown_default: Value,
    default: Value | str,
) -> None:
    """Adds one option; a value out of its range raises `OptionError`, whose sentence says which values there are."""
    section.add_argument(
        name,
        dest=destination,
        type=setting.parse,
        default=default,
        metavar=_metavar(setting),
        help=_help(setting, shown_default),
    )


def given(options: argparse.Namespace) -> dict[str, dict[str, Value]]:
    """The settings of a run that stand on the command line, by group."""
    found: dict[str, dict[str, Value]] = {DATA: {}, MODEL: {}, TRAINING: {}}
    for destination, value in vars(options).items():
        group, _, name = destination.partition(".")
        if name:
            found[group][name] = value
    return found


def refuse_idle(model: ModelInfo, values: dict[str, dict[str, Value]]) -> None:
    """Refuses settings that would change nothing beside the others.

    Raises:
        UsageError: there is one; the sentence names what it depends on.
    """
    for group, setting in every(model):
        around = {**as_values(_configs(model)[group]()), **values[group]}
        if setting.name in values[group] and setting.shown_when and not applies(setting, around):
            other, wanted = setting.shown_when
            needed = " or ".join(str(value) for value in wanted)
            raise UsageError(f"{flag(group, setting)} has no effect without --{other.replace('_', '-')} {needed}.")


def owners(word: str) -> list[str]:
    """The models that have a setting written like ``word``."""
    name = word.partition("=")[0]
    return [info.name for info in registry() if any(flag(MODEL, setting) == name for setting in describe(info.config))]


def _configs(model: ModelInfo) -> dict[str, type]:
    return {DATA: DataConfig, MODEL: model.config, TRAINING: TrainingConfig}


def _metavar(setting: Option) -> str:
    if setting.choices:
        return "{" + ",".join(choice.value for choice in setting.choices) + "}"
    words: dict[Any, str] = {bool: "{on,off}", int: "N", float: "X"}
    return words.get(setting.kind, "NAME")


def _help(setting: Option, default: Value) -> str:
    shown = setting.special.lower() if setting.special and default == setting.minimum else default
    if isinstance(shown, bool):
        shown = "on" if shown else "off"
    limits = ""
    if setting.minimum is not None and setting.maximum is not None:
        limits = f"{_number(setting.minimum)} to {_number(setting.maximum)}; "
    # argparse formats help with %.
    return f"{setting.help} ({limits}default {shown})".replace("%", "%%")


def _number(value: float) -> str:
    return f"{value:.0f}" if float(value).is_integer() else f"{value:g}"
