"""The command line as a whole: what it says to wrong words, and what it lists."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from latentlab.cli import main
from latentlab.core.models import registry
from latentlab.core.projections import projections
from tests.end_to_end.commands import fit, one_line

pytestmark = pytest.mark.usefixtures("one_thread")


class TestWrongWords:
    @pytest.mark.parametrize(
        "words, sentence",
        [
            ("fti", "There is no command 'fti'; did you mean 'fit'?"),
            ("paint", "There is no command 'paint'; there are open, fit, evaluate, encode, prior, models, datasets."),
            ("fit --latent-dim 0", "Latent dimension must be between 1 and 128; got 0."),
            ("fit --epochs many", "Epochs must be a number; got 'many'."),
            ("fit --body cnn", "Network must be one of mlp, conv; got 'cnn'."),
            ("fit --epochs", "Argument --epochs: expected one argument."),
            ("fit --threads 0", "Threads must be "),
            ("fit --codes 5", "--codes is a setting of vqvae; choose it with --model, or leave the setting out."),
            ("fit --channels 8", "--channels has no effect without --body conv."),
            ("fit --lr 1", "latentlab fit does not know '--lr'; latentlab fit --help lists what it takes."),
            ("fit --model vqvea", "There is no model called 'vqvea'. Did you mean 'vqvae'?"),
            ("fit --data mnits", "There is no data set, folder or file named 'mnits'; did you mean mnist"),
            ("fit --resume", "--resume needs the run's folder: --out RUN."),
            ("fit --resume --out /nowhere", "/nowhere does not exist; check the path, or choose another run folder."),
            ("evaluate", "The following arguments are required: RUN."),
            ("evaluate /nowhere", "/nowhere does not exist; check the path, or choose another run folder."),
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
        models, beside = lines[: 3 * len(registry())], lines[3 * len(registry()) :]
        assert [line.split()[0] for line in models[::3]] == [info.name for info in registry()]
        said = list(zip(models[::3], models[1::3], models[2::3], strict=True))
        for info, (summary, formula, paper) in zip(registry(), said, strict=True):
            assert summary.endswith(f"{info.title}. {info.summary}")
            assert (formula.strip(), paper.strip()) == (info.formula, info.paper)
        assert beside[0] == "" and "comparison" in beside[1]
        assert [line.split()[0] for line in beside[2::2]] == [info.name for info in projections()]
        for info, summary, paper in zip(projections(), beside[2::2], beside[3::2], strict=True):
            assert summary.endswith(f"{info.title}. {info.summary}") and paper.strip() == info.paper

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
