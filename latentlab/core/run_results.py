"""What a headless run writes beside a training, about the weights of one step: ``summary.json`` and ``figures/``."""

from __future__ import annotations

import json
from pathlib import Path

SUMMARY, FIGURES = "summary.json", "figures"
_PICTURES = ("scatter.png", "manifold.png", "reconstructions.png", "pca_vs_*.png", "curves.png", "samples.png")


def set_aside(folder: Path, step: int) -> None:
    """Puts the results of another step than ``step`` under that step's name, so that nobody takes them for present.

    Raises:
        OSError: they cannot be renamed.
    """
    described = _step_of(folder / SUMMARY)
    if described is None or described == step:
        return
    for name in (SUMMARY, FIGURES):
        present = folder / name
        if present.exists():
            present.rename(_free(folder, f"{present.stem}-step-{described}", present.suffix))


def written(folder: Path) -> list[Path]:
    """The files of results that LatentLab has written, also those of earlier steps; what else lies there is not its."""
    pictures = [picture for place in places(folder) for name in _PICTURES for picture in place.glob(name)]
    return [folder / SUMMARY, *folder.glob("summary-step-*.json"), *pictures]


def places(folder: Path) -> list[Path]:
    """The folders that pictures are written into, also those of earlier steps."""
    return [place for place in (folder / FIGURES, *folder.glob(f"{FIGURES}-step-*")) if place.is_dir()]


def _step_of(summary: Path) -> int | None:
    """The step that a summary describes, or None where there is none that says so."""
    try:
        steps = json.loads(summary.read_bytes())["steps"]
    except (OSError, ValueError, RecursionError, KeyError, TypeError):
        return None
    return steps if isinstance(steps, int) else None


def _free(folder: Path, stem: str, suffix: str) -> Path:
    """A name that nothing in the folder has yet."""
    candidate, number = folder / f"{stem}{suffix}", 1
    while candidate.exists():
        number += 1
        candidate = folder / f"{stem}-{number}{suffix}"
    return candidate
