"""The legend: what it shows is what it was told, what it hears it passes on."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor

from latentlab.gui import theme
from latentlab.gui.widgets.legend import Legend

COLOURS = np.random.default_rng(1).integers(40, 200, (47, 3)).astype(np.uint8)


@pytest.fixture(autouse=True)
def dressed(qapp):
    theme.active().apply(qapp)


def make(qtbot, classes, width=140, height=300, counts=None):
    legend = Legend()
    legend.set_classes([f"class {number}" for number in range(classes)], COLOURS[:classes], counts)
    legend.resize(width, height)
    qtbot.addWidget(legend)
    legend.show()
    legend.activateWindow()
    qtbot.waitUntil(legend.isActiveWindow)
    return legend


@pytest.fixture
def legend(qtbot):
    return make(qtbot, 10)


def rect(legend, number):
    return legend.visualRect(legend.model().index(number, 0))


def click(qtbot, legend, number):
    qtbot.mouseClick(legend.viewport(), Qt.MouseButton.LeftButton, pos=rect(legend, number).center())


def swatch(legend, number):
    """The colour in the middle of a class's dot."""
    at = rect(legend, number)
    picture = legend.viewport().grab().toImage()
    return picture.pixelColor(QPoint(at.left() + 13, at.center().y()) * picture.devicePixelRatio())


def colour(number):
    return QColor(*(int(channel) for channel in COLOURS[number]))


def test_ten_classes_stand_in_one_column_without_scrolling(legend):
    assert {rect(legend, number).left() for number in range(10)} == {rect(legend, 0).left()}
    assert not legend.verticalScrollBar().isVisible()
    assert legend.sizeHint().height() >= rect(legend, 9).bottom()


def test_many_classes_scroll_in_a_narrow_legend_and_wrap_in_a_wide_one(qtbot):
    narrow = make(qtbot, 47)
    assert {rect(narrow, number).left() for number in range(47)} == {rect(narrow, 0).left()}
    assert narrow.verticalScrollBar().maximum() > 0
    wide = make(qtbot, 47, width=700, height=300)
    assert len({rect(wide, number).left() for number in range(47)}) > 3
    assert wide.verticalScrollBar().maximum() == 0


def test_each_swatch_has_its_classs_colour(legend):
    for number in range(10):
        assert swatch(legend, number) == colour(number)


def test_a_click_asks_and_changes_nothing_by_itself(qtbot, legend):
    with qtbot.waitSignal(legend.class_toggled) as toggled:
        click(qtbot, legend, 3)
    assert toggled.args == [3]
    assert swatch(legend, 3) == colour(3)


def test_what_was_dimmed_is_hollow_and_told(qtbot, legend):
    with qtbot.assertNotEmitted(legend.class_toggled):
        legend.set_dimmed(frozenset({2}))
    assert swatch(legend, 2) != swatch(legend, 1)
    assert swatch(legend, 2) != colour(2)
    described = legend.model().index(2, 0).data(Qt.ItemDataRole.AccessibleDescriptionRole)
    assert "dimmed" in described
    legend.set_dimmed(frozenset())
    assert swatch(legend, 2) == colour(2)


def test_a_double_click_isolates(qtbot, legend):
    heard = []
    legend.class_toggled.connect(lambda number: heard.append(("toggled", number)))
    legend.class_isolated.connect(lambda number: heard.append(("isolated", number)))
    middle = rect(legend, 4).center()
    qtbot.mouseClick(legend.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    qtbot.mouseDClick(legend.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    assert heard[-1] == ("isolated", 4)
    assert set(heard[:-1]) == {("toggled", 4)}


def test_only_the_left_button_on_a_class_counts(qtbot, legend):
    with qtbot.assertNotEmitted(legend.class_toggled):
        qtbot.mouseClick(legend.viewport(), Qt.MouseButton.RightButton, pos=rect(legend, 1).center())
        qtbot.mouseClick(legend.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(20, legend.height() - 5))


def test_keys_do_what_the_mouse_does(qtbot, legend):
    legend.setFocus()
    legend.setCurrentIndex(legend.model().index(0, 0))
    for _ in range(3):
        qtbot.keyClick(legend, Qt.Key.Key_Down)
    with qtbot.waitSignal(legend.class_toggled) as toggled:
        qtbot.keyClick(legend, Qt.Key.Key_Space)
    with qtbot.waitSignal(legend.class_isolated) as isolated:
        qtbot.keyClick(legend, Qt.Key.Key_Return)
    assert toggled.args == isolated.args == [3]


def test_counts_are_shown_where_there_are_any(qtbot):
    plain = make(qtbot, 10)
    counted = make(qtbot, 10, counts=[6000 + number for number in range(10)])
    assert counted.gridSize().width() > plain.gridSize().width()


def test_colours_that_do_not_match_the_names_are_refused(legend):
    with pytest.raises(ValueError, match="3 classes"):
        legend.set_classes(["a", "b", "c"], COLOURS[:2])
    assert legend.model().rowCount() == 10


def test_other_classes_replace_the_old_ones(qtbot, legend):
    legend.set_dimmed(frozenset({1}))
    legend.set_classes(["a", "b"], COLOURS[:2])
    assert legend.model().rowCount() == 2
    assert swatch(legend, 1) == colour(1)
    legend.set_classes([], COLOURS[:0])
    assert legend.sizeHint().isValid()


@pytest.mark.parametrize("width", [88, 120, 300])
def test_counts_stay_in_view_however_long_the_names_are(qtbot, width):
    legend = Legend()
    qtbot.addWidget(legend)
    names = ["T-shirt/top", "Ankle boot", "an endless name of a class that nobody would ever read to its end"]
    legend.set_classes(names, np.full((3, 3), 90, np.uint8), [1000, 1000, 1_000_000])
    legend.resize(width, 120)
    with qtbot.waitExposed(legend):
        legend.show()
    for row in range(3):
        entry = legend.visualRect(legend.model().index(row, 0))
        assert entry.left() >= 0 and entry.right() <= legend.viewport().width()
    assert legend.minimumSizeHint().width() <= 88
