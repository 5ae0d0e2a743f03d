"""A run is saved, opened, recovered and shared between windows without losing anything."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtWidgets import QFileDialog, QMessageBox

from latentlab import paths
from latentlab.core import run_config, runs
from latentlab.core.exploration import Exploration
from latentlab.core.models import model_info
from latentlab.core.options import build
from latentlab.core.quantity import Quantity
from latentlab.core.run import Run
from latentlab.core.training import Trainer
from latentlab.core.training_config import TrainingConfig
from latentlab.gui.settings import Settings
from tests.core.sets import digits
from tests.gui.conftest import shared_window
from tests.gui.window import DIGITS, SMALL, opened, save_trained

__all__ = ["shared_window"]


@pytest.fixture
def window(shared_window):
    """The window that tests share, without a run."""
    shared_window.control.look_at_none()
    yield shared_window
    shared_window.forget_runs()
    shared_window.put_back()


def save(window, folder, monkeypatch):
    """Save as, with the user's answer to the file dialog."""
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(folder), ""))
    with window.qtbot.waitSignal(window.control.saved, timeout=10_000):
        window.main.actions_.save()


def assert_shows(view, rect):
    """``view`` has the whole of ``rect`` in its middle; a dock of other proportions shows more around it."""
    view, rect = np.array(view).reshape(2, 2), np.array(rect).reshape(2, 2)
    np.testing.assert_allclose(view.mean(0), rect.mean(0), atol=1e-9)
    assert (np.abs(view[1] - view[0]) >= np.abs(rect[1] - rect[0]) - 1e-9).all()


def step(window, count):
    """Single steps with the button."""
    for _ in range(count):
        before = window.control.newest.step
        window.click(window.bar.step)
        window.wait(lambda before=before: window.control.newest.step == before + 1)
        window.wait(lambda: window.control.state == "resting")


@pytest.mark.parametrize("model", ["ae", "vae-5", "vqvae"])
def test_opened_run_is_back_and_goes_on_as_if_never_stopped(qtbot, model, tmp_path, monkeypatch):
    folder, copy = tmp_path / "my-run", tmp_path / "copies" / "my-run"
    with opened(qtbot) as window:
        window.train(model)
        window.pause()
        window.session.move_probe((0.25, -0.5))
        window.session.set_window((-1.0, -1.0, 1.0, 0.5))
        window.session.toggle_class(4)
        window.session.colour_by(Quantity.ERROR)
        window.session.show_images(True)
        save(window, folder, monkeypatch)
        at, history, settings = window.control.newest.step, list(window.control.history), window.control.run.settings
        positions = window.session.placed.positions
        exploration = window.session.exploration
        shutil.copytree(folder, copy)  # as it was saved: the steps to come may end an epoch, and closing saves too
        step(window, 5)
        never_stopped = window.weights()
    with opened(qtbot, run=copy) as window:
        assert window.control.newest.step == at
        assert window.control.history == history and window.control.run.settings == settings
        assert window.main.experiment.settings() == settings
        assert replace(window.session.exploration, window=None) == replace(exploration, window=None)
        assert_shows(window.session.exploration.window, exploration.window)
        # A principal plane was turned while it trained, and comes back as it was turned.
        np.testing.assert_allclose(window.session.placed.positions, positions, atol=1e-3)
        assert window.main.scatter.colours.box.currentText() == "Error"
        assert window.main.scatter.thumbnails.action.isChecked()
        assert window.main.windowTitle().startswith("my-run")
        step(window, 5)
        for name, tensor in window.weights().items():
            assert np.array_equal(tensor.numpy(), never_stopped[name].numpy()), name


def test_named_run_is_written_when_the_window_closes(qtbot, tmp_path, monkeypatch):
    with opened(qtbot) as window:
        window.train("vae")
        save(window, tmp_path / "run", monkeypatch)
        window.wait(lambda: window.control.newest.step > 100)
        window.click(window.bar.stop)
        window.wait(lambda: window.control.state == "resting")
        at = window.control.newest.step
    assert runs.load(tmp_path / "run").step == at


def test_every_epoch_is_saved_by_itself_and_offered_after_a_crash(qtbot, monkeypatch):
    with opened(qtbot) as window:
        window.train("ae", steps=1, epochs=2)
        window.wait(lambda: window.control.state == "finished")
        autosave = window.control.run.autosave
        window.wait(lambda: (autosave / run_config.CONFIG).exists() and runs.load(autosave).numbers["epochs_done"] == 2)
        # A crash: the process is gone without having closed anything.
        window.control.run.lock.release()
        window.control.run.autosave = None
    with opened(qtbot) as window:
        window.main.actions_.offer_recovery()
        assert "last epoch was saved" in window.main.messages.text()
        open_it = next(button for button in window.main.messages.findChildren(object) if _text(button) == "Open it")
        window.click(open_it)
        window.wait(lambda: window.control.run is not None)
        assert window.control.newest.epoch == 2 and window.control.unsaved
        window.wait_for_points()
    assert not autosave.exists()


def _text(widget):
    return widget.text() if hasattr(widget, "text") and callable(widget.text) else ""


def test_recovery_can_be_discarded(qtbot):
    with opened(qtbot) as window:
        window.train("ae", steps=1, epochs=1)
        window.wait(lambda: window.control.state == "finished")
        autosave = window.control.run.autosave
        window.wait(lambda: (autosave / run_config.CONFIG).exists())
        window.control.run.lock.release()
        window.control.run.autosave = None
    with opened(qtbot) as window:
        window.main.actions_.offer_recovery()
        window.click(next(b for b in window.main.messages.findChildren(object) if _text(b) == "Discard it"))
        assert not autosave.exists() and not window.main.messages.texts()


def test_second_window_on_a_run_only_looks(qtbot, tmp_path, monkeypatch):
    with opened(qtbot) as first:
        first.train("vae")
        first.pause()
        save(first, tmp_path / "run", monkeypatch)
        with opened(qtbot, run=tmp_path / "run") as second:
            assert "read-only" in second.main.windowTitle()
            assert not second.bar.train.isEnabled() and not second.bar.step.isEnabled()
            second.session.move_probe((0.1, 0.2))
        step(first, 1)


def test_closing_an_unsaved_run_asks(window, monkeypatch):
    window.train("vae")
    asked = []

    def answer(box):
        asked.append(box.text())
        box.button(QMessageBox.StandardButton.Cancel).click()
        return 0

    monkeypatch.setattr(QMessageBox, "exec", answer)
    window.main.close()
    assert len(asked) == 1 and "is not saved" in asked[0]
    assert window.main.isVisible() and window.control.state == "running"


def test_recent_runs_are_remembered(qtbot, tmp_path, monkeypatch):
    with opened(qtbot) as window:
        window.train("ae")
        save(window, tmp_path / "run", monkeypatch)
        recent = [action.text() for action in window.main.recent_menu.actions()]
        assert recent == [str(tmp_path / "run")]


def test_a_recent_run_on_a_disk_that_is_away_keeps_no_window_from_opening(qapp, tmp_path):
    settings, away, there = Settings(), tmp_path / ("away" * 100), tmp_path / "there"
    there.mkdir()
    for folder in (there, away):  # no file has so long a name, and asking for it is an error
        settings.add_recent(folder)
    assert settings.recent_runs() == [there]
    for count in range(20):
        settings.add_recent(tmp_path / f"gone-{count}")
    settings.add_recent(there)
    assert settings.recent_runs() == [there]


@pytest.mark.parametrize("where", ["nothing", "file"])
def test_what_is_no_run_is_one_sentence_and_changes_nothing(window, where, tmp_path):
    (tmp_path / "file").write_text("")
    window.train("vae")
    window.main.actions_.open_folder(tmp_path / where)
    window.wait(lambda: window.main.messages.texts())
    assert where in window.main.messages.text()
    assert window.control.state == "running"


def test_folder_that_cannot_be_written(window, tmp_path):
    window.train("ae")
    blocked = tmp_path / "file"
    blocked.write_text("")
    window.control.save(blocked / "run")
    assert "cannot be made" in window.main.messages.text() and window.control.unsaved


def test_full_disk_while_saving_keeps_training(window, tmp_path, monkeypatch):
    import errno
    import os

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    window.train("vae")
    monkeypatch.setattr(runs, "replace_bytes", full)
    window.control.save(tmp_path / "run")
    window.wait(lambda: window.main.messages.texts())
    assert "No space left" in window.main.messages.text()
    before = window.control.newest.step
    window.wait(lambda: window.control.newest.step > before)


def test_unfinished_settings_file_falls_back(qtbot, tmp_path):
    paths.settings_file().parent.mkdir(parents=True, exist_ok=True)
    Path(paths.settings_file()).write_bytes(b"\x00\xff\xfe not an ini file")
    folder = save_trained(tmp_path / "run", "ae")
    with opened(qtbot, data=None) as window:
        window.main.start(folder)
        assert any("settings file could not be read" in text for text in window.main.messages.texts())
        window.wait_for_points()
    with opened(qtbot, data=None) as window:
        window.main.start(folder)
        assert not any("settings" in text for text in window.main.messages.texts())
        window.wait_for_points()


def test_layout_is_remembered_and_a_stale_one_is_not(qtbot):
    from latentlab.gui.settings import Settings

    with opened(qtbot, data=None) as window:
        window.main.dock("curves").close()
    with opened(qtbot, data=None) as window:
        assert not window.main.dock("curves").isVisible()
        window.main.reset_layout()
        assert window.main.dock("curves").isVisible()
    stale = Settings()
    stale.save_layout(window.main.saveGeometry(), window.main.saveState(999))
    stale.save()
    with opened(qtbot, data=None) as window:
        assert all(window.main.dock(name).isVisibleTo(window.main) for name in window.main.panels)


def test_diverging_training_is_said_and_rolled_back(qtbot):
    import torch

    with opened(qtbot) as window:
        window.train("vae")

        def spoil(trainer):
            with torch.no_grad():
                trainer.model.decoder[1].weight[0, 0] = float("nan")

        window.control.training.live.with_trainer(spoil)
        window.wait(lambda: window.main.messages.texts())
        assert "stopped being a number" in window.main.messages.text()
        window.wait(lambda: window.control.state == "resting")
        assert all(np.isfinite(tensor.numpy()).all() for tensor in window.weights().values())


def test_uncaught_error_is_a_sentence_and_the_window_lives(window, capsys):
    from latentlab.gui.app import _report

    try:
        raise ValueError("a slot went wrong")
    except ValueError as error:
        _report(type(error), error, error.__traceback__)
    assert "a slot went wrong" in window.main.messages.text()
    assert "Traceback" in capsys.readouterr().err


def test_a_run_from_a_gpu_is_explored_and_goes_on_where_there_is_none(qtbot, tmp_path):
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is CUDA here")
    config = build(model_info("ae").config, SMALL["ae"])
    trainer = Trainer(digits(), "ae", config, TrainingConfig(epochs=1))
    trainer.advance(3)
    run = Run.of(trainer, DIGITS, config, Exploration())
    there = replace(run.settings, training=replace(run.settings.training, device="cuda"))
    runs.save(replace(run, settings=there), tmp_path / "run")
    with opened(qtbot, run=tmp_path / "run") as window:
        expected = window.server().encode(window.session.images.split.images)
        np.testing.assert_allclose(window.session.placed.positions, expected, atol=1e-4)
        step(window, 1)


def test_cuda_where_there_is_none(window):
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is CUDA here")
    window.choose("vae", device="cuda")
    window.click(window.bar.train)
    window.wait(lambda: window.main.messages.texts())
    assert "no NVIDIA GPU" in window.main.messages.text()
    assert window.control.state == "ready" and window.bar.train.isEnabled()
