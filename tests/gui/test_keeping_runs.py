"""What becomes of runs: named, put away, deleted, saved when the window closes."""

import threading

import pytest

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit

from latentlab import paths
from latentlab.core import run_config, runs
from latentlab.core.film import DEFAULT_BYTES
from tests.gui.several_runs import answer, click_row, entry, open_runs, press, train_two
from tests.gui.window import opened


@pytest.fixture
def window(window_of_runs):
    return window_of_runs


def test_closing_saves_all_that_is_unsaved_where_that_is_wanted(qtbot, monkeypatch):
    with opened(qtbot) as window:
        vae, ae = train_two(window)
        window.pause()
        asked = answer(monkeypatch, "Save all")
        window.main.close()
        assert len(asked) == 1 and "2 runs are not saved" in asked[0] and str(paths.runs()) in asked[0]
        assert "Saving keeps no film" in asked[0]
        assert not window.main.isVisible()
    kept = {runs.load(folder).settings.model_name: runs.load(folder).step for folder in paths.runs().iterdir()}
    assert kept == {"vae": vae.newest.step, "ae": ae.newest.step}
    assert not list(paths.autosaves().iterdir())


def test_names_folders_and_what_becomes_of_them(window, tmp_path, monkeypatch):
    vae, ae = train_two(window)
    window.pause()
    # Renamed in place, and the name is kept with the run.
    click_row(window, vae)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(tmp_path / "kept"), ""))
    with window.qtbot.waitSignal(window.control.saved, timeout=10_000):
        window.main.actions_.save()
    assert "Its film is not in it" in window.main.statusBar().currentMessage()
    press(window, Qt.Key.Key_F2)
    editor = QApplication.focusWidget()
    assert isinstance(editor, QLineEdit)
    QTest.keyClicks(editor, "the good one")
    window.control.runs.changed.emit(vae)  # as it is five times a second while something trains
    QTest.keyClick(editor, Qt.Key.Key_Return)
    window.wait(lambda: vae.title == "the good one" and window.main.windowTitle().startswith("the good one"))
    window.wait(lambda: runs.load(tmp_path / "kept").title == "the good one")
    # Closed: one without a folder is given one, nothing is asked and nothing is lost.
    asked = answer(monkeypatch, "Cancel")
    step = ae.newest.step
    entry(window, ae, "Close").trigger()
    assert open_runs(window) == [vae] and asked == []
    (folder,) = paths.runs().iterdir()
    assert runs.load(folder).step == step and not list(paths.autosaves().iterdir())
    # Deleted: only after asking.
    press(window, Qt.Key.Key_Delete)
    assert len(asked) == 1 and str(tmp_path / "kept") in asked[0] and open_runs(window) == [vae]
    answer(monkeypatch, "Delete")
    press(window, Qt.Key.Key_Delete)
    assert open_runs(window) == [] and not (tmp_path / "kept").exists()
    window.wait(lambda: window.session.source_title == "PCA")
    # And the closed one is opened again.
    window.main.actions_.open_folder(folder)
    window.wait(lambda: open_runs(window) and window.session.step == step)


def test_closing_a_run_waits_for_no_other_work(window):
    vae, ae = train_two(window)
    window.pause()
    window.control.keeping.saver.name(vae, paths.runs() / "kept")
    enough, over = threading.Event(), []

    def download(reporter):
        enough.wait(timeout=60)
        over.append(reporter)

    window.main.errands.run("Downloading", download, lambda _: None, str)
    assert window.control.keeping.write_and_wait(vae) == ""
    assert runs.load(paths.runs() / "kept").step == vae.newest.step
    window.control.forget(ae)
    assert open_runs(window) == [vae] and not over
    enough.set()
    window.wait(lambda: bool(over))


def test_an_older_moment_that_comes_late_is_not_written_over_a_newer_one(window, tmp_path):
    window.train("vae", steps=40)
    window.pause()
    (run,) = open_runs(window)
    saver = window.control.keeping.saver
    older = window.control.keeping.moment(run)
    window.click(window.bar.step)
    window.wait(lambda: run.newest.step > older.step and window.control.state == "resting")
    newer = window.control.keeping.moment(run)
    assert saver.name(run, tmp_path / "kept")
    # The training thread's waits for the event loop, the window's own does not.
    beside = threading.Thread(target=lambda: saver.keep(run, older))
    beside.start()
    beside.join()
    saver.keep(run, newer)
    window.wait(lambda: run.safe == newer.content)
    window.qtbot.wait(50)
    saver.errands.finish()
    assert runs.load(tmp_path / "kept").step == newer.step


def test_a_run_that_cannot_be_read_any_more_is_not_said_to_be_saved(window, tmp_path):
    window.train("vae", steps=40)
    window.pause()
    (run,) = open_runs(window)
    assert window.control.keeping.saver.name(run, tmp_path / "kept")

    def lose_device():
        raise RuntimeError("the device is gone")

    window.control.training.live.with_trainer(lambda trainer: setattr(trainer, "state", lose_device))
    assert "cannot be read from its device" in window.control.keeping.write_and_wait(run)
    window.control.training.live.with_trainer(lambda trainer: delattr(trainer, "state"))
    assert window.control.keeping.write_and_wait(run) == ""


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("no such device")])
def test_what_fails_on_the_last_save_keeps_what_was_saved_before(window, monkeypatch, error):
    window.train("vae", steps=40, epochs=2)
    window.wait(lambda: window.control.state == "finished")
    (run,) = open_runs(window)
    keeping, autosave = window.control.keeping, run.autosave
    window.wait(lambda: run_config.holds_run(autosave) and runs.load(autosave).step == run.newest.step)
    keeping.saver.errands.finish()

    def fail(*_):
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(runs, "save", fail)
        assert keeping.put_away(run).startswith("Saving failed: ")
    assert run.folder is None and run.autosave == autosave and runs.load(autosave).step == run.newest.step
    assert keeping.put_away(run) == ""
    assert runs.load(run.folder).step == run.newest.step and not autosave.exists()


def test_a_saved_film_stays_whole_when_there_is_less_room_in_memory(window, tmp_path):
    window.main.film_menu.kept.setChecked(True)
    try:
        window.train("vae", steps=400)
        window.pause()
        (run,) = open_runs(window)
        window.control.save(tmp_path / "run")
        window.wait(lambda: run.safe is not None)
        files = sorted(file.name for file in (tmp_path / "run" / "film").iterdir())
        assert len(files) == len(run.film) > 2
        window.control.runs.set_film_bytes(1)  # as if many other runs were open
        assert len(run.film) == 2
        window.control.runs.rename(run, "the good one")
        assert window.control.keeping.finish() == "" and runs.load(tmp_path / "run").title == "the good one"
        assert sorted(file.name for file in (tmp_path / "run" / "film").iterdir()) == files
        window.control.runs.set_film_bytes(0)
        paused_at = run.newest.step
        window.click(window.bar.step)
        window.wait(lambda: window.control.state == "resting" and run.newest.step == paused_at + 1)
        assert window.control.keeping.finish() == "" and runs.load(tmp_path / "run").step == run.newest.step
        assert sorted(file.name for file in (tmp_path / "run" / "film").iterdir()) == files
    finally:
        window.main.film_menu.kept.setChecked(False)
        window.control.runs.set_film_bytes(DEFAULT_BYTES)
