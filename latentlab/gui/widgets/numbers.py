"""How a numeric setting is written and how far one press of an arrow moves it; plain functions, no Qt."""

from __future__ import annotations

import math

from latentlab.core.options import Option

_WIDE = 1000
"""A float whose largest value is this many times its default is stepped by factors, not by a fixed amount."""

_FIRST_COUNT = 100
"""Where counts begin that climb from a special zero ("All"): nobody means one image."""


def number_text(value: float) -> str:
    """``value`` as a person would write it: ``128``, ``0.25``, ``3e-4``; at most six digits count."""
    if isinstance(value, int):
        return str(value)
    if value != 0 and abs(value) < 1e-3:
        digits, exponent = f"{value:.5e}".split("e")
        return f"{digits.rstrip('0').rstrip('.')}e{int(exponent)}"
    return f"{value:.6g}"


def stepped(setting: Option, value: float, steps: int) -> float:
    """The value ``steps`` presses away from ``value``, on round numbers and inside the setting's range.

    Powers of two are doubled and halved, what spans decades climbs 1-2-5, the rest moves by a fixed amount.
    """
    for _ in range(abs(steps)):
        value = _next(setting, value, up=steps > 0)
        if setting.minimum is not None:
            value = max(value, setting.minimum)
        if setting.maximum is not None:
            value = min(value, setting.maximum)
    return int(value) if setting.kind is int else float(value)


def _next(setting: Option, value: float, *, up: bool) -> float:
    if _doubles(setting):
        if value < 1:
            return 1 if up else value
        exponent = math.floor(math.log2(value)) + 1 if up else math.ceil(math.log2(value)) - 1
        return 2**exponent if exponent >= 0 else 0
    if _climbs(setting):
        return _rung(setting, value, up=up)
    return _moved(value, _step(setting, value), up=up)


def _doubles(setting: Option) -> bool:
    default = setting.default
    return setting.kind is int and isinstance(default, int) and default >= 16 and default & (default - 1) == 0


def _climbs(setting: Option) -> bool:
    if setting.minimum is None or setting.minimum < 0 or setting.maximum is None:
        return False
    if setting.kind is int:
        return bool(setting.special) and setting.maximum >= 10 * _WIDE
    return 0 < float(setting.default) * _WIDE <= setting.maximum


def _rung(setting: Option, value: float, *, up: bool) -> float:
    """The next of … 1, 2, 5, 10, 20 …; between zero and the lowest rung there is none."""
    lowest = _FIRST_COUNT if setting.kind is int else setting.minimum or 1e-8
    if value < lowest:
        return lowest if up else 0
    decade = math.floor(math.log10(value) + 1e-9)
    rungs = [float(f"{digit}e{decade + shift}") for shift in (-1, 0, 1) for digit in (1, 2, 5)]
    slack = value * 1e-6
    if up:
        return min(rung for rung in rungs if rung > value + slack)
    below = max(rung for rung in rungs if rung < value - slack)
    return below if below >= lowest * (1 - 1e-6) else 0


def _step(setting: Option, value: float) -> float:
    if setting.kind is int:
        return 1 if abs(value) < 100 else 10.0 ** (math.floor(math.log10(abs(value))) - 1)
    low, high, default = setting.minimum, setting.maximum, float(setting.default)
    # A tenth of the way to the nearer end: .99 moves by .001, a weight of 1 by .1.
    room = [abs(default - end) for end in (low, high, 0.0) if end is not None and end != default]
    if default in (low, high) and low is not None and high is not None:
        room = [(high - low) / 2]
    return _round_down(min(room, default=1.0) / 10)


def _round_down(step: float) -> float:
    decade = math.floor(math.log10(step) + 1e-9)
    digit = step / 10.0**decade
    return float(f"{5 if digit >= 4.999 else 2 if digit >= 1.999 else 1}e{decade}")


def _moved(value: float, step: float, *, up: bool) -> float:
    """The next multiple of ``step``, free of the noise that adding floats leaves."""
    position = value / step
    count = math.floor(position + 1e-6) + 1 if up else math.ceil(position - 1e-6) - 1
    return float(f"{count * step:.10g}")
