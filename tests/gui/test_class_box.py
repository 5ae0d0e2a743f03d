"""The list of class names: narrow while closed, whole names when open."""

import pytest

pytest.importorskip("PySide6.QtWidgets")

from latentlab.gui import theme
from latentlab.gui.widgets.class_box import ClassBox


@pytest.fixture(autouse=True)
def dressed(qapp):
    theme.active().apply(qapp)


def test_open_it_is_as_wide_as_its_names_and_closed_it_is_not(qtbot, record):
    box = ClassBox("Class", "Choose a class")
    qtbot.addWidget(box)
    said = record(box.currentIndexChanged)
    longest = "A class whose name is longer than any title bar"
    box.set_names(["All", longest])
    assert box.currentText() == "All" and not said
    with qtbot.waitExposed(box):
        box.show()
    needed = box.view().fontMetrics().horizontalAdvance(longest)
    assert box.width() < needed
    box.showPopup()
    qtbot.waitUntil(box.view().isVisible)
    assert box.view().viewport().width() >= needed
    box.hidePopup()
    box.set_names(["All", "0"])
    assert box.sizeHint().width() < 100 and box.view().minimumWidth() < 100


def test_it_asks_for_no_more_than_its_names_need(qtbot):
    box = ClassBox("Class", "Choose a class")
    qtbot.addWidget(box)
    with qtbot.waitExposed(box):
        box.show()
    empty = box.minimumSizeHint().width()
    box.set_names(["All", "0", "1"])
    assert box.minimumSizeHint().width() == box.sizeHint().width() < empty
