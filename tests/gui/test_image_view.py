"""One image in the room there is, on the ground of what it lies in."""

import numpy as np
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QVBoxLayout, QWidget

from latentlab.gui.widgets.image_view import ImageView
from tests.gui.pixels import pixel, shot

GROUND = QColor(30, 90, 160)


def test_the_ground_about_the_image_is_the_windows_whatever_was_shown_before(qtbot):
    window, view = QWidget(), ImageView()
    qtbot.addWidget(window)
    palette = window.palette()
    palette.setColor(QPalette.ColorRole.Window, GROUND)
    window.setPalette(palette)
    column = QVBoxLayout(window)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(view)
    window.resize(300, 100)
    with qtbot.waitExposed(window):
        window.show()
    for height, width in ((10, 40), (40, 10)):
        view.set_image(np.full((1, height, width), 255, np.uint8))
        image, seen = view.image_rect(), shot(window)
        assert image.isValid()
        for x in range(5, 300, 10):
            for y in range(5, 100, 10):
                assert pixel(seen, x, y) == (QColor("white") if image.contains(x, y) else GROUND), (x, y)
    view.set_image(None)
    assert pixel(shot(window), 150, 50) == GROUND
