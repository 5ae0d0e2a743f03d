"""One image in the room there is, on the ground of what it lies in."""

import numpy as np
import pytest
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QVBoxLayout, QWidget

from latentlab.gui.widgets.image_view import ImageView
from tests.gui.pixels import pixel, shot


@pytest.mark.parametrize("role", [QPalette.ColorRole.Window, QPalette.ColorRole.Base])
def test_the_ground_about_the_image_is_that_of_its_role_whatever_was_shown_before(qtbot, role):
    window, view = QWidget(), ImageView()
    qtbot.addWidget(window)
    view.setBackgroundRole(role)
    column = QVBoxLayout(window)
    column.setContentsMargins(0, 0, 0, 20)
    column.addWidget(view)
    window.resize(300, 120)
    with qtbot.waitExposed(window):
        window.show()
    ground = view.palette().color(role)
    if role is QPalette.ColorRole.Window:
        assert pixel(shot(window), 150, 110) == ground  # beneath the view, where the window paints
    for height, width in ((10, 40), (40, 10)):
        view.set_image(np.full((1, height, width), 90, np.uint8))
        image, seen = view.image_rect(), shot(window)
        assert image.isValid()
        for x in range(5, 300, 10):
            for y in range(5, 100, 10):
                assert pixel(seen, x, y) == (QColor(90, 90, 90) if image.contains(x, y) else ground), (x, y)
    view.set_image(None)
    assert pixel(shot(window), 150, 50) == ground
