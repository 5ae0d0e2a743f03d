"""What hands do with the list of runs, for the tests of several runs in one window."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QMessageBox

_NO_KEYS = Qt.KeyboardModifier.NoModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


def open_runs(window):
    return list(window.control.runs)


def click_row(window, run, part="title", button=Qt.MouseButton.LeftButton):
    """A click on a part of a run's row: its title, its check box."""
    view = window.main.runs.view
    place = getattr(view.places(run), part).center()
    assert view.viewport().rect().contains(place), "the row is in view"
    QTest.mouseClick(view.viewport(), button, _NO_KEYS, place)


def press(window, key, keys=_NO_KEYS):
    """A key on the list."""
    QTest.keyClick(window.main.runs.view, key, keys)


def rename(window, run, name):
    """Calls a run otherwise: a click, F2, the name, Enter."""
    view = window.main.runs.view
    click_row(window, run)
    press(window, Qt.Key.Key_F2)
    window.wait(lambda: view.findChild(QLineEdit) is not None)
    editor = view.findChild(QLineEdit)
    editor.selectAll()
    QTest.keyClicks(editor, name)
    QTest.keyClick(editor, Qt.Key.Key_Return)


def entry(window, run, text):
    """The entry of a run's menu that begins so."""
    menu = window.main.runs.menu_of(run)
    return next(action for action in menu.actions() if action.text().startswith(text))


def answer(monkeypatch, text):
    """Answers the questions to come with the button of this text; returns a list of what was asked."""
    asked = []

    def execute(box):
        asked.append(box.text())
        next(button for button in box.buttons() if button.text().replace("&", "") == text).click()
        return 0

    monkeypatch.setattr(QMessageBox, "exec", execute)
    return asked


def train_two(window):
    """A VAE that rests, and an AE beside it that trains."""
    window.train("vae", steps=40)
    window.pause()
    window.choose("ae")
    window.click(window.bar.train)
    window.wait(lambda: window.control.run.settings.model_name == "ae" and window.session.source_title == "AE")
    return open_runs(window)
