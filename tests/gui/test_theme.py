"""The two themes: legible, complete, and changed while the program runs."""

from itertools import product
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QColor, QFont, QGuiApplication, QIcon, QPalette
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDockWidget,
    QLabel,
    QMainWindow,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QToolButton,
)

from latentlab import paths
from latentlab.gui import icons, theme
from latentlab.gui.colours import DARK, LIGHT, mix, rgb
from latentlab.gui.widgets import message_bar

BOTH = pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
ICONS = sorted(path.stem for path in (paths.resources() / "icons").glob("*.svg") if path.stem != "latentlab")


@pytest.fixture
def dressed(qapp):
    active = theme.active()
    active.apply(qapp)
    active.mode = theme.Mode.LIGHT
    yield active
    active.mode = theme.Mode.SYSTEM


def luminance(colour):
    channels = (value / 255 for value in rgb(colour))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    """WCAG 2's ratio, from 1 to 21."""
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def test_the_ratio_is_the_standards():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@BOTH
def test_words_can_be_read_on_every_ground(colours):
    grounds = ("window", "surface", "plot", "hover")
    for word, ground in product(("text", "muted", "error", "good", "warning"), grounds):
        ratio = contrast(getattr(colours, word), getattr(colours, ground))
        assert ratio >= 4.5, f"{word} on {ground}: {ratio:.2f}"
    for ground in (colours.accent, colours.accent_hover):
        assert contrast(colours.accent_text, ground) >= 4.5


@BOTH
def test_marks_stand_out_from_their_ground(colours):
    for mark, ground in (
        ("ring", "plot"),
        ("ring", "surface"),
        ("ring", "window"),
        ("accent", "window"),
        ("negative", "neutral"),
        ("positive", "neutral"),
    ):
        ratio = contrast(getattr(colours, mark), getattr(colours, ground))
        assert ratio >= 3, f"{mark} on {ground}: {ratio:.2f}"


@BOTH
def test_a_grid_is_quieter_than_what_it_measures(colours):
    assert contrast(colours.grid, colours.plot) < contrast(colours.line, colours.plot) < 2
    assert contrast(colours.line, colours.plot) < contrast(colours.muted, colours.plot)


@BOTH
@pytest.mark.parametrize("kind", ["ring", "warning", "error"])
def test_text_on_a_tinted_message_can_be_read(colours, kind):
    tint = mix(colours.window, getattr(colours, kind), message_bar.TINT)
    assert contrast(colours.text, tint) >= 4.5
    assert contrast(colours.muted, tint) >= 4.5


def test_setting_the_mode_recolours_the_running_program(qtbot, qapp, dressed):
    label = QLabel("words")
    qtbot.addWidget(label)
    label.show()
    with qtbot.waitSignal(dressed.theme_changed):
        dressed.mode = theme.Mode.DARK
    assert dressed.colours is DARK
    assert label.palette().color(QPalette.ColorRole.Window) == QColor(DARK.window)
    assert DARK.accent in qapp.styleSheet()


def test_the_same_colours_are_not_announced_twice(qtbot, dressed):
    with qtbot.assertNotEmitted(dressed.theme_changed):
        dressed.mode = theme.Mode.LIGHT
        dressed.mode = theme.Mode.SYSTEM  # light or unknown on a test's screen


def test_system_follows_the_system(qtbot, qapp, dressed, monkeypatch):
    dressed.mode = theme.Mode.SYSTEM
    hints = QGuiApplication.styleHints()
    pretended = SimpleNamespace(colorScheme=lambda: Qt.ColorScheme.Dark)
    with monkeypatch.context() as patch:
        patch.setattr(theme, "QGuiApplication", SimpleNamespace(styleHints=lambda: pretended))
        with qtbot.waitSignal(dressed.theme_changed):
            hints.colorSchemeChanged.emit(Qt.ColorScheme.Dark)
        assert dressed.colours is DARK


def test_a_choice_outweighs_the_system(qtbot, qapp, dressed, monkeypatch):
    hints = QGuiApplication.styleHints()
    pretended = SimpleNamespace(colorScheme=lambda: Qt.ColorScheme.Dark)
    with monkeypatch.context() as patch:
        patch.setattr(theme, "QGuiApplication", SimpleNamespace(styleHints=lambda: pretended))
        with qtbot.assertNotEmitted(dressed.theme_changed):
            hints.colorSchemeChanged.emit(Qt.ColorScheme.Dark)


def test_an_unknown_mode_is_refused(dressed):
    with pytest.raises(ValueError, match="sepia"):
        dressed.mode = "sepia"
    assert dressed.mode is theme.Mode.LIGHT


def test_figures_are_tabular_where_the_font_can(qapp, dressed):
    assert QFont.Tag("tnum") in qapp.font().featureTags()
    assert theme.small(qapp.font()).pointSizeF() < qapp.font().pointSizeF()


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_every_styled_widget_shows_without_a_warning(qtbot, dressed, mode):
    # Qt reports what it cannot parse or load as a warning, and a warning fails a test.
    window = QMainWindow()
    qtbot.addWidget(window)
    dock = QDockWidget("Panel", window)
    dock.setWidget(QSpinBox())
    window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, dock)
    primary = QPushButton("Train", window)
    primary.setProperty("primary", True)
    for widget in (primary, QCheckBox("Check"), QComboBox(), QProgressBar(), QToolButton()):
        window.statusBar().addWidget(widget)
    window.menuBar().addMenu("Menu").addAction("Action").setCheckable(True)
    dressed.mode = mode
    window.show()
    qtbot.waitExposed(window)
    picture = primary.grab().toImage()
    colours = {picture.pixelColor(x, picture.height() // 2).name() for x in range(picture.width())}
    assert dressed.colours.accent in colours


@pytest.mark.parametrize("name", ICONS)
def test_every_icon_draws_something(qtbot, dressed, name):
    image = icons.pixmap(name, "#ff0000", 20, 2).toImage()
    assert image.size() == QSize(40, 40)
    opaque = [image.pixelColor(x, y).alpha() > 128 for x in range(40) for y in range(40)]
    assert 20 < sum(opaque) < 1200


def strongest(icon, mode=QIcon.Mode.Normal, ratio=1.0):
    image = icon.pixmap(QSize(16, 16), ratio, mode).toImage()
    pixels = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    return max(pixels, key=QColor.alpha)


def alike(colour, wanted):
    """Equal but for the rounding that premultiplied alpha brings."""
    return all(abs(a - b) <= 1 for a, b in zip(rgb(colour.name()), rgb(wanted), strict=True))


def test_an_icon_has_the_texts_colour_and_the_screens_sharpness(qtbot, dressed):
    icon = icons.icon("stop")
    assert icon.pixmap(QSize(16, 16), 2.0).size() == QSize(32, 32)
    assert alike(strongest(icon), LIGHT.text)
    assert alike(strongest(icon, ratio=2.0), LIGHT.text)
    assert contrast(strongest(icon, QIcon.Mode.Disabled).name(), LIGHT.window) < contrast(LIGHT.muted, LIGHT.window)


@pytest.mark.parametrize("make", [QPushButton, QAction])
def test_an_icon_follows_the_theme(qtbot, dressed, make):
    target = make()
    icons.set_icon(target, "stop")
    dressed.mode = theme.Mode.DARK
    assert alike(strongest(target.icon()), DARK.text)
    icons.set_icon(target, "stop", "error")
    assert alike(strongest(target.icon()), DARK.error)
    dressed.mode = theme.Mode.LIGHT
    assert alike(strongest(target.icon()), LIGHT.error)
    target.deleteLater()
    qtbot.wait(0)
    dressed.mode = theme.Mode.DARK  # a target that is gone is not dressed


def test_an_icon_that_does_not_exist_is_an_error(dressed):
    with pytest.raises(FileNotFoundError):
        icons.icon("no such icon")
