"""Where the panels stand: names of tabs that can be read, a layout of before that comes back, titles said once."""

import base64
import zlib

import pytest

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtCore import QByteArray, QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTabBar, QToolButton

from latentlab.gui.settings import Settings
from latentlab.gui.widgets.dock_title import DockTitle
from tests.gui.window import opened

# As version 5 saved it while all tabs but two stood behind Reconstructions: Comparison raised, Posterior closed.
_SAVED_BEFORE = (
    "eNp9U8tKw1AQPUktFFciUkREirjwC1y68zskbVotfSSkqbrs1rUr/8KVXyBYd4I7FyLiB7huK/HM5F65icHA3Mdkzpkzc+8FkAGof3PwoF+d"
    "5n+sfPGsOLRky3UPWZatJKi25LCHEBE6GOAUXVwh5pigjxHnMVJD5h2pCZKLY9orbaYOyeAL1b5DNUSANKfgbkLagH+6Xi7Eu+fcsXRvtAM6"
    "lvzbXAibUK4L5aFDmZCuw92YdCl3U+5SKlWP6iSfdOFaFoLeddAToofKYDAu4tMi3G5IrpEKl35Mypgbi9ksaJyW1dzauJ0Sd0g1bc4RBm78"
    "iY3fLqgPVItUUF1ry4kOqTfAGZVE2qs+/QXUrEp7rEd27sbdVXVSolLtSZvVpvmhWsRjFXPI6ACXbtyTOfya3IZ32nPxLrnNGhE8ZroePUOE"
    "/96hh9/b7Rt2zNXoXsC8Ds2wVSg94bpdLGVeVXxsWpo/kghJw0HEtqgv5tnQXH/SNgu3YEqai/KZvlTdAPdBudF5jvyVyvvGmjER1pCHjx8j"
    "hhWx"
)


def groups(window):
    """The names on each row of tabs that shows, in their order."""
    return [tuple(bar.tabText(index) for index in range(bar.count())) for bar in bars(window)]


def bars(window):
    return [bar for bar in window.main.findChildren(QTabBar) if bar.isVisible() and bar.count() > 1]


def title_of(window, name):
    title = window.main.dock(name).titleBarWidget()
    assert isinstance(title, DockTitle)
    return title.title


@pytest.fixture(scope="module")
def window(shared_window):
    return shared_window


def lay_out(window, width, height):
    window.main.resize(width, height)
    window.wait(lambda: (window.main.width(), window.main.height()) == (width, height))
    window.main.reset_layout()
    window.qtbot.wait(50)


@pytest.mark.parametrize("width, height, most_hidden", [(1280, 720, 1), (1600, 1000, 0)])
def test_names_of_tabs_are_whole(window, width, height, most_hidden):
    lay_out(window, width, height)
    assert len(groups(window)) == 3
    hidden = 0
    for bar in bars(window):
        for index in range(bar.count()):
            room = bar.tabRect(index)
            assert bar.fontMetrics().horizontalAdvance(bar.tabText(index)) < room.width()
            assert bar.tabToolTip(index) == bar.tabText(index)
        scrollers = [each for each in bar.findChildren(QToolButton) if each.isVisible()]
        ends = min((each.x() for each in scrollers), default=bar.width())
        hidden += sum(bar.tabRect(index).right() > ends for index in range(bar.count()))
    assert hidden <= most_hidden


def test_a_tab_that_has_no_room_is_scrolled_to(window):
    lay_out(window, 1280, 720)
    window.main.bring_up("codebook")
    window.wait(window.main.codebook.is_seen)
    bar = next(each for each in bars(window) if "Codebook" in [each.tabText(i) for i in range(each.count())])
    assert bar.tabText(bar.currentIndex()) == "Codebook"
    assert bar.rect().contains(bar.tabRect(bar.currentIndex()).center())


def test_a_title_is_said_once(window):
    lay_out(window, 1280, 720)
    assert title_of(window, "manifold").isVisible()
    assert not title_of(window, "probe").isVisible()
    window.main.dock("posterior").close()
    window.wait(title_of(window, "probe").isVisible)
    window.main.bring_up("posterior")
    window.main.bring_up("probe")
    window.wait(lambda: not title_of(window, "probe").isVisible())
    window.main.dock("probe").setFloating(True)
    window.wait(title_of(window, "probe").isVisible)
    window.main.reset_layout()
    window.wait(lambda: not title_of(window, "probe").isVisible())


def test_a_panel_gets_a_larger_window_with_a_frame_where_keys_are_heard(window, qtbot):
    lay_out(window, 1280, 720)
    dock = window.main.dock("codebook")
    window.main.bring_up("codebook")
    window.wait(window.main.codebook.is_seen)
    before, title = dock.size(), dock.titleBarWidget()
    button = next(each for each in title.findChildren(QToolButton) if "own" in each.toolTip())
    window.click(button)
    window.wait(lambda: dock.isActiveWindow() and dock.isFloating())
    hint = Qt.WindowType
    for wanted in (hint.WindowTitleHint, hint.WindowMaximizeButtonHint, hint.WindowCloseButtonHint):
        assert dock.windowFlags() & wanted
    assert dock.width() > before.width() and dock.height() > before.height()
    assert dock.screen().availableGeometry().contains(dock.geometry())
    focused = window.main.codebook.codes
    focused.setFocus()
    was_shown = window.session.exploration.images_at_points
    QTest.keyClick(focused, Qt.Key.Key_I)
    window.wait(lambda: window.session.exploration.images_at_points != was_shown)
    QTest.keyClick(focused, Qt.Key.Key_I)
    QTest.mouseDClick(title, Qt.MouseButton.LeftButton, pos=QPoint(title.width() // 2, title.height() // 2))
    window.wait(lambda: not dock.isFloating() and window.main.codebook.is_seen())


def float_(window, name):
    """Gives a panel a window of its own by its title's button, or puts it back; returns the dock."""
    dock = window.main.dock(name)
    title = dock.titleBarWidget()
    window.click(next(each for each in title.findChildren(QToolButton) if "own" in each.toolTip()))
    return dock


def stays_above(window, dock):
    """The window manager is told to keep it above the window that it came from."""
    kind = dock.windowFlags() & Qt.WindowType.WindowType_Mask
    return kind == Qt.WindowType.Dialog and dock.windowHandle().transientParent() is window.main.windowHandle()


def test_windows_of_panels_stay_above_and_do_not_hide_each_other(window):
    lay_out(window, 1280, 720)
    docks = []
    for name in ("manifold", "selection", "diagnostics"):
        window.main.bring_up(name)
        window.wait(window.main.panels[name].is_seen)
        docks.append(float_(window, name))
    assert all(stays_above(window, dock) for dock in docks)
    assert len({(dock.x(), dock.y()) for dock in docks}) == 3
    for name in ("manifold", "selection", "diagnostics"):
        assert not float_(window, name).isFloating()


# The manifold is made with the window, the diagnostics when that is usable.
@pytest.mark.parametrize("name", ["manifold", "diagnostics"])
def test_a_window_of_its_own_has_its_frame_again_at_the_next_start(qtbot, name):
    with opened(qtbot) as window:
        window.main.bring_up(name)
        window.wait(window.main.panels[name].is_seen)
        dock = float_(window, name)
        window.wait(dock.isVisible)
        dock.resize(700, 500)
        window.wait(lambda: dock.width() == 700)
    with opened(qtbot) as window:
        dock = window.main.dock(name)
        window.wait(lambda: dock.isFloating() and dock.isVisible())
        assert dock.windowFlags() & Qt.WindowType.WindowMaximizeButtonHint and dock.width() == 700
        assert stays_above(window, dock) and not dock.windowFlags() & Qt.WindowType.FramelessWindowHint
        assert not float_(window, name).isFloating()


def test_a_key_brings_a_panel_to_the_front_and_closes_it_only_there(window):
    lay_out(window, 1280, 720)
    name = "runs"
    digit = (list(window.main._docks.titles).index(name) + 1) % 10
    key = Qt.Key(ord(str(digit)))
    assert not window.main.panels[name].is_seen() and window.main.dock(name).isVisible()
    QTest.keyClick(window.main, key, Qt.KeyboardModifier.AltModifier)
    window.wait(window.main.panels[name].is_seen)
    QTest.keyClick(window.main, key, Qt.KeyboardModifier.AltModifier)
    assert not window.main.dock(name).isVisible()
    actions = window.main.findChildren(QAction)
    (entry,) = (action for action in actions if action.shortcut().toString() == f"Alt+{digit}")
    assert not entry.isChecked()
    entry.trigger()
    window.wait(window.main.panels[name].is_seen)
    assert entry.isChecked()
    window.main.bring_up("reconstructions")
    window.wait(lambda: not window.main.panels[name].is_seen())
    entry.trigger()  # open behind another
    window.wait(window.main.panels[name].is_seen)
    assert entry.isChecked()


def test_a_note_keeps_room_for_a_few_words(window):
    lay_out(window, 1280, 720)
    for name in ("reconstructions", "curves", "samples"):
        panel = window.main.panels[name]
        window.main.bring_up(name)
        window.wait(panel.is_seen)
        notes = [panel.bar.itemAt(i).widget() for i in range(panel.bar.count())]
        (note,) = [each for each in notes if each is not None and each.property("role") == "note" and each.isVisible()]
        assert note.width() >= 96, name


def test_a_layout_that_was_saved_before_is_restored(qtbot):
    settings = Settings()
    state = QByteArray(zlib.decompress(base64.b64decode(_SAVED_BEFORE)))
    with opened(qtbot, data=None) as window:
        geometry = window.main.saveGeometry()
    settings.save_layout(geometry, state)
    settings.save()
    with opened(qtbot, data=None) as window:
        assert not window.main.dock("posterior").isVisible()
        (tabs,) = [names for names in groups(window) if "Comparison" in names]
        assert tabs[0] == "Reconstructions" and tabs[-1] == "Draw" and len(tabs) == 10
        assert window.main.comparison.is_seen() and not window.main.reconstructions.is_seen()
        window.main.reset_layout()
        window.wait(lambda: ("Probe", "Posterior") in groups(window))
