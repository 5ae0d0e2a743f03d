"""A picture that stands by itself: its heading, its key, the names of its axes, and how they are laid out."""

import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QColor, QFontMetrics, QGuiApplication, QImage

from latentlab.core.film import Frame
from latentlab.core.palette import class_colours
from latentlab.core.quantity import Quantity
from latentlab.core.view_config import ViewConfig
from latentlab.gui import theme
from latentlab.gui.open_run import OpenRun
from latentlab.gui.picture_words import epoch_at
from latentlab.gui.widgets.picture_key import ClassKey
from latentlab.gui.widgets.picture_sheet import Heading, PictureSheet, broken
from latentlab.gui.widgets.plot_picture import render_png, save_sheet_svg
from latentlab.gui.widgets.qimages import to_array
from tests.gui.pixels import drawn_svg
from tests.gui.window import opened, save_trained

LONG = "a class whose name is far too long for any legend, number {}"
CAPTION = ("epoch 10", "step 4,690", "10,000 test images")


@pytest.fixture
def window(trained):
    trained.put_back()
    trained.session.colour_by(None)
    yield trained
    trained.session.colour_by(None)
    trained.control.runs.rename(trained.control.run, "")
    theme.active().mode = theme.Mode.LIGHT


def key_of(names, font, dimmed=()):
    return ClassKey(names, class_colours(len(names)), frozenset(dimmed), font)


def names_of(count, form="{}"):
    return [form.format(number) for number in range(count)]


def ink(image, ground):
    """Where a picture is not its ground."""
    return (to_array(image)[..., :3] != np.array(QColor(ground).getRgb()[:3])).any(-1)


def apart(colour, other):
    """How far two colours are from each other, in all channels together."""
    return sum(abs(a - b) for a, b in zip(colour.getRgb(), other.getRgb(), strict=True))


def dot_of(sheet, number, scale):
    """The colour at the middle of a class's dot, where all are in one column."""
    image, room = render_png(sheet, scale), sheet.key_room
    return QColor(image.pixel(QPoint(room.left() + 5, room.top() + 20 * number + 10) * scale))


# What it says.


def test_the_scatters_picture_names_run_moment_and_images(window):
    sheet, placed = window.main.scatter.picture(), window.session.placed
    count = len(placed.positions)
    assert sheet.lines == [window.control.run.title, f"epoch 10 · step {placed.step:,} · {count} test images"]
    assert window.control.run.title.startswith("VAE on Digits")


def test_a_run_with_a_name_of_its_own_says_its_model_and_data_beneath(window):
    window.control.runs.rename(window.control.run, "Tuesday's best")
    title, caption = window.main.scatter.picture().lines[:2]
    assert title == "Tuesday's best" and caption.startswith("VAE on Digits (8×8) · epoch 10")


def test_a_filmed_moment_is_called_by_its_own_epoch(window):
    filming = window.main.filming
    frame = filming.film.frames[0]
    filming.show_step(frame.step)
    window.wait(lambda: window.session.placed is not None and window.session.placed.step == frame.step)
    caption, epoch = window.main.scatter.picture().lines[1], f"{frame.epoch:.1f}".removesuffix(".0")
    filming.go_live()
    window.wait(lambda: window.session.step == window.control.newest.step)
    window.wait_for_points()
    assert caption.startswith(f"epoch {epoch} · step {frame.step:,} · ") and frame.step < window.session.step


def test_the_epoch_between_two_moments_lies_between_theirs(window):
    run = OpenRun(window.control.run.settings, "Digits")
    for step, epoch in ((100, 1.0), (300, 2.0)):
        run.film.record(Frame(step, epoch, window.main.filming.film.frames[0].weights))
    assert [epoch_at(run, step) for step in (0, 50, 100, 200, 300)] == [0.0, 0.5, 1.0, 1.5, 2.0]


def test_before_any_training_pca_and_its_components_are_named_and_without_labels_there_is_no_key(qtbot):
    with opened(qtbot) as window:
        session, scatter = window.session, window.main.scatter
        sheet = scatter.picture()
        assert sheet.lines == ["PCA on Digits (8×8)", "360 test images"] and sheet.axes == ("PC 1", "PC 2")
        assert not sheet.key_room.isEmpty()
        train, test = (replace(split, labels=None) for split in (session.dataset.train, session.dataset.test))
        session.show_dataset(replace(session.dataset, train=train, test=test, class_names=()), ViewConfig())
        sheet = scatter.picture()
        assert sheet.key_room.isEmpty() and scatter.colours.key() is None
        assert sheet.size.width() == max(scatter.view.width(), 240) + 2 * sheet.place.x()


def test_the_plane_of_many_latents_is_named_with_its_axes(qtbot, tmp_path):
    save_trained(tmp_path / "five", "vae-5")
    with opened(qtbot, run=tmp_path / "five") as window:
        session, scatter, manifold = window.session, window.main.scatter, window.main.manifold
        window.wait(lambda: session.source_title == "VAE")
        window.wait_for_points()
        assert scatter.picture().lines[0] == "five"
        assert "principal plane of 5 latents" in " ".join(scatter.picture().lines)
        assert scatter.picture().axes == manifold.picture().axes == ("PC 1", "PC 2")
        session.cut_plane((1, 3), 7)
        window.wait(lambda: session.placed.names == ("z2", "z4"))
        words = " ".join(scatter.picture().lines)
        assert "plane of z2 and z4 of 5 latents" in words
        assert f"through test image {session.images.indices[7]:,}" in words
        assert scatter.picture().axes == manifold.picture().axes == ("z2", "z4")
        session.cut_plane(None, None, (3, 5, 9))
        window.wait(lambda: session.placed.names == ("u", "v"))
        assert "plane through three points of 5 latents" in " ".join(scatter.picture().lines)


def test_the_manifold_and_the_comparison_are_headed_too(window):
    manifold, comparison = window.main.manifold.picture(), window.main.comparison.picture()
    assert manifold.lines[0] == window.control.run.title and "decoded images" in " ".join(manifold.lines)
    assert manifold.key_room.isEmpty() and not comparison.key_room.isEmpty()
    assert " ".join(comparison.lines).startswith(f"PCA and {window.control.run.title}")


# The key.


@pytest.mark.parametrize("mode", [theme.Mode.LIGHT, theme.Mode.DARK])
def test_the_key_has_the_classes_colours_and_dimmed_ones_are_hollow(window, mode):
    theme.active().mode = mode
    window.session.toggle_class(3)
    sheet = window.main.scatter.picture()
    colours = [dot_of(sheet, number, 2) for number in range(10)]
    expected = [QColor(*map(int, colour)) for colour in window.session.colours]
    ground = QColor(theme.active().colours.plot)
    assert colours == [ground if number == 3 else colour for number, colour in enumerate(expected)]
    assert sheet.ground() == ground and QColor(render_png(sheet, 2).pixel(2, 2)) == ground


def test_colours_of_a_figure_are_explained_by_its_scale(window):
    classes = window.main.scatter.picture().key_room
    window.session.colour_by(Quantity.ERROR)
    colours = window.main.scatter.colours
    window.wait(lambda: colours.bar.range() is not None and not colours.bar.note)
    sheet = window.main.scatter.picture()
    room = sheet.key_room
    assert colours.key() is colours.bar and room.height() > classes.height()
    scale = render_png(sheet, 2.0).copy(QRect(room.topLeft() * 2, room.size() * 2))
    # As in the panel, whose bar may have less room and so a shorter scale: the ends are of the same colours.
    column = [QColor(scale.pixel(12, y)) for y in range(scale.height())]
    ends = [QColor(*map(int, colours._palette[end])) for end in (-1, 0)]
    assert max(min(apart(colour, end) for colour in column) for end in ends) < 12


# How it is laid out.


@pytest.mark.parametrize(
    "count, form", [(1, "{}"), (10, "{}"), (47, "{}"), (100, "lawn mower {}"), (12, LONG), (100, LONG)]
)
@pytest.mark.parametrize("size", [(120, 90), (376, 368), (900, 300)])
def test_every_entry_lies_on_the_sheet_and_clear_of_the_plane(shown_plane, count, form, size):
    shown_plane.resize(*size)
    sheet = PictureSheet(shown_plane, Heading("A title", CAPTION), key_of(names_of(count, form), shown_plane.font()))
    room, plane = sheet.key_room, QRect(sheet.place, shown_plane.size())
    assert QRect(QPoint(), sheet.size).adjusted(24, 24, -24, -24).contains(room)
    assert room.left() >= plane.right() + 16 or room.top() >= plane.bottom() + 16
    # Nothing is written outside: neither in the margin nor between the key and the plane.
    marks = ink(render_png(sheet, 1.0), sheet.ground())
    marks[plane.top() - 1 : plane.bottom() + 2, plane.left() - 1 : plane.right() + 2] = False
    heading = marks[: sheet.place.y() - 2]
    assert heading.any() and not heading[:, :23].any() and not heading[:, -23:].any()
    marks[: sheet.place.y() - 2] = False
    inside = marks[room.top() : room.bottom() + 1, room.left() : room.right() + 2].sum()
    assert inside == marks.sum() > 20 * count


def test_a_few_classes_stand_beside_the_plane_and_many_wide_ones_beneath_a_narrow_one(shown_plane):
    few, many = (key_of(names_of(count, "lawn mower {}"), shown_plane.font()) for count in (10, 100))
    beside, heading = PictureSheet(shown_plane, Heading("Beside"), few), Heading("Beneath")
    assert beside.key_room.top() == beside.place.y()
    shown_plane.resize(320, 120)
    beneath = PictureSheet(shown_plane, heading, many)
    assert beneath.key_room.top() > beneath.place.y() + 120


def test_long_names_that_differ_at_their_ends_stay_apart(shown_plane):
    key = key_of(names_of(2, LONG), shown_plane.font())
    sheet = PictureSheet(shown_plane, Heading("Names"), key)
    room, image = sheet.key_room, to_array(render_png(sheet, 2.0))
    names = image[2 * room.top() :, 2 * (room.left() + 12) :]
    assert (names[:40] != names[40:80]).any()


def test_lines_are_broken_between_parts_and_nothing_is_lost(shown_plane):
    metrics = QFontMetrics(shown_plane.font())
    for width in (60, 120, 400, 2000):
        lines = broken(CAPTION, " · ", metrics, width)
        assert all(metrics.horizontalAdvance(line) <= width for line in lines)
        assert " ".join(lines).replace(" · ", " ") == " ".join(CAPTION)
    assert broken(CAPTION, " · ", metrics, 2000) == [" · ".join(CAPTION)]
    assert len(broken(("x" * 500,), " · ", metrics, 100)) == 1


@pytest.mark.parametrize("scale", [2, 4])
def test_words_are_drawn_as_finely_as_the_picture_not_enlarged(shown_plane, scale):
    sheet = PictureSheet(shown_plane, Heading("Sharp words", CAPTION), key_of(names_of(10), shown_plane.font()))
    image = to_array(render_png(sheet, float(scale)))[..., :3]
    assert image.shape[:2] == (scale * sheet.size.height(), scale * sheet.size.width())
    words = image[: scale * (sheet.place.y() - 2)].astype(int)
    rows, columns = (length // scale for length in words.shape[:2])
    blocks = words.reshape(rows, scale, columns, scale, 3)
    uneven = (blocks.max((1, 3)) - blocks.min((1, 3))).max(-1) > 60
    assert uneven.sum() > 200  # an enlarged one would be even within each pixel of the screen


def test_the_plane_on_the_sheet_is_the_plane_alone(shown_plane):
    alone = to_array(render_png(shown_plane, 2.0))
    sheet = PictureSheet(shown_plane, Heading("Same"), key_of(names_of(3), shown_plane.font()), ("z1", "z2"))
    x, y = 2 * sheet.place.x(), 2 * sheet.place.y()
    on_sheet = to_array(render_png(sheet, 2.0))[y : y + alone.shape[0], x : x + alone.shape[1]]
    assert np.array_equal(on_sheet, alone)


def test_an_svg_has_all_words_as_words(shown_plane, tmp_path):
    names = ["T-shirt/top", "Trouser", "Ankle boot"]
    sheet = PictureSheet(
        shown_plane, Heading("VAE on Fashion-MNIST", CAPTION), key_of(names, shown_plane.font()), ("z1", "z2")
    )
    save_sheet_svg(sheet, tmp_path / "sheet.svg")
    root = ElementTree.parse(tmp_path / "sheet.svg").getroot()
    space = "{http://www.w3.org/2000/svg}"
    words = {"".join(element.itertext()).strip() for element in root.iter(f"{space}text")}
    assert {"VAE on Fashion-MNIST", " · ".join(CAPTION), *names, "z1", "z2"} <= words
    assert root.find(f"{space}title").text == "VAE on Fashion-MNIST"
    assert root.get("viewBox") == f"0 0 {3 * sheet.size.width()} {3 * sheet.size.height()}"
    picture = drawn_svg(tmp_path / "sheet.svg", sheet.size)
    assert picture.pixelColor(sheet.place + QPoint(3, 3)) == shown_plane.ground()


def test_saved_and_copied_pictures_are_the_sheet(window, tmp_path):
    scatter = window.main.scatter
    size = scatter.picture().size * 2
    scatter.write_picture(tmp_path / "scatter.png")
    scatter.copy_picture()
    saved, copied = QImage(str(tmp_path / "scatter.png")), QGuiApplication.clipboard().image()
    assert saved.size() == copied.size() == size
    assert size.width() > 2 * scatter.view.width() and size.height() > 2 * scatter.view.height()


@pytest.mark.parametrize("name", ["reconstructions", "samples", "latents", "codebook", "path"])
def test_other_pictures_of_one_model_are_headed_too(window, name):
    panel = window.main.panels[name]
    sheet = panel.picture()
    assert sheet.lines[0] == window.control.run.title and sheet.lines[-1].endswith(panel.subject)
    assert sheet.widget is panel.picture_area and sheet.key_room.isEmpty()
