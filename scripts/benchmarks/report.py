"""docs/performance.md: the gates' rows and how cost grows, with the machine they were measured on."""

from __future__ import annotations

import datetime
import os
import platform
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from benchmarks.cases import AXES, Case, Cost
from benchmarks.kept import Figures, Occasion
from benchmarks.rows import Row

_HEADINGS = {
    "train_cpu": "Training on the CPU",
    "train_window": "Training in the window",
    "train_during": "Training in the window",
    "train_stop": "Training in the window",
    "train_gpu": "Training on a GPU",
    "probe": "The hand",
    "manifold": "The hand",
    "hover": "The hand",
    "lasso": "The hand",
    "neighbours": "The hand",
    "draw": "The hand",
    "pin": "The hand",
    "film": "The training film",
    "event_loop": "The event loop",
    "scatter_freshness": "Training in the window",
    "scatter": "The scatter",
    "first_move": "Start and memory",
    "start": "Start and memory",
    "memory": "Start and memory",
}
_INTRODUCTION = """# Performance

Written by `python3 scripts/bench.py --report`. Each row is a gate: what was measured, what it is compared with (a peer
or a limit measured in the same run, taking turns, or a bound that is given), the factor of it that is asked for, and
how far the goal is met: from 1 on, it is. The figures are medians, or the percentiles that a name says. The machine is
shared, and the same work may take twice as long in another hour, so that only what was measured in one run compares.
"""
_GROWTH = """## How cost grows

The MLP VAE at its defaults, but for what a table varies. Headless is `latentlab fit` on one thread; the share of the
limit is its floating-point rate over that of a float32 1024³ matrix product. In the window, all panels follow a
training and the probe is dragged all the while. Memory is the peak of the window's process and contains the images.
"""


def write_report(figures: Figures, file: Path) -> None:
    """Writes the page ``file``; what was measured on another machine than most says so."""
    usual = Counter(occasion.machine for _, occasion in figures.rows).most_common(1)[0][0]
    measured = [each for each in figures.rows if each[0].ratio is not None]
    sections = [_INTRODUCTION, f"Measured on {usual}, where a row names no other machine.\n"]
    for heading in dict.fromkeys(_heading(row) for row, _ in measured):
        sections += [f"## {heading}\n", _table([each for each in measured if _heading(each[0]) == heading], usual)]
    if figures.costs:
        days = sorted({occasion.day for _, occasion in figures.costs.values()})
        sections += [_GROWTH, f"Measured {' and '.join(_day(day) for day in days)}.\n"]
        for axis, cases in AXES.items():
            known = [(case, figures.costs[case][0]) for case in cases if case in figures.costs]
            sections.append(_growth_table(axis, known))
    missing = [f"- `{row.name}`: {row.against}." for row, _ in figures.rows if row.ratio is None]
    missing.append("- Windows, macOS and Apple's GPUs: not measured on this machine.")
    sections += ["## Not measured\n", "\n".join(missing) + "\n"]
    file.write_text("\n".join(sections), encoding="utf-8")


def now() -> Occasion:
    """Today, on this machine."""
    return Occasion(datetime.date.today().isoformat(), machine())


def machine() -> str:
    """The machine in words."""
    import torch

    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30 if hasattr(os, "sysconf") else 0
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU"
    parts = [f"{os.cpu_count()} cores of {_processor()}", f"{memory:.0f} GiB of memory", gpu, platform.system()]
    return f"{', '.join(parts)}, Python {platform.python_version()}, torch {torch.__version__}"


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.is_file():
        for line in information.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _heading(row: Row) -> str:
    return next(heading for beginning, heading in _HEADINGS.items() if row.name.startswith(beginning))


def _table(rows: Sequence[tuple[Row, Occasion]], usual: str) -> str:
    lines = ["| gate | ours | beside | goal | met | measured |", "|---|---|---|---|---|---|"]
    for row, occasion in rows:
        assert row.ratio is not None and row.ours is not None and row.reference is not None
        ours, theirs = _figure(row.ours), _figure(row.reference)
        met = f"{row.ratio:.2f}" if row.holds else f"**{row.ratio:.2f}**, falls short"
        when = _day(occasion.day) + ("" if occasion.machine == usual else f", {occasion.machine}")
        lines.append(f"| `{row.name}` | {ours} {row.unit} | {row.against} {theirs} | {row.goal:g} | {met} | {when} |")
    return "\n".join(lines) + "\n"


def _day(day: str) -> str:
    date = datetime.date.fromisoformat(day)
    return f"{date.day} {date:%B %Y}"


def _growth_table(axis: str, measured: Sequence[tuple[Case, Cost]]) -> str:
    lines = [
        f"| {axis} | headless images/s | share of the limit | window images/s | drag p95 | memory | of it images |",
        "|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for case, cost in measured:
        cells = (
            f"{_value(axis, case):,}",
            f"{cost.headless_images_per_s:,.0f}",
            f"{cost.share_of_limit:.2f}",
            f"{cost.window_images_per_s:,.0f}",
            f"{cost.drag_p95_ms:.1f} ms",
            f"{cost.memory_mb:,.0f} MB",
            f"{cost.images_mb:,.0f} MB",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _value(axis: str, case: Case) -> int:
    values = {
        "Training images": case.images,
        "Image side": case.side,
        "Latent dimension": case.latent_dim,
        "Points shown": case.points,
    }
    return values[axis]


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
