"""``latentlab prior`` as a user has it: what it prints, what it writes, how it ends."""

from __future__ import annotations

import os
import signal

import pytest

from latentlab.cli import main
from latentlab.core import runs
from latentlab.core.run_store import RunLock
from tests.end_to_end.commands import fit, one_line, process

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def folder(fitted, tmp_path, capsys):
    fitted("--epochs", "2", model="vqvae", out=tmp_path / "run")
    capsys.readouterr()
    return tmp_path / "run"


def test_learns_a_prior_and_keeps_it_with_the_run(folder, capsys):
    before = runs.load(folder)
    picture = (folder / "figures" / "samples.png").read_bytes()
    assert main(["prior", str(folder), "--epochs", "3", "--width", "8", "--seed", "4"]) == 0
    printed = capsys.readouterr()
    after = runs.load(folder)
    assert printed.out == f"{folder}\n"
    assert f"Test codes: {after.prior.figures.in_words()}." in printed.err
    assert (after.prior.epochs, after.prior.config.width, after.prior.step) == (3.0, 8, before.step)
    assert (after.step, after.history, after.exploration) == (before.step, before.history, before.exploration)
    assert (folder / "figures" / "samples.png").read_bytes() != picture
    assert not (folder / ".lock").exists()


def test_training_on_drops_it(folder, capsys):
    assert main(["prior", str(folder), "--epochs", "1", "--width", "8"]) == 0
    assert fit("--epochs", "1", "--resume", model="vqvae", out=folder) == 0
    opened = runs.load(folder)
    assert opened.prior is None and not opened.prior_problem
    assert not (folder / "prior.safetensors").exists()


@pytest.mark.skipif(os.name == "nt", reason="signals are sent the POSIX way")
def test_ctrl_c_saves_what_was_learned(folder):
    with process("prior", folder, "--epochs", "1000", "--width", "8") as running:
        for line in running.stderr:
            if "test codes" in line:
                break
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
    assert running.returncode == 130
    assert out == f"{folder}\n" and "Traceback" not in err
    assert 0 < runs.load(folder).prior.epochs < 1000


def test_a_model_without_codes_is_a_sentence(fitted, tmp_path, capsys):
    fitted("--epochs", "1", out=tmp_path / "run")
    capsys.readouterr()
    assert main(["prior", str(tmp_path / "run")]) == 2
    assert one_line(capsys.readouterr().err) == "ae has no codes that a prior could be learned over."
    assert not (tmp_path / "run" / ".lock").exists()


def test_a_run_in_use_is_left_alone(folder, capsys):
    lock = RunLock(folder)
    assert lock.take()
    assert main(["prior", str(folder)]) == 2
    assert "is in use by another LatentLab" in one_line(capsys.readouterr().err)
    lock.release()


def test_a_folder_that_is_no_run(tmp_path, capsys):
    assert main(["prior", str(tmp_path)]) == 2
    assert "is not a run folder" in one_line(capsys.readouterr().err)
