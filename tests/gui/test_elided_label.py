"""A line of text without room for all of it: whole parts first, and the rest in its tooltip."""

from itertools import pairwise

import pytest

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtTest import QTest

from latentlab.gui.widgets.elided_label import ElidedLabel
from latentlab.gui.widgets.qimages import to_array
from tests.gui.pixels import shot

_TEXT = "VAE · step 1,250 · 10,000 test images"


@pytest.mark.parametrize(
    "room, shown", [(_TEXT, _TEXT), ("VAE · step 1,250 · 10,00", "VAE · step 1,250 …"), ("VAE · st", "VAE …")]
)
def test_a_part_is_shown_whole_or_left_out(qtbot, room, shown):
    label = ElidedLabel()
    qtbot.addWidget(label)
    label.setText(_TEXT)
    label.resize(label.fontMetrics().horizontalAdvance(room), 20)
    assert label.shown_text() == shown


def test_the_tooltip_has_all_of_it(qtbot):
    label = ElidedLabel()
    qtbot.addWidget(label)
    label.setText(_TEXT)
    label.resize(60, 20)
    with qtbot.waitExposed(label):
        label.show()
    QTest.mouseMove(label, QPoint(20, 10))
    qtbot.waitUntil(lambda: label.toolTip() == _TEXT)
    label.setText("VAE · step 1,300 · 10,000 test images")  # beneath the mouse
    assert label.toolTip() == label.text()


def test_a_single_part_ends_with_an_ellipsis(qtbot):
    label = ElidedLabel()
    qtbot.addWidget(label)
    label.setText("Click a cell, then a code to put there.")
    label.resize(label.fontMetrics().horizontalAdvance("Click a cell, then"), 20)
    assert label.shown_text().startswith("Click a ") and label.shown_text().endswith("…")


def test_what_is_painted_follows_words_room_font_and_colour(qtbot):
    painted = []
    changes = [
        lambda label: label.setText("another · one"),
        lambda label: label.resize(60, 20),
        lambda label: label.setFont(QFont(label.font().family(), 7)),
        lambda label: label.setPalette(QPalette(QColor("#aa3300"))),
    ]
    label = shown(qtbot, [])
    for count, change in enumerate(changes, start=1):
        change(label)
        painted.append(to_array(shot(label)))
        assert (painted[-1] == to_array(shot(shown(qtbot, changes[:count])))).all(), count
    assert all((one.shape != other.shape) or (one != other).any() for one, other in pairwise(painted))


def shown(qtbot, changes):
    label = ElidedLabel()
    qtbot.addWidget(label)
    label.setText(_TEXT)
    label.resize(300, 20)
    for change in changes:
        change(label)
    shot(label)
    return label
