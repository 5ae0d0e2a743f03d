"""Tables that other programs read: what was written is read again, value for value."""

import csv
import io
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentlab.core.data import DataConfig
from latentlab.core.evaluation import EvaluationConfig, evaluate
from latentlab.core.history import HistoryRow
from latentlab.core.run import RunSettings
from latentlab.core.run_tables import history_cells, run_cells
from latentlab.core.table import Table
from tests.core.sets import digits
from tests.core.test_training import config_of, run_steps, trainer_of

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C"], include_characters="\n"), max_size=8)
CELLS = st.one_of(st.none(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False), WORDS)
NAMES = st.text("abcβ,\"' ", min_size=1, max_size=4)


def read(text, separator=","):
    """The rows of a table that was written, as dicts of text."""
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=separator))


@given(st.lists(st.dictionaries(NAMES, CELLS, min_size=1, max_size=3), min_size=1, max_size=4))
def test_what_is_written_is_read_again(rows):
    table = Table.of(rows)
    for again in (read(table.as_csv()), read(table.as_cells(), "\t")):
        assert len(again) == len(rows)
        for got, row in zip(again, rows, strict=True):
            assert list(got) == list(table.columns)
            for name in table.columns:
                cell = row.get(name)
                if isinstance(cell, int | float):
                    assert type(cell)(got[name]) == cell
                else:
                    assert got[name] == (cell or "")


def test_columns_stand_in_the_order_in_which_they_come():
    assert Table.of([{"b": 1, "a": 2}, {"c": 3, "a": 4}]) == Table(("b", "a", "c"), ((1, 2, None), (None, 4, 3)))


def test_a_file_is_replaced_as_a_whole_or_not_at_all(tmp_path):
    path = tmp_path / "figures.csv"
    Table(("β",), ((0.1,),)).save(path)
    assert read(path.read_text(encoding="utf-8-sig")) == [{"β": "0.1"}]
    with pytest.raises(FileNotFoundError):
        Table(("a",), ()).save(tmp_path / "nowhere" / "figures.csv")
    assert [file.name for file in tmp_path.iterdir()] == ["figures.csv"]


def test_a_history_is_a_row_a_row():
    trainer = trainer_of("vae")
    run_steps(trainer, 5)
    trainer.take_train_row()
    for _ in trainer.test():
        pass
    rows = read(Table.of(history_cells("a, b", trainer.history)).as_csv())
    assert [row.pop("run") for row in rows] == ["a, b", "a, b"]
    assert [
        HistoryRow(
            int(row.pop("step")),
            float(row.pop("epoch")),
            row.pop("split"),
            seconds=float(row.pop("seconds")),
            figures={name: float(value) for name, value in row.items()},
        )
        for row in rows
    ] == trainer.history


def test_a_run_is_its_newest_figures_and_all_its_settings():
    trainer = trainer_of("vae")
    settings = RunSettings(DataConfig("digits"), "vae", replace(config_of("vae"), warm_up=0.1), trainer.config)
    before = run_cells("new", settings, [], None)
    assert before["model"] == "VAE" and before["step"] is None
    assert not [name for name in before if name.startswith("test ")]
    history = [
        HistoryRow(10, 1.0, "test", {"total": 5.0, "kl": 1.0}, 0.5),
        HistoryRow(20, 2.0, "test", {"total": 4.0, "kl": 2.0}, 1.0),
        HistoryRow(25, 2.5, "train", {"total": 3.0, "kl": 2.5}, 1.2),
    ]
    cells = run_cells("trained", settings, history, 0.04)
    assert (cells["step"], cells["epoch"], cells["seconds"]) == (25, 2.5, 1.2)
    assert (cells["test total"], cells["test kl"], cells["squared error per pixel"]) == (4.0, 2.0, 0.04)
    assert (cells["data.name"], cells["model.warm_up"], cells["training.seed"]) == ("digits", 0.1, trainer.config.seed)
    assert list(before) == [name for name in cells if not name.startswith("test ")]


def test_an_evaluation_is_a_row_a_figure_and_a_row_a_latent():
    trainer = trainer_of("vae")
    run_steps(trainer, 20)
    found = evaluate(trainer.model, digits(), EvaluationConfig(samples=1, train_images=200, test_images=100))
    rows = read(Table.of(found.cells()).as_csv())
    assert [row["figure"] for row in rows[: len(found.figures)]] == [figure.name for figure in found.figures]
    kl = [float(row["value"]) for row in rows if row["group"] == "KL per latent"]
    assert kl == [latent.kl for latent in found.latents]
    assert math.isclose(sum(kl), found.kl, rel_tol=1e-4)
    assert float(next(row["standard error"] for row in rows if row["figure"] == "neg_elbo")) > 0
