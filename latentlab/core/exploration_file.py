"""The state of exploring as a run folder's JSON has it, also as older programs wrote it."""

from __future__ import annotations

import math
from typing import Any

from latentlab.core.attribute import STRONGEST, Attribute
from latentlab.core.exploration import CodeEdits, Directions, Exploration, Offset
from latentlab.core.pins import PathKind, Pin
from latentlab.core.quantity import Quantity
from latentlab.core.selection import Selection


def as_plain(exploration: Exploration) -> dict[str, Any]:
    """In words that JSON has."""
    plain = dict(vars(exploration))
    return plain | {
        "selection": exploration.selection.points.tolist(),
        "selected": exploration.selection.focus,
        "dimmed": sorted(exploration.dimmed),
        "pins": [{"name": pin.name, "position": pin.position} for pin in exploration.pins],
        "path": exploration.path.value,
        "attribute": {
            "name": exploration.attribute.name,
            "having": exploration.attribute.having.points.tolist(),
            "lacking": exploration.attribute.lacking.points.tolist(),
            "strength": exploration.attribute.strength,
        },
        "colouring": None if exploration.colouring is None else exploration.colouring.value,
    }


def parse_exploration(values: dict[str, Any]) -> Exploration:
    """What `as_plain` gave; what is missing is as it is at the beginning.

    Raises:
        AttributeError, OverflowError, TypeError, ValueError: it is something else.
    """
    selected = _whole(values, "selected")
    # The one selected point was all there was before several could be.
    points = values.get("selection", [] if selected is None else [selected])
    return Exploration(
        probe=_numbers(values, "probe", float, 2) or (0.0, 0.0),
        window=_numbers(values, "window", float, 4),
        view=_numbers(values, "view", float, 4),
        selection=Selection.of([int(point) for point in points], selected),
        dimmed=frozenset(int(value) for value in values.get("dimmed", ())),
        axes=_numbers(values, "axes", int, 2),
        base=_whole(values, "base"),
        corners=_numbers(values, "corners", int, 3),
        offset=_offset(values.get("offset", ())),
        label=max(0, _whole(values, "label") or 0),
        code_edits=_code_edits(values.get("code_edits", ())),
        pins=tuple(_pin(pin) for pin in values.get("pins", ())),
        path=PathKind(values.get("path", PathKind.STRAIGHT.value)),
        along=_number(values, "along", 0.0, 0.0, 1.0),
        attribute=_attribute(values.get("attribute", {})),
        colouring=None if values.get("colouring") is None else Quantity(values["colouring"]),
        images_at_points=bool(values.get("images_at_points", False)),
        shown_from="train" if values.get("shown_from") == "train" else "test",
        turn=_directions(values.get("turn")),
    )


def _pin(values: dict[str, Any]) -> Pin:
    return Pin(str(values.get("name", "")), _numbers(values, "position", float, 2) or (0.0, 0.0))


def _attribute(values: dict[str, Any]) -> Attribute:
    having, lacking = (Selection.of([int(point) for point in values.get(group, ())]) for group in ("having", "lacking"))
    strength = _number(values, "strength", 1.0, -STRONGEST, STRONGEST)
    return Attribute(str(values.get("name", "")), having, lacking, strength)


def _numbers(values: dict[str, Any], name: str, kind: Any, length: int) -> Any:
    value = values.get(name)
    if value is None:
        return None
    if len(value) != length or not all(math.isfinite(number) for number in value):
        raise ValueError(f"exploration.{name}")
    return tuple(kind(number) for number in value)


def _offset(pairs: Any) -> Offset:
    amounts = {int(latent): float(amount) for latent, amount in pairs}
    if not all(latent >= 0 and math.isfinite(amount) for latent, amount in amounts.items()):
        raise ValueError("exploration.offset")
    return tuple(sorted(amounts.items()))


def _code_edits(triples: Any) -> CodeEdits:
    codes = {(int(row), int(column)): int(code) for row, column, code in triples}
    if any(number < 0 for cell, code in codes.items() for number in (*cell, code)):
        raise ValueError("exploration.code_edits")
    return tuple((*cell, code) for cell, code in sorted(codes.items()))


def _directions(rows: Any) -> Directions | None:
    if rows is None:
        return None
    first, second = (tuple(float(number) for number in row) for row in rows)
    if len(first) != len(second) or not all(map(math.isfinite, first + second)):
        raise ValueError("exploration.turn")
    return first, second


def _whole(values: dict[str, Any], name: str) -> int | None:
    value = values.get(name)
    return None if value is None else int(value)


def _number(values: dict[str, Any], name: str, otherwise: float, least: float, most: float) -> float:
    value = float(values.get(name, otherwise))
    if not least <= value <= most:  # nor is what is no number
        raise ValueError(f"exploration.{name}")
    return value
