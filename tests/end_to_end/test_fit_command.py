"""``latentlab fit`` as a user has it: what it prints, what it writes, how it goes on and how it ends."""

from __future__ import annotations

import json
import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image

from latentlab import __version__
from latentlab.cli import main
from latentlab.commands.interruption import Interruption
from latentlab.commands.progress import in_words
from latentlab.core import headless, run_config, runs
from latentlab.core.run import Origin
from tests.end_to_end.commands import KEYS, SMALL, fit, one_line, process

FILES = {"config.json", "figures", "history.jsonl", "model.safetensors", "summary.json", "training.safetensors"}
FIGURES = {"curves.png", "manifold.png", "reconstructions.png", "scatter.png"}
NOT_SAMPLED = {"linear_ae", "ae", "dae"}

pytestmark = pytest.mark.usefixtures("one_thread")


class TestFit:
    @pytest.mark.parametrize("model", SMALL)
    def test_writes_a_run_with_figures_and_pictures(self, model, tmp_path, capsys):
        folder = tmp_path / "run"
        assert fit("--epochs", "2", model=model, out=folder) == 0
        printed = capsys.readouterr()
        assert printed.out == f"{folder}\n"
        assert "Epoch 2 of 2: test total" in printed.err and "100%" not in printed.err
        assert ("(k = 15), of codes that were told the class" in printed.err) == (model == "cvae")
        assert {file.name for file in folder.iterdir()} == FILES
        figures = {file.name for file in (folder / "figures").iterdir()}
        sampled = set() if model in NOT_SAMPLED else {"samples.png"}
        assert figures == FIGURES | sampled | {f"pca_vs_{model}.png"}

        summary = json.loads((folder / "summary.json").read_text())
        assert set(summary) >= KEYS
        assert (summary["model"], summary["data"], summary["split"]) == (model, "digits", "test")
        assert (summary["epochs"], summary["threads"], summary["device"]) == (2, 1, "CPU, 1 thread")
        assert summary["images_per_s"] > 0 and summary["versions"]["latentlab"] == __version__
        rows = runs.load(folder).history
        assert [row.epoch for row in rows if row.split == "test"] == [1, 2]
        assert len([row for row in rows if row.split == "train"]) > 10  # a curve, even of few epochs

    def test_an_epochs_figures_have_their_own_units(self):
        figures = {"total": 9.5, "reconstruction": 9.25, "perplexity": 2.125, "codes_used": 3.0, "balance": 0.5}
        units = {"total": "nats", "reconstruction": "nats", "perplexity": "codes", "codes_used": "codes"}
        expected = "total 9.5, reconstruction 9.25 (nats), perplexity 2.125, codes used 3 (codes), balance 0.5"
        assert in_words(figures, units) == expected

    def test_makes_a_folder_of_its_own_by_default(self, capsys):
        assert main(["fit", "--data", "digits", "--epochs", "1", "--hidden", "8", "--threads", "1"]) == 0
        folder = Path(capsys.readouterr().out.strip())
        assert folder.parent == Path(os.environ["LATENTLAB_HOME"]) / "runs"
        assert folder.name.endswith("-vae-digits")
        assert runs.load(folder).settings.training.learning_rate == 2e-3  # what suits the model

    def test_a_folder_of_pictures(self, tmp_path, monkeypatch):
        for index in range(14):
            place = tmp_path / "mine" / "ab"[index % 2]
            place.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (8, 8), (17 * index, 0, 99)).save(place / f"{index}.png")
        monkeypatch.chdir(tmp_path)
        assert fit("--data", "mine", "--epochs", "1", out=tmp_path / "run") == 0
        assert runs.load(tmp_path / "run").settings.data.name == str(tmp_path / "mine")
        assert json.loads((tmp_path / "run" / "summary.json").read_text())["epochs"] == 1

    def test_same_seed_same_numbers(self, tmp_path):
        for name in ("one", "other"):
            assert fit("--epochs", "2", model="vae", out=tmp_path / name) == 0
        one, other = (runs.load(tmp_path / name) for name in ("one", "other"))
        assert_equal(one, other)

    def test_takes_the_settings_of_data_model_and_training(self, tmp_path):
        words = "--train-images 300 --test-share 0.25 --split-seed 4 --body conv --channels 4 --latent-dim 5"
        assert fit(*words.split(), "--batch-size", "50", "--epochs", "1", "--seed", "9", out=tmp_path) == 2
        words = f"fit --data digits {words} --model ae --batch-size 50 --epochs 1 --seed 9 --threads 1 --out {tmp_path}"
        assert main(words.split()) == 0
        settings = runs.load(tmp_path).settings
        assert (settings.data.train_images, settings.data.test_share, settings.data.split_seed) == (300, 0.25, 4)
        assert (settings.model.body, settings.model.channels, settings.model.latent_dim) == ("conv", 4, 5)
        assert (settings.training.batch_size, settings.training.seed) == (50, 9)


class TestResuming:
    @pytest.mark.parametrize("model", SMALL)
    def test_interrupted_and_resumed_equals_never_having_stopped(self, model, tmp_path, monkeypatch):
        whole, parts = tmp_path / "whole", tmp_path / "parts"
        assert fit("--epochs", "3", model=model, out=whole) == 0
        interrupt_after(monkeypatch, events=9)
        assert fit("--epochs", "3", model=model, out=parts) == 130
        monkeypatch.undo()
        opened = runs.load(parts)
        assert 0 < opened.step < 36
        assert main(["fit", "--out", str(parts), "--resume", "--threads", "1"]) == 0
        assert_equal(runs.load(whole), runs.load(parts))

    def test_a_finished_run_goes_on_for_as_many_epochs_again(self, fitted, tmp_path, capsys):
        fitted("--epochs", "2", out=tmp_path)
        assert main(["fit", "--out", str(tmp_path), "--resume", "--epochs", "1", "--threads", "1"]) == 0
        assert "Epoch 3 of 3" in capsys.readouterr().err
        assert main(["fit", "--out", str(tmp_path), "--resume", "--threads", "1", "--batch-size", "64"]) == 0
        assert json.loads((tmp_path / "summary.json").read_text())["epochs"] == 4
        assert runs.load(tmp_path).settings.training.batch_size == 64

    def test_a_run_is_not_overwritten(self, fitted, tmp_path, capsys):
        fitted("--epochs", "1", out=tmp_path)
        before = (tmp_path / "training.safetensors").read_bytes()
        capsys.readouterr()
        assert fit("--epochs", "1", out=tmp_path) == 2
        said = one_line(capsys.readouterr().err)
        assert said == f"{tmp_path} already holds a run; go on with it by --resume, or choose another --out."
        assert (tmp_path / "training.safetensors").read_bytes() == before

    @pytest.mark.parametrize(
        "words, sentence",
        [
            ("--latent-dim 3", "--latent-dim is 2 in the run in {folder} and cannot change; leave it out"),
            ("--seed 3", "--seed is 0 in the run in {folder} and cannot change; leave it out"),
            ("--data mnist", "--data is digits in the run in {folder} and cannot change; leave it out"),
            ("--model vae", "The model of the run in {folder} is ae; leave out --model, or begin another run."),
        ],
    )
    def test_what_a_run_was_begun_with_cannot_change(self, fitted, words, sentence, tmp_path, capsys):
        fitted("--epochs", "1", out=tmp_path)
        capsys.readouterr()
        assert main(["fit", "--out", str(tmp_path), "--resume", *words.split()]) == 2
        assert sentence.format(folder=tmp_path) in one_line(capsys.readouterr().err)
        assert main(["fit", "--out", str(tmp_path), "--resume", "--latent-dim", "2", "--threads", "1"]) == 0

    def test_a_fork_keeps_its_name_and_its_origin_and_its_settings(self, fitted, tmp_path, capsys):
        fitted("--epochs", "1", model="vae", out=tmp_path)
        there = replace(runs.load(tmp_path), title="branch", origin=Origin("trunk", 3, 0.5))
        runs.save(there, tmp_path)
        capsys.readouterr()
        # The window forks a run with other settings of its model; a folder that goes on has its own.
        assert main(["fit", "--out", str(tmp_path), "--resume", "--free-bits", "0.5"]) == 2
        assert "--free-bits is 0.0" in one_line(capsys.readouterr().err)
        assert main(["fit", "--out", str(tmp_path), "--resume", "--epochs", "1", "--threads", "1"]) == 0
        opened = runs.load(tmp_path)
        assert (opened.title, opened.origin) == (there.title, there.origin) and opened.step > there.step

    def test_a_run_in_use_is_left_alone(self, fitted, tmp_path, capsys):
        fitted("--epochs", "1", out=tmp_path)
        capsys.readouterr()
        held = headless.resume(tmp_path, run_config.read_settings(tmp_path).training)
        assert main(["fit", "--out", str(tmp_path), "--resume"]) == 2
        assert "is in use by another LatentLab" in one_line(capsys.readouterr().err)
        held.close()

    def test_weights_alone_cannot_go_on(self, fitted, tmp_path, capsys):
        fitted("--epochs", "1", out=tmp_path)
        (tmp_path / "training.safetensors").unlink()
        capsys.readouterr()
        assert main(["fit", "--out", str(tmp_path), "--resume"]) == 2
        assert "keeps only its weights" in one_line(capsys.readouterr().err)

    @pytest.mark.skipif(os.name == "nt", reason="a name too long is one that is not there")
    @pytest.mark.parametrize("words", ["fit --data digits --out", "fit --resume --out", "evaluate", "prior"])
    def test_a_name_that_cannot_be_examined_is_a_sentence(self, words, tmp_path, capsys):
        assert main([*words.split(), str(tmp_path / ("long" * 75))]) == 2
        assert one_line(capsys.readouterr().err).endswith("cannot be read: File name too long. Choose another folder.")


class TestEnding:
    @pytest.mark.skipif(os.name == "nt", reason="signals are sent the POSIX way")
    @pytest.mark.parametrize("number, status", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
    def test_ctrl_c_saves_what_was_learned(self, number, status, tmp_path):
        folder = tmp_path / "run"
        words = f"fit --data digits --epochs 100000 --hidden 16 --threads 1 --out {folder}"
        with process(*words.split()) as running:
            wait_for(folder / "history.jsonl", lambda file: file.stat().st_size > 0)
            running.send_signal(number)
            out, err = running.communicate(timeout=30)
        assert running.returncode == status
        assert out == f"{folder}\n"
        assert f"Go on with: latentlab fit --out {folder} --resume" in err and "Traceback" not in err
        opened = runs.load(folder)
        assert opened.step >= 12 and opened.tensors
        assert not (folder / "summary.json").exists()

    def test_the_second_ctrl_c_ends_at_once(self):
        before = signal.getsignal(signal.SIGINT)
        with Interruption() as interruption:
            os.kill(os.getpid(), signal.SIGINT)
            assert interruption.asked() and interruption.status == 130
            with pytest.raises(KeyboardInterrupt):
                os.kill(os.getpid(), signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is before

    def test_divergence_is_a_sentence_and_the_run_opens(self, tmp_path, capsys, monkeypatch):
        def spoil(trainer):
            if trainer.step > 30:
                next(trainer.model.parameters()).data.fill_(float("nan"))

        before_each_step(monkeypatch, spoil)
        assert fit("--epochs", "9", out=tmp_path) == 1
        said = capsys.readouterr().err.splitlines()[-1]
        assert "The loss stopped being a number at step" in said and f"The run is saved in {tmp_path}." in said
        assert not (tmp_path / "summary.json").exists()
        opened = runs.load(tmp_path)
        assert all(bool(torch.isfinite(tensor).all()) for tensor in opened.weights.values())

    def test_a_full_disk_during_training_loses_no_training(self, tmp_path, capsys, monkeypatch):
        real, saves = runs.save, []

        def save(run, folder):
            saves.append(run.step)
            if 12 <= run.step < 36:
                raise runs.RunError(f"The run could not be saved in {folder}: No space left on device.")
            real(run, folder)

        monkeypatch.setattr(runs, "save", save)
        assert fit("--epochs", "3", out=tmp_path) == 0
        assert capsys.readouterr().err.count("No space left on device") == 2
        assert runs.load(tmp_path).step == 36

    def test_a_disk_that_stays_full_is_a_failure(self, tmp_path, capsys, monkeypatch):
        real = runs.save

        def save(run, folder):
            if run.step > 0:
                raise runs.RunError(f"The run could not be saved in {folder}: No space left on device.")
            real(run, folder)

        monkeypatch.setattr(runs, "save", save)
        assert fit("--epochs", "1", out=tmp_path) == 1
        assert capsys.readouterr().err.splitlines()[-1].startswith("latentlab: The run could not be saved")


def assert_equal(one, other):
    """All but the clock is the same, to the last bit."""
    assert one.tensors.keys() == other.tensors.keys()
    for name, tensor in one.tensors.items():
        assert torch.equal(tensor, other.tensors[name]), name
    assert {**one.numbers, "seconds": 0} == {**other.numbers, "seconds": 0}
    without_clock = [[(row.step, row.split, row.figures) for row in run.history] for run in (one, other)]
    assert without_clock[0] == without_clock[1]


def interrupt_after(monkeypatch, events):
    """Presses Ctrl-C when training has reported so often."""
    real = headless.HeadlessRun.train

    def train(run):
        for number, event in enumerate(real(run)):
            if number == events:
                os.kill(os.getpid(), signal.SIGINT)
            yield event

    monkeypatch.setattr(headless.HeadlessRun, "train", train)


def before_each_step(monkeypatch, act):
    from latentlab.core.training import Trainer

    real = Trainer._take

    def take(trainer, most):
        act(trainer)
        return real(trainer, most)

    monkeypatch.setattr(Trainer, "_take", take)


def wait_for(path, holds):
    deadline = time.monotonic() + 60
    while not (path.exists() and holds(path)):
        assert time.monotonic() < deadline, f"{path} did not come"
        time.sleep(0.05)
