"""What is known of runs as rows of a table: their histories, and the runs themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from latentlab.core.history import HistoryRow
from latentlab.core.models import model_info
from latentlab.core.options import Value, as_values
from latentlab.core.run import RunSettings
from latentlab.core.table import Cell


def history_cells(title: str, history: Sequence[HistoryRow]) -> Iterator[dict[str, Cell]]:
    """A row for each of the history: whose it is, of which split, when, and the figures by their names.

    Figures are those of history.jsonl: means per image, ``total`` what is minimised (or, of the test split, its form
    without training's weights).
    """
    for row in history:
        cells: dict[str, Cell] = {"run": title, "split": row.split}
        cells |= {"step": row.step, "epoch": row.epoch, "seconds": row.seconds}
        yield {**cells, **row.figures}


def run_cells(
    title: str, settings: RunSettings, history: Sequence[HistoryRow], pixel_error: float | None
) -> dict[str, Cell]:
    """A run in one row: its name and model, how far it is, its newest figures on test images, and all its settings.

    Args:
        pixel_error: `run_figures.pixel_error`, where it is known.
    """
    newest = history[-1] if history else None
    tested = next((row for row in reversed(history) if row.split == "test"), None)
    cells: dict[str, Cell] = {"run": title, "model": model_info(settings.model_name).short_title}
    cells |= {name: getattr(newest, name, None) for name in ("step", "epoch", "seconds")}
    cells |= {f"test {name}": value for name, value in (tested.figures if tested else {}).items()}
    cells["squared error per pixel"] = pixel_error
    for part in ("data", "model", "training"):
        for name, value in as_values(getattr(settings, part)).items():
            cells[f"{part}.{name}"] = _cell(value)
    return cells


def _cell(value: Value) -> Cell:
    return str(value).lower() if isinstance(value, bool) else value  # as in config.json
