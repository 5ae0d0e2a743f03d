"""How large the words are: chosen by key, followed at once by everything that measures them, and remembered."""

from itertools import pairwise

import pytest
from PySide6.QtCore import QMargins, Qt
from PySide6.QtGui import QFontInfo, QPainter, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QComboBox, QLabel, QLineEdit, QToolButton, QWidget

from latentlab import paths
from latentlab.gui import theme
from latentlab.gui.kept_sizes import KeptSizes
from latentlab.gui.panels.base import Panel
from latentlab.gui.panels.experiment import ExperimentPanel
from latentlab.gui.settings import Settings
from latentlab.gui.text_size import STEPS, field_width, next_step, px
from latentlab.gui.widgets.elided_label import ElidedLabel
from latentlab.gui.widgets.empty_text import paint_empty_text
from latentlab.gui.widgets.strip_labels import apart, label_font

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def window(shared_window):
    shared_window.main.activateWindow()
    shared_window.wait(shared_window.main.isActiveWindow)
    shared_window.main.scatter.view.setFocus()
    yield shared_window
    set_text(shared_window, 100)
    shared_window.forget_runs()
    shared_window.put_back()


@pytest.fixture
def at_size():
    """Sets the size; it is normal again after the test."""

    def set_percent(percent):
        theme.active().text_percent = percent

    yield set_percent
    set_percent(100)


def set_text(window, percent):
    """As a person has it: key by key."""
    press(window, Qt.Key.Key_1)
    by = STEPS.index(percent) - STEPS.index(100)
    for _ in range(abs(by)):
        press(window, Qt.Key.Key_Plus if by > 0 else Qt.Key.Key_Minus)
    assert theme.active().text_percent == percent
    window.qtbot.wait(0)  # what the layouts were asked for


def press(window, key, keys=CTRL):
    QTest.keyClick(window.main, key, keys)


def points(widget):
    return QFontInfo(widget.font()).pointSizeF()


def test_steps_end_at_the_least_and_the_greatest():
    assert next_step(100, 1) == 110
    assert next_step(100, -1) == 90
    assert next_step(STEPS[-1], 1) == STEPS[-1]
    assert next_step(STEPS[0], -1) == STEPS[0]


def test_room_grows_with_the_words_and_never_shrinks(at_size):
    assert (px(40), field_width(80)) == (40, 80)
    at_size(150)
    assert (px(40), field_width(80)) == (60, 105)
    at_size(80)
    assert (px(40), field_width(80)) == (40, 80)


@pytest.mark.parametrize("damaged", ["", "huge", "-1", "123", "150.0", "150, 150"])
def test_a_damaged_size_counts_as_normal(tmp_path, monkeypatch, damaged):
    monkeypatch.setenv("LATENTLAB_HOME", str(tmp_path))
    paths.settings_file().parent.mkdir(parents=True, exist_ok=True)
    paths.settings_file().write_text(f"[text]\npercent={damaged}\n", encoding="utf-8")
    assert Settings().text_percent == 100


def test_the_size_is_remembered(tmp_path, monkeypatch):
    monkeypatch.setenv("LATENTLAB_HOME", str(tmp_path))
    settings = Settings()
    assert settings.text_percent == 100
    settings.text_percent = 175
    settings.save()
    assert Settings().text_percent == 175


@pytest.mark.parametrize(
    "key, keys, percent",
    [
        (Qt.Key.Key_Plus, CTRL, 110),
        (Qt.Key.Key_Equal, CTRL, 110),
        (Qt.Key.Key_Minus, CTRL, 90),
    ],
)
def test_keys_change_the_size_and_nothing_else(window, key, keys, percent):
    before = window.main.scatter.view.frame.rect
    press(window, key, keys)
    assert theme.active().text_percent == percent
    assert window.main._settings.text_percent == percent
    assert f"{percent} %" in window.main.statusBar().currentMessage()
    assert window.main.scatter.view.frame.rect[0] == pytest.approx(before[0], abs=0.5)  # + and − alone zoom the plane
    press(window, Qt.Key.Key_1)
    assert theme.active().text_percent == 100
    assert window.main._settings.text_percent == 100


def test_all_words_grow_and_shrink_back(window):
    usual = {label: points(label) for label in window.main.findChildren(QLabel)}
    set_text(window, 150)
    for label, size in usual.items():
        assert points(label) == pytest.approx(1.5 * size, rel=0.1), label.text()
    set_text(window, 100)
    for label, size in usual.items():
        assert points(label) == pytest.approx(size), label.text()


def test_a_theme_keeps_the_size(window, qapp):
    set_text(window, 150)
    large = points(window.main.menuBar())
    theme.active().mode = theme.Mode.DARK
    assert points(window.main.menuBar()) == large
    theme.active().apply(qapp)  # nor is what was enlarged enlarged again
    assert points(window.main.menuBar()) == large
    theme.active().mode = theme.Mode.SYSTEM


@pytest.mark.parametrize("percent", [150, 200])
def test_fields_and_buttons_have_room_for_their_words(window, percent):
    set_text(window, percent)
    kinds = (QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit, ElidedLabel)
    shown = [each for kind in kinds for each in window.main.findChildren(kind) if each.isVisible()]
    worded = [each for each in shown if not isinstance(each, QAbstractButton) or (each.text() and each.icon().isNull())]
    assert worded
    for widget in worded:
        window.wait(lambda widget=widget: widget.height() >= widget.fontMetrics().height())


@pytest.mark.parametrize("percent", [150, 200])
def test_the_controls_of_a_narrow_panel_keep_clear_of_each_other(window, percent):
    set_text(window, percent)
    window.main.bring_up("samples")
    bar = window.main.panels["samples"].bar
    widgets = [bar.itemAt(place).widget() for place in range(bar.count()) if bar.itemAt(place).widget()]

    def apart_from_each_other():
        places = [each.geometry() for each in widgets if each.isVisible() and each.width()]
        return all(left.right() < right.left() for left, right in pairwise(places))

    window.wait(apart_from_each_other)


@pytest.mark.parametrize("percent", [125, 150, 175, 200])
def test_the_window_never_asks_for_more_than_the_screen(window, percent):
    window.main.road.show()
    set_text(window, percent)
    free = window.main.screen().availableGeometry()
    least = window.main.minimumSizeHint()
    assert least.width() <= free.width() and least.height() <= free.height()
    # Beside each other and above each other, whatever is in front.
    assert ExperimentPanel.share + 3 * Panel.share < 0.95
    for panel in window.main.panels.values():
        needed = panel.minimumSizeHint()
        assert needed.width() <= panel.share * free.width() + 1, panel.name
        assert needed.height() <= 0.22 * free.height() + 1, panel.name
    window.main.road.hide()


def test_what_large_words_have_no_room_for_is_scrolled(qtbot, qapp, at_size):
    theme.active().apply(qapp)
    panel = Panel("wide", "Wide", "")
    qtbot.addWidget(panel)
    field, last = QWidget(focusPolicy=Qt.FocusPolicy.StrongFocus), QLineEdit()
    field.setMinimumSize(4000, 3000)
    panel.column.addWidget(field)
    panel.column.addWidget(last)
    panel.resize(300, 200)
    panel.show()
    across, down = panel._cramped.across, panel._cramped.down
    assert panel.minimumSizeHint().width() > 4000 and across.isHidden() and down.isHidden()
    at_size(200)
    qtbot.waitUntil(lambda: across.isVisible() and down.isVisible())
    assert panel.minimumSizeHint().width() <= panel.share * panel.screen().availableGeometry().width() + 1
    down.setValue(down.maximum())
    assert last.visibleRegion().isEmpty() is False
    down.setValue(0)
    assert last.visibleRegion().isEmpty()
    field.setFocus()
    QTest.keyClick(field, Qt.Key.Key_Tab)
    assert panel.focusWidget() is last and not last.visibleRegion().isEmpty()
    at_size(100)
    qtbot.waitUntil(lambda: across.isHidden() and down.isHidden())


@pytest.mark.parametrize("percent", [100, 150, 200])
def test_a_sentence_is_as_large_as_has_room(qtbot, qapp, at_size, percent):
    theme.active().apply(qapp)
    at_size(percent)
    widget = QLabel()
    qtbot.addWidget(widget)
    sizes = {}
    for height in (60, 2000):
        widget.resize(300, height)
        picture = QPixmap(widget.size())
        painter = QPainter(picture)
        painter.setFont(widget.font())
        paint_empty_text(painter, widget, "What is said where there is nothing to be seen yet, in rather many words.")
        sizes[height] = painter.font().pointSizeF()
        painter.end()
    assert sizes[2000] == widget.font().pointSizeF()
    assert sizes[60] == sizes[2000] if percent == 100 else sizes[60] < sizes[2000]


def test_what_is_measured_once_is_measured_again(window):
    window.train("vae-5", epochs=2)
    window.wait(lambda: window.control.state == "finished")
    window.wait_for_points()
    window.session.drop_pin()
    window.main.bring_up("latents")
    main, panels = window.main, window.main.panels
    window.wait(lambda: panels["latents"].rows.latents)

    def measured():
        scatter, pin = main.scatter, main.pins[0].handles[0]
        return {
            "legend": scatter.legend.gridSize().height() * 10 + scatter.legend.gridSize().width(),
            "window": scatter.window_rect.over_figures.height(),
            "pin": pin.boundingRect().width(),
            "facts": panels["selection"].facts.height(),
            "latents": panels["latents"].rows._layout.row_height,
            "runs": panels["runs"].view.sizeHintForRow(0),
            "epoch": main.film_bar.epoch.width(),
            "status": main.statusBar().minimumHeight(),
        }

    usual = measured()
    set_text(window, 200)
    large = measured()
    assert {name for name in usual if usual[name] and large[name] <= usual[name]} == set()
    set_text(window, 100)
    assert measured() == usual


def test_the_curves_follow(window):
    window.train("ae", epochs=2)
    window.wait(lambda: window.control.state == "finished")
    window.main.bring_up("curves")
    curves = window.main.panels["curves"]
    window.wait(lambda: curves._plots)

    def sizes():
        plot = next(iter(curves._plots.values()))
        axis = plot.item.getAxis("left")
        return plot.item.titleLabel.item.boundingRect().height(), axis.width(), curves.plots.minimumHeight()

    usual = sizes()
    set_text(window, 200)
    window.wait(lambda: all(large > small for large, small in zip(sizes(), usual, strict=True)))
    set_text(window, 100)
    window.wait(lambda: sizes() == usual)


def test_labels_beneath_images_keep_apart():
    assert apart([20, 20, 20], 30, None) == [0, 1, 2]
    assert apart([40, 40, 40, 40], 30, None) == [0, 2]
    assert apart([40, 40, 40, 40], 30, 1) == [1, 3]
    assert apart([], 30, None) == []


def test_labels_shrink_no_further_than_to_the_normal_size(qapp, at_size):
    theme.active().apply(qapp)
    normal = theme.small(qapp.font()).pointSizeF()
    assert label_font([".123"], qapp.font(), 4).pointSizeF() == normal
    at_size(200)
    assert label_font([".123"], qapp.font(), 400).pointSizeF() == pytest.approx(2 * normal, rel=0.1)
    assert label_font([".123"], qapp.font(), 4).pointSizeF() == pytest.approx(normal, rel=0.1)


def sizes(window):
    docks = ("experiment", "latent_space", "manifold", "reconstructions", "probe", "curves")
    return [window.main.size(), *(window.main.dock(name).size() for name in docks)]


def alike(these, those):
    apart = [a - b for a, b in zip(these, those, strict=True)]
    return all(abs(size.width()) + abs(size.height()) <= 12 for size in apart)


def settle(window):
    kept = window.main.findChild(KeptSizes)
    window.wait(lambda: kept._settled is not None and not kept._settles.isActive())


def test_window_and_panels_are_as_they_were_once_words_are_normal_again(window):
    window.main.reset_layout()
    window.qtbot.wait(500)  # nothing follows an earlier change any more
    settle_at = sizes(window)
    set_text(window, 200)
    settle(window)
    assert sizes(window) != settle_at
    press(window, Qt.Key.Key_1)
    settle(window)
    assert alike(sizes(window), settle_at), (sizes(window), settle_at)


def test_what_was_changed_by_hand_meanwhile_stays(window):
    window.qtbot.wait(500)
    before = window.main.size()
    set_text(window, 200)
    settle(window)
    larger = window.main.size().grownBy(QMargins(0, 0, 60, 0))
    window.qtbot.wait(100)
    window.main.resize(larger)
    window.qtbot.wait(100)  # what the screen says of it
    assert window.main.size() == larger
    press(window, Qt.Key.Key_1)
    settle(window)
    assert window.main.size() == larger
    window.main.resize(before)


def test_icons_grow_with_the_words_in_the_sizes_that_are_drawn(window):
    usual = {button: button.iconSize().width() for button in window.main.findChildren(QToolButton)}
    bars = [button for button in usual if button.icon().name() == "" and not button.icon().isNull()]
    for percent, icon in ((110, 16), (125, 20), (150, 24), (200, 32)):
        set_text(window, percent)
        assert window.main.scatter.folding.more.iconSize().width() == icon
    assert sum(button.iconSize().width() > usual[button] for button in bars) > 50
    set_text(window, 100)
    assert {button: button.iconSize().width() for button in usual} == usual
