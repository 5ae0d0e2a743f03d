"""One setting, several values: the settings of as many runs."""

from __future__ import annotations

import re
from dataclasses import replace

from latentlab.core.errors import OptionError
from latentlab.core.options import Option, Value
from latentlab.core.run import RunSettings
from latentlab.core.setting_words import DATA, settings_of

_BETWEEN = re.compile(r"[,\s]+")
_BETWEEN_WORDS = re.compile(r"[,\n]+")
# Who writes these may mean a decimal comma by the other.
_SEMICOLONS = re.compile(r"[;\n]+")
_MOST = 100


def sweepable(settings: RunSettings) -> tuple[tuple[str, Option], ...]:
    """What may be swept, with the part it belongs to: each setting of the model and of its training that applies."""
    return tuple((part, setting) for part, setting in settings_of(settings) if part != DATA)


def read_values(setting: Option, text: str) -> tuple[Value, ...]:
    """The values in ``text``, each once, between commas, semicolons or blanks: ``0.5, 1, 2, 4``.

    Raises:
        OptionError: one is no value of this setting, there is none, or there are more than a hundred.
    """
    # A choice's label may have blanks in it.
    between = _SEMICOLONS if ";" in text else _BETWEEN_WORDS if setting.choices else _BETWEEN
    words = [word.strip() for word in between.split(text)]
    labels = {choice.label.casefold(): choice.value for choice in setting.choices}
    if setting.special:
        labels[setting.special.casefold()] = str(setting.minimum)
    values = [setting.parse(labels.get(word.casefold(), word)) for word in words if word]
    if not values:
        raise OptionError(f"Give the values that {setting.label} is to take, with commas between them.")
    distinct = tuple(dict.fromkeys(values))
    if len(distinct) > _MOST:
        raise OptionError(f"A sweep is of {_MOST} values at most; got {len(distinct)}.")
    return distinct


def typed(setting: Option, value: Value) -> str:
    """``value`` as `read_values` reads it: unlike in `Option.text`, no commas group a number's digits."""
    is_number = not isinstance(value, (str, bool))
    return str(value) if is_number and value != setting.minimum else setting.text(value)


def swept(settings: RunSettings, part: str, setting: Option, values: tuple[Value, ...]) -> tuple[RunSettings, ...]:
    """``settings`` once for each of ``values``, which ``setting`` of that part then has."""
    config = getattr(settings, part)
    return tuple(replace(settings, **{part: replace(config, **{setting.name: value})}) for value in values)
