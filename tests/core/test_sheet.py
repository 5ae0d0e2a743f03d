"""The sheet: stamped strip by strip, it shows what drawing disc by disc does."""

import numpy as np
import pytest

from latentlab.core import sheet as rooms
from latentlab.core.disc import PARTS, Disc
from latentlab.core.sheet import Sheet

DEPTH_BITS = 12
COLOURS = np.array([[0, 0, 0], [200, 40, 20], [10, 60, 220], [90, 90, 90]], float)


def disc_by_disc(disc, places, heights, size):
    """The picture (H, W) by the disc's own description, one point and one pixel at a time."""
    width, height = size
    body, rim = dict(disc.body), dict(disc.rim)
    weights = {dy: np.zeros(disc.reach + 1, int) for dy in range(disc.reach + 1)}
    for dy, row in enumerate(disc.row_weights):
        for k, weight in row:
            weights[dy][: k + 1] += int(weight)
    parts = np.zeros((height, width), int)
    np.add.at(parts, (places[:, 1], places[:, 0]), PARTS)
    parts = np.minimum(parts, disc.most_parts)
    tops, edges, depth = (np.zeros((height, width), int) for _ in range(3))
    for (x, y), top in zip(places.tolist(), heights.tolist(), strict=True):
        first = parts[y, x] > 0
        for row in range(max(0, y - disc.reach), min(height, y + disc.reach + 1)):
            for column in range(max(0, x - disc.reach), min(width, x + disc.reach + 1)):
                dy, dx = abs(row - y), abs(column - x)
                if dx <= body.get(dy, -1):
                    tops[row, column] = max(tops[row, column], top)
                elif dx <= rim.get(dy, -1):
                    edges[row, column] = max(edges[row, column], top)
                if first:
                    depth[row, column] += parts[y, x] * weights[dy][dx]
        parts[y, x] = 0  # all that lie in the cell were counted with the first of them
    slots = np.where(tops > 0, tops, edges) & int(disc.slot_mask)
    return disc.inks[(slots << DEPTH_BITS) + np.minimum(depth, disc.most_depth)]


@pytest.mark.parametrize("radius", [0.5, 0.8, 1.49, 2.0, 2.83, 4.4, 6.0])
@pytest.mark.parametrize("spread", ["everywhere", "a corner", "two corners"])
def test_strips_show_what_disc_by_disc_does(monkeypatch, radius, spread):
    monkeypatch.setattr(rooms, "_STRIP_CELLS", 600)
    monkeypatch.setattr(rooms, "_HANDFUL", 50)
    size = (70, 45)
    disc = Disc(radius, 0.4, COLOURS, DEPTH_BITS)
    rng = np.random.default_rng(1)
    places = rng.integers((0, 0), size, (180, 2))
    if spread != "everywhere":
        places[:, 0], places[:, 1] = places[:, 0] % 9, places[:, 1] % 7
    if spread == "two corners":
        places[::2] = np.array(size) - 1 - places[::2]
    slots = rng.integers(1, 4, len(places))
    heights = (rng.integers(1, 2000, len(places)) << (16 - DEPTH_BITS) | slots).astype(np.uint16)
    sheet = Sheet(size, disc)
    for _ in range(2):  # the second time its memory is not empty
        points = (places + 0.5).astype(np.float32) * (1, -1)
        sheet.drop(points.astype(np.float32), (0.0, -45.0, 70.0, 0.0), heights, np.uint32(PARTS))
        picture = np.full((45, 70), 7, np.uint32)
        sheet.stamp(picture)
        assert np.array_equal(picture, disc_by_disc(disc, places, heights, size))
