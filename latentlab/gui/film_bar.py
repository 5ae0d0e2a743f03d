"""The strip beneath the scatter: the film's timeline, and what plays it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from latentlab.gui import icons
from latentlab.gui.filming import SPEEDS, Filming
from latentlab.gui.text_size import follow, px
from latentlab.gui.widgets.elided_label import ElidedLabel
from latentlab.gui.widgets.menu import Menu
from latentlab.gui.widgets.throttle import Throttle
from latentlab.gui.widgets.timeline import Timeline

_FEWEST = 2
# A film that grows is drawn anew no more often: each frame that comes is of little news.
_FOLLOW_MS = 500
# Beside a narrower timeline, the epoch stands in the scatter's title alone.
_WIDTH_FOR_EPOCH = 360


class FilmBar(QWidget):
    """Hidden until there is, or soon will be, something to watch.

    Attributes:
        back, play, forward, timeline, epoch, speed, live: its controls.
    """

    def __init__(self, filming: Filming) -> None:
        super().__init__()
        self._filming = filming
        self.timeline = Timeline()
        self.back = self._button("step-back", "The frame before (,)")
        self.play = self._button("train", "")
        self.forward = self._button("step", "The next frame (.)")
        self.epoch = ElidedLabel(alignment=Qt.AlignmentFlag.AlignRight)
        self.epoch.setProperty("role", "note")
        self.epoch.setToolTip("The epoch of the moment that is looked at")
        self.speed = QToolButton()
        self.speed.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.speed.setMenu(speed_menu(filming, self.speed))
        self.live = QToolButton()
        self.live.setText("Live")
        self.live.setCheckable(True)
        self.live.setToolTip("Back to the newest weights, which follow the training (Shift+K)")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for button in (self.back, self.play, self.forward):
            row.addWidget(button)
        row.addWidget(self.timeline, 1)
        for widget in (self.epoch, self.speed, self.live):
            row.addWidget(widget)
        self.back.clicked.connect(lambda: filming.step_by(-1))
        self.forward.clicked.connect(lambda: filming.step_by(1))
        self.play.clicked.connect(filming.toggle)
        self.live.clicked.connect(self._go_live)
        self.timeline.scrubbed.connect(filming.show_step)
        self.timeline.stepped.connect(filming.step_by)
        self.timeline.ended.connect(self._go_to_end)
        self._follows = Throttle(self._show_film, _FOLLOW_MS, self)
        filming.film_changed.connect(self._follows.request)
        filming.control.state_changed.connect(lambda _: self._show_film())
        filming.watched_changed.connect(self._show_watched)
        filming.session.filmed_changed.connect(self._show_place)
        follow(self, self._show_film)
        self._show_watched()

    def resizeEvent(self, event: object) -> None:
        self._show_place()

    def _show_film(self) -> None:
        film = self._filming.film
        # Of a training that goes on, the place is at the end before and after, and nothing is painted anew.
        self._show_place()
        self.timeline.set_frames(film.steps)
        self.timeline.set_fork(*self._filming.fork)
        # From the first step on, rather than push the scatter up when there are frames.
        run = self._filming.control.run
        begins = run is not None and run.is_busy and film.most_bytes > 0
        self.setVisible(begins or len(film) >= _FEWEST)
        last = film.frames[-1].epoch if len(film) else 0.0
        # As wide as the last epoch needs, and ten times as many, so that nothing jumps while it counts; and a pixel for
        # what rounding cuts.
        width = self.epoch.fontMetrics().horizontalAdvance
        self.epoch.setFixedWidth(max(width(_epoch(last)), width(_epoch(10 * last))) + 1)

    @Slot()
    def _show_place(self) -> None:
        frame, live = self._filming.frame, self._filming.live
        self.timeline.set_place(None if frame is None else frame.step, live)
        self.epoch.setText("" if frame is None else _epoch(frame.epoch))
        self.epoch.setVisible(self.width() >= px(_WIDTH_FOR_EPOCH))
        self.live.setChecked(live)

    @Slot()
    def _show_watched(self) -> None:
        filming = self._filming
        icons.set_icon(self.play, "pause" if filming.playing else "train", "text")
        self._name(self.play, "Stop the film here (K)" if filming.playing else "Play the film of the training (K)")
        self.speed.setText(speed_text(filming.speed))
        self._name(self.speed, "How fast the film plays: below 1× is slow motion (< and >)")
        self.timeline.set_marks(*filming.marks)

    @Slot()
    def _go_live(self) -> None:
        self._filming.go_live()
        self.live.setChecked(self._filming.live)

    @Slot(bool)
    def _go_to_end(self, first: bool) -> None:
        if first:
            self._filming.show_step(0)
        else:
            self._filming.go_live()

    def _button(self, icon: str, tip: str) -> QToolButton:
        button = QToolButton()
        icons.set_icon(button, icon, "text")
        icons.set_size(button, 16)
        self._name(button, tip)
        return button

    @staticmethod
    def _name(button: QToolButton, tip: str) -> None:
        button.setToolTip(tip)
        button.setAccessibleName(tip)


def speed_menu(filming: Filming, parent: QWidget) -> Menu:
    """The speeds to choose from, the present one checked."""
    menu = Menu("&Speed", parent)

    def check() -> None:
        for speed, action in zip(SPEEDS, menu.actions(), strict=True):
            action.setChecked(speed == filming.speed)

    for speed in SPEEDS:
        menu.add(speed_text(speed), None, lambda speed=speed: filming.set_speed(speed)).setCheckable(True)  # type: ignore[misc]
    menu.aboutToShow.connect(check)
    return menu


def speed_text(speed: float) -> str:
    """A speed as it is written: ``¼×``, ``2×``."""
    return f"{ {0.25: '¼', 0.5: '½'}.get(speed) or format(speed, 'g')}×"


def _epoch(epoch: float) -> str:
    return f"epoch {epoch:,.1f}" if epoch < 100 else f"epoch {epoch:,.0f}"
