"""Data of one's own in the window: a folder of pictures, an NPZ file, and what cannot be read."""

import time

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets")

from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from latentlab.core import catalogue
from latentlab.core.data import DataConfig
from latentlab.core.errors import Cancelled, DataError
from tests.gui.window import DIGITS, opened


@pytest.fixture
def pictures(tmp_path):
    """Two classes of thirty-five small pictures."""
    generator = np.random.default_rng(0)
    for name in ("bright", "dark"):
        (tmp_path / "pictures" / name).mkdir(parents=True)
        for number in range(35):
            values = generator.integers(0, 100, (6, 5), dtype=np.uint8) + (150 if name == "bright" else 0)
            Image.fromarray(values).save(tmp_path / "pictures" / name / f"{number}.png")
    return tmp_path / "pictures"


def choose_last(window, from_the_end):
    """Chooses an entry at the end of the list of data sets by the keyboard."""
    field = window.main.experiment._data.field("name")
    field.setCurrentIndex(field.count() - from_the_end - 1)
    QTest.keyClick(field, Qt.Key.Key_Down)


def data_of(window):
    return window.main.experiment.settings().data


def test_a_folder_of_pictures_and_an_npz_file(qtbot, tmp_path, pictures, monkeypatch):
    file = tmp_path / "mine.npz"
    np.savez(file, x=np.random.default_rng(1).integers(0, 256, (40, 7, 7, 3), dtype=np.uint8))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(pictures))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(file), ""))
    with opened(qtbot) as window:
        choose_last(window, 2)
        window.wait(lambda: window.session.dataset.name == str(pictures))
        window.wait_for_points()
        assert window.session.dataset.class_names == ("bright", "dark") and window.session.dataset.shape == (1, 6, 5)
        assert window.main.experiment._data_note.text() == "Split 6:1, as the folder holds one set of images"
        choose_last(window, 1)
        window.wait(lambda: window.session.dataset.shape == (3, 7, 7))
        assert data_of(window) == window.control.data == DataConfig(str(file))
        window.train("ae", steps=3)
        window.pause()
        assert window.control.run.settings.data == DataConfig(str(file))


@pytest.mark.parametrize("beside_a_run", [False, True])
def test_a_file_is_looked_into_when_it_is_chosen(qtbot, tmp_path, monkeypatch, beside_a_run):
    text, damaged, table, good = (tmp_path / name for name in ("notes.txt", "damaged.npz", "table.npz", "good.npz"))
    text.write_text("no data")
    damaged.write_bytes(b"no archive")
    np.savez(table, weights=np.zeros((3, 4)))
    np.savez(good, x=np.random.default_rng(1).integers(0, 256, (40, 7, 7), dtype=np.uint8))
    with opened(qtbot) as window:
        if beside_a_run:
            window.train("ae", steps=3)
            window.pause()
        experiment, messages = window.main.experiment, window.main.messages
        before, state, note = data_of(window), window.control.state, experiment._data_note.text()
        for file in (text, damaged, table):
            monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_, file=file: (str(file), ""))
            choose_last(window, 1)
            with pytest.raises(DataError) as caught:
                catalogue.load(str(file))
            assert messages.texts() == (str(caught.value),)
            assert data_of(window) == before and window.control.state == state
            assert experiment._data_note.text() == note
        monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(good), ""))
        choose_last(window, 1)
        assert not messages.texts() and data_of(window) == DataConfig(str(good))


def test_what_cannot_be_read_leaves_form_and_panels_in_agreement(qtbot, pictures):
    with opened(qtbot) as window:
        experiment, shown, loaded = window.main.experiment, window.session.dataset, window.control.data
        note = experiment._data_note.text()
        damaged = pictures / "dark" / "3.png"
        damaged.write_bytes(b"no picture")
        experiment.show_own_data(str(pictures))
        window.wait(lambda: any(str(damaged) in text for text in window.main.messages.texts()))
        assert window.control.state == "ready" and window.session.dataset is shown
        assert data_of(window) == loaded == DIGITS and experiment._data_note.text() == note

        # Beside a run such data are loaded when Train is pressed; the run stays in view.
        window.train("ae", steps=3)
        window.pause()
        run = window.control.run
        window.main.messages.withdraw(window.main.messages.texts()[0])
        experiment.show_own_data(str(pictures))
        assert data_of(window) == DataConfig(str(pictures))
        window.click(window.bar.train)
        window.wait(lambda: any(str(damaged) in text for text in window.main.messages.texts()))
        assert window.control.run is run and window.session.dataset is shown
        assert data_of(window) == DIGITS and experiment._data_note.text() == note


def test_cancelling_leaves_them_in_agreement_too(qtbot, pictures, monkeypatch):
    def endless(name, progress, cancelled):
        while not cancelled():
            time.sleep(0.01)
        raise Cancelled("Reading was cancelled.")

    with opened(qtbot) as window:
        monkeypatch.setattr(catalogue, "load", endless)
        window.main.experiment.show_own_data(str(pictures))
        assert window.control.state == "loading"
        window.main.errands.cancel(window.control.loading._number)
        window.wait(lambda: window.control.state == "ready")
        assert data_of(window) == DIGITS
