"""Names in the order a person puts them in: 2 before 10."""

from __future__ import annotations

import re


def natural_key(name: str) -> tuple[list[tuple[int, int, str]], str]:
    """By what names are sorted: runs of the digits 0 to 9 count as numbers, and capitals do not matter."""
    parts = re.split(r"([0-9]+)", name.casefold())
    # Every second part is a number; the name itself decides between "a" and "A", 1 and 01.
    return [(0, int(part), "") if index % 2 else (1, 0, part) for index, part in enumerate(parts)], name
