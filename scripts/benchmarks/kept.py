"""docs/performance.json: what was measured last of each gate, when and on which machine; the page is made of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks.cases import Case, Cost
from benchmarks.rows import Row


@dataclass(frozen=True)
class Occasion:
    """When something was measured, and where.

    Attributes:
        day: as ISO 8601 has it.
        machine: in words.
    """

    day: str
    machine: str


@dataclass
class Figures:
    """What is known.

    Attributes:
        rows: each with its occasion, in the order in which they were first measured.
        costs: of the cases of growth, likewise.
    """

    rows: list[tuple[Row, Occasion]] = field(default_factory=list)
    costs: dict[Case, tuple[Cost, Occasion]] = field(default_factory=dict)

    def renew(self, rows: Iterable[Row], costs: Mapping[Case, Cost], occasion: Occasion) -> None:
        """Takes newer figures; a row that could not be measured now leaves what was measured before or elsewhere."""
        known = {row.name: (row, when) for row, when in self.rows}
        for row in rows:
            before = known.get(row.name)
            if row.ratio is not None or before is None or before[0].ratio is None:
                known[row.name] = row, occasion
        self.rows = list(known.values())
        self.costs |= {case: (cost, occasion) for case, cost in costs.items()}

    def write(self, file: Path) -> None:
        """Writes them into ``file``."""
        plain = {
            "rows": [asdict(row) | asdict(occasion) for row, occasion in self.rows],
            "costs": [{"case": asdict(c), "cost": asdict(cost)} | asdict(o) for c, (cost, o) in self.costs.items()],
        }
        file.write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")


def read(file: Path) -> Figures:
    """What ``file`` holds; nothing where there is none yet."""
    if not file.exists():
        return Figures()
    plain = json.loads(file.read_text(encoding="utf-8"))
    figures = Figures()
    for each in plain["rows"]:
        occasion = Occasion(each.pop("day"), each.pop("machine"))
        figures.rows.append((Row(**each), occasion))
    for each in plain["costs"]:
        figures.costs[Case(**each["case"])] = Cost(**each["cost"]), Occasion(each["day"], each["machine"])
    return figures
