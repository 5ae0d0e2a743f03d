"""A plot as a picture to copy or to save."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPoint, QRect, QRectF, QSize
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter, QPainterPath
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QGraphicsView, QWidget

from latentlab.core.atomic import replace_bytes
from latentlab.gui.widgets.picture_sheet import PictureSheet
from latentlab.gui.widgets.plane_view import PlaneView

_RASTER_FINENESS = 3  # pixels of the pictures embedded in an SVG to one of its units


def render_png(shown: QWidget | PictureSheet, scale: float = 2.0) -> QImage:
    """The whole of a widget as it is now, or of a sheet, at ``scale`` image pixels to a device-independent pixel.

    What is drawn in the background is finished first, and points and words are drawn anew at that scale, not enlarged.
    """
    if isinstance(shown, QWidget):
        return _render_widget(shown, scale)
    image = _blank(shown.size, scale, shown.ground())
    painter = QPainter(image)
    shown.draw_words(painter)
    painter.drawImage(shown.place, _render_widget(shown.widget, scale))
    painter.end()
    return image


def _render_widget(widget: QWidget, scale: float) -> QImage:
    for view in [widget, *widget.findChildren(PlaneView)]:
        if isinstance(view, PlaneView):
            view.settle()
    image = _blank(widget.size(), scale, widget.palette().window().color())
    QWidget.render(widget, image, QPoint())  # a QGraphicsView has another render of its own
    return image


def _blank(size: QSize, scale: float, ground: QColor) -> QImage:
    image = QImage(size * scale, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(scale)
    image.fill(ground)
    return image


def copy_picture(shown: QWidget | PictureSheet, scale: float = 2.0) -> None:
    """Puts the picture of a widget, or a sheet, on the clipboard."""
    QGuiApplication.clipboard().setImage(render_png(shown, scale))


def save_png(shown: QWidget | PictureSheet, path: Path, scale: float = 2.0) -> None:
    """Saves the picture of a widget, or a sheet; an older file at ``path`` stays whole until the new one is.

    Raises:
        OSError: it could not be written.
    """
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    render_png(shown, scale).save(buffer, "PNG")  # type: ignore[call-overload] # PySide's stub misses the device
    buffer.close()
    replace_bytes(path, bytes(content.data()))


def save_svg(view: QGraphicsView, path: Path) -> None:
    """Saves a plane, or a plot of pyqtgraph's, as SVG: shapes and words stay what they are; points and images are
    embedded pictures.

    Raises:
        OSError: it could not be written.
    """
    if isinstance(view, PlaneView):
        view.settle()
    size = view.viewport().size() * _RASTER_FINENESS

    def draw(painter: QPainter) -> None:
        whole = QRectF(0, 0, size.width(), size.height())
        if isinstance(view, PlaneView):
            painter.fillRect(whole, view.ground())
        view.render(painter, whole, view.viewport().rect())

    _save_svg(view, draw, view.viewport().size(), size, path)


def save_sheet_svg(sheet: PictureSheet, path: Path) -> None:
    """Saves a plane's sheet so.

    Raises:
        OSError: it could not be written.
    """
    view = sheet.widget
    assert isinstance(view, PlaneView)
    view.settle()

    def draw(painter: QPainter) -> None:
        painter.scale(_RASTER_FINENESS, _RASTER_FINENESS)
        plane = QRectF(QRect(sheet.place, view.viewport().size()))
        painter.fillRect(plane, view.ground())
        view.render(painter, plane, view.viewport().rect())
        # What lies on the plane may reach beyond what is in view, and the words stand on a ground of their own.
        around = QPainterPath()
        around.addRect(QRectF(QRect(QPoint(), sheet.size)))
        around.addRect(plane)
        painter.fillPath(around, sheet.ground())
        sheet.draw_words(painter)

    _save_svg(view, draw, sheet.size, sheet.size * _RASTER_FINENESS, path, sheet.heading.title)


def save_svg_of(widget: QWidget, draw: Callable[[QPainter], None], path: Path) -> None:
    """Saves what ``draw`` draws of ``widget``, in its pixels, as SVG.

    Raises:
        OSError: it could not be written.
    """
    _save_svg(widget, draw, widget.size(), widget.size(), path)


def _save_svg(
    widget: QWidget, draw: Callable[[QPainter], None], size: QSize, units: QSize, path: Path, title: str = ""
) -> None:
    """``size``: of the drawing, in pixels; ``units``: the same in those of the painter."""
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(size)
    generator.setViewBox(QRect(0, 0, units.width(), units.height()))
    generator.setResolution(widget.logicalDpiX())  # the screen's, or words come out smaller than their places
    generator.setTitle(title or widget.accessibleName() or widget.windowTitle() or "LatentLab")
    painter = QPainter(generator)
    draw(painter)
    painter.end()
    buffer.close()
    replace_bytes(path, bytes(content.data()))
