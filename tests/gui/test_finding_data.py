"""Runs in the window whose own data have moved, are others now, or cannot be read."""

from dataclasses import replace

import pytest

pytest.importorskip("PySide6.QtWidgets")

from PIL import Image
from PySide6.QtWidgets import QFileDialog, QPushButton

from latentlab.core import run_config, run_store, runs
from latentlab.core.exploration import Exploration
from latentlab.core.selection import Selection
from latentlab.gui.finding_data import _nearest
from tests.core.own_runs import save_trained_on, write_npz
from tests.gui.window import opened


@pytest.fixture
def window(shared_window):
    yield shared_window
    shared_window.forget_runs()
    shared_window.control.look_at_none()
    shared_window.put_back()


@pytest.fixture
def file(tmp_path):
    return write_npz(tmp_path / "mine.npz")


@pytest.fixture
def folder(file, tmp_path):
    return save_trained_on(file, tmp_path / "run")


@pytest.fixture
def dialogs(monkeypatch):
    """What the choosers were opened on, and what the user chooses there next: nothing, as after Cancel, at first."""

    class Dialogs:
        def __init__(self):
            self.asked, self.answer = [], ""

        def file(self, _, title, start, kinds):
            self.asked.append(("file", start))
            return str(self.answer), kinds

        def folder(self, _, title, start):
            self.asked.append(("folder", start))
            return str(self.answer)

    dialogs = Dialogs()
    monkeypatch.setattr(QFileDialog, "getOpenFileName", dialogs.file)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", dialogs.folder)
    return dialogs


def find_button(window):
    (button,) = (each for each in window.main.messages.findChildren(QPushButton) if each.isVisible())
    assert button.text() == "Find the data…"
    return button


def ask_for(window, folder, file):
    """Opens a run whose data are not there; returns the sentence."""
    window.main.actions_.open_folder(folder)
    window.wait(lambda: str(file) in window.main.messages.text())
    return window.main.messages.text()


def wait_for_run(window, folder):
    control = window.control
    window.wait(lambda: control.run is not None and folder in (control.run.folder, control.run.autosave))
    window.wait_for_points()
    return control.run


def test_data_that_moved_are_asked_for_and_the_run_remembers_where(window, file, folder, tmp_path, dialogs):
    (tmp_path / "elsewhere").mkdir()
    new = file.rename(tmp_path / "elsewhere" / "new.npz")
    sentence = ask_for(window, folder, file)
    assert sentence == f"“run” was trained on {file}, which cannot be found."

    shown = window.session.dataset
    window.click(find_button(window))  # and cancels
    assert dialogs.asked == [("file", str(tmp_path))]
    assert window.control.run is None and window.session.dataset is shown
    assert window.main.messages.text() == sentence  # the offer stays

    dialogs.answer = new
    window.click(find_button(window))
    run = wait_for_run(window, folder)
    assert run.settings.data.name == window.session.dataset.name == str(new)
    assert window.main.experiment.settings().data.name == str(new)
    assert not window.main.messages.texts() and not run.read_only
    assert run_config.read_settings(folder).data.name == str(file)  # until it is saved
    assert window.control.keeping.finish() == ""
    assert run_config.read_settings(folder).data.name == str(new)
    window.forget_runs()
    assert window.open(folder).settings.data.name == str(new)


def test_it_trains_and_forks_with_them(window, file, folder, tmp_path, dialogs):
    dialogs.answer = file.rename(tmp_path / "new.npz")
    ask_for(window, folder, file)
    window.click(find_button(window))
    run = wait_for_run(window, folder)
    longer = replace(run.settings, training=replace(run.settings.training, epochs=3))
    child = window.main.actions_.opening.fork(run, "child", longer)
    window.wait(lambda: child.state == "finished")
    assert child.settings.data.name == str(dialogs.answer) and child.dataset is run.dataset
    window.control.go_on(run=run)
    window.wait(lambda: run.state == "finished")
    window.wait(lambda: runs.load(folder).numbers["epochs_done"] == 2)
    there = runs.load(folder)
    assert (there.settings.data.name, there.fingerprint) == (str(dialogs.answer), run.dataset.fingerprint)


def test_a_folder_of_pictures_is_asked_for_as_a_folder(window, tmp_path, dialogs):
    for index in range(14):
        place = tmp_path / "mine" / "ab"[index % 2]
        place.mkdir(parents=True, exist_ok=True)
        Image.new("L", (6, 6), 17 * index).save(place / f"{index}.png")
    folder = save_trained_on(tmp_path / "mine", tmp_path / "run")
    dialogs.answer = (tmp_path / "mine").rename(tmp_path / "renamed")
    ask_for(window, folder, tmp_path / "mine")
    window.click(find_button(window))
    wait_for_run(window, folder)
    assert dialogs.asked == [("folder", str(tmp_path))]
    assert not window.main.messages.texts()


def test_other_shapes_are_one_sentence_and_the_present_run_stays(window, file, folder, tmp_path, dialogs):
    window.train("ae", steps=3)
    window.pause()
    present = window.control.run
    file.unlink()
    ask_for(window, folder, file)
    dialogs.answer = write_npz(tmp_path / "other.npz", side=5)
    window.click(find_button(window))
    window.wait(lambda: "5×5 pixels" in window.main.messages.text())
    (sentence,) = window.main.messages.texts()
    assert sentence.endswith("; choose the data that it was trained on.")
    assert window.control.run is present and len(window.control.runs) == 1
    write_npz(file)
    dialogs.answer = file  # found at the second try
    window.click(find_button(window))
    wait_for_run(window, folder)
    assert not window.main.messages.texts() and window.control.runs.chosen is not present


def test_what_is_there_but_cannot_be_read_is_asked_for_too(window, file, folder, dialogs):
    file.write_bytes(b"no archive")
    ask_for(window, folder, file)
    find_button(window)


def test_an_offer_ends_when_the_run_opens_otherwise(window, file, folder, tmp_path):
    away = file.rename(tmp_path / "away.npz")
    ask_for(window, folder, file)
    away.rename(file)
    window.open(folder)
    assert not window.main.messages.texts()


def test_runs_left_behind_by_a_crash_are_found_together(window, file, dialogs, tmp_path):
    locks = [run_store.new_autosave() for _ in range(2)]
    for lock in locks:
        save_trained_on(file, lock.folder)
        lock.release()
    dialogs.answer = file.rename(tmp_path / "new.npz")
    window.main.actions_.offer_recovery()
    window.click(next(each for each in window.main.messages.findChildren(QPushButton) if each.text() == "Open them"))
    window.wait(lambda: str(file) in window.main.messages.text())
    window.wait(lambda: len(window.main.actions_.finding._folders[window.main.messages.text()]) == 2)
    window.click(find_button(window))
    window.wait(lambda: len(window.control.runs) == 2)
    assert {run.autosave for run in window.control.runs} == {lock.folder for lock in locks}
    assert not window.main.messages.texts()
    assert len({run.dataset.name for run in window.control.runs}) == 1


def test_changed_data_are_a_warning(window, file, folder):
    write_npz(file, seed=1)
    window.main.actions_.open_folder(folder)
    run = wait_for_run(window, folder)
    (sentence,) = window.main.messages.texts()
    assert sentence.startswith(f"“run” was trained on other images or labels than {file} holds now; ")
    assert window.main.messages._messages[-1].kind == "warning" and not run.read_only

    # Data that were loaded before they changed are not shown for what is there now.
    window.main.messages.dismiss()
    before = run.dataset
    write_npz(file, seed=2)
    other = save_trained_on(file, folder.parent / "other")
    assert window.open(other).dataset is not before
    assert not window.main.messages.texts()


def test_fewer_images_than_were_explored(window, file, tmp_path):
    write_npz(file, count=60)
    seen = Exploration(base=8, offset=((0, 0.5),), axes=(0, 1), selection=Selection.of([1, 7]))
    folder = save_trained_on(file, tmp_path / "run", exploration=seen)
    write_npz(file, count=20)
    window.main.actions_.open_folder(folder)
    wait_for_run(window, folder)
    assert window.session.exploration.base is None and window.session.exploration.offset == ()
    assert "other images or labels" in window.main.messages.text()


def test_the_window_begins_with_data_of_its_own_where_those_of_its_run_are_lost(qtbot, file, folder):
    away = file.rename(file.with_name("away.npz"))
    with opened(qtbot, data=None) as window:
        window.main.start(folder)
        window.wait(lambda: window.session.dataset is not None)
        window.wait_for_points()
        assert window.bar.train.isEnabled() and str(file) in window.main.messages.text()
    with opened(qtbot, data=None) as window:
        window.main.start(folder, str(away))
        wait_for_run(window, folder)
        assert not window.main.messages.texts()


def test_looking_begins_where_the_data_were_or_at_home(tmp_path, monkeypatch):
    assert _nearest(tmp_path / "gone" / "further" / "mine") == tmp_path
    monkeypatch.setattr("pathlib.Path.home", lambda: tmp_path)
    for place in ("C:\\Users\\ada\\mine", "/of another machine/mine", "mine"):
        assert _nearest(type(tmp_path)(place)) == tmp_path
