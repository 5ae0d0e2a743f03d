"""A panel's bar keeps in a menu what a narrow dock has no room for, and the menu does the same."""

import pytest

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDockWidget, QLabel

from latentlab.gui.panels.base import Panel
from latentlab.gui.widgets.dock_title import DockTitle


@pytest.fixture
def panel(qtbot):
    """A panel in a dock, with a button that stays and two that may be folded."""
    panel, dock = Panel("some", "Some", "An explanation."), QDockWidget("Some")
    panel.stays = panel.add_tool("eraser", "Stays")
    panel.first, panel.second = panel.add_tool("clear", "First"), panel.add_tool("undo", "Second")
    panel.folding.add(panel.first)
    panel.folding.add(panel.second)
    dock.setTitleBarWidget(DockTitle(dock, panel.bar, panel.folding.fit))
    dock.setWidget(panel)
    qtbot.addWidget(dock)
    with qtbot.waitExposed(dock):
        dock.show()
    return panel


def entries(menu):
    return [action.text() for action in menu.actions()]


def choose(panel, number):
    """Opens the menu by a click and takes one of its entries by keys."""

    def by_keys():
        menu = QApplication.activePopupWidget()
        for _ in range(number + 1):
            QTest.keyClick(menu, Qt.Key.Key_Down)
        QTest.keyClick(menu, Qt.Key.Key_Return)

    QTimer.singleShot(50, by_keys)
    QTest.mouseClick(panel.folding.more, Qt.MouseButton.LeftButton)


def test_what_has_no_room_is_in_the_menu_and_comes_back(panel, qtbot):
    dock, more, clicked = panel.parentWidget(), panel.folding.more, []
    panel.first.clicked.connect(lambda: clicked.append("first"))
    panel.second.clicked.connect(lambda: clicked.append("second"))
    dock.resize(400, 200)
    qtbot.waitUntil(lambda: not panel.folding.folded and panel.first.isVisible())
    assert not more.isVisible()
    # A control that comes needs room as well.
    wide = QLabel("chosen of many", minimumWidth=300)
    panel.add_control(wide)
    qtbot.waitUntil(lambda: bool(panel.folding.folded))
    wide.hide()
    qtbot.waitUntil(lambda: not panel.folding.folded)
    dock.resize(240, 200)
    qtbot.waitUntil(more.isVisible)
    assert panel.stays.isVisible() and panel.second.isVisible() and panel.folding.folded
    dock.resize(150, 200)
    qtbot.waitUntil(lambda: panel.second in panel.folding.folded)
    assert panel.stays.isVisible() and not panel.first.isVisible()
    choose(panel, 0)
    choose(panel, 1)
    assert clicked == ["second", "first"]
    assert entries(more.menu()) == ["Second", "First", "What am I looking at in Some?", "Copy or save the picture"]
    dock.resize(400, 200)
    qtbot.waitUntil(lambda: panel.first.isVisible() and panel.second.isVisible())
    assert not panel.folding.folded and not more.isVisible()


def test_a_note_gives_way_to_captions(panel, qtbot):
    dock, caption, field = panel.parentWidget(), QLabel("Sheet"), QLabel("1", minimumWidth=60)
    panel.add_control(caption)
    panel.add_control(field)
    panel.folding.add_caption(caption)
    panel.add_note().setText("what is shown, in rather many words")
    needed = caption.sizeHint().width() + 60 + 24 * 6
    dock.resize(needed + 130, 200)
    qtbot.waitUntil(lambda: caption.width() >= caption.sizeHint().width())
    dock.resize(100, 200)
    qtbot.waitUntil(lambda: caption.width() == 0)
