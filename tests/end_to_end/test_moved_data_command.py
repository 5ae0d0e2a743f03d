"""The commands on a run whose own data have moved or changed."""

from __future__ import annotations

import json

import pytest

from latentlab import cli
from latentlab.cli import main
from latentlab.core import runs
from tests.core.own_runs import save_trained_on, write_npz
from tests.end_to_end.commands import one_line

pytestmark = pytest.mark.usefixtures("one_thread")

RESUME = ["fit", "--resume", "--threads", "1", "--out"]


@pytest.fixture
def file(tmp_path):
    return write_npz(tmp_path / "mine.npz")


@pytest.fixture
def folder(file, tmp_path):
    return save_trained_on(file, tmp_path / "run")


@pytest.fixture
def codes(file, tmp_path):
    """A run that a prior can be learned over."""
    words = "--model vqvae --body mlp --hidden 8 --grid 1 --codes 4 --latent-dim 2 --epochs 1 --threads 1"
    assert main(["fit", "--data", str(file), "--out", str(tmp_path / "codes"), *words.split()]) == 0
    return tmp_path / "codes"


def test_evaluate(file, folder, tmp_path, monkeypatch, capsys):
    assert main(["evaluate", str(folder), "--json"]) == 0
    before = capsys.readouterr()
    file.rename(tmp_path / "new.npz")
    assert main(["evaluate", str(folder), "--json"]) == 2
    assert one_line(capsys.readouterr().err) == (
        f"The run was trained on {file}, which cannot be found. "
        "If the data have moved, say where they lie now by --data PATH."
    )
    monkeypatch.chdir(tmp_path)
    assert main(["evaluate", str(folder), "--json", "--data", "new.npz"]) == 0
    after = capsys.readouterr()
    assert after.err == before.err == ""
    figures = json.loads(before.out)
    assert json.loads(after.out) == {**figures, "data": str(tmp_path / "new.npz")}
    assert runs.load(folder).settings.data.name == str(file)  # it writes nothing


def test_encode(file, folder, tmp_path, capsys):
    new, out = file.rename(tmp_path / "new.npz"), tmp_path / "latents.csv"
    assert main(["encode", str(folder), "--out", str(out)]) == 2
    assert one_line(capsys.readouterr().err).endswith("say where they lie now by --data PATH.")
    assert not out.exists()
    assert main(["encode", str(folder), "--out", str(out), "--data", str(new)]) == 0
    assert capsys.readouterr().err == "" and out.exists()


def test_going_on(file, folder, tmp_path, capsys):
    new = file.rename(tmp_path / "new.npz")
    assert main([*RESUME, str(folder)]) == 2
    assert one_line(capsys.readouterr().err).endswith("say where they lie now by --data PATH.")
    assert main([*RESUME, str(folder), "--data", str(new)]) == 0
    assert "Warning" not in capsys.readouterr().err
    assert runs.load(folder).settings.data.name == str(new)
    assert json.loads((folder / "summary.json").read_text())["data"] == str(new)
    assert main([*RESUME, str(folder), "--epochs", "3"]) == 0  # it knows the new place


def test_a_prior(codes, file, tmp_path, capsys):
    new = file.rename(tmp_path / "new.npz")
    capsys.readouterr()
    words = ["prior", str(codes), "--epochs", "1", "--width", "8"]
    assert main(words) == 2
    assert one_line(capsys.readouterr().err).endswith("say where they lie now by --data PATH.")
    assert main([*words, "--data", str(new)]) == 0
    assert runs.load(codes).settings.data.name == str(new)


def test_the_window_is_told(tmp_path, monkeypatch):
    told = []
    monkeypatch.setattr(cli, "_open_window", lambda *given: told.append(given) or 0)
    assert main(["open", str(tmp_path), "--data", "new"]) == main(["open", str(tmp_path)]) == 0
    assert told == [(tmp_path, "new"), (tmp_path, "")]


@pytest.mark.parametrize("words", [["evaluate"], RESUME], ids=["evaluate", "resume"])
def test_what_does_not_fit_is_one_sentence(words, folder, tmp_path, capsys):
    other = write_npz(tmp_path / "other.npz", side=5)
    written = (folder / "config.json").read_bytes()
    for place, sentence in {
        other: f"but {other} holds grey images of 5×5 pixels in 2 classes; choose the data that it was trained on.",
        tmp_path / "gone": f"There is no folder or .npz file {tmp_path / 'gone'}; ",
        "mnist": "There is no folder or .npz file mnist; ",
    }.items():
        assert main([*words, str(folder), "--data", str(place)]) == 2
        said = one_line(capsys.readouterr().err)
        assert sentence in said and "--data" not in said
    assert (folder / "config.json").read_bytes() == written and not (folder / ".lock").exists()


def test_a_data_set_with_a_name_does_not_move(file, tmp_path, capsys):
    folder = save_trained_on("digits", tmp_path / "named")
    assert main(["evaluate", str(folder), "--data", str(file)]) == 2
    assert "trained on digits, which is found by its name; leave out where" in one_line(capsys.readouterr().err)
    assert main(["evaluate", str(folder), "--data", "digits"]) == 0


def test_other_data_of_the_same_shape_are_a_line_on_stderr(file, folder, capsys):
    assert main(["evaluate", str(folder), "--json"]) == 0
    keys = json.loads(capsys.readouterr().out).keys()
    write_npz(file, seed=1)
    sentence = f"Warning: The run was trained on other images or labels than {file} holds now; "
    assert main(["evaluate", str(folder), "--json"]) == 0
    printed = capsys.readouterr()
    assert printed.err.startswith(sentence) and printed.err.count("\n") == 1
    assert json.loads(printed.out).keys() == keys
    assert main([*RESUME, str(folder)]) == 0
    assert capsys.readouterr().err.startswith(sentence)
    assert main(["evaluate", str(folder)]) == 0  # it has learned from them now
    assert capsys.readouterr().err == ""
