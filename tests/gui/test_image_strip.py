"""Images on the screen: the strip, the large view, and the arrays behind them."""

import gc

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from latentlab.gui import theme
from latentlab.gui.colours import DARK, LIGHT, rgb
from latentlab.gui.widgets.image_strip import ImageStrip, StripRow
from latentlab.gui.widgets.image_view import ImageView
from latentlab.gui.widgets.qimages import crisp_scale, diverging, to_array, to_qimage
from latentlab.gui.widgets.strip_layout import FEWEST, GAP, lay_out
from latentlab.gui.widgets.strip_scroller import StripScroller

RANDOM = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def dressed(qapp):
    active = theme.active()
    active.apply(qapp)
    active.mode = theme.Mode.LIGHT
    yield active
    active.mode = theme.Mode.SYSTEM


def images(count=30, channels=1, side=28):
    return RANDOM.integers(0, 256, (count, channels, side, side), dtype=np.uint8)


@pytest.fixture
def strip(qtbot):
    widget = ImageStrip()
    qtbot.addWidget(widget)
    widget.resize(600, 200)
    shown = images()
    difference = RANDOM.uniform(-1, 1, shown.shape)
    widget.set_rows([StripRow("Input", shown), StripRow("Output", shown[::-1]), StripRow("Difference", difference)])
    widget.show()
    widget.activateWindow()
    qtbot.waitUntil(widget.isActiveWindow)
    return widget


def centre(strip, column):
    return strip.column_rect(column).center().toPoint()


def pixel(widget, place):
    """The colour that ``widget`` shows at ``place``."""
    picture = widget.grab().toImage()
    return picture.pixelColor(place * picture.devicePixelRatio())


# The arrays behind the pictures


@pytest.mark.parametrize("shape", [(5, 7), (1, 5, 7), (3, 5, 7), (1, 28, 28), (3, 33, 31)])
def test_a_picture_has_the_arrays_pixels(shape):
    array = RANDOM.integers(0, 256, shape, dtype=np.uint8)
    picture = to_qimage(array)
    planes = array.reshape(-1, *array.shape[-2:])
    wanted = np.broadcast_to(planes, (3, *planes.shape[1:])).transpose(1, 2, 0)
    np.testing.assert_array_equal(to_array(picture), wanted)


def test_a_picture_owns_its_memory():
    array = np.full((1, 64, 64), 200, np.uint8)
    picture = to_qimage(array)
    array[:] = 0
    del array
    gc.collect()
    pixels = to_array(picture)
    del picture
    gc.collect()
    assert (pixels == 200).all()


def test_a_cut_out_of_a_larger_array_is_read_right():
    whole = RANDOM.integers(0, 256, (3, 20, 20), dtype=np.uint8)
    part = whole[:, 3:13:2, 4:18:3]
    np.testing.assert_array_equal(to_array(to_qimage(part)), part.transpose(1, 2, 0))


@pytest.mark.parametrize("array", [np.zeros((4, 4)), np.zeros((2, 4, 4), np.uint8), np.zeros(4, np.uint8)])
def test_what_is_no_image_is_refused(array):
    with pytest.raises(ValueError, match="image must be"):
        to_qimage(array)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_a_difference_runs_from_one_end_over_the_ground_to_the_other(colours):
    levels = np.array([[[-1.0, -0.2, 0.0, 0.2, 1.0, np.nan, 5.0]]])
    drawn = diverging(levels, colours).transpose(1, 2, 0)[0]
    assert tuple(drawn[0]) == rgb(colours.negative)
    assert tuple(drawn[2]) == tuple(drawn[5]) == rgb(colours.neutral)
    assert tuple(drawn[4]) == tuple(drawn[6]) == rgb(colours.positive)
    away = np.abs(drawn.astype(int) - np.array(rgb(colours.neutral))).sum(axis=1)
    assert 0 < away[1] < away[0]
    assert 0 < away[3] < away[4]


@pytest.mark.parametrize("ratio", [1, 1.25, 1.5, 2, 3])
def test_every_image_pixel_covers_whole_device_pixels(ratio):
    scale = crisp_scale(28, 28, 100, 90, ratio)
    assert scale * ratio == pytest.approx(round(scale * ratio))
    assert 28 * scale <= 90 < 28 * (scale + 1 / ratio)


def test_an_image_larger_than_its_room_is_shrunk_to_it():
    assert crisp_scale(64, 32, 32, 32, 1) == pytest.approx(0.5)


# The strip


def test_it_fits_as_many_columns_as_the_width_allows(qtbot, strip):
    fitted = strip.columns()
    assert 0 < fitted < strip.count()
    assert strip.column_rect(fitted - 1).right() <= strip.width()
    with qtbot.waitSignal(strip.columns_changed) as changed:
        strip.resize(1000, 200)
    assert changed.args == [strip.columns()]
    assert strip.columns() > fitted


@pytest.mark.parametrize("side", [8, 28, 32, 64])
@pytest.mark.parametrize("room", [QRectF(0, 0, 160, 96), QRectF(0, 0, 600, 200), QRectF(0, 0, 1500, 900)])
@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_whatever_the_room_the_images_stay_inside(side, room, ratio):
    grid = lay_out((side, side), 20, 3, room, ratio)
    assert grid.columns >= FEWEST
    assert grid.column_rect(grid.columns - 1).right() <= room.right() + 1e-6
    assert grid.column_rect(0).bottom() <= room.bottom() + 1
    assert grid.columns == 20 or grid.column_rect(grid.columns).right() > room.right()


@pytest.mark.parametrize("width", [160, 253.3, 371, 600, 1500])
@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_a_filmstrip_is_never_cut(width, ratio):
    grid = lay_out((28, 28), 12, 1, QRectF(0, 0, width, 100), ratio, fewest=12)
    assert grid.columns == 12
    assert grid.column_rect(11).right() <= width + 1e-6


def test_between_two_images_the_nearer_one_is_meant(strip):
    grid = lay_out((28, 28), 20, 3, QRectF(0, 0, 600, 200), 1)
    edge = grid.column_rect(1).topRight() + QPoint(0, 10)
    assert grid.column_at(edge + QPoint(GAP // 2 - 1, 0)) == 1
    assert grid.column_at(edge + QPoint(GAP - 1, 0)) == 2
    assert grid.column_at(grid.column_rect(0).topLeft() - QPoint(40, 0)) == -1


def test_the_screen_shows_the_arrays_pixels(qtbot):
    shown = images(2, channels=3, side=8)
    strip = ImageStrip()
    qtbot.addWidget(strip)
    strip.resize(300, 120)
    strip.set_rows([StripRow("", shown)])
    picture = strip.grab().toImage()
    ratio = picture.devicePixelRatio()
    for number, image in enumerate(shown):
        rect = strip.column_rect(number)
        cell = rect.width() / 8
        for y, x in ((0, 0), (3, 5), (7, 7)):
            across, down = rect.left() + (x + 0.5) * cell, rect.top() + (y + 0.5) * cell
            colour = picture.pixelColor(int(across * ratio), int(down * ratio))
            assert (colour.red(), colour.green(), colour.blue()) == tuple(image[:, y, x])


def test_hovering_names_the_column_and_its_end(qtbot, strip):
    heard = []
    strip.image_hovered.connect(heard.append)
    inside = centre(strip, 1) + QPoint(2, 2)
    for place, said in (
        (centre(strip, 0), [0]),
        (centre(strip, 1), [0, 1]),
        (inside, [0, 1]),
        (QPoint(2, 2), [0, 1, -1]),
    ):
        qtbot.mouseMove(strip, place)
        # A real pointer moves when the display server says so.
        qtbot.waitUntil(lambda said=said: heard == said)


def test_a_click_selects_and_says_so(qtbot, strip):
    with qtbot.waitSignal(strip.image_clicked) as clicked:
        qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=centre(strip, 2))
    assert clicked.args == [2]
    assert strip.selected() == 2
    rect = strip.column_rect(2)
    assert pixel(strip, rect.topLeft().toPoint() + QPoint(10, -2)) == QColor(LIGHT.ring)
    with qtbot.assertNotEmitted(strip.image_clicked):
        strip.set_selected(None)
        qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=QPoint(2, 2))


def test_arrows_walk_along_the_strip(qtbot, strip):
    heard = []
    strip.image_clicked.connect(heard.append)
    last = strip.columns() - 1
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_Left, Qt.Key.Key_End):
        qtbot.keyClick(strip, key)
    qtbot.keyClick(strip, Qt.Key.Key_Right)
    qtbot.keyClick(strip, Qt.Key.Key_Home)
    assert heard == [0, 1, 0, last, 0]


def test_arriving_by_tab_shows_where_the_arrows_act(qtbot):
    holder = QWidget()
    layout = QHBoxLayout(holder)
    strip = ImageStrip()
    strip.set_rows([StripRow("", images(4))])
    layout.addWidget(QPushButton("Before"))
    layout.addWidget(strip)
    qtbot.addWidget(holder)
    holder.resize(500, 150)
    holder.show()
    holder.activateWindow()
    qtbot.waitUntil(holder.isActiveWindow)
    holder.findChild(QPushButton).setFocus()
    before = strip.grab().toImage()
    qtbot.keyClick(holder.findChild(QPushButton), Qt.Key.Key_Tab)
    assert strip.hasFocus()
    assert strip.grab().toImage() != before


def test_new_rows_keep_a_selection_that_still_exists(strip):
    strip.set_selected(7)
    strip.set_rows([StripRow("Input", images(8))])
    assert strip.selected() == 7
    strip.set_rows([StripRow("Input", images(7))])
    assert strip.selected() is None


def test_without_images_it_says_what_will_come(qtbot, strip):
    strip.set_empty_text("Train a model to see its reconstructions.")
    strip.set_rows([])
    assert strip.columns() == 0
    assert strip.accessibleDescription() == "Train a model to see its reconstructions."
    blank = ImageStrip()
    qtbot.addWidget(blank)
    blank.resize(strip.size())
    assert strip.grab().toImage() != blank.grab().toImage()
    with qtbot.assertNotEmitted(strip.image_clicked):
        qtbot.mouseClick(strip, Qt.MouseButton.LeftButton)
        qtbot.keyClick(strip, Qt.Key.Key_Right)


def test_a_screen_reader_hears_rows_and_selection(strip):
    strip.set_selected(4)
    assert strip.accessibleDescription() == "30 images; rows: Input, Output, Difference; image 5 selected"


def test_rows_that_do_not_match_are_refused(strip):
    with pytest.raises(ValueError, match="must match"):
        strip.set_rows([StripRow("a", images(3)), StripRow("b", images(4))])
    assert strip.count() == 30


def test_differences_change_their_colours_with_the_theme(qtbot, strip, dressed):
    strip.set_rows([StripRow("Difference", np.zeros((4, 1, 28, 28), np.float32))])
    inside = strip.column_rect(0).center().toPoint()
    assert pixel(strip, inside) == QColor(LIGHT.neutral)
    dressed.mode = theme.Mode.DARK
    assert pixel(strip, inside) == QColor(DARK.neutral)


# The large view


@pytest.fixture
def view(qtbot):
    widget = ImageView()
    qtbot.addWidget(widget)
    widget.resize(230, 300)
    return widget


def test_the_view_shows_blocks_of_the_images_own_values(view):
    image = images(1, side=28)[0]
    view.set_image(image)
    rect = view.image_rect()
    assert rect.size().toTuple() == (224, 224)
    picture = view.grab().toImage()
    ratio = picture.devicePixelRatio()
    block = round(8 * ratio)
    left, top = round(rect.left() * ratio), round(rect.top() * ratio)
    drawn = to_array(picture)[top : top + 28 * block, left : left + 28 * block, 0]
    np.testing.assert_array_equal(drawn, image[0].repeat(block, 0).repeat(block, 1))


def test_the_view_gives_back_what_it_shows(view):
    image = images(1, channels=3)[0]
    wanted = image.copy()
    view.set_image(image)
    image[:] = 0
    np.testing.assert_array_equal(view.pixels(), wanted)
    with pytest.raises(ValueError, match="uint8"):
        view.set_image(image.astype(float))
    np.testing.assert_array_equal(view.pixels(), wanted)


def test_the_view_says_what_will_come(qtbot, view):
    blank = view.grab().toImage()
    view.set_empty_text("Drag the probe.")
    assert view.grab().toImage() != blank
    assert view.pixels() is None
    view.set_image(images(1)[0])
    view.set_image(None)
    assert view.pixels() is None


def test_words_stand_beneath_their_columns_and_a_line_under_those_that_are_marked(strip):
    def beneath(column):
        """Which colours are seen under a column."""
        rect = strip.column_rect(column)
        place = QPoint(round(rect.left()), round(rect.bottom()) + 1)
        picture = strip.grab(QRect(place, QSize(round(rect.width()), strip.height() - place.y()))).toImage()
        return {picture.pixel(x, y) for x in range(picture.width()) for y in range(picture.height())}

    height, empty = strip.column_rect(0).height(), beneath(1)
    assert len(empty) == 1
    strip.set_labels(["", "0.5", "", "12"])
    assert strip.column_rect(0).bottom() <= strip.height() - strip.fontMetrics().height() and strip.labels()[3] == "12"
    assert len(beneath(1)) > 1 and len(beneath(3)) > 1 and beneath(2) == beneath(4) == empty
    accent = QColor(theme.active().colours.accent).rgb()
    strip.set_best(3)
    assert strip.best() == 3 and [accent in beneath(column) for column in (1, 3)] == [False, True]
    assert strip.accessibleDescription().endswith("image 4 best")
    strip.set_best(None)
    assert accent not in beneath(3)
    strip.set_labels([])
    assert strip.column_rect(0).height() == height
    strip.set_marked(2)
    ring = QColor(theme.active().colours.ring).rgb()
    assert strip.marked() == 2 and [ring in beneath(column) for column in (1, 2, 3)] == [True, False, False]


# More rows than fit


def many_rows(count, side=28):
    return [StripRow(f"Class {number}", images(12, side=side)) for number in range(count)]


@pytest.mark.parametrize("side", [8, 28, 32])
def test_rows_scroll_rather_than_shrink_beyond_recognition(qtbot, side):
    scroller = StripScroller()
    qtbot.addWidget(scroller)
    scroller.resize(500, 240)
    with qtbot.waitExposed(scroller):
        scroller.show()
    bar = scroller.verticalScrollBar()
    scroller.set_rows(many_rows(10, side))
    assert bar.maximum() == 0  # ten fit
    scroller.set_rows(many_rows(47, side))
    drawn = scroller.strip.column_rect(0)
    assert drawn.width() >= 24 and drawn.height() == 47 * (drawn.width() + GAP) - GAP
    assert bar.maximum() > 0 and scroller.strip.height() - bar.maximum() == scroller.viewport().height()
    scroller.resize(500, 1100)
    assert bar.maximum() == 0  # room for all of them, if smaller


def test_only_the_rows_in_sight_are_drawn(qtbot, monkeypatch):
    scroller = StripScroller()
    qtbot.addWidget(scroller)
    scroller.resize(500, 240)
    scroller.set_rows(many_rows(47))
    with qtbot.waitExposed(scroller):
        scroller.show()
    seen = set()
    pictures = scroller.strip._pictures
    real = pictures.pictures
    monkeypatch.setattr(pictures, "pictures", lambda row, count: seen.add(row) or real(row, count))
    scroller.verticalScrollBar().setValue(scroller.verticalScrollBar().maximum())
    seen.clear()
    scroller.viewport().repaint()
    assert seen == set(range(min(seen), 47)) and 5 <= len(seen) <= 9
    scroller.strip.setFocus()
    QTest.keyClick(scroller.strip, Qt.Key.Key_Up)
    assert scroller.verticalScrollBar().value() < scroller.verticalScrollBar().maximum()
