"""Settings as frozen dataclasses whose fields describe themselves.

One description serves the window's form, the command line, the run folder and the checks, so that a new model
or a new setting needs nothing beside its dataclass:

    @dataclass(frozen=True)
    class Config:
        latent_dim: int = option(2, label="Latent dimension", help="…", minimum=1, maximum=128)
"""

from __future__ import annotations

import dataclasses
import sys
import typing
from dataclasses import dataclass
from typing import Any, TypeVar

from latentlab.core.errors import OptionError

Value = bool | int | float | str
Config = TypeVar("Config")

_KEY = "latentlab"
_ON = frozenset({"on", "true", "yes", "1"})
_OFF = frozenset({"off", "false", "no", "0"})


@dataclass(frozen=True)
class Choice:
    """One of the values that a setting may take: how it is stored and how it reads on screen."""

    value: str
    label: str


@dataclass(frozen=True)
class Option:
    """One setting as a form or a command line needs to know it.

    Attributes:
        name: the dataclass field, e.g. ``latent_dim``; the command line writes it ``--latent-dim``.
        kind: ``bool``, ``int``, ``float`` or ``str``.
        default: the value a beginner gets.
        label: the field's caption, sentence case, without a colon.
        help: one sentence for the tooltip and ``--help``.
        minimum, maximum: inclusive range of a number, or None.
        unit: shown behind a number, e.g. ``images``.
        choices: the allowed values of a ``str`` setting; empty where it is free text.
        advanced: folded under "More" in the form.
        shown_when: (other field, its values) for which this setting applies; hidden otherwise.
        special: what the minimum reads as instead of a number, e.g. 0 shown as "All".
        retunable: may be changed when a run is continued; never so where it changes what the weights are.
    """

    name: str
    kind: type
    default: Value
    label: str
    help: str
    minimum: float | None = None
    maximum: float | None = None
    unit: str = ""
    choices: tuple[Choice, ...] = ()
    advanced: bool = False
    shown_when: tuple[str, tuple[Value, ...]] | None = None
    special: str = ""
    retunable: bool = False

    def text(self, value: Value) -> str:
        """``value`` as a person reads it, without the unit: the choice's label, ``on``, ``None``, ``0.001``."""
        if isinstance(value, bool):
            return "on" if value else "off"
        if isinstance(value, str):
            return next((choice.label for choice in self.choices if choice.value == value), value)
        return self.special if self.special and value == self.minimum else _in_words(value)

    def check(self, value: Any) -> Value:
        """Returns ``value`` in this setting's type.

        Raises:
            OptionError: it is of the wrong type or outside the range; the sentence names both.
        """
        if self.kind is bool:
            if not isinstance(value, bool):
                raise OptionError(f"{self.label} must be on or off; got {value!r}.")
            return value
        if self.kind is str:
            if not isinstance(value, str):
                raise OptionError(f"{self.label} must be text; got {value!r}.")
            if self.choices and value not in {choice.value for choice in self.choices}:
                allowed = ", ".join(choice.value for choice in self.choices)
                raise OptionError(f"{self.label} must be one of {allowed}; got {value!r}.")
            return value
        return self._check_number(value)

    def _check_number(self, value: Any) -> Value:
        # The comparison is False for nan and infinity, and for whole numbers that no float can hold.
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) <= sys.float_info.max:
            raise OptionError(f"{self.label} must be a number; got {value!r}.")
        if self.kind is int and value != int(value):
            raise OptionError(f"{self.label} must be a whole number; got {value!r}.")
        low = self.minimum is not None and value < self.minimum
        high = self.maximum is not None and value > self.maximum
        if low or high:
            raise OptionError(f"{self.label} must be {self._range()}; got {_in_words(value)}.")
        return int(value) if self.kind is int else float(value)

    def _range(self) -> str:
        low, high = (None if bound is None else _in_words(bound) for bound in (self.minimum, self.maximum))
        if low and high:
            return f"between {low} and {high}"
        return f"at least {low}" if low else f"at most {high}"

    def parse(self, text: str) -> Value:
        """Reads the setting from a command-line word.

        Raises:
            OptionError: the word is not a value this setting may take.
        """
        word = text.strip()
        if self.kind is bool:
            if word.lower() not in _ON | _OFF:
                raise OptionError(f"{self.label} must be on or off; got {text!r}.")
            return word.lower() in _ON
        if self.kind is str:
            return self.check(word)
        try:
            number = float(word)
        except ValueError:
            raise OptionError(f"{self.label} must be a number; got {text!r}.") from None
        return self.check(number)


def _in_words(number: float) -> str:
    """A number as a sentence has it: 2,147,483,647 or 0.0001."""
    return f"{number:,.0f}" if float(number).is_integer() and abs(number) < 1e15 else f"{number:g}"


def option(
    default: Value,
    *,
    label: str,
    help: str,  # noqa: A002 - the word argparse uses too
    minimum: float | None = None,
    maximum: float | None = None,
    unit: str = "",
    choices: dict[str, str] | None = None,
    advanced: bool = False,
    shown_when: tuple[str, tuple[Value, ...]] | None = None,
    special: str = "",
    retunable: bool = False,
) -> Any:
    """A dataclass field that carries its description; see `Option` for the words."""
    extra = {
        "label": label,
        "help": help,
        "minimum": minimum,
        "maximum": maximum,
        "unit": unit,
        "choices": tuple(Choice(value, text) for value, text in (choices or {}).items()),
        "advanced": advanced,
        "shown_when": shown_when,
        "special": special,
        "retunable": retunable,
    }
    return dataclasses.field(default=default, metadata={_KEY: extra})


def with_default(config_class: type, name: str, default: Value) -> Any:
    """The setting ``name`` of ``config_class`` with another default, for a class that extends it."""
    field = next(field for field in dataclasses.fields(config_class) if field.name == name)
    return dataclasses.field(default=default, metadata=field.metadata)


def describe(config: Any) -> tuple[Option, ...]:
    """The settings of a config class (or of an instance of one), in declaration order."""
    config_class = config if isinstance(config, type) else type(config)
    kinds = typing.get_type_hints(config_class)
    return tuple(
        Option(field.name, kinds[field.name], typing.cast(Value, field.default), **field.metadata[_KEY])
        for field in dataclasses.fields(config_class)
        if _KEY in field.metadata
    )


def applies(setting: Option, values: dict[str, Any]) -> bool:
    """True where the setting has a meaning beside the other ``values`` (its ``shown_when`` holds)."""
    if setting.shown_when is None:
        return True
    other, wanted = setting.shown_when
    return values.get(other) in wanted


def build(config_class: type[Config], values: dict[str, Any]) -> Config:
    """An instance of ``config_class`` from plain values, checked; missing ones take their defaults.

    Raises:
        OptionError: a value is out of range, or a name is no setting of this class.
    """
    known = {setting.name: setting for setting in describe(config_class)}
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise OptionError(f"{unknown[0]!r} is not a setting here; there are {', '.join(known)}.")
    return config_class(**{name: known[name].check(value) for name, value in values.items()})


def as_values(config: Any) -> dict[str, Value]:
    """The settings of a config instance as plain values, ready for JSON."""
    return {setting.name: getattr(config, setting.name) for setting in describe(config)}
