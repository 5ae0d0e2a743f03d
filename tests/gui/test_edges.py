"""A picture reaches the last pixel of its view, also where the screen is magnified by less than two."""

import os
import subprocess
import sys

import numpy as np
import pytest
from PySide6.QtGui import QColor

from latentlab.gui.colours import LIGHT
from latentlab.gui.widgets.image_view import ImageView
from latentlab.gui.widgets.points_item import PointsItem
from latentlab.gui.widgets.qimages import to_array
from latentlab.gui.widgets.tiles_item import TilesItem
from tests.gui.pixels import shot

_SIZES = [(400, 300), (401, 301), (402, 299), (403, 298)]


def edges(widget):
    """The colours on the border of what ``widget`` paints, each once.

    Where a magnified widget ends amid a pixel of the screen, that pixel is half its own, and the one before it counts.
    """
    image, ratio = to_array(shot(widget)), widget.devicePixelRatioF()
    down, across = (int(side * ratio) for side in (widget.height(), widget.width()))
    image = image[:down, :across]
    border = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    return {tuple(int(part) for part in colour) for colour in border}


@pytest.mark.parametrize("size", _SIZES)
def test_the_manifold_fills_its_view_at_rest_and_under_a_pan(shown_plane, size):
    shown_plane.set_axes_visible(False)
    tiles = TilesItem()
    shown_plane.add_item(tiles)
    shown_plane.resize(*size)
    tiles.invalidate(0)
    for dx, dy in ((0, 0), (1, 1), (-3, 2), (40, -25)):
        shown_plane.pan(dx, dy)
        keys = tiles.wanted()
        tiles.set_cells(0, keys, np.full((len(keys), 1, 8, 8), 90, np.uint8))
        assert edges(shown_plane) == {(90, 90, 90)}, (dx, dy)


@pytest.mark.parametrize("size", _SIZES)
def test_no_ground_shows_around_the_scatter(shown_plane, size):
    shown_plane.set_axes_visible(False)
    points = PointsItem()
    shown_plane.add_item(points)
    shown_plane.resize(*size)
    points.set_points(np.zeros((1, 2), np.float32), np.zeros(1, np.int64), np.zeros((1, 3), np.uint8))
    plot = QColor(LIGHT.plot)
    assert edges(shown_plane) == {(plot.red(), plot.green(), plot.blue())}


@pytest.mark.parametrize("size", _SIZES)
def test_an_image_has_no_seam_about_it(qtbot, size):
    view = ImageView()
    qtbot.addWidget(view)
    view.resize(*size)
    with qtbot.waitExposed(view):
        view.show()
    view.set_image(np.full((1, 7, 9), 90, np.uint8))
    ground = view.palette().color(view.backgroundRole())
    colours = {tuple(int(part) for part in colour) for row in to_array(shot(view)) for colour in row}
    assert colours == {(90, 90, 90), (ground.red(), ground.green(), ground.blue())}


@pytest.mark.parametrize("factor", ["1.25", "1.5", "1.75"])
@pytest.mark.skipif("LATENTLAB_MAGNIFIED" in os.environ, reason="this is the magnified one")
def test_all_of_it_on_a_magnified_screen(factor):
    tested = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", __file__]
    environment = {**os.environ, "QT_SCALE_FACTOR": factor, "LATENTLAB_MAGNIFIED": "1"}
    run = subprocess.run(tested, env=environment, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stdout
    assert "12 passed" in run.stdout
