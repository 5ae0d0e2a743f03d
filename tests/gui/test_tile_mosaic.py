"""The mosaic, brought up to date piece by piece, is always the one that would be composed anew."""

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets")

from latentlab.core.lattice import CellKey
from latentlab.gui.widgets.tile_mosaic import TileMosaic
from latentlab.gui.widgets.tile_store import TileStore

GROUND = 0xFF112233


@pytest.fixture
def store():
    store, random = TileStore(), np.random.default_rng(0)
    keys = [CellKey(0, column, row) for column in range(-6, 6) for row in range(-6, 6) if (column + row) % 3]
    keys += [CellKey(1, column, row) for column in range(-3, 3) for row in range(-3, 3)]
    store.put(0, keys, random.integers(0, 256, (len(keys), 1, 5, 7), dtype=np.uint8))
    return store


def test_wherever_it_goes_it_is_what_would_be_composed(store):
    mosaic, random = TileMosaic(store), np.random.default_rng(1)
    for step in range(60):
        column, row = random.integers(-8, 5, 2)
        span = (int(column), int(row), int(column + random.integers(1, 7)), int(row + random.integers(1, 7)))
        mosaic.show(int(step % 20 == 19), span, GROUND)
        np.testing.assert_array_equal(mosaic.pixels, store.compose(mosaic.level, span, GROUND))


def test_laid_cells_are_taken_over_and_those_elsewhere_are_not(store):
    mosaic = TileMosaic(store)
    mosaic.show(0, (0, 0, 4, 3), GROUND)
    keys = [CellKey(0, 1, 2), CellKey(0, 3, 0), CellKey(0, 4, 0)]
    store.put(1, keys, np.full((3, 1, 5, 7), 9, np.uint8))
    assert mosaic.lay(keys) == keys[:2]
    np.testing.assert_array_equal(mosaic.pixels, store.compose(0, (0, 0, 4, 3), GROUND))


def test_cells_that_may_stand_in_for_others_change_all_of_it(store):
    mosaic = TileMosaic(store)
    mosaic.show(0, (0, 0, 4, 3), GROUND)
    key = CellKey(1, 0, 0)
    store.put(1, [key], np.full((1, 1, 5, 7), 9, np.uint8))
    assert mosaic.lay([key]) is None
    assert mosaic.show(0, (0, 0, 4, 3), GROUND)
    np.testing.assert_array_equal(mosaic.pixels, store.compose(0, (0, 0, 4, 3), GROUND))


def test_images_of_another_size_begin_it_anew(store):
    mosaic = TileMosaic(store)
    mosaic.show(0, (0, 0, 4, 3), GROUND)
    key = CellKey(0, 0, 0)
    store.put(1, [key], np.full((1, 1, 4, 4), 9, np.uint8))
    assert mosaic.lay([key]) is None
    mosaic.show(0, (0, 0, 4, 3), GROUND)
    assert mosaic.pixels.shape == (12, 16)
