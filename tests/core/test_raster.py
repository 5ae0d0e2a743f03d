import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from latentlab.core.palette import DIMMED, UNLABELLED, class_colours
from latentlab.core.raster import (
    MOST_COLOURS,
    Rasteriser,
    to_pixels,
    to_rgba,
)
from tests.core.points import floats

RED, BLUE = (200, 40, 20), (10, 60, 220)
PALETTE = np.array([RED, BLUE], np.uint8)
VIEW = (0.0, 0.0, 40.0, 30.0)
SIZE = (40, 30)


def red(count: int) -> Rasteriser:
    return Rasteriser(PALETTE, np.zeros(count, np.int64))


def alpha(picture: NDArray[np.uint8]) -> NDArray[np.int64]:
    return picture[..., 3].astype(np.int64)


class TestWherePointsLand:
    @pytest.mark.parametrize(
        "view, size, point, row_column",
        [
            ((0, 0, 40, 30), (40, 30), (0.5, 29.5), (0, 0)),
            ((0, 0, 40, 30), (40, 30), (39.5, 0.5), (29, 39)),
            ((0, 0, 40, 30), (80, 60), (10.2, 20.2), (19, 20)),
            ((-1, -2, 1, 2), (100, 100), (0.01, 0.02), (49, 50)),
            ((1000, 1000, 1000.5, 1001), (50, 10), (1000.25 + 1e-3, 1000.95), (0, 25)),
            ((-3e-4, -3e-4, 3e-4, 3e-4), (60, 60), (-2.95e-4, 2.95e-4), (0, 0)),
        ],
    )
    def test_a_point_lights_its_pixel_alone(self, view, size, point, row_column):
        picture = red(1).draw(floats(point), view, size, radius=0.5)
        assert picture.shape == (size[1], size[0], 4)
        assert picture.dtype == np.uint8
        assert np.argwhere(alpha(picture)).tolist() == [list(row_column)]

    def test_y_is_up(self):
        picture = red(1).draw(floats((20, 29)), VIEW, SIZE)
        assert alpha(picture)[:5].any()
        assert not alpha(picture)[10:].any()

    def test_pixels_agree_with_to_pixels(self):
        points = np.random.default_rng(1).uniform(0, 30, (50, 2)).astype(np.float32)
        x, y = to_pixels(points, VIEW, SIZE)
        expected = np.zeros((30, 40), bool)
        expected[y.astype(int), x.astype(int)] = True
        assert np.array_equal(alpha(red(50).draw(points, VIEW, SIZE, 0)) > 0, expected)

    def test_counts_agree_with_a_histogram(self):
        opacity = 0.05
        points = np.random.default_rng(2).normal((20, 15), (9, 6), (4000, 2)).astype(np.float32)
        counts, _, _ = np.histogram2d(points[:, 1], points[:, 0], bins=(30, 40), range=((0, 30), (0, 40)))
        expected = 255 * (1 - (1 - opacity) ** counts[::-1])
        picture = red(len(points)).draw(points, VIEW, SIZE, 0, opacity)
        assert np.abs(alpha(picture) - expected).max() <= 1

    @pytest.mark.parametrize("radius", [0.0, 0.5, 1.0, 2.5, 7.0])
    def test_points_that_are_nowhere_are_skipped(self, radius):
        nowhere = floats(
            (math.nan, 5), (5, math.nan), (math.inf, 5), (5, -math.inf), (1e38, -1e38), (-50, 15), (90, 15), (20, 99)
        )
        assert not red(len(nowhere)).draw(nowhere, VIEW, SIZE, radius).any()

    @pytest.mark.parametrize("point", [(-2.0, 15.0), (42.0, 15.0), (20.0, -2.0), (20.0, 32.0), (-1.5, -1.5)])
    def test_a_disc_reaches_into_the_view_from_outside(self, point):
        whole = red(1).draw(floats(point), (-10, -10, 50, 40), (60, 50), 4)
        part = red(1).draw(floats(point), VIEW, SIZE, 4)
        assert part.any()
        assert np.array_equal(part, whole[10:40, 10:50])

    @pytest.mark.parametrize("radius", [0.5, 3.0, 12.0])
    def test_a_part_is_the_same_as_the_whole(self, radius):
        points = np.random.default_rng(3).uniform((-20, -20), (420, 520), (600, 2)).astype(np.float32)
        raster = Rasteriser(PALETTE, np.arange(600) % 2)
        whole = raster.draw(points, (0, 0, 400, 500), (400, 500), radius)
        part = raster.draw(points, (37, 100, 330, 423), (293, 323), radius)
        assert np.array_equal(part, whole[77:400, 37:330])
        assert np.array_equal(raster.draw(points, (0, 0, 400, 500), (400, 500), radius), whole)

    def test_no_points_make_an_empty_picture(self):
        assert not red(0).draw(floats(), VIEW, SIZE).any()


class TestDiscs:
    def test_a_disc_is_round_crisp_and_soft_at_its_edge(self):
        radius, opacity = 6.0, 0.8
        picture = red(1).draw(floats((20.5, 15.5)), VIEW, SIZE, radius, opacity)
        y, x = np.mgrid[:30, :40]
        coverage = np.clip(radius + 0.5 - np.hypot(x - 20, y - 14), 0, 1)
        assert np.abs(alpha(picture) - 255 * opacity * coverage).max() <= 6  # edges are whole units of depth
        inside = coverage == 1
        assert (alpha(picture)[inside] == round(255 * opacity)).all()

    @given(radius=st.floats(0, 20, allow_subnormal=False), opacity=st.floats(0.01, 1))
    def test_a_disc_has_the_opacity_and_the_area_that_were_asked_for(self, radius, opacity):
        picture = red(1).draw(floats((32.5, 32.5)), (0, 0, 65, 65), (65, 65), radius, opacity)
        assert abs(alpha(picture).max() - 255 * opacity) <= 1
        assert np.array_equal(picture, picture[::-1, ::-1])
        assert np.array_equal(picture, picture.transpose(1, 0, 2))
        if radius >= 1 and opacity >= 0.3:
            assert alpha(picture).sum() / (255 * opacity) == pytest.approx(math.pi * radius**2, rel=0.12, abs=1)

    @given(radius=st.floats(0, 9, allow_subnormal=False), opacity=st.floats(0.02, 0.95), many=st.integers(1, 300))
    def test_more_points_are_never_less_opaque(self, radius, opacity, many):
        points = np.full((many + 1, 2), 15.5, np.float32)
        fewer = red(many).draw(points[:-1], VIEW, SIZE, radius, opacity)
        more = red(many + 1).draw(points, VIEW, SIZE, radius, opacity)
        assert (alpha(more) >= alpha(fewer)).all()

    def test_overlap_shows_density(self):
        def centre(count: int) -> int:
            return int(alpha(red(count).draw(np.full((count, 2), 15.5, np.float32), VIEW, SIZE, 2, 0.3))[14, 15])

        assert [centre(n) for n in (1, 2, 3, 100_000)] == [76, 130, 168, 255]

    def test_neighbouring_discs_add_up(self):
        picture = red(2).draw(floats((15.5, 15.5), (18.5, 15.5)), VIEW, SIZE, 3, 0.4)
        assert alpha(picture)[14, 16] == round(255 * (1 - 0.6**2))
        assert alpha(picture)[14, 13] == round(255 * 0.4)

    def test_the_darkest_crowd_does_not_overflow(self):
        points = np.random.default_rng(4).uniform(0, 40, (200_000, 2)).astype(np.float32)
        for radius, opacity in ((0.5, 0.04), (3, 1.0), (9, 0.02), (30, 0.5)):
            picture = red(len(points)).draw(points, VIEW, SIZE, radius, opacity)
            assert alpha(picture).min() > 200

    def test_opaque_means_opaque(self):
        picture = red(1).draw(floats((15.5, 15.5)), VIEW, SIZE, 2, 1.0)
        assert picture[14, 15].tolist() == [*reversed(RED), 255]


class TestColours:
    def test_pixels_are_premultiplied_in_the_order_of_qimage(self):
        picture = red(1).draw(floats((15.5, 15.5)), VIEW, SIZE, 1, 0.5)
        a, r, g, b = 128, *(round(channel * 128 / 255) for channel in RED)
        assert picture.view(np.uint32)[14, 15, 0] == a << 24 | r << 16 | g << 8 | b

    def test_to_rgba_takes_the_premultiplication_back(self):
        picture = red(1).draw(floats((15.5, 15.5)), VIEW, SIZE, 1, 0.5)
        rgba = to_rgba(picture)
        assert np.abs(rgba[14, 15].astype(int) - (*RED, 128)).max() <= 1
        assert not rgba[0, 0].any()

    def test_the_soft_edge_has_the_colour_of_its_disc(self):
        rgba = to_rgba(red(1).draw(floats((15.5, 15.5)), VIEW, SIZE, 3, 1))
        edge = rgba[(rgba[..., 3] > 60) & (rgba[..., 3] < 200)]
        assert len(edge) >= 8
        assert np.abs(edge[:, :3].astype(int) - RED).max() <= 3

    def test_every_class_has_its_colour_and_the_unlabelled_have_theirs(self):
        labels = np.array([1, 0, -1])
        picture = Rasteriser(PALETTE, labels).draw(floats((5, 15), (15, 15), (25, 15)), VIEW, SIZE, 1, 1)
        rgba = to_rgba(picture)
        assert [tuple(rgba[15, x, :3]) for x in (5, 15, 25)] == [BLUE, RED, UNLABELLED]

    @pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int32, np.int64])
    def test_labels_of_any_integer_type(self, kind):
        palette = class_colours(128)
        picture = Rasteriser(palette, np.array([127], kind)).draw(floats((5, 15)), VIEW, SIZE, 1, 1)
        assert to_rgba(picture)[15, 5, :3].tolist() == palette[127].tolist()

    @pytest.mark.parametrize("classes", [2, 10, 47, MOST_COLOURS])
    @pytest.mark.parametrize("density", [1, 400])
    def test_where_classes_mix_each_is_seen_by_its_share(self, classes, density):
        # Sorted by class, so that drawing in the order given would show the last class alone.
        labels = np.repeat([0, classes - 1], [3000 * density // 4, 1000 * density // 4])
        points = np.random.default_rng(5).uniform(0, 100, (len(labels), 2)).astype(np.float32)
        palette = np.zeros((classes, 3), np.uint8)
        palette[0] = 255
        picture = Rasteriser(palette, labels).draw(points, (0, 0, 100, 100), (100, 100), 1.5, 1)
        share = (to_rgba(picture)[..., 0] > 0)[alpha(picture) == 255].mean()
        assert 0.65 < share < 0.85

    def test_colours_stay_pure_where_classes_mix(self):
        points = np.random.default_rng(6).uniform(10, 20, (500, 2)).astype(np.float32)
        rgba = to_rgba(Rasteriser(PALETTE, np.arange(500) % 2).draw(points, VIEW, SIZE, 2, 1))
        seen = {tuple(colour) for colour in rgba[rgba[..., 3] == 255][:, :3].tolist()}
        assert seen == {RED, BLUE}

    def test_the_order_stays_while_points_move(self):
        raster = Rasteriser(PALETTE, np.array([0, 1]))
        tops = {
            tuple(to_rgba(raster.draw(floats((x, 15), (x, 15)), VIEW, SIZE, 2, 1))[15, int(x), :3])
            for x in (4.5, 14.5, 33.5)
        }
        assert len(tops) == 1


class TestDimmed:
    def test_dimmed_points_lie_beneath_in_quiet_tones_of_their_own(self):
        points = floats((15.5, 15.5), (15.5, 15.5), (30.5, 15.5))
        dimmed = np.array([True, False, True])
        for labels in (np.array([0, 1, 0]), np.array([1, 0, 1])):
            rgba = to_rgba(Rasteriser(PALETTE, labels).draw(points, VIEW, SIZE, 2, 0.8, dimmed))
            assert np.abs(rgba[14, 15, :3].astype(int) - PALETTE[labels[1]]).max() <= 1
            tone = (PALETTE[labels[2]].astype(int) + np.array(DIMMED)) / 2  # halfway to grey, or a little further
            assert np.abs(rgba[14, 30, :3] - tone).max() < 0.1 * np.abs(tone - DIMMED).max() + 3
            assert 0 < rgba[14, 30, 3] < rgba[14, 15, 3] / 2

    def test_a_bright_disc_keeps_its_size_in_a_grey_crowd(self):
        alone = red(1).draw(floats((20.5, 15.5)), VIEW, SIZE, 4, 1)
        crowd = np.random.default_rng(7).uniform(0, 40, (2000, 2)).astype(np.float32)
        points = np.concatenate([floats((20.5, 15.5)), crowd])
        rgba = to_rgba(red(2001).draw(points, VIEW, SIZE, 4, 1, np.arange(2001) > 0))
        is_red = np.abs(rgba[..., :3].astype(int) - RED).max(axis=-1) <= 2
        assert np.array_equal(is_red, alpha(alone) >= 138)

    def test_no_one_dimmed_is_the_same_as_none(self):
        points = np.random.default_rng(8).uniform(0, 30, (99, 2)).astype(np.float32)
        raster = Rasteriser(PALETTE, np.arange(99) % 2)
        assert np.array_equal(
            raster.draw(points, VIEW, SIZE), raster.draw(points, VIEW, SIZE, dimmed=np.zeros(99, bool))
        )


class TestWrittenWhereAsked:
    def test_the_picture_is_the_same_in_memory_that_was_full(self):
        points = np.random.default_rng(9).uniform(0, 15, (200, 2)).astype(np.float32)
        raster = red(200)
        mine = np.full((30, 40, 4), 99, np.uint8)
        assert raster.draw(points, VIEW, SIZE, out=mine) is mine
        assert np.array_equal(mine, raster.draw(points, VIEW, SIZE))
        raster.draw(points + 1000, VIEW, SIZE, out=mine)
        assert not mine.any()

    def test_memory_of_another_shape_is_refused(self):
        with pytest.raises(ValueError, match="cannot be written"):
            red(1).draw(floats((5, 5)), VIEW, SIZE, out=np.empty((40, 30, 4), np.uint8))
        with pytest.raises(ValueError, match="cannot be written"):
            red(1).draw(floats((5, 5)), VIEW, SIZE, out=np.empty((30, 80, 4), np.uint8)[:, ::2])


class TestWhatCannotBeDrawn:
    @pytest.mark.parametrize(
        "view, size, radius, opacity",
        [
            ((1, 0, 1, 1), SIZE, 2, 0.5),
            ((0, 1, 1, 0), SIZE, 2, 0.5),
            ((0, 0, math.nan, 1), SIZE, 2, 0.5),
            (VIEW, (0, 30), 2, 0.5),
            (VIEW, SIZE, -1, 0.5),
            (VIEW, SIZE, 1000, 0.5),
            (VIEW, SIZE, 2, 0.0),
            (VIEW, SIZE, 2, 1.5),
        ],
    )
    def test_is_refused(self, view, size, radius, opacity):
        with pytest.raises(ValueError, match=r"\w"):
            red(1).draw(floats((0.5, 0.5)), view, size, radius, opacity)

    def test_labels_must_match_the_points_and_the_palette(self):
        with pytest.raises(ValueError, match="2 points do not match 1 labels"):
            red(1).draw(floats((0, 0), (1, 1)), VIEW, SIZE)
        with pytest.raises(ValueError, match="label 2 has no colour"):
            Rasteriser(PALETTE, np.array([0, 2]))

    def test_beyond_the_most_colours_they_begin_again(self):
        palette = class_colours(MOST_COLOURS + 5)
        picture = Rasteriser(palette, np.array([MOST_COLOURS + 3])).draw(floats((5, 15)), VIEW, SIZE, 1, 1)
        assert to_rgba(picture)[15, 5, :3].tolist() == palette[3].tolist()
