"""Run folders: round trips, saves that are killed, and every way in which a folder can be bad."""

import errno
import json
import os
import pickle
import signal
import subprocess
import sys
from dataclasses import replace
from functools import partial

import pytest
import torch
from safetensors.torch import load_file, save_file

from latentlab.core import atomic, run_config, runs
from latentlab.core.attribute import Attribute
from latentlab.core.data import DataConfig
from latentlab.core.errors import RunError
from latentlab.core.exploration import Exploration
from latentlab.core.fit import fit
from latentlab.core.models import model_info
from latentlab.core.options import build
from latentlab.core.pins import PathKind, Pin
from latentlab.core.quantity import Quantity
from latentlab.core.run import Run
from latentlab.core.selection import Selection
from latentlab.core.training import Trainer
from latentlab.core.training_config import TrainingConfig
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
    code_edits=((0, 3, 5), (2, 1, 0)),
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
    with pytest.raises(RunError, match="nothing does not exist; check the path"):
        runs.load(tmp_path / "nothing")
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="is a file"):
        runs.load(tmp_path / "file")


@pytest.mark.skipif(os.name == "nt", reason="a name too long is one that is not there")
def test_a_name_that_cannot_be_examined_is_one_sentence(moment, tmp_path):
    folder = tmp_path / ("long" * 75)
    attempts = run_config.holds_run, run_config.read_settings, runs.load, partial(runs.save, moment)
    for attempt in attempts:
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
