import math
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from latentlab.core import canvas, report
from latentlab.core.palette import class_colours
from latentlab.core.report import (
    SCALE,
    Curves,
    Scatter,
    comparison_picture,
    curves_picture,
    manifold_picture,
    manifolds_picture,
    reconstructions_picture,
    save_png,
    scatter_picture,
)

NAMES = ("seven", "nine")
BLUE, OCHRE = class_colours(2).tolist()


def cloud(centre: tuple[float, float], count: int = 200) -> NDArray[np.float32]:
    return np.random.default_rng(0).normal(centre, 0.1, (count, 2)).astype(np.float32)


def two_clouds(title: str = "Latent space") -> Scatter:
    points = np.concatenate([cloud((-1, -1)), cloud((1, 1))])
    return Scatter(points, np.repeat([0, 1], 200), title, "400 images")


def pixels(image: Image.Image) -> NDArray[np.uint8]:
    assert image.mode == "RGB"
    assert image.width % (8 * SCALE) == image.height % (8 * SCALE) == 0
    return np.asarray(image)


def box(image: Image.Image, colour: object) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the pixels of exactly this colour; the test fails where there are none."""
    rows, columns = np.nonzero((pixels(image) == colour).all(axis=-1))
    assert len(rows)
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


def holds(image: Image.Image, colour: object) -> bool:
    return bool((pixels(image) == colour).all(axis=-1).any())


class TestScatter:
    def test_points_stand_in_their_colour_where_they_belong(self):
        picture = pixels(scatter_picture(two_clouds(), NAMES)).astype(int)
        plot = picture[:, : 640 * SCALE]  # without the legend
        blue, ochre = plot[..., 2] - plot[..., 0] > 80, plot[..., 0] - plot[..., 2] > 80
        (blue_y, blue_x), (ochre_y, ochre_x) = (np.argwhere(mask).mean(axis=0) for mask in (blue, ochre))
        assert blue_x + 300 < ochre_x
        assert ochre_y + 300 < blue_y

    def test_the_legend_shows_every_class_in_order(self):
        image = scatter_picture(two_clouds(), NAMES)
        legend = image.crop((image.width - 200, 0, image.width - image.width % 16, image.height))
        rows = [np.argwhere((np.asarray(legend) == colour).all(axis=-1))[:, 0].mean() for colour in (BLUE, OCHRE)]
        assert rows[1] - rows[0] == pytest.approx(24 * SCALE, abs=1)

    def test_classes_that_no_point_has_are_in_the_legend(self):
        assert holds(scatter_picture(two_clouds(), ("a", "b", "c")), class_colours(3)[2])

    @pytest.mark.parametrize("names", [(), tuple(f"class {i}" for i in range(47)), tuple("x" * 90 for _ in range(300))])
    def test_none_and_very_many_classes(self, names):
        labels = np.arange(400) % len(names) if names else None
        narrow, wide = (
            scatter_picture(Scatter(two_clouds().points, labels, "Latents"), these) for these in ((), names or ())
        )
        assert wide.width >= narrow.width
        assert wide.height == narrow.height

    def test_points_without_a_class_are_named_once_there_are_classes(self):
        some = two_clouds()
        labels = some.labels.copy()
        labels[:5] = -1
        assert (
            scatter_picture(Scatter(some.points, labels, "Latents"), NAMES).width > scatter_picture(some, NAMES).width
        )

    @pytest.mark.parametrize("points", [np.empty((0, 2), np.float32), np.full((3, 2), math.nan, np.float32)])
    def test_no_points_at_all(self, points):
        image = scatter_picture(Scatter(points, np.zeros(len(points), int), "Nothing yet"), NAMES)
        assert holds(image, BLUE)  # the legend

    def test_any_text_can_be_drawn(self):
        names = ("Größe", "猫", "σ–β")
        image = scatter_picture(Scatter(two_clouds().points, two_clouds().labels, "β-VAE × 3 — " * 40, "…"), names)
        assert image.size == scatter_picture(two_clouds(), ("Groesse", "?", "sigma-beta")).size

    def test_names_of_classes_at_the_same_place_do_not_cover_each_other(self):
        written = []

        class Canvas(canvas.Canvas):
            def text(self, x, y, text, *args, **kwargs):
                if text in names and kwargs.get("halo"):
                    written.append((x, y))
                return super().text(x, y, text, *args, **kwargs)

        names = ("four", "seven", "nine")
        labels = np.repeat([0, 1, 2], 30)
        report._draw_scatter(
            Canvas(700, 700),
            canvas.Box(20, 20, 640, 640),
            Scatter(np.tile(cloud((0, 0), 30), (3, 1)), labels, ""),
            names,
        )
        heights = [y for _, y in written]
        assert len(heights) == 3
        assert np.diff(heights).min() >= 16


def test_a_comparison_sets_two_scatters_side_by_side():
    left, right = two_clouds("PCA"), Scatter(-two_clouds().points, two_clouds().labels, "Autoencoder")
    image = comparison_picture(left, right, NAMES)
    alone = comparison_picture(left, left, NAMES)
    assert image.size == alone.size
    half = (32 + 512 + 40 + 12) * SCALE
    assert np.array_equal(pixels(image)[:, :half], pixels(alone)[:, :half])
    assert not np.array_equal(pixels(image)[:, half:], pixels(alone)[:, half:])


class TestManifold:
    def cells(self, side: int = 28) -> NDArray[np.uint8]:
        cells = np.zeros((3, 4, 3, side, side), np.uint8)
        for row in range(3):
            for column in range(4):
                cells[row, column] = np.array([40 + 60 * row, 50 * column, 7])[:, None, None]
        return cells

    @pytest.mark.parametrize("side", [8, 28, 64])
    def test_cells_tile_the_plane_row_by_row_from_the_top(self, side):
        image = manifold_picture(self.cells(side), (-2, -1, 2, 1), "Manifold")
        left, top, right, bottom = box(image, (40, 0, 7))
        assert (right - left) == (bottom - top)
        assert (right - left) % side == 0
        assert 1000 < 4 * (right - left) < 1500
        assert box(image, (40, 50, 7)) == (right, top, 2 * right - left, bottom)
        assert box(image, (100, 0, 7)) == (left, bottom, right, 2 * bottom - top)

    @pytest.mark.parametrize("count, columns", [(1, 1), (3, 3), (10, 5), (47, 10)])
    def test_several_stand_in_rows(self, count, columns):
        shades = [np.array([5 * number, 7, 200 - 2 * number], np.uint8) for number in range(count)]
        manifolds = [
            (f"class {number}", np.broadcast_to(shade[:, None, None], (4, 4, 3, 28, 28)))
            for number, shade in enumerate(shades)
        ]
        image = manifolds_picture(manifolds, "Manifolds")
        boxes = [box(image, shade) for shade in shades]
        side = boxes[0][2] - boxes[0][0]
        assert side % (4 * 28) == 0 and image.width < 4000
        assert all((right - left, bottom - top) == (side, side) for left, top, right, bottom in boxes)
        lefts, tops = ([each[edge] for each in boxes] for edge in (0, 1))
        assert len(set(lefts)) == columns and lefts[:columns] == sorted(set(lefts))
        assert tops == sorted(tops) and len(set(tops)) == math.ceil(count / columns)

    def test_grey_images_of_any_full_scale(self):
        cells = np.full((2, 2, 1, 8, 8), 16, np.uint8)
        cells[0, 0] = 4
        image = manifold_picture(cells, (0, 0, 1, 1), "Digits", full_scale=16)
        assert holds(image, (64, 64, 64))

    def test_pixels_are_not_blurred(self):
        cells = np.zeros((1, 1, 1, 8, 8), np.uint8)
        cells[..., ::2] = 200
        image = pixels(manifold_picture(cells, (0, 0, 1, 1), "Sharp"))
        inside = image[image.shape[0] // 2, 300:-200]
        assert {tuple(colour) for colour in inside.tolist()} == {(0, 0, 0), (200, 200, 200)}


class TestReconstructions:
    def test_rows_show_input_output_and_difference(self):
        inputs, outputs = (np.full((5, 1, 28, 28), value, np.uint8) for value in (51, 102))
        outputs[0], outputs[1] = 0, 51
        image = reconstructions_picture(inputs, outputs, "Reconstructions")
        shown, output = box(image, (51, 51, 51)), box(image, (102, 102, 102))
        assert shown[1] < output[1]
        brighter = np.round(255 + 0.2 * (np.array(report._BRIGHTER) - 255.0))
        darker = np.round(255 + 0.2 * (np.array(report._DARKER) - 255.0))
        assert output[1] < box(image, brighter)[1] == box(image, darker)[1]
        assert box(image, darker)[0] == shown[0] < box(image, brighter)[0] == output[0]

    @pytest.mark.parametrize("count, channels, side", [(1, 3, 32), (40, 1, 8), (16, 3, 64), (3, 1, 200)])
    def test_any_number_and_kind_of_images(self, count, channels, side):
        images = np.random.default_rng(1).integers(0, 255, (count, channels, side, side), np.uint8)
        picture = pixels(reconstructions_picture(images, images, "Perfect", "no difference"))
        assert picture.shape[1] < 2400 * SCALE
        assert not (picture == report._as_rgb(images[0].transpose(1, 2, 0), 255)[0, 0]).all()


class TestCurves:
    def test_a_curve_runs_through_its_values(self):
        line = [(float(epoch), 100.0 - 10 * epoch) for epoch in range(9)]
        image = curves_picture([Curves("Loss", "nats per image", {"train": line})], "Training")
        drawn = (pixels(image) == class_colours(1)[0]).all(axis=-1)
        rows, columns = np.nonzero(drawn[136 * SCALE :])  # beneath the legend
        assert np.corrcoef(rows, columns)[0, 1] > 0.999
        assert columns.max() - columns.min() == pytest.approx(640 * SCALE, abs=6)

    def test_a_value_that_is_not_finite_leaves_a_gap(self):
        def plotted(*values: float) -> int:
            line = list(enumerate(values))
            image = curves_picture([Curves("Loss", "nats", {"train": line})], "Training")
            return int((pixels(image) == class_colours(1)[0]).all(axis=-1).sum())

        assert plotted(0, 1, math.nan, math.inf, 4, 5) < 0.5 * plotted(0, 1, 2, 3, 4, 5)

    def test_the_first_values_do_not_flatten_the_rest(self):
        line = [(0.01, 1e6), *((epoch / 10, 100 + math.sin(epoch)) for epoch in range(10, 100))]
        x0, _, x1, top = report._curve_view(line)
        assert (x0, x1) == (0, 9.9)
        assert top < 110

    def test_moderate_values_are_all_shown(self):
        _, low, _, high = report._curve_view([(0, 540), (1, 300), (2, 200), (3, 190), (4, 180)])
        assert low < 180
        assert high > 540

    @pytest.mark.parametrize("count", range(8))
    def test_any_number_of_panels(self, count):
        names = "train", "test"
        panels = [Curves(f"Term {i}", "nats", {name: [(1, i)] for name in names[: i % 3]}) for i in range(count)]
        assert curves_picture(panels, "Training", "MNIST").width < 1600 * SCALE

    def test_one_point_is_seen(self):
        one = curves_picture([Curves("Loss", "nats", {"test": [(1.0, 5.0)]})], "Training")
        none = curves_picture([Curves("Loss", "nats", {"test": [(1.0, math.nan)]})], "Training")
        assert not np.array_equal(pixels(one), pixels(none))


@given(low=st.floats(-1e6, 1e6), span=st.floats(1e-3, 1e6), most=st.floats(1, 20))
def test_ticks_are_round_and_evenly_spaced_within_the_view(low, span, most):
    # Where the span is nothing beside the value, the difference of two ticks has no digits left to judge.
    assume(span > 1e-6 * abs(low))
    ticks = canvas.ticks(low, low + span, most)
    values = [value for value, _ in ticks]
    assert len(values) <= most + 1.01
    assert all(low - 1e-6 * span <= value <= low + span * (1 + 1e-6) for value in values)
    assert len({text for _, text in ticks}) == len(ticks)
    for value, text in ticks:
        assert float(text.replace(",", "")) == pytest.approx(value, abs=1e-9 * span, rel=1e-9)
    steps = np.diff(values)
    if len(steps):
        leading = steps[0] / 10 ** math.floor(math.log10(steps[0]) + 1e-9)
        assert min(abs(leading - round_one) for round_one in (1, 2, 5, 10)) < 1e-2


def test_ticks_are_as_wished():
    assert [text for _, text in canvas.ticks(-7.8, 4.7, 7)] == ["-6", "-4", "-2", "0", "2", "4"]
    assert [text for _, text in canvas.ticks(0, 0.31, 4)] == ["0.0", "0.1", "0.2", "0.3"]
    assert [text for _, text in canvas.ticks(900, 2100, 3)] == ["1,000", "1,500", "2,000"]
    assert [text for _, text in canvas.ticks(10, 10.0001, 3)] == ["10", "10.00005", "10.0001"]


class TestSaving:
    def test_the_file_is_the_picture_at_its_density(self, tmp_path: Path):
        image = scatter_picture(two_clouds(), NAMES)
        save_png(image, tmp_path / "figures" / "scatter.png")
        with Image.open(tmp_path / "figures" / "scatter.png") as read:
            assert np.array_equal(np.asarray(read), pixels(image))
            assert read.info["dpi"] == pytest.approx((192, 192), abs=0.1)

    @pytest.mark.parametrize("failing", ["replace", "fsync"])
    def test_a_failed_writing_leaves_the_old_file_and_no_other(self, tmp_path, monkeypatch, failing):
        def fail(*_: object) -> None:
            raise OSError("disk full")

        path = tmp_path / "scatter.png"
        path.write_bytes(b"old")
        monkeypatch.setattr(os, failing, fail)
        with pytest.raises(OSError, match="disk full"):
            save_png(Image.new("RGB", (16, 16)), path)
        assert path.read_bytes() == b"old"
        assert list(tmp_path.iterdir()) == [path]
