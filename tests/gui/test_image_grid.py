"""The grid that shows all of its images."""

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets")

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QSize, Qt
from PySide6.QtTest import QTest

from latentlab.gui.widgets.grid_layout import GAP, lay_out_grid
from latentlab.gui.widgets.image_grid import ImageGrid
from tests.gui.conftest import Hand

RANDOM = np.random.default_rng(0)


@given(
    size=st.tuples(st.integers(4, 64), st.integers(4, 64)),
    count=st.integers(1, 300),
    width=st.integers(80, 900),
    height=st.integers(60, 600),
    ratio=st.sampled_from([1.0, 1.5, 2.0]),
)
def test_all_fit_or_are_as_small_as_allowed(size, count, width, height, ratio):
    layout = lay_out_grid(size, count, QSize(width, height), 4, (16, 56), ratio)
    last = layout.rect(count - 1)
    pixels, side = max(size), max(layout.width, layout.height)
    # The least side at which every pixel of the image is as many of the screen; larger images are shrunk.
    least = 16 if pixels > 16 * ratio else next(pixels * n / ratio for n in range(1, 99) if pixels * n >= 16 * ratio)
    assert least - 1e-6 <= side <= 56 + 1e-6
    assert layout.columns == 1 or GAP + layout.columns * layout.across <= width + 1e-6
    if layout.total_height(count) > height:
        assert side <= least + 1e-6
    else:
        assert last.bottom() <= height
    for place in {0, count // 2, count - 1}:
        assert layout.place_at(layout.rect(place).center()) == place


@pytest.fixture
def grid(qtbot):
    widget = ImageGrid(20, 56)
    qtbot.addWidget(widget)
    widget.resize(240, 160)
    widget.show()
    return widget


def images(count):
    return RANDOM.integers(0, 256, (count, 1, 28, 28), dtype=np.uint8)


def test_clicks_and_arrows_choose(grid, record):
    grid.set_images(images(10))
    clicked = record(grid.image_clicked)
    centre = grid.image_rect(0).center()
    Hand(grid.viewport()).click(centre.x(), centre.y())
    QTest.keyClick(grid, Qt.Key.Key_Right)
    QTest.keyClick(grid, Qt.Key.Key_Home)  # means nothing here
    beneath = next(place for place in range(2, 10) if grid.image_rect(place).left() == grid.image_rect(1).left())
    QTest.keyClick(grid, Qt.Key.Key_Down)
    assert clicked == [(0,), (1,), (beneath,)] and grid.selected() == beneath


def test_more_than_fit_are_scrolled_to(grid):
    grid.set_images(images(256), np.linspace(1, 0, 256))
    assert grid.verticalScrollBar().maximum() > 0
    grid.set_selected(0)
    for _ in range(40):
        QTest.keyClick(grid, Qt.Key.Key_Down)
    assert 0 <= grid.image_rect(grid.selected()).top() < grid.viewport().height()
    assert grid.verticalScrollBar().value() > 0


def test_the_bar_shows_the_amount(grid):
    from latentlab.gui import theme

    grid.set_images(np.zeros((3, 1, 28, 28), np.uint8), [1.0, 0.5, 0.0])
    picture = grid.grab().toImage()
    accent = theme.active().colours.accent

    def length(place):
        rect = grid.image_rect(place)
        row = [
            picture.pixelColor(x, round(rect.bottom()) + 2).name() for x in range(int(rect.left()), int(rect.right()))
        ]
        return row.count(accent) / len(row)

    assert [round(length(place), 1) for place in range(3)] == [1.0, 0.5, 0.0]


def test_coloured_bars_are_whole_and_full_as_far_as_the_amount(qtbot):
    grid = ImageGrid(20, 56)
    qtbot.addWidget(grid)
    grid.resize(200, 100)
    colours = np.array([[200, 30, 30], [30, 160, 30]], np.uint8)
    grid.set_images(np.zeros((2, 1, 8, 8), np.uint8), [0.5, 0.0], colours)
    with qtbot.waitExposed(grid):
        grid.show()
    picture = grid.grab().toImage()

    def bar(place):
        rect = grid.image_rect(place)
        y = round(rect.bottom()) + 2
        return [picture.pixelColor(round(rect.left() + share * rect.width()), y).getRgb()[:3] for share in (0.2, 0.8)]

    (full, faint), (unused, same) = bar(0), bar(1)
    assert full == (200, 30, 30) and faint[0] > faint[1] and faint[1] > full[1]
    assert unused == same and unused[1] > max(unused[0], unused[2])
