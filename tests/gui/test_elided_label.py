"""A line of text without room for all of it: whole parts first, and the rest in its tooltip."""

import pytest

pytest.importorskip("PySide6.QtWidgets")

from latentlab.gui.widgets.elided_label import ElidedLabel

_TEXT = "VAE · step 1,250 · 10,000 test images"


@pytest.mark.parametrize(
    "room, shown", [(_TEXT, _TEXT), ("VAE · step 1,250 · 10,00", "VAE · step 1,250 …"), ("VAE · st", "VAE …")]
)
def test_a_part_is_shown_whole_or_left_out(qtbot, room, shown):
    label = ElidedLabel()
    qtbot.addWidget(label)
    label.setText(_TEXT)
    label.resize(label.fontMetrics().horizontalAdvance(room), 20)
    assert label.shown_text() == shown and label.toolTip() == _TEXT


def test_a_single_part_ends_with_an_ellipsis(qtbot):
    label = ElidedLabel()
    qtbot.addWidget(label)
    label.setText("Click a cell, then a code to put there.")
    label.resize(label.fontMetrics().horizontalAdvance("Click a cell, then"), 20)
    assert label.shown_text().startswith("Click a ") and label.shown_text().endswith("…")
