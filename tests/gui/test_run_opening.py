"""Runs opened from folders that others hold, or that nobody can write."""

import pytest

pytest.importorskip("PySide6.QtWidgets")

from latentlab.core import reopening, runs
from latentlab.core.data import DataConfig
from latentlab.core.exploration import Exploration
from latentlab.core.models import model_info
from latentlab.core.options import build
from latentlab.core.run import Run
from latentlab.core.run_store import RunLock
from latentlab.core.training import Trainer
from latentlab.core.training_config import TrainingConfig
from tests.core.sets import digits
from tests.gui.window import SMALL


class Saved:
    """A training outside the window, as another window has it, and the folder it is saved in."""

    def __init__(self, folder):
        self.folder, self._config = folder, build(model_info("ae").config, SMALL["ae"])
        self._trainer = Trainer(digits(), "ae", self._config, TrainingConfig(batch_size=50, device="cpu"))
        self.go_on()

    def go_on(self, steps=2):
        """Trains and saves."""
        self._trainer.advance(steps)
        runs.save(Run.of(self._trainer, DataConfig("digits"), self._config, Exploration()), self.folder)

    @property
    def step(self):
        return self._trainer.step


@pytest.fixture
def saved(tmp_path):
    return Saved(tmp_path / "run")


@pytest.fixture
def open_in(shared_window):
    """Opens a run's folder in the window; returns the run there."""

    def open_folder(folder):
        shared_window.main.actions_.open_folder(folder)
        shared_window.wait(lambda: shared_window.control.run is not None and shared_window.control.run.folder == folder)
        return shared_window.control.run

    return open_folder


def test_why_a_run_can_only_be_looked_at_is_said_as_it_is(shared_window, open_in, saved, tmp_path, record):
    said = record(shared_window.main.actions_.opening.said)
    blocked = Saved(tmp_path / "blocked")
    (blocked.folder / ".lock").mkdir()  # opening the lock's file fails, as in a folder that nobody may write
    assert open_in(blocked.folder).read_only
    (sentence,) = said.pop()
    assert sentence.startswith("This folder cannot be written to (")
    assert sentence.endswith("); the run can be explored but not trained.")
    other = RunLock(saved.folder)
    assert other.take()
    assert open_in(saved.folder).read_only
    assert "open in another window" in said.pop()[0] and not said
    other.release()


def test_why_a_run_was_not_opened_is_taken_back_once_another_is_opened_later(shared_window, open_in, saved, tmp_path):
    main, (nowhere, nothing) = shared_window.main, (tmp_path / "nowhere", tmp_path / "nothing")
    nothing.mkdir()
    main.actions_.open_folder(nowhere)
    main.actions_.open_folder(nothing)
    sentences = f"{nowhere} does not exist", f"{nothing} is not a run folder: it has no config.json"

    def said():
        return [sentence for sentence in sentences if any(each.startswith(sentence) for each in main.messages.texts())]

    shared_window.wait(lambda: len(said()) == 2)
    open_in(saved.folder)
    shared_window.wait(lambda: not said())
    # What fails while another one opens is said, and stays until a run is opened after it.
    other = Saved(tmp_path / "other")
    main.actions_.open_folder(nowhere)
    open_in(other.folder)
    assert len(said()) == 1
    main.actions_.open_folder(saved.folder)
    shared_window.wait(lambda: not said())


def test_what_another_window_saves_last_while_the_run_is_read_is_what_opens(shared_window, open_in, saved, monkeypatch):
    other, read, seen = RunLock(saved.folder), reopening.read, []

    def read_early(*given):
        """Reads while another window has the run, which saves it once more and closes when all has been read."""
        first = not seen
        assert not first or other.take()
        opened, dataset = read(*given)
        seen.append(opened.step)
        if first:
            saved.go_on()
            other.release()
        return opened, dataset

    monkeypatch.setattr(reopening, "read", read_early)
    run = open_in(saved.folder)
    assert seen == [2, 4]
    assert run.newest.step == 4 and run.lock.held and not run.read_only
    shared_window.control.runs.rename(run, "mine now")
    assert shared_window.control.keeping.write_and_wait(run) == ""
    there = runs.load(saved.folder)
    assert (there.step, there.title) == (4, "mine now")


def test_a_run_that_is_asked_for_twice_is_opened_once(shared_window, open_in, saved, record):
    said = record(shared_window.main.actions_.opening.said)
    shared_window.main.actions_.open_folder(saved.folder)
    run = open_in(saved.folder)
    shared_window.wait(lambda: ("This run is open in this window.",) in said)
    assert [each for each in shared_window.control.runs if each.folder == saved.folder] == [run]
    assert not run.read_only and shared_window.control.run is run
