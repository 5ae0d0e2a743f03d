"""Results beside a training: those of earlier weights bear their step's name, and nobody else's files are touched."""

import json

import pytest

from latentlab.core import run_results, run_store, runs
from latentlab.core.data import DataConfig
from latentlab.core.exploration import Exploration
from latentlab.core.models import model_info
from latentlab.core.options import build
from latentlab.core.run import Run
from latentlab.core.training import Trainer
from latentlab.core.training_config import TrainingConfig
from tests.core.sets import digits

CONFIG = build(model_info("linear_ae").config, {})


@pytest.fixture
def trainer():
    trainer = Trainer(digits(), "linear_ae", CONFIG, TrainingConfig(epochs=3, batch_size=200, device="cpu"))
    trainer.advance(2)
    return trainer


def at(trainer):
    """The run as its trainer stands."""
    return Run.of(trainer, DataConfig("digits"), CONFIG, Exploration())


def train_on(trainer, folder):
    """Saves the run after one more step."""
    trainer.advance(1)
    runs.save(at(trainer), folder)


@pytest.fixture
def folder(trainer, tmp_path):
    """A run with results of the step that it stands at, and with somebody's own picture among them."""
    folder = tmp_path / "run"
    runs.save(at(trainer), folder)
    (folder / "summary.json").write_text(json.dumps({"steps": 2}))
    (folder / "figures").mkdir()
    for name in ("scatter.png", "pca_vs_ae.png", "mine.png"):
        (folder / "figures" / name).write_bytes(b"")
    return folder


def names(folder):
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}


def test_results_of_the_weights_that_are_saved_stay(trainer, folder):
    before = names(folder)
    runs.save(at(trainer), folder)
    assert names(folder) == before


def test_results_of_earlier_weights_get_their_steps_name(trainer, folder):
    train_on(trainer, folder)
    assert not {"summary.json", "figures/scatter.png"} & names(folder)
    assert {"summary-step-2.json", "figures-step-2/scatter.png", "figures-step-2/mine.png"} <= names(folder)
    (folder / "summary.json").write_text(json.dumps({"steps": 2}))  # gone back, and further on again
    train_on(trainer, folder)
    assert {"summary-step-2.json", "summary-step-2-2.json"} <= names(folder)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"steps": "two"}', "{}"])
def test_a_summary_that_says_nothing_of_its_step_is_left_alone(trainer, folder, content):
    (folder / "summary.json").write_text(content)
    train_on(trainer, folder)
    assert (folder / "summary.json").read_text() == content


def test_deleting_a_run_takes_all_results_and_leaves_what_is_somebodys(trainer, folder):
    train_on(trainer, folder)
    (folder / "figures").mkdir()
    (folder / "figures" / "curves.png").write_bytes(b"")
    (folder / "figures" / "poster.png").write_bytes(b"")
    assert not run_store.erase(folder)
    assert names(folder) == {"figures/poster.png", "figures-step-2/mine.png"}
    assert run_results.written(folder) == [folder / "summary.json"]
