"""The window as a whole: it fits its screen, keeps still, and goes on saying what is happening."""

import time
from dataclasses import replace

import pytest

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from latentlab.core import catalogue
from latentlab.core.errors import Cancelled
from latentlab.gui import run_actions
from latentlab.gui.widgets.menu import Menu
from tests.gui.window import opened

# What is left of a small screen's 1280 pixels for a window that is not maximised.
_SMALL_SCREEN = 1203


@pytest.fixture(scope="module")
def window(shared_window):
    """It, with two small runs; a VQ-VAE is in view, which has the widest names for its axes."""
    shared_window.train("ae", steps=3)
    shared_window.pause()
    shared_window.train("vqvae", steps=3)
    shared_window.pause()
    return shared_window


def test_it_fits_a_small_screen(window):
    first = next(iter(window.control.runs))
    window.control.runs.rename(first, "The one with a name as long as names get when nobody stops them")
    comparison, curves = window.main.comparison, window.main.curves
    window.wait(lambda: comparison.sides[0].chooser.findText(first.title) >= 0)
    window.wait(lambda: first.title.replace(" ", "&nbsp;") in curves.legend.text())
    window.session.select(3)
    window.wait(lambda: window.main.selection.shown == 3)
    for panel in ("runs", "comparison", "reconstructions", "selection", "attribute", "diagnostics"):
        window.main.bring_up(panel)
        window.wait(window.main.panels[panel].is_seen)
        assert window.main.minimumSizeHint().width() <= _SMALL_SCREEN, panel


def test_what_is_said_stays_when_a_menu_is_looked_through(window):
    main, bar = window.main, window.main.menuBar()
    main.narrator.say("Something happens.")
    QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.actionGeometry(main.explore_menu.menuAction()).center())
    window.wait(main.explore_menu.isVisible)
    for _ in range(3):
        QTest.keyClick(main.explore_menu, Qt.Key.Key_Down)
        assert main.statusBar().currentMessage() == "Something happens."
    QTest.keyClick(main.explore_menu, Qt.Key.Key_Escape)
    window.wait(lambda: not main.explore_menu.isVisible())
    assert main.statusBar().currentMessage() == "Something happens."


def test_the_menu_is_grey_where_the_button_is_and_the_keys_are_not_taken(window):
    menu = next(each for each in window.main.findChildren(Menu) if each.title() == "&Run")
    actions = {action.text().replace("&", ""): action for action in menu.actions()}
    menu.popup(window.main.mapToGlobal(window.main.rect().topLeft()))
    assert actions["Train"].isEnabled() and actions["One step"].isEnabled() and not actions["Pause"].isEnabled()
    menu.close()
    step = window.control.newest.step
    QTest.keyClick(window.main, Qt.Key.Key_F5)
    window.wait(lambda: window.control.state == "running" and window.control.newest.step > step)
    QTest.keyClick(window.main, Qt.Key.Key_F6)
    window.wait(lambda: window.control.state == "resting")


def test_words_without_room_end_with_an_ellipsis_or_fit(window):
    field = window.main.experiment.model_field
    field.resize(110, field.height())
    assert field.shown_text().endswith("…") and field.currentText().startswith(field.shown_text()[:-1])
    train = window.bar.train
    window.click(train)
    window.wait(lambda: window.control.state == "running")
    assert window.bar.pause.sizeHint().width() <= window.bar.pause.minimumWidth()
    window.click(window.bar.pause)
    window.wait(lambda: window.control.state == "resting")
    assert train.text() == "Continue" and not train.icon().isNull()
    assert train.sizeHint().width() <= train.minimumWidth()


_LONG = "The folder could not be written because the disk is full, so the run was kept where it was before. "


@pytest.mark.parametrize("sentence", ["Saved.", _LONG, 4 * _LONG], ids=["short", "a line or two", "long"])
def test_a_message_moves_nothing_and_leaves_the_menus_free(window, sentence):
    main, bar = window.main, window.main.messages
    main.bring_up("runs")
    window.wait(main.runs.is_seen)
    places = {name: main.dock(name).geometry() for name in main.panels if main.dock(name).isVisible()}
    bar.say(sentence, "warning", [("Train it now", lambda: None), ("Undo the changes", lambda: None)])
    window.wait(lambda: bar.isVisible() and bar.height() >= bar.heightForWidth(bar.width()) > 0)
    window.qtbot.wait(50)
    assert {name: main.dock(name).geometry() for name in places} == places
    menus = main.menuBar()
    entries = [menus.actionGeometry(action).translated(menus.pos()) for action in menus.actions()]
    assert not any(bar.geometry().intersects(entry) for entry in entries)
    assert main.rect().contains(bar.geometry())
    for panel in ("latent_space", "runs", "experiment"):
        main.bring_up(panel)
        window.wait(main.panels[panel].is_seen)
        window.qtbot.wait(10)
        shown = main.childAt(bar.geometry().center())
        assert shown is bar or bar.isAncestorOf(shown)
    bar.withdraw(sentence)
    assert {name: main.dock(name).geometry() for name in places} == places


def test_a_short_message_covers_no_panel(window):
    window.main.messages.say("Saved.", "info", [("Open it", lambda: None)])
    bar = window.main.messages
    window.wait(bar.isVisible)
    assert bar.geometry().bottom() <= window.main.menuBar().geometry().bottom()
    bar.dismiss()


def test_nothing_jumps_when_the_status_bar_shows_progress(window):
    main, status = window.main, window.main.statusBar()
    before = status.height()
    note = main.narrator._busy
    note.begin(-1, "Something slow")
    note.advance(-1, "Something slow", 0.5)
    window.wait(note.isVisible)
    assert note.height() > 0 and status.height() == before
    note.end(-1)


def test_the_space_bar_after_train_pauses_and_adds_nothing_to_the_queue(window):
    window.click(window.bar.train)
    window.wait(lambda: window.control.state == "running")
    runs = len(window.control.runs)
    assert window.main.focusWidget() is window.bar.pause and not window.bar.train.isVisible()
    QTest.keyClick(window.bar.pause, Qt.Key.Key_Space)
    window.wait(lambda: window.control.state == "resting")
    assert window.main.focusWidget() is window.bar.train and len(window.control.runs) == runs
    assert not window.bar.pause.isVisible()
    # A step takes the focus away and gives it back, so that the next press is a step again.
    step = window.control.newest.step
    for count in (1, 2):
        window.bar.step.setFocus()
        QTest.keyClick(window.bar.step, Qt.Key.Key_Space)
        window.wait(lambda count=count: window.control.newest.step == step + count)
        window.wait(lambda: window.control.state == "resting" and window.main.focusWidget() is window.bar.step)


def test_positions_of_other_images_that_come_late_are_dropped(window):
    session = window.session
    late, generation, shown = session.placed, session._generation, session.view_config
    session.show_dataset(session.dataset, replace(shown, points_shown=50))
    session.worker.points_placed.emit(late, generation)
    assert len(session.images) == 50 and session.placed is None
    window.control.show_other_images(shown)
    window.wait_for_points()
    assert len(session.placed.positions) == len(session.images) > 50


def test_going_back_to_the_data_on_show_ends_what_other_data_had_begun(qtbot, monkeypatch):
    """The offer of a download goes, and what is being loaded is given up."""
    with opened(qtbot) as window:
        data, messages = window.main.experiment._data, window.main.messages

        def choose(name):
            field = data.field("name")
            QTest.keyClick(field, Qt.Key.Key_Home)
            while data.config().name != name:
                QTest.keyClick(field, Qt.Key.Key_Down)

        asked = []

        def endless(name, progress, cancelled):
            asked.append(name)
            while not cancelled():
                time.sleep(0.01)
            raise Cancelled("Downloading was cancelled.")

        monkeypatch.setattr(catalogue, "load", endless)
        monkeypatch.setattr(run_actions, "is_available", lambda name: name != "kmnist")
        shown = window.session.dataset
        choose("kmnist")
        assert any("KMNIST is not on this machine yet" in text for text in messages.texts())
        choose("digits")
        assert not messages.texts() and window.control.state == "ready"
        choose("mnist")
        window.wait(lambda: asked[-1:] == ["mnist"])
        assert window.control.state == "loading"
        choose("digits")
        assert window.control.state == "ready" and window.session.dataset is shown
        window.control.errands.finish()
        window.qtbot.wait(20)
        assert data.config().name == "digits" and window.session.dataset is shown
