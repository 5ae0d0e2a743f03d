"""Line icons in the theme's colours, sharp at every scale of the screen."""

from __future__ import annotations

from functools import cache
from itertools import product

from PySide6.QtCore import QObject, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QAction, QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton

from latentlab import paths
from latentlab.gui import theme
from latentlab.gui.colours import mix
from latentlab.gui.text_size import follow, px

SIZES = (12, 16, 20, 24, 32)
"""The sizes that buttons, menus and bars ask for; others are scaled from the nearest."""

RATIOS = (1, 2)
_PIXELS = sorted({size * ratio for size in SIZES for ratio in RATIOS})


def icon(name: str, role: str = "text") -> QIcon:
    """The icon ``resources/icons/<name>.svg`` in one of the theme's colours, dimmed where it is disabled.

    It keeps its colour when the theme changes; `set_icon` follows the theme.

    Args:
        name: the file's name without its ending.
        role: the field of `Colours` to draw it in.

    Raises:
        FileNotFoundError: there is no such icon.
    """
    colours = theme.active().colours
    colour = getattr(colours, role)
    return _icon(name, colour, mix(colour, colours.window, 0.6))


def set_icon(target: QAbstractButton | QAction, name: str, role: str = "text") -> None:
    """Gives ``target`` the icon, now and whenever the theme changes; replaces the one given before. "" is none."""
    dresser = next((child for child in target.children() if isinstance(child, _Dresser)), None)
    if dresser is None:
        dresser = _Dresser(target)
    dresser.dress(name, role)


def set_size(target: QAbstractButton, pixels: int) -> None:
    """Gives the icon of ``target`` so many pixels, and more beside larger words, in the steps of `SIZES`."""

    def resize() -> None:
        side = max(pixels, *(size for size in SIZES if size <= max(px(pixels), SIZES[0])))
        target.setIconSize(QSize(side, side))

    follow(target, resize)


def pixmap(name: str, colour: str, size: int, ratio: float) -> QPixmap:
    """One icon as a picture of ``size`` × ``size`` for a screen of ``ratio`` device pixels a pixel."""
    drawn = _coloured(_shape(name, round(size * ratio)), colour)
    drawn.setDevicePixelRatio(ratio)
    return drawn


# A Python QIconEngine would recolour by itself, but Qt clones engines into objects that Python then frees: a crash.
class _Dresser(QObject):
    """Keeps the icon of its parent, a button or an action, in the theme's colour."""

    def __init__(self, target: QAbstractButton | QAction) -> None:
        super().__init__(target)
        self._target = target
        self._wanted = ("", "")
        theme.active().theme_changed.connect(self._redraw)

    def dress(self, name: str, role: str) -> None:
        """Shows another icon from here on."""
        self._wanted = (name, role)
        self._redraw()

    @Slot()
    def _redraw(self) -> None:
        self._target.setIcon(icon(*self._wanted) if self._wanted[0] else QIcon())


@cache
def _icon(name: str, colour: str, dimmed: str) -> QIcon:
    result = QIcon()
    for shade, mode in ((colour, QIcon.Mode.Normal), (dimmed, QIcon.Mode.Disabled)):
        for pixels in _PIXELS:
            drawn = _coloured(_shape(name, pixels), shade)
            for size, ratio in product(SIZES, RATIOS):
                if size * ratio == pixels:
                    drawn.setDevicePixelRatio(ratio)
                    result.addPixmap(drawn, mode)
    return result


@cache
def _renderer(name: str) -> QSvgRenderer:
    return QSvgRenderer((paths.resources() / "icons" / f"{name}.svg").read_bytes())


@cache
def _shape(name: str, pixels: int) -> QPixmap:
    """Where the icon covers a square of so many device pixels; all of its lines have one colour."""
    renderer = _renderer(name)  # before there is a painter, which must not be left open by an error
    drawn = QPixmap(pixels, pixels)
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    renderer.render(painter, QRectF(drawn.rect()))
    painter.end()
    return drawn


def _coloured(shape: QPixmap, colour: str) -> QPixmap:
    drawn = QPixmap(shape)
    painter = QPainter(drawn)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
    painter.fillRect(drawn.rect(), QColor(colour))
    painter.end()
    return drawn
