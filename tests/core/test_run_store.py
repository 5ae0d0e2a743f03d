"""Which run folders are in use, which a crash left behind, what a run is called on the disk, and deleting one."""

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from latentlab import paths
from latentlab.core import headless, run_config, run_store, runs
from latentlab.core.data import DataConfig
from latentlab.core.errors import RunError
from latentlab.core.exploration import Exploration
from latentlab.core.film import Frame
from latentlab.core.fit import fit
from latentlab.core.frame_weights import FrameWeights
from latentlab.core.models import model_info
from latentlab.core.options import build
from latentlab.core.run import Run
from latentlab.core.run_store import RunLock
from latentlab.core.training import Trainer
from latentlab.core.training_config import TrainingConfig
from tests.core.sets import digits

CONFIG = build(model_info("vae").config, {"hidden": 16})
NO_FILE = "(Is a directory|Permission denied)"


@pytest.fixture
def moment():
    trainer = Trainer(digits(), "vae", CONFIG, TrainingConfig(epochs=1, batch_size=200))
    list(fit(trainer))
    return Run.of(trainer, DataConfig("digits"), CONFIG, Exploration())


@pytest.fixture
def folder(moment, tmp_path):
    runs.save(moment, tmp_path / "run")
    return tmp_path / "run"


def test_lock_is_one_windows(tmp_path):
    one, other = RunLock(tmp_path), RunLock(tmp_path)
    assert one.take() and not other.take()
    one.release()
    assert other.take()
    other.release()
    assert list(tmp_path.iterdir()) == []


def test_lock_tells_a_window_from_a_folder_that_cannot_be_written(tmp_path):
    holder, lock = RunLock(tmp_path), RunLock(tmp_path)
    assert holder.take() and not lock.take() and lock.problem == ""
    with pytest.raises(RunError, match="is in use by another LatentLab; choose"), headless.locked(tmp_path):
        pass
    holder.release()
    (tmp_path / ".lock").mkdir()
    assert not lock.take() and re.fullmatch(NO_FILE, lock.problem)
    with pytest.raises(RunError, match=f"cannot be written: {NO_FILE}. Choose"), headless.locked(tmp_path):
        pass
    (tmp_path / ".lock").rmdir()
    assert lock.take() and lock.problem == ""
    lock.release()


def test_a_save_is_told_from_the_next_one(moment, folder):
    before = run_store.written(folder)
    assert run_store.written(folder) == before
    runs.save(moment, folder)
    assert run_store.written(folder) != before


def test_left_behind_is_what_a_crash_leaves(moment):
    lock, *crashed, empty = (run_store.new_autosave() for _ in range(4))
    for each in (lock, *crashed):
        runs.save(moment, each.folder)
    folders = sorted(each.folder for each in crashed)
    assert run_store.left_behind() == []  # all are held
    for each in (*crashed, empty):
        each.release()
    assert run_store.left_behind() == folders
    assert not empty.folder.exists() and lock.folder.exists()
    run_store.discard(folders[1])
    run_store.discard(lock.folder)  # held: left alone
    assert run_store.left_behind() == folders[:1] and lock.folder.exists() and not folders[1].exists()
    lock.release()


def test_who_gives_a_folder_back_lets_in_one_of_those_who_wait(tmp_path, monkeypatch):
    """The lock's file is deleted while it is held, so that nobody comes to hold a file that is not there any more."""
    holder, second, third = (RunLock(tmp_path) for _ in range(3))
    assert holder.take()
    unlink, taken = Path.unlink, []

    def unlink_and_look(path, **how):
        taken.append(second.take())
        unlink(path, **how)
        taken.append(second.take())

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", unlink_and_look)
        holder.release()
    assert taken[0] is False
    assert [taken[1], third.take()].count(True) == 1
    holder.release()  # it has nothing any more, and takes nothing from whoever has
    assert not RunLock(tmp_path).take()
    second.release()
    third.release()
    assert list(tmp_path.iterdir()) == []


def test_a_fresh_folder_that_another_window_tidies_away_gives_place_to_another_one(monkeypatch):
    take, tidying = RunLock.take, []

    def too_late(lock):
        if not tidying:
            tidying.append(RunLock(lock.folder))
            assert take(tidying[0])
        return take(lock)

    monkeypatch.setattr(RunLock, "take", too_late)
    monkeypatch.setattr(run_store.time, "monotonic_ns", iter(range(100)).__next__)
    lock = run_store.new_autosave()
    assert lock.held and lock.folder.is_dir() and lock.folder != tidying[0].folder
    lock.release()
    tidying[0].release()


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_an_unnamed_run_that_cannot_be_read_is_neither_offered_nor_deleted():
    lock = run_store.new_autosave()
    unreadable = lock.folder
    lock.release()
    (unreadable / run_config.CONFIG).symlink_to(unreadable / run_config.CONFIG)
    assert run_store.left_behind() == []
    assert unreadable.is_dir()


def test_only_unnamed_runs_are_discarded(folder):
    run_store.discard(folder)
    assert folder.exists()


@pytest.mark.parametrize(
    "title, name",
    [
        ("VAE on MNIST", "vae-on-mnist"),
        ("β-VAE, β 0.5", "β-vae-β-0.5"),
        ("../a: b\\c*?", "a-b-c"),
        ("…", "run"),
    ],
)
def test_suggested_folder_has_the_runs_name_and_does_not_exist_yet(title, name):
    first = run_store.suggested_folder(title)
    assert first.name == name and first.parent == paths.runs()
    first.mkdir(parents=True)
    second = run_store.suggested_folder(title)
    assert second.name == f"{name}-2"
    second.symlink_to("nowhere")
    assert run_store.suggested_folder(title).name == f"{name}-3"


def test_a_deleted_run_takes_its_own_files_with_it_and_no_others(moment, tmp_path):
    runs.save(replace(moment, film=(Frame(moment.step, 0.5, FrameWeights(moment.weights)),)), tmp_path / "run")
    assert len(list((tmp_path / "run" / "film").iterdir())) == 1
    (tmp_path / "run" / "figures").mkdir()
    (tmp_path / "run" / "figures" / "scatter.png").write_bytes(b"")
    (tmp_path / "run" / "figures" / "Thumbs.db").write_bytes(b"")  # nobody's
    (tmp_path / "run" / ".DS_Store").write_bytes(b"")
    assert run_store.erase(tmp_path / "run") and not (tmp_path / "run").exists()
    runs.save(moment, tmp_path / "shared")
    (tmp_path / "shared" / "thesis.tex").write_text("years of work")
    assert not run_store.erase(tmp_path / "shared")
    assert [file.name for file in (tmp_path / "shared").iterdir()] == ["thesis.tex"]


def test_what_is_no_run_folder_is_not_deleted(moment, tmp_path):
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "history.jsonl").write_text("somebody else's")
    with pytest.raises(RunError, match="not a run folder"):
        run_store.erase(tmp_path / "documents")
    assert (tmp_path / "documents" / "history.jsonl").exists()
    runs.save(moment, tmp_path / "run")
    (tmp_path / "link").symlink_to(tmp_path / "run")
    with pytest.raises(RunError, match="is a link"):
        run_store.erase(tmp_path / "link")
    assert runs.load(tmp_path / "run").step == moment.step
