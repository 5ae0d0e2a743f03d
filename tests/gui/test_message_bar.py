"""The bar that says one sentence, and the hands that answer it."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QToolButton, QVBoxLayout, QWidget

from latentlab.gui import theme
from latentlab.gui.colours import DARK, LIGHT, mix
from latentlab.gui.widgets.message_bar import TINT, MessageBar


class Greedy(QLineEdit):
    """Has a use for Esc of its own, as a gesture in progress has."""

    def keyPressEvent(self, event):
        event.accept()


@pytest.fixture
def window(qtbot, qapp):
    theme.active().apply(qapp)
    theme.active().mode = theme.Mode.LIGHT
    widget = QWidget()
    layout = QVBoxLayout(widget)
    widget.bar = MessageBar()
    widget.field = QPushButton("Work")
    widget.greedy = Greedy()
    for child in (widget.bar, widget.field, widget.greedy):
        layout.addWidget(child)
    widget.resize(600, 200)
    qtbot.addWidget(widget)
    widget.show()
    widget.activateWindow()
    qtbot.waitUntil(widget.isActiveWindow)
    widget.field.setFocus()
    yield widget
    theme.active().mode = theme.Mode.SYSTEM


@pytest.fixture
def bar(window):
    return window.bar


def button(bar, label):
    found = [each for each in bar.findChildren(QPushButton) if each.text() == label and not each.isHidden()]
    assert len(found) == 1
    return found[0]


def shown_text(bar):
    return [label.text() for label in bar.findChildren(QLabel) if label.isVisible() and label.text()]


def test_it_is_not_there_until_something_is_said(bar):
    assert not bar.isVisible()
    bar.say("MNIST is loaded.")
    assert bar.isVisible()
    assert shown_text(bar) == ["MNIST is loaded."]
    assert bar.text() == "MNIST is loaded."


def test_the_newest_is_on_top_and_the_older_ones_wait(qtbot, bar):
    for text in ("one", "two", "three"):
        bar.say(text)
    assert bar.texts() == ("three", "two", "one")
    assert shown_text(bar) == ["three", "2 more"]
    close = bar.findChild(QToolButton)
    qtbot.mouseClick(close, Qt.MouseButton.LeftButton)
    assert shown_text(bar) == ["two", "1 more"]
    qtbot.mouseClick(close, Qt.MouseButton.LeftButton)
    assert shown_text(bar) == ["one"]
    qtbot.mouseClick(close, Qt.MouseButton.LeftButton)
    assert not bar.isVisible()
    assert bar.text() == ""


def test_nothing_is_said_twice(bar):
    bar.say("one")
    bar.say("two")
    bar.say("one", "error")
    assert bar.texts() == ("one", "two")
    assert bar.accessibleName() == "Error: one"


def test_escape_anywhere_in_the_window_closes_the_top_one(qtbot, window, bar):
    bar.say("one")
    bar.say("two")
    qtbot.keyClick(window.field, Qt.Key.Key_Escape)
    assert bar.texts() == ("one",)
    qtbot.keyClick(bar.findChild(QToolButton), Qt.Key.Key_Escape)
    assert bar.texts() == ()
    qtbot.keyClick(window.field, Qt.Key.Key_Escape)


def test_escape_belongs_first_to_who_has_a_use_for_it(qtbot, window, bar):
    bar.say("one")
    qtbot.keyClick(window.greedy, Qt.Key.Key_Escape)
    assert bar.texts() == ("one",)


def test_a_message_does_not_take_the_focus(window, bar):
    bar.say("one", "error", [("Retry", lambda: None)])
    assert window.field.hasFocus()


def test_an_action_closes_its_message_and_acts(qtbot, bar):
    heard = []
    bar.say("older")
    bar.say("No network.", "error", [("Retry", lambda: heard.append("retry")), ("Folder…", lambda: heard.append("f"))])
    qtbot.mouseClick(button(bar, "Folder…"), Qt.MouseButton.LeftButton)
    assert heard == ["f"]
    assert bar.texts() == ("older",)
    assert not [each for each in bar.findChildren(QPushButton) if each.isVisible()]


def test_an_action_works_by_key(qtbot, bar):
    heard = []
    bar.say("No network.", "error", [("Retry", lambda: heard.append("retry"))])
    button(bar, "Retry").setFocus()
    qtbot.keyClick(button(bar, "Retry"), Qt.Key.Key_Space)
    assert heard == ["retry"]


def test_an_action_may_speak_itself(qtbot, bar):
    bar.say("No network.", "error", [("Retry", lambda: bar.say("Still no network.", "error"))])
    qtbot.mouseClick(button(bar, "Retry"), Qt.MouseButton.LeftButton)
    assert bar.texts() == ("Still no network.",)


def test_what_no_longer_holds_is_withdrawn(bar):
    bar.say("Press Train.")
    bar.say("two")
    bar.withdraw("Press Train.")
    bar.withdraw("never said")
    assert bar.texts() == ("two",)
    bar.withdraw("two")
    assert not bar.isVisible()


def test_an_unknown_kind_is_refused(bar):
    with pytest.raises(ValueError, match="warning"):
        bar.say("one", "fatal")
    assert not bar.isVisible()


def test_markup_in_what_is_quoted_is_not_read(bar):
    bar.say("The folder <b>x</b> is missing.")
    assert all(
        label.textFormat() == Qt.TextFormat.PlainText for label in bar.findChildren(QLabel) if "<b>" in label.text()
    )


@pytest.mark.parametrize("kind, role", [("info", "ring"), ("warning", "warning"), ("error", "error")])
def test_the_kind_is_seen_in_both_themes(bar, kind, role):
    for mode, colours in (("light", LIGHT), ("dark", DARK)):
        theme.active().mode = mode
        bar.say("one", kind)
        ground = bar.grab().toImage().pixelColor(3, 3).name()
        assert ground == mix(colours.window, getattr(colours, role), TINT)


def test_a_long_sentence_is_wrapped_not_cut(qtbot, window, bar):
    bar.say("short")
    qtbot.waitUntil(lambda: bar.height() > 0)
    before = bar.height()
    bar.say("The folder could not be written because the disk is full, so the run was kept where it was. " * 3)
    qtbot.waitUntil(lambda: bar.height() > before)
    label = next(each for each in bar.findChildren(QLabel) if each.text().startswith("The folder"))
    assert label.height() >= label.heightForWidth(label.width())


def test_a_screen_reader_is_told(bar, monkeypatch):
    told = []
    monkeypatch.setattr(
        "latentlab.gui.widgets.message_bar.QAccessible.updateAccessibility",
        lambda event: told.append((event.message(), event.politeness())),
    )
    bar.say("Saved.")
    bar.say("The disk is full.", "error")
    politeness = QAccessible.AnnouncementPoliteness
    assert told == [("Info: Saved.", politeness.Polite), ("Error: The disk is full.", politeness.Assertive)]
