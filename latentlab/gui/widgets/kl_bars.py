"""A bar for what each latent carries; those that carry nothing are crossed out."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from latentlab.core.latent_use import Latent
from latentlab.gui import theme
from latentlab.gui.colours import mix
from latentlab.gui.text_size import follow, px

_WIDEST_BAR = 24.0
_CROSS = 3.0
# Where no latent carries as much, the chart is not enlarged: bars of nothing would look like bars of something.
_LEAST_NATS = 0.1


class KLBars(QWidget):
    """KL(q(z|x) ‖ p(z)) of every latent, in their order, in nats."""

    def __init__(self) -> None:
        super().__init__()
        self._latents: tuple[Latent, ...] = ()
        self.setAccessibleName("KL per latent")
        follow(self, lambda: self.setMinimumSize(px(96), px(112)))

    def show_latents(self, latents: Sequence[Latent]) -> None:
        """Shows other latents."""
        self._latents = tuple(latents)
        self.setAccessibleDescription(self.caption())
        self.update()

    def caption(self) -> str:
        """What is on show, in a line."""
        off = sum(not latent.active for latent in self._latents)
        return f"× {off} inactive" if off else f"all {len(self._latents)} active"

    def bar(self, index: int) -> QRectF:
        """Where the bar of a latent is; without height where it carries nothing."""
        room = self._room()
        pitch = room.width() / len(self._latents)
        width = min(0.75 * pitch, _WIDEST_BAR)
        height = room.height() * max(self._latents[index].kl, 0.0) / self._most()
        return QRectF(room.left() + (index + 0.5) * pitch - width / 2, room.bottom() - height, width, height)

    def latent_at(self, x: float) -> int | None:
        """The latent whose part of the chart lies at ``x``."""
        room = self._room()
        if not self._latents or not room.left() <= x < room.right():
            return None
        return int((x - room.left()) / room.width() * len(self._latents))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            index = self.latent_at(event.pos().x())
            QToolTip.showText(event.globalPos(), "" if index is None else self._words(index), self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._latents:
            return
        colours = theme.active().colours
        muted = QColor(colours.muted)
        bars = QColor(colours.ring if self.isEnabled() else mix(colours.muted, colours.window, 0.5))
        off = QColor(colours.warning if self.isEnabled() else colours.muted)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.small(self.font()))
        room, line = self._room(), painter.fontMetrics().height()
        painter.setPen(muted)
        painter.drawText(QRectF(0, 0, self.width(), line), Qt.AlignmentFlag.AlignLeft, f"{self._most():.2f} nats")
        below = QRectF(0, self.height() - line, self.width(), line)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, self.caption())
        painter.setPen(QPen(QColor(colours.line), 1))
        painter.drawLine(room.bottomLeft(), room.bottomRight())
        for index, latent in enumerate(self._latents):
            bar = self.bar(index)
            painter.fillRect(bar, bars if latent.active else off)
            if not latent.active:
                self._cross(painter, QPointF(bar.center().x(), room.bottom() - bar.height() - 6), bar.width(), off)
        painter.end()

    @staticmethod
    def _cross(painter: QPainter, centre: QPointF, width: float, colour: QColor) -> None:
        arm = min(_CROSS, width / 2)
        painter.setPen(QPen(colour, 1.5))
        for slope in (arm, -arm):
            painter.drawLine(centre + QPointF(-arm, slope), centre + QPointF(arm, -slope))

    def _most(self) -> float:
        """The nats of a bar as high as there is room."""
        return max(_LEAST_NATS, *(latent.kl for latent in self._latents))

    def _room(self) -> QRectF:
        line = self.fontMetrics().height()
        return QRectF(0, line + 4, self.width(), self.height() - 2 * line - 8)

    def _words(self, index: int) -> str:
        latent = self._latents[index]
        state = "" if latent.active else ", inactive"
        carried = f"{latent.kl:.3f} ± {latent.error:.3f} nats"
        return f"z{index + 1}{state}: {carried}; its mean has a variance of {latent.variance:.3g}"
