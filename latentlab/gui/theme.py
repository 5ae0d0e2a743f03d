"""Light or dark, and how large the words are: palette, font and style sheet, changed while the program runs.

`active()` is the program's one theme. A widget that paints itself reads ``active().colours`` in its paintEvent and is
repainted by itself, because a new palette repaints every widget; what is kept between paints (pictures, pens of
plots) follows `Theme.theme_changed`. Layouts follow a larger font by themselves; what is measured once, or given a size
in pixels, follows `Theme.text_resized` (see `text_size`).
"""

from __future__ import annotations

import dataclasses
import string
from enum import StrEnum
from functools import cache

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QFontInfo, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from latentlab import paths
from latentlab.gui.colours import DARK, LIGHT, Colours, mix

SMALL = 0.92
"""Size of quiet text (dock titles, group headings, notes) beside the system's."""

_FIELD, _BUTTON = 20, 16  # pixels that a field and a button have for their words, of the normal size


class Mode(StrEnum):
    """What the user chose; its value is what the settings file keeps."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Theme(QObject):
    """The colours in use and the choice they follow from.

    Attributes:
        colours: the set in use.
        mode: System, Light or Dark; setting it recolours the running program.
        text_percent: the size of all words beside the system's; setting it resizes them in the running program.

    Signals:
        theme_changed: ``colours`` is another set now; palette and style sheet have been replaced.
        text_resized: words have another size now; font and style sheet have been replaced.
    """

    theme_changed = Signal()
    text_resized = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._mode = Mode.SYSTEM
        self._colours = LIGHT
        self._text_percent = 100
        self._application: QApplication | None = None
        self._system_font = QFont()

    @property
    def colours(self) -> Colours:
        """The set in use."""
        return self._colours

    @property
    def mode(self) -> Mode:
        """The user's choice."""
        return self._mode

    @mode.setter
    def mode(self, mode: Mode) -> None:
        self._mode = Mode(mode)
        if self._application is not None:
            self._tell_platform()
            self._refresh()

    @property
    def text_percent(self) -> int:
        """The size of all words beside the system's, in per cent."""
        return self._text_percent

    @text_percent.setter
    def text_percent(self, percent: int) -> None:
        if percent == self._text_percent:
            return
        self._text_percent = percent
        if self._application is not None:
            self._set_font()
            self._dress()
            self.text_resized.emit()

    def apply(self, application: QApplication) -> None:
        """Dresses ``application``: style, font, palette, style sheet, plots; and follows the system from here on."""
        if self._application is None:
            application.styleHints().colorSchemeChanged.connect(self._refresh)
            self._system_font = application.font()
        self._application = application
        application.setStyle("Fusion")
        self._set_font()
        self._tell_platform()
        self._dress()
        self._refresh()

    def _set_font(self) -> None:
        assert self._application is not None
        font = with_even_figures(self._system_font)
        if self._text_percent != 100:
            font.setPointSizeF(QFontInfo(font).pointSizeF() * self._text_percent / 100)
        self._application.setFont(font)

    def _tell_platform(self) -> None:
        # Title bars and native dialogs follow where the platform listens (Windows, macOS); plain X11 does not.
        hints = QGuiApplication.styleHints()
        if self._mode is Mode.SYSTEM:
            hints.unsetColorScheme()
        else:
            hints.setColorScheme(Qt.ColorScheme.Dark if self._mode is Mode.DARK else Qt.ColorScheme.Light)

    @Slot()
    def _refresh(self) -> None:
        if self._mode is Mode.SYSTEM:
            dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
        else:
            dark = self._mode is Mode.DARK
        colours = DARK if dark else LIGHT
        if colours is not self._colours:
            self._colours = colours
            self._dress()
            self.theme_changed.emit()

    def _dress(self) -> None:
        assert self._application is not None
        self._application.setPalette(palette(self._colours))
        self._application.setStyleSheet(style_sheet(self._colours, self._application.font(), self._text_percent))


@cache
def active() -> Theme:
    """The program's one theme."""
    return Theme()


def with_even_figures(font: QFont) -> QFont:
    """``font`` with tabular numerals, so that counting figures do not shift what stands beside them."""
    even = QFont(font)
    even.setFeature(QFont.Tag("tnum"), 1)
    return even


def small(font: QFont) -> QFont:
    """``font`` as quiet text is set."""
    quiet = QFont(font)
    quiet.setPointSizeF(QFontInfo(font).pointSizeF() * SMALL)
    return quiet


def palette(colours: Colours) -> QPalette:
    """Fusion's palette in ``colours``."""
    role = QPalette.ColorRole
    faint = mix(colours.text, colours.window, 0.55)
    chosen = {
        role.Window: colours.window,
        role.WindowText: colours.text,
        role.Base: colours.surface,
        role.AlternateBase: colours.hover,
        role.Text: colours.text,
        role.PlaceholderText: colours.muted,
        role.Button: colours.surface,
        role.ButtonText: colours.text,
        role.BrightText: colours.error,
        role.ToolTipBase: colours.surface,
        role.ToolTipText: colours.text,
        role.Highlight: colours.accent,
        role.HighlightedText: colours.accent_text,
        role.Accent: colours.accent,
        role.Link: colours.ring,
        role.LinkVisited: colours.ring,
        role.Light: mix(colours.surface, "#ffffff", 0.1),
        role.Midlight: colours.hover,
        role.Mid: colours.line,
        role.Dark: mix(colours.line, "#000000", 0.15),
        role.Shadow: "#000000",
    }
    result = QPalette()
    for each, colour in chosen.items():
        result.setColor(each, QColor(colour))
    for each in (role.WindowText, role.Text, role.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, each, QColor(faint))
    result.setColor(QPalette.ColorGroup.Disabled, role.Highlight, QColor(colours.line))
    result.setColor(QPalette.ColorGroup.Disabled, role.Accent, QColor(colours.line))
    return result


def style_sheet(colours: Colours, font: QFont, percent: int = 100) -> str:
    """The application's style sheet: ``resources/style.qss`` with its $words filled in, for text of that size."""
    template = string.Template((paths.resources() / "style.qss").read_text(encoding="utf-8"))
    return template.substitute(
        dataclasses.asdict(colours),
        faint=mix(colours.text, colours.window, 0.55),
        icons=(paths.resources() / "icons").as_posix(),
        small=f"{QFontInfo(font).pointSizeF() * SMALL:.1f}pt",
        field=f"{round(_FIELD * max(percent, 100) / 100)}px",
        button=f"{round(_BUTTON * max(percent, 100) / 100)}px",
    )
