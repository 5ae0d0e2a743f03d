"""The manifold as a street map: what it asks for, what it shows meanwhile, and what it forgets."""

import numpy as np
import pytest

from latentlab.core import lattice
from latentlab.core.lattice import CellKey
from latentlab.gui.colours import DARK, LIGHT
from latentlab.gui.widgets import tiles_picture
from latentlab.gui.widgets.qimages import to_array
from latentlab.gui.widgets.tile_store import TileStore
from latentlab.gui.widgets.tiles_item import TilesItem
from tests.gui.pixels import colour_at, pixel, shot


@pytest.fixture
def tiles(shown_plane):
    shown_plane.set_axes_visible(False)
    item = TilesItem()
    shown_plane.add_item(item)
    return item


def flat(shades, size=8):
    """Grey images (n, 1, size, size), each of one shade."""
    return np.broadcast_to(np.array(shades, np.uint8)[:, None, None, None], (len(shades), 1, size, size))


def shade_at(view, x, y):
    """The grey at the data point, or None where it is not grey."""
    place = view.frame.to_pixels(x, y)
    colour = colour_at(view, place.x(), place.y())
    return colour.red() if colour.red() == colour.green() == colour.blue() else None


def fill(tiles, generation, shade):
    tiles.invalidate(generation)
    keys = tiles.wanted()
    tiles.set_cells(generation, keys, flat([shade] * len(keys)))
    return keys


def test_before_a_model_nothing_is_wanted_and_the_ground_is_quiet(shown_plane, tiles):
    assert tiles.wanted() == []
    assert shade_at(shown_plane, 0.1, 0.1) == 255
    shown_plane.set_colours(DARK)
    assert colour_at(shown_plane, 5, 5).name() == DARK.plot


def test_the_cells_in_view_are_wanted_centre_first_and_cover_it(shown_plane, tiles):
    tiles.invalidate(0)
    keys = tiles.wanted()
    assert 32 <= lattice.cell_side(tiles.level) / shown_plane.frame.unit <= 64
    near = np.hypot(*lattice.cell_centres(keys).T).tolist()
    assert near == sorted(near)
    for x, y in [(-1.99, -1.49), (1.99, 1.49), (0, 0)]:
        assert tiles.cell_at(x, y) in keys


def test_they_are_asked_for_once_a_turn_after_the_view_or_the_generation_changed(qtbot, shown_plane, record, tiles):
    asked = record(tiles.cells_wanted)
    tiles.invalidate(0)
    shown_plane.pan(30, 0)
    shown_plane.pan(300, 0)
    assert not asked
    qtbot.waitUntil(lambda: bool(asked))
    assert asked == [(tiles.wanted(),)]
    tiles.set_cells(0, tiles.wanted(), flat([9] * len(tiles.wanted())))
    qtbot.wait(20)
    assert len(asked) == 1
    tiles.invalidate(1)
    qtbot.waitUntil(lambda: len(asked) == 2)
    assert set(asked[1][0]) == set(asked[0][0])


def test_a_view_without_other_cells_asks_for_nothing_and_with_them_for_those_alone(qtbot, shown_plane, record, tiles):
    shown_plane.set_view((-1.9, -1.4, 1.9, 1.4))
    old = set(fill(tiles, 0, 60))
    asked = record(tiles.cells_wanted)
    shown_plane.pan(2, 0)
    qtbot.wait(20)
    assert not asked
    shown_plane.pan(60, 0)
    qtbot.waitUntil(lambda: bool(asked))
    assert not old & set(asked[-1][0])


def test_laid_cells_are_shown_and_no_longer_wanted(shown_plane, tiles):
    tiles.invalidate(0)
    keys = tiles.wanted()
    tiles.set_cells(0, keys[:1], flat([90]))
    assert tiles.wanted() == keys[1:]
    assert shade_at(shown_plane, *lattice.cell_centres(keys)[0]) == 90
    assert shade_at(shown_plane, *lattice.cell_centres(keys)[-1]) == 255


def test_an_image_stands_upright(shown_plane, tiles):
    tiles.invalidate(0)
    key = tiles.cell_at(0.1, 0.1)
    image = np.zeros((1, 3, 8, 8), np.uint8)
    image[0, 0, :4] = 200  # the upper half red
    image[0, 2, :, :4] = 100  # the left half with some blue
    tiles.set_cells(0, [key], image)
    x0, y0, x1, y1 = lattice.cell_rect(key)
    picture = shot(shown_plane)

    def at(across, up):
        place = shown_plane.frame.to_pixels(x0 + across * (x1 - x0), y0 + up * (y1 - y0))
        return pixel(picture, place.x(), place.y()).getRgb()[:3]

    assert at(0.25, 0.75) == (200, 0, 100)
    assert at(0.75, 0.75) == (200, 0, 0)
    assert at(0.25, 0.25) == (0, 0, 100)


def test_stale_cells_stay_to_be_seen_until_fresh_ones_come(shown_plane, tiles):
    keys = fill(tiles, 0, 60)
    tiles.invalidate(1)
    assert set(tiles.wanted()) == set(keys)
    assert shade_at(shown_plane, 0.1, 0.1) == 60
    tiles.set_cells(1, keys, flat([120] * len(keys)))
    assert shade_at(shown_plane, 0.1, 0.1) == 120
    assert tiles.wanted() == []


def test_what_an_older_generation_decoded_late_is_dropped(shown_plane, tiles):
    keys = fill(tiles, 5, 60)
    tiles.set_cells(4, keys, flat([120] * len(keys)))
    assert shade_at(shown_plane, 0.1, 0.1) == 60


def test_a_coarser_cell_stands_in_after_zooming_in(shown_plane, tiles):
    fill(tiles, 0, 60)
    level = tiles.level
    shown_plane.zoom(4.0)
    assert tiles.level == level - 2
    assert shade_at(shown_plane, 0.05, 0.05) == 60
    assert tiles.wanted()


def test_finer_cells_stand_in_after_zooming_out(shown_plane, tiles):
    fill(tiles, 0, 60)
    level = tiles.level
    shown_plane.zoom(0.5)
    assert tiles.level == level + 1
    assert shade_at(shown_plane, 0.1, 0.1) == 60
    assert shade_at(shown_plane, 3.8, 2.8) == 255


@pytest.mark.parametrize("late", [False, True], ids=["cells_before", "cells_between_move_and_paint"])
@pytest.mark.parametrize("step", [(7, 3), (-11, 5), (0, -41), (90, -70), (500, 0)])
def test_a_long_pan_ends_with_the_picture_that_is_drawn_anew(shown_plane, tiles, step, late):
    random = np.random.default_rng(0)

    def lay(keys):
        tiles.set_cells(tiles.generation, keys, random.integers(0, 256, (len(keys), 1, 8, 8), np.uint8))

    tiles.invalidate(0)
    for number in range(40):
        if not late:
            lay(tiles.wanted())
        if number in (13, 27):  # all cells change: those in view are told of, the others when they come into it
            tiles.invalidate(number)
        way = 1 if number < 25 else -1
        shown_plane.move_by_hand(shown_plane.frame.panned(way * step[0], way * step[1]))
        if late:
            lay(tiles.wanted())
        panned = to_array(shot(shown_plane.viewport()))
    tiles._picture.forget()
    anew = to_array(shot(shown_plane.viewport()))
    assert len(np.unique(anew)) > 100
    # But for lines of a few pixels, where smoothing has other neighbours at the edge of what is in view.
    assert np.mean(np.abs(panned.astype(int) - anew) > 3) < 0.015


def test_a_map_that_is_new_all_over_is_drawn_at_once_and_what_then_moves_over_it_is_not(
    monkeypatch, shown_plane, tiles
):
    random = np.random.default_rng(0)

    def lay(keys):
        tiles.set_cells(tiles.generation, keys, random.integers(0, 256, (len(keys), 1, 8, 8), np.uint8))

    def look():
        drawn.clear()
        return to_array(shot(shown_plane.viewport()))

    drawn = []
    draw = tiles._draw_mosaic
    monkeypatch.setattr(tiles, "_draw_mosaic", lambda *given: (drawn.append(given[1]), draw(*given)))
    keys = fill(tiles, 0, 60)
    look()
    for generation in (1, 2):
        tiles.invalidate(generation)
        lay(keys)
        new = look()
        assert len(drawn) == 1
        assert (look() == new).all() and len(drawn) == 1  # kept from now on
        assert (look() == new).all() and drawn == []
    lay(keys[:1])
    shown_plane.move_by_hand(shown_plane.frame.panned(7, 3))
    panned = look()
    tiles._picture.forget()
    assert np.mean(np.abs(panned.astype(int) - look()) > 3) < 0.015


@pytest.mark.parametrize("longest, zooming", [(0.0, "rough"), (60.0, "smooth")])
def test_a_zoom_that_is_slow_is_drawn_without_smoothing_until_it_rests(
    qtbot, monkeypatch, shown_plane, tiles, longest, zooming
):
    def look():
        image = shot(shown_plane)
        return "rough" if len({image.pixel(x, image.height() // 2) for x in range(image.width())}) == 2 else "smooth"

    def lay():
        keys = tiles.wanted()
        tiles.set_cells(0, keys, np.broadcast_to(chequered, (len(keys), 1, 8, 8)))

    monkeypatch.setattr(tiles_picture, "_LONGEST_SMOOTH", longest)
    chequered = np.indices((8, 8)).sum(0) % 2 * np.uint8(255)
    tiles.invalidate(0)
    tiles._zoom_rests.setInterval(1000)  # not before all of this has been painted
    lay()
    for expected in ("smooth", "smooth", zooming, zooming):  # at rest, and then a zoom, whose first step is timed
        assert look() == expected
        lay()
        assert look() == expected or expected == "smooth"  # cells that arrive between two steps change nothing of it
        shown_plane.zoom(1.07)
    drawn = []
    draw = tiles._draw_mosaic
    monkeypatch.setattr(tiles, "_draw_mosaic", lambda *given: (drawn.append(given[2]), draw(*given)))
    qtbot.waitUntil(lambda: bool(drawn))
    tiles._zoom_rests.setInterval(0)
    qtbot.waitUntil(lambda: drawn[-1] is True)
    assert drawn[0] is (zooming == "smooth") and drawn[-1] is True  # nobody looked: it was painted by itself
    shown_plane.zoom(1.07)
    assert look() == "smooth"  # another begins as the first did


def test_another_model_starts_from_an_empty_map(qtbot, shown_plane, record, tiles):
    fill(tiles, 0, 60)
    asked = record(tiles.cells_wanted)
    tiles.clear()
    assert shade_at(shown_plane, 0.1, 0.1) == 255
    qtbot.waitUntil(lambda: bool(asked))


def test_images_that_do_not_match_their_cells_are_refused(tiles):
    with pytest.raises(ValueError, match="2 images do not match 1 cells"):
        tiles.set_cells(0, [CellKey(0, 0, 0)], flat([1, 2]))
    with pytest.raises(ValueError, match="1 or 3"):
        tiles.set_cells(0, [CellKey(0, 0, 0)], np.zeros((1, 2, 8, 8), np.uint8))


def test_the_ground_between_cells_follows_the_theme(shown_plane, tiles):
    tiles.invalidate(0)
    tiles.set_cells(0, tiles.wanted()[:1], flat([90]))
    for colours in (DARK, LIGHT):
        shown_plane.set_colours(colours)
        assert colour_at(shown_plane, 5, 5).name() == colours.plot


# The store beneath, which knows no Qt.


def row_of(count, level=0):
    return [CellKey(level, column, 0) for column in range(count)]


def test_the_store_keeps_to_its_bound_and_forgets_what_was_not_used_for_the_longest():
    store = TileStore(memory_limit=4 * 8 * 8 * 4)  # four images of 8×8
    keys = row_of(6)
    store.put(0, keys[:4], flat([1, 2, 3, 4]))
    store.compose(0, (0, 0, 1, 1), ground=0)  # uses the first
    store.put(0, keys[4:], flat([5, 6]))
    assert len(store) == 4
    assert [store.generation(key) for key in keys] == [0, None, None, 0, 0, 0]
    picture = store.compose(0, (0, 0, 6, 1), ground=7)
    assert [int(shade) & 255 for shade in picture[4, 4::8]] == [1, 7, 7, 4, 5, 6]


def test_a_full_store_gives_up_none_of_what_is_put_just_now():
    rng = np.random.default_rng(0)
    store, cells = TileStore(memory_limit=32 * 4 * 4), [CellKey(0, column, 0) for column in range(40)]
    for generation in range(60):
        # Some are there already, in places of their own, when others need room.
        keys = [cells[number] for number in rng.permutation(40)[: rng.integers(1, 33)]]
        images = rng.integers(0, 256, (len(keys), 1, 2, 2), np.uint8)
        store.put(generation, keys, images)
        assert len(store) <= 32 and not store.stale(keys, generation)
        for key, image in zip(keys, images, strict=True):
            shown = store.compose(0, (key.column, 0, key.column + 1, 1), 0)
            assert np.array_equal(shown & 0xFF, image[0])


def test_images_of_another_size_replace_all():
    store = TileStore()
    store.put(0, row_of(3), flat([1, 2, 3]))
    store.put(0, row_of(1), flat([9], size=5))
    assert len(store) == 1
    assert store.compose(0, (0, 0, 1, 1), ground=0).shape == (5, 5)


@pytest.mark.parametrize("size", [8, 7])
def test_a_stand_in_is_the_part_of_the_coarser_cell_that_covers_it(size):
    store = TileStore()
    image = np.arange(size * size, dtype=np.uint8).reshape(1, 1, size, size)
    store.put(0, [CellKey(1, -1, -1)], image)
    quarters = store.compose(0, (-2, -2, 0, 0), ground=0) & 255
    assert quarters.shape == (2 * size, 2 * size)
    assert np.array_equal(quarters, np.repeat(np.repeat(image[0, 0], 2, axis=0), 2, axis=1))


def test_finer_cells_cover_their_quarter_of_a_far_coarser_one():
    store = TileStore()
    store.put(0, [CellKey(3, 0, 0)], flat([50]))
    store.put(0, [CellKey(0, 1, 1)], flat([90]))  # the upper right one of the four
    picture = store.compose(1, (0, 0, 1, 1), ground=0) & 255
    assert picture[0, -1] == 90
    assert picture[0, 0] == picture[-1, -1] == 50
