"""Run folders: round trips, saves that are killed, and every way in which a folder can be bad."""

import errno
import json
import os
import pickle
import re
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from latentlab import paths
from latentlab.core import atomic, headless, run_store, runs
from latentlab.core.attribute import Attribute
from latentlab.core.data import DataConfig
from latentlab.core.errors import RunError
from latentlab.core.exploration import Exploration
from latentlab.core.film import Frame
from latentlab.core.fit import fit
from latentlab.core.frame_weights import FrameWeights
from latentlab.core.models import model_info
from latentlab.core.options import build
from latentlab.core.pins import PathKind, Pin
from latentlab.core.quantity import Quantity
from latentlab.core.run_store import RunLock
from latentlab.core.runs import Run
from latentlab.core.selection import Selection
from latentlab.core.training import Trainer, TrainingConfig
from tests.core.sets import digits

CONFIG = build(model_info("vae").config, {"hidden": 16})
VIEW = Exploration(
    probe=(0.5, -1.0),
    window=(-1.0, -1.0, 2.0, 1.5),
    view=(-2.0, -1.0, 0.5, 3.0),
    selection=Selection.of([3, 5, 9], 3),
    dimmed=frozenset({1, 7}),
    axes=(0, 1),
    corners=(4, 0, 9),
    offset=((2, -0.5), (7, 1.25)),
    label=6,
    pins=(Pin("A", (0.25, -0.5)), Pin("thin", (-1.0, 2.0))),
    path=PathKind.DATA,
    along=0.375,
    attribute=Attribute("slant", Selection.of([1, 2]), Selection.of([4]), -1.25),
    colouring=Quantity.KL,
    images_at_points=True,
    shown_from="train",
    turn=((0.6, 0.8, 0.0), (0.0, 0.0, -1.0)),
)


@pytest.fixture
def moment():
    trainer = Trainer(digits(), "vae", CONFIG, TrainingConfig(epochs=1, batch_size=200))
    list(fit(trainer))
    return Run.of(trainer, DataConfig("digits"), CONFIG, VIEW)


@pytest.fixture
def folder(moment, tmp_path):
    runs.save(moment, tmp_path / "run")
    return tmp_path / "run"


def test_comes_back_as_it_was(moment, folder):
    opened = runs.load(folder)
    assert (opened.settings, opened.shape, opened.exploration) == (moment.settings, moment.shape, VIEW)
    assert opened.numbers == moment.numbers
    assert opened.history == moment.history
    assert opened.tensors.keys() == moment.tensors.keys()
    assert all(torch.equal(tensor, moment.tensors[name]) for name, tensor in opened.tensors.items())


def test_opens_what_was_saved_before_a_class_could_be_chosen(folder):
    view = json.loads((folder / "config.json").read_text())["exploration"]
    assert view.pop("label") == 6 and view.pop("colouring") == "kl"
    assert view.pop("images_at_points") and view.pop("turn")
    spoil_json(folder, exploration=view)
    opened = runs.load(folder).exploration
    assert opened == replace(VIEW, label=0, colouring=None, images_at_points=False, turn=None)


def test_opens_what_was_saved_before_networks_had_a_depth(tmp_path):
    training = TrainingConfig(epochs=1, device="cpu")
    config = build(model_info("vae").config, {"hidden": 16, "depth": 2, "taper": "halve"})
    trainer = Trainer(digits(), "vae", config, training)
    trainer.advance(3)
    runs.save(Run.of(trainer, DataConfig("digits"), config, VIEW), tmp_path / "run")
    settings = json.loads((tmp_path / "run" / "config.json").read_text())["model_settings"]
    spoil_json(tmp_path / "run", model_settings={"hidden": settings["hidden"], "body": settings["body"]})
    opened = runs.load(tmp_path / "run")
    assert opened.settings.model == config
    opened.build_model()


def test_holds_no_pickle_and_readable_settings(folder):
    for file in folder.iterdir():
        assert not file.read_bytes().startswith(b"\x80"), file.name
    config = json.loads((folder / "config.json").read_text())
    assert config["model"] == "vae" and config["model_settings"]["hidden"] == 16


def test_weights_alone_can_be_looked_at(moment, folder):
    (folder / "training.safetensors").unlink()
    opened = runs.load(folder)
    assert not opened.tensors
    assert torch.equal(opened.build_model().encoder[1].weight, moment.weights["encoder.1.weight"])


def spoil_json(folder, **changes):
    file = folder / "config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))


def no_weights(folder):
    (folder / "training.safetensors").unlink()
    (folder / "model.safetensors").unlink()


def not_finite(folder):
    tensors = load_file(folder / "training.safetensors")
    tensors["model.encoder.1.bias"][0] = float("nan")
    save_file(tensors, folder / "training.safetensors", {"step": "1", "epochs_done": "0"})


def truncated(folder):
    file = folder / "training.safetensors"
    file.write_bytes(file.read_bytes()[:-100])


def folder_for_a_file(name):
    def spoil(folder):
        (folder / name).unlink()
        (folder / name).mkdir()

    return spoil


# What Linux and Windows say.
NO_FILE = "(Is a directory|Permission denied)"

BAD = {
    "no config": (lambda folder: (folder / "config.json").unlink(), "not a run folder: it has no config.json"),
    "config of no JSON": (lambda folder: (folder / "config.json").write_text("{"), "config.json .* cannot be read"),
    "config that is not readable": (folder_for_a_file("config.json"), f"config.json cannot be read: {NO_FILE}"),
    "weights that are not readable": (
        folder_for_a_file("training.safetensors"),
        f"training.safetensors cannot be read: {NO_FILE}",
    ),
    "history that is not readable": (folder_for_a_file("history.jsonl"), f"history.jsonl cannot be read: {NO_FILE}"),
    "config too deep": (lambda folder: (folder / "config.json").write_text("[" * 10**5), "config.json .* damaged"),
    "config of no mapping": (lambda folder: (folder / "config.json").write_text("[]"), "format None"),
    "another version": (lambda folder: spoil_json(folder, format=99), "written in format 99"),
    "unknown model": (lambda folder: spoil_json(folder, model="gan"), "no model called 'gan'"),
    "unknown setting": (lambda folder: spoil_json(folder, model_settings={"width": 3}), "'width' is not a setting"),
    "setting out of range": (lambda folder: spoil_json(folder, model_settings={"latent_dim": 999}), "1 and 128"),
    "no settings": (lambda folder: spoil_json(folder, training=None), "incomplete"),
    "bad view": (lambda folder: spoil_json(folder, exploration={"probe": [1]}), "incomplete"),
    "no mapping of settings": (lambda folder: spoil_json(folder, training=[]), "incomplete"),
    "no view": (lambda folder: spoil_json(folder, exploration=None), "incomplete"),
    "images of no size": (
        lambda folder: spoil_json(folder, shape={"channels": 1, "height": -8, "width": 8, "classes": 10}),
        "incomplete",
    ),
    "an offset nowhere": (lambda folder: spoil_json(folder, exploration={"offset": [[3, float("nan")]]}), "incomplete"),
    "a pin nowhere": (lambda folder: spoil_json(folder, exploration={"pins": [{"position": [0]}]}), "incomplete"),
    "an unknown path": (lambda folder: spoil_json(folder, exploration={"path": "zigzag"}), "incomplete"),
    "beyond the path": (lambda folder: spoil_json(folder, exploration={"along": float("nan")}), "incomplete"),
    "no colouring": (lambda folder: spoil_json(folder, exploration={"colouring": "taste"}), "incomplete"),
    "no directions": (lambda folder: spoil_json(folder, exploration={"turn": [[1.0], [0.0, 1.0]]}), "incomplete"),
    "too strong": (lambda folder: spoil_json(folder, exploration={"attribute": {"strength": 3}}), "incomplete"),
    "a selection nowhere": (lambda folder: spoil_json(folder, exploration={"selected": float("inf")}), "incomplete"),
    "no weights": (no_weights, "model.safetensors is missing"),
    "no history": (lambda folder: (folder / "history.jsonl").unlink(), "history.jsonl is missing"),
    "history of no rows": (lambda folder: (folder / "history.jsonl").write_text("{}\n"), "history.jsonl .* damaged"),
    "history too deep": (lambda folder: (folder / "history.jsonl").write_text("[" * 10**5), "history.jsonl .* damaged"),
    "weights not finite": (not_finite, "not finite"),
    "truncated": (truncated, "damaged or is no safetensors file"),
    "a pickle": (
        lambda folder: (folder / "training.safetensors").write_bytes(pickle.dumps({"step": 1})),
        "other formats can run code",
    ),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_folder_is_one_sentence(kind, folder):
    spoil, sentence = BAD[kind]
    spoil(folder)
    with pytest.raises(RunError, match=sentence) as caught:
        runs.load(folder)
    assert "\n" not in str(caught.value)


def test_no_folder_and_a_file(tmp_path):
    with pytest.raises(RunError, match="not a run folder"):
        runs.load(tmp_path / "nothing")
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="is a file"):
        runs.load(tmp_path / "file")


@pytest.mark.skipif(os.name == "nt", reason="a name too long is one that is not there")
def test_a_name_that_cannot_be_examined_is_one_sentence(moment, tmp_path):
    folder = tmp_path / ("long" * 75)
    for attempt in (runs.holds_run, runs.load, runs.read_settings, lambda folder: runs.save(moment, folder)):
        with pytest.raises(RunError, match=r"cannot be read: File name too long\. Choose another folder\.$"):
            attempt(folder)


def test_weights_of_another_model(folder):
    spoil_json(folder, model_settings={"hidden": 32})
    with pytest.raises(RunError, match="do not fit"):
        runs.load(folder).build_model()


def test_another_run_is_not_overwritten(moment, folder):
    other = replace(moment, settings=replace(moment.settings, model=build(model_info("vae").config, {"hidden": 32})))
    with pytest.raises(RunError, match="already holds another run"):
        runs.save(other, folder)


@pytest.mark.parametrize("number, words", [(errno.ENOSPC, "No space left"), (errno.EACCES, "Permission denied")])
def test_failed_save_is_one_sentence_and_keeps_the_old_run(number, words, moment, folder, monkeypatch):
    def fail(*_, **__):
        raise OSError(number, os.strerror(number))

    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    monkeypatch.setattr(atomic.os, "fsync", fail)
    with pytest.raises(RunError, match=f"{words}.*Choose another folder"):
        runs.save(moment, folder)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


KILLED = """
import os, signal, sys
from pathlib import Path
from dataclasses import replace
from latentlab.core import runs
folder, survivor = Path(sys.argv[1]), int(sys.argv[2])
run = runs.load(folder)
newer = replace(run, numbers={**run.numbers, "step": run.step + 1000},
                tensors={n: t + 1 if t.is_floating_point() else t for n, t in run.tensors.items()})
newer = replace(newer, weights={n[6:]: t for n, t in newer.tensors.items() if n.startswith("model.")})
done, really = 0, os.replace
def replace_or_die(*names):
    global done
    if done == survivor:
        os.kill(os.getpid(), signal.SIGKILL)
    done += 1
    really(*names)
os.replace = replace_or_die
runs.save(newer, folder)
"""


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
@pytest.mark.parametrize("survivor", range(5))
def test_killed_save_leaves_the_old_or_the_new_run(survivor, moment, folder):
    """Killed before the first, second, … of its files is in place; with four files, the fifth kill never comes."""
    ended = subprocess.run([sys.executable, "-c", KILLED, str(folder), str(survivor)], check=False)
    assert ended.returncode == (0 if survivor == 4 else -signal.SIGKILL)
    opened = runs.load(folder)
    added = {moment.step: 0.0, moment.step + 1000: 1.0}[opened.step]
    for name, tensor in opened.weights.items():
        assert torch.equal(tensor, moment.weights[name] + added)
    assert opened.history == moment.history


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
    (unreadable / runs.CONFIG).symlink_to(unreadable / runs.CONFIG)
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
