"""The words on the plot of rate and distortion: the runs' names beside their newest dots, and the line's figure."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from latentlab.gui.colours import Colours
from latentlab.gui.widgets.curve_axis import figure_text
from latentlab.gui.widgets.halo_text import HALO, draw_halo_text, text_box
from latentlab.gui.widgets.label_places import beside, least_covered
from latentlab.gui.widgets.rate_axes import RateAxes
from latentlab.gui.widgets.rate_path_item import RING, RateEntry, along

_WIDEST_NAME = 0.5  # of the plot
_ALONG = (0.88, 0.12, 0.8, 0.2, 0.7, 0.3, 0.6, 0.4, 0.5)  # where on its line the line's label may stand


def short_name(entry: RateEntry, axes: RateAxes, font: QFont) -> str:
    """The name as there is room for it: what sets runs apart stands at its ends."""
    room = _WIDEST_NAME * axes.box.width()
    return QFontMetricsF(font).elidedText(entry.name, Qt.TextElideMode.ElideMiddle, room)


def name_boxes(entries: Sequence[RateEntry], axes: RateAxes, font: QFont) -> list[QRectF]:
    """Where the names stand; those that come first choose first."""
    sizes = [text_box(short_name(entry, axes, font), font, QPointF()).size() for entry in entries]
    sizes = [QSizeF(size.width() + HALO, size.height()) for size in sizes]
    return beside([axes.newest(entry.path) for entry in entries], sizes, RING + 4, axes.box.adjusted(4, 2, -2, -2))


def draw_labels(
    painter: QPainter,
    axes: RateAxes,
    entries: Sequence[RateEntry],
    level: float | None,
    font: QFont,
    colours: Colours,
) -> None:
    """Draws the names, and on the line of equal −ELBO ``level`` its figure where there is room."""
    boxes, ground = name_boxes(entries, axes, font), QColor(colours.plot)
    line = axes.level(level) if level is not None else None
    if line:
        text = f"−ELBO {figure_text(level or 0.0)}"
        paths = (axes.to_pixels(entry.path.rate, entry.path.distortion) for entry in entries)
        reach = QPointF(RING, RING)
        drawn = [QRectF(point - reach, point + reach) for path in paths for point in along(path)]
        tries = [text_box(text, font, line[0] + (line[1] - line[0]) * share) for share in _ALONG]
        within = [box for box in tries if axes.box.contains(box)]
        if within:
            place = least_covered(within, [*boxes, *drawn]).center()
            draw_halo_text(painter, place, text, font, QColor(colours.muted), ground)
    for entry, box in zip(entries, boxes, strict=True):
        name = short_name(entry, axes, font)
        draw_halo_text(painter, box.center(), name, font, QColor(colours.text), ground)
