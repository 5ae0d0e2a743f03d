"""The command line as a user has it: what it prints, what it writes, how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from latentlab import __version__
from latentlab.cli import main
from latentlab.commands.interruption import Interruption
from latentlab.core import headless, runs
from latentlab.core.models import registry
from latentlab.core.threads import limit_numpy, use_threads

SMALL = {
    "linear_ae": [],
    "ae": ["--hidden", "32"],
    "dae": ["--hidden", "32", "--corruption", "salt_and_pepper", "--level", "0.1"],
    "vae": ["--hidden", "32", "--latent-dim", "3", "--binarisation", "fresh"],
    "linear_vae": [],
    "beta_vae": ["--hidden", "32", "--pressure", "capacity", "--decoder", "gaussian_learned"],
    "cvae": ["--hidden", "32"],
    "vqvae": ["--channels", "8", "--grid", "2", "--codes", "16", "--latent-dim", "4"],
}
FILES = {"config.json", "figures", "history.jsonl", "model.safetensors", "summary.json", "training.safetensors"}
FIGURES = {"curves.png", "manifold.png", "reconstructions.png", "scatter.png"}
NOT_SAMPLED = {"linear_ae", "ae", "dae"}
KEYS = {
    "model", "data", "split", "binarisation", "mse", "neg_elbo", "kl", "knn", "codes_used", "perplexity", "epochs",
    "images_per_s",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _one_thread():
    """In a busy machine's own interest; the commands set it too, and would leave it set."""
    yield
    use_threads(1)
    limit_numpy()


def fit(*words, model="ae", out):
    given = ["fit", "--data", "digits", "--threads", "1", "--out", str(out)]
    return main([*given, "--model", model, *SMALL[model], *words])


def one_line(text):
    assert text.count("\n") == 1 and text.startswith("latentlab: "), text
    return text.removeprefix("latentlab: ").rstrip()


def process(*words, **options):
    """`latentlab` in a process of its own."""
    command = [sys.executable, "-m", "latentlab", *map(str, words)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


class TestFit:
    @pytest.mark.parametrize("model", SMALL)
    def test_writes_a_run_with_figures_and_pictures(self, model, tmp_path, capsys):
        folder = tmp_path / "run"
        assert fit("--epochs", "2", model=model, out=folder) == 0
        printed = capsys.readouterr()
        assert printed.out == f"{folder}\n"
        assert "Epoch 2 of 2: test total" in printed.err and "100%" not in printed.err
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

    def test_makes_a_folder_of_its_own_by_default(self, capsys):
        assert main(["fit", "--data", "digits", "--epochs", "1", "--hidden", "8", "--threads", "1"]) == 0
        folder = Path(capsys.readouterr().out.strip())
        assert folder.parent == Path(os.environ["LATENTLAB_HOME"]) / "runs"
        assert folder.name.endswith("-vae-digits")
        assert runs.load(folder).settings.training.learning_rate == 2e-3  # what suits the model

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

    def test_a_finished_run_goes_on_for_as_many_epochs_again(self, tmp_path, capsys):
        assert fit("--epochs", "2", out=tmp_path) == 0
        assert main(["fit", "--out", str(tmp_path), "--resume", "--epochs", "1", "--threads", "1"]) == 0
        assert "Epoch 3 of 3" in capsys.readouterr().err
        assert main(["fit", "--out", str(tmp_path), "--resume", "--threads", "1", "--batch-size", "64"]) == 0
        assert json.loads((tmp_path / "summary.json").read_text())["epochs"] == 4
        assert runs.load(tmp_path).settings.training.batch_size == 64

    def test_a_run_is_not_overwritten(self, tmp_path, capsys):
        assert fit("--epochs", "1", out=tmp_path) == 0
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
    def test_what_a_run_was_begun_with_cannot_change(self, words, sentence, tmp_path, capsys):
        assert fit("--epochs", "1", out=tmp_path) == 0
        capsys.readouterr()
        assert main(["fit", "--out", str(tmp_path), "--resume", *words.split()]) == 2
        assert sentence.format(folder=tmp_path) in one_line(capsys.readouterr().err)
        assert main(["fit", "--out", str(tmp_path), "--resume", "--latent-dim", "2", "--threads", "1"]) == 0

    def test_a_run_in_use_is_left_alone(self, tmp_path, capsys):
        assert fit("--epochs", "1", out=tmp_path) == 0
        capsys.readouterr()
        held = headless.resume(tmp_path, runs.read_settings(tmp_path).training)
        assert main(["fit", "--out", str(tmp_path), "--resume"]) == 2
        assert "is in use by another LatentLab" in one_line(capsys.readouterr().err)
        held.close()

    def test_weights_alone_cannot_go_on(self, tmp_path, capsys):
        assert fit("--epochs", "1", out=tmp_path) == 0
        (tmp_path / "training.safetensors").unlink()
        capsys.readouterr()
        assert main(["fit", "--out", str(tmp_path), "--resume"]) == 2
        assert "keeps only its weights" in one_line(capsys.readouterr().err)


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
        with Interruption() as interruption:
            os.kill(os.getpid(), signal.SIGINT)
            assert interruption.asked() and interruption.status == 130
            with pytest.raises(KeyboardInterrupt):
                os.kill(os.getpid(), signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler

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


class TestEvaluate:
    def test_prints_one_object(self, tmp_path, capsys):
        assert fit("--epochs", "2", model="vqvae", out=tmp_path) == 0
        capsys.readouterr()
        assert main(["evaluate", str(tmp_path), "--json"]) == 0
        figures = json.loads(capsys.readouterr().out)
        assert set(figures) >= KEYS
        assert (figures["neg_elbo"], figures["kl"], figures["binarisation"]) == (None, None, None)
        assert 1 <= figures["codes_used"] <= 16 and figures["perplexity"] >= 1
        assert set(figures["knn"]) == {"1", "5", "15"}
        summary = json.loads((tmp_path / "summary.json").read_text())
        # The summary of a training leaves out what takes longer.
        more = figures.pop("figures")
        assert summary["figures"] == [figure for figure in more if figure in summary["figures"]]
        assert {"linear_probe", "trustworthiness"} <= {figure["name"] for figure in more}
        assert {key: summary[key] for key in figures} == figures

    def test_every_figure_has_what_it_takes_to_judge_it(self, tmp_path, capsys):
        assert fit("--epochs", "2", model="vae", out=tmp_path) == 0
        capsys.readouterr()
        words = "--json --importance-samples 20 --likelihood-images 50"
        assert main(["evaluate", str(tmp_path), *words.split()]) == 0
        figures = json.loads(capsys.readouterr().out)
        named = {figure["name"]: figure for figure in figures["figures"]}
        assert {"neg_elbo", "reconstruction", "kl", "nll_importance", "active_units", "mse"} <= set(named)
        assert named["neg_elbo"]["value"] == figures["neg_elbo"] and named["neg_elbo"]["standard_error"] > 0
        assert named["nll_importance"]["note"] == (
            "importance sampling, 20 samples; freshly binarised targets, 50 test images"
        )
        assert len(figures["latents"]) == 3 and set(figures["latents"][0]) >= {"kl", "variance", "active"}
        assert all(set(each) == {"name", "severity", "sentence", "remedy"} for each in figures["diagnosis"])

    def test_samples_and_seed(self, tmp_path, capsys):
        assert fit("--epochs", "2", model="vae", out=tmp_path) == 0

        def bound(*words):
            capsys.readouterr()
            assert main(["evaluate", str(tmp_path), "--json", *words]) == 0
            return json.loads(capsys.readouterr().out)["neg_elbo"]

        assert bound() == bound("--samples", "5", "--seed", "0")
        assert len({bound(), bound("--seed", "1"), bound("--samples", "6")}) == 3

    def test_in_words(self, tmp_path, capsys):
        assert fit("--epochs", "1", model="vae", out=tmp_path) == 0
        capsys.readouterr()
        assert main(["evaluate", str(tmp_path)]) == 0
        said = capsys.readouterr().out
        assert said.startswith("vae on digits, 360 test images:\n")
        assert "nats per image  (freshly binarised targets, 5 samples, 360 test images)" in said
        assert " ± " in said and "15-NN, plane" in said and "KL per latent, in nats" in said

    def test_what_is_wrong_is_said_with_its_remedy(self, tmp_path, capsys):
        assert fit("--epochs", "1", "--learning-rate", "1e-7", model="vae", out=tmp_path) == 0
        capsys.readouterr()
        assert main(["evaluate", str(tmp_path)]) == 0
        assert "\nError: The posterior has collapsed" in capsys.readouterr().out


class TestWrongWords:
    @pytest.mark.parametrize(
        "words, sentence",
        [
            ("fti", "There is no command 'fti'; did you mean 'fit'?"),
            ("paint", "There is no command 'paint'; there are open, fit, evaluate, prior, models, datasets."),
            ("fit --latent-dim 0", "Latent dimension must be between 1 and 128; got 0."),
            ("fit --epochs many", "Epochs must be a number; got 'many'."),
            ("fit --body cnn", "Network must be one of mlp, conv; got 'cnn'."),
            ("fit --epochs", "Argument --epochs: expected one argument."),
            ("fit --threads 0", "Threads must be "),
            ("fit --codes 5", "--codes is a setting of vqvae; choose it with --model, or leave the setting out."),
            ("fit --channels 8", "--channels has no effect without --body conv."),
            ("fit --lr 1", "latentlab fit does not know '--lr'; latentlab fit --help lists what it takes."),
            ("fit --model vqvea", "There is no model called 'vqvea'. Did you mean 'vqvae'?"),
            ("fit --data mnits", "There is no data set or folder named 'mnits'; did you mean mnist"),
            ("fit --resume", "--resume needs the run's folder: --out RUN."),
            ("fit --resume --out /nowhere", "/nowhere is not a run folder: it has no config.json."),
            ("evaluate", "The following arguments are required: RUN."),
            ("evaluate /nowhere", "/nowhere is not a run folder: it has no config.json."),
            ("evaluate x --samples 0", "Samples must be between 1 and 10,000; got 0."),
        ],
    )
    def test_one_line_and_status_2(self, words, sentence, capsys):
        assert main(words.split()) == 2
        printed = capsys.readouterr()
        assert one_line(printed.err).startswith(sentence)
        assert printed.out == ""

    @pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
    def test_a_gpu_where_there_is_none(self, tmp_path, capsys):
        assert fit("--device", "cuda", out=tmp_path / "run") == 2
        assert one_line(capsys.readouterr().err).startswith("This machine has no NVIDIA GPU (CUDA)")
        assert not (tmp_path / "run").exists()

    def test_a_folder_that_cannot_be_made(self, tmp_path, capsys):
        (tmp_path / "file").touch()
        assert fit(out=tmp_path / "file" / "run") == 2
        assert "cannot be made: Not a directory. Choose another folder." in one_line(capsys.readouterr().err)

    def test_no_display_to_open_a_window_on(self, capsys, monkeypatch):
        for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setattr(sys, "platform", "linux")
        assert main([]) == 2
        assert one_line(capsys.readouterr().err) == (
            "There is no display to open a window on; latentlab fit works without one."
        )


class TestLists:
    def test_models(self, capsys):
        assert main(["models"]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert [line.split()[0] for line in lines[::3]] == [info.name for info in registry()]
        said = list(zip(lines[::3], lines[1::3], lines[2::3], strict=True))
        for info, (summary, formula, paper) in zip(registry(), said, strict=True):
            assert summary.endswith(f"{info.title}. {info.summary}")
            assert (formula.strip(), paper.strip()) == (info.formula, info.paper)

    def test_datasets(self, capsys):
        assert main(["datasets"]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert lines[0].split()[0] == "mnist" and "Download" not in lines[0]
        assert any(line.startswith("cifar10") and "Download: 170 MB." in line for line in lines)

    @pytest.mark.parametrize("words", ["--help", "--version", "fit --help", "models", "datasets", "evaluate x"])
    def test_need_no_qt(self, words):
        code = "import sys; from latentlab.cli import main\ntry: main(sys.argv[1:])\nexcept SystemExit: pass\n"
        code += "print('loaded', [name for name in ('PySide6', 'pyqtgraph', 'torch') if name in sys.modules])"
        done = subprocess.run([sys.executable, "-c", code, *words.split()], capture_output=True, text=True, check=True)
        loaded = done.stdout.splitlines()[-1]
        assert loaded == ("loaded []" if words in ("--help", "--version", "datasets") else "loaded ['torch']")

    def test_settings_of_another_model_are_listed_by_its_name(self, capsys):
        with pytest.raises(SystemExit) as ended:
            main(["fit", "--model", "vqvae", "--help"])
        assert ended.value.code == 0
        said = capsys.readouterr().out
        assert "--codes" in said and "--train-images" in said and "--learning-rate" in said


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

    real = Trainer._step

    def step(trainer):
        act(trainer)
        real(trainer)

    monkeypatch.setattr(Trainer, "_step", step)


def wait_for(path, holds):
    deadline = time.monotonic() + 60
    while not (path.exists() and holds(path)):
        assert time.monotonic() < deadline, f"{path} did not come"
        time.sleep(0.05)
