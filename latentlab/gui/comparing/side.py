"""One side of the comparison: what it shows is chosen above, its figures stand beneath."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QStackedLayout, QToolButton, QVBoxLayout, QWidget

from latentlab.core import options
from latentlab.core.exploration import Rect
from latentlab.core.plane import Floats
from latentlab.core.projections import ProjectionInfo, projection_info, projections
from latentlab.gui import icons, theme
from latentlab.gui.comparing.figures import MEANING
from latentlab.gui.comparing.fits import Choice
from latentlab.gui.comparing.linked_plane import LinkedPlane
from latentlab.gui.open_run import OpenRun
from latentlab.gui.session import Session
from latentlab.gui.widgets.elided_box import ElidedBox
from latentlab.gui.widgets.fit_page import FitPage

MODEL, RUN = "model", "run"
"""The choices that are no projections: what is looked at, and an open run, which is the choice's config."""

_MODEL_TITLE = "Model"
_LEAST_CHOOSER = 96
_USUAL = (
    "variance explained 50.0% by 2 latents · error 0.0500 per pixel over 10,000 test images · 15-NN 0.500 · "
    "trustworthiness 0.500"
)


class Side(QWidget):
    """A scatter, or the settings of what it is to show.

    Attributes:
        choice: what is shown.
        chooser, settings, page: the list of what there is; the button for the settings; the settings themselves.
        view, points, figures: the scatter, and the lines beneath it.
        empty: the sentence in the place of a scatter without points.

    Signals:
        chosen(): `choice` is another one.
        fit_pressed(): `choice` shall be fitted.
        settings_toggled(bool): the settings shall show, or the scatter again.
        cancel_pressed(): the fit of `choice` shall end.
        figures_changed(): `figures_height` may be another one.
    """

    chosen = Signal()
    fit_pressed = Signal()
    settings_toggled = Signal(bool)
    cancel_pressed = Signal()
    figures_changed = Signal()

    def __init__(self, session: Session, which: str, name: str) -> None:
        super().__init__()
        self._choices = {MODEL: Choice(MODEL)} | {info.name: Choice(info.name, info.config()) for info in projections()}
        self.choice = self._choices[name]
        self._runs: tuple[OpenRun, ...] = ()
        self.chooser = self._make_chooser(which, name)
        self.settings = QToolButton()
        icons.set_icon(self.settings, "settings", "muted")
        icons.set_size(self.settings, 16)
        self.settings.setCheckable(True)
        self.settings.setToolTip("Settings of this projection")
        self.settings.setAccessibleName(f"Settings of the projection on the {which}")
        self.view = LinkedPlane(session)
        self.points = self.view.points
        self.figures = QLabel()
        self.figures.setProperty("role", "note")
        self.figures.setWordWrap(True)
        self.figures.setToolTip(MEANING)
        self.figures.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.empty = QLabel()
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        self.empty.setContentsMargins(16, 8, 16, 8)
        self.empty.setProperty("role", "note")
        self.page = FitPage()
        self._lay_out()
        self.chooser.activated.connect(self._choose)
        theme.active().text_resized.connect(self.figures_changed)
        self.settings.toggled.connect(self.settings_toggled)
        self.page.fit_pressed.connect(self._take_settings)
        self.page.cancel_pressed.connect(self.cancel_pressed)

    def name_model(self, title: str) -> None:
        """Calls the model that is looked at by its name; an empty one where there is none."""
        self.chooser.setItemText(self.chooser.findData(MODEL), title or _MODEL_TITLE)

    def offer_runs(self, runs: Sequence[OpenRun]) -> None:
        """Offers these runs beside model and projections; where the one on show is gone, the model takes over."""
        titles = [run.title for run in runs]
        shown = [self.chooser.itemText(place) for place in range(1, 1 + len(self._runs))]
        if tuple(runs) == self._runs and titles == shown:
            return
        gone = self.choice.name == RUN and self.choice.config not in runs
        choice = self._choices[MODEL] if gone else self.choice
        for run in self._runs:
            self.chooser.removeItem(1)
            del self._choices[_key(Choice(RUN, run))]
        self._runs = tuple(runs)
        for place, run in enumerate(runs, start=1):
            self._choices[_key(Choice(RUN, run))] = Choice(RUN, run)
            self.chooser.insertItem(place, run.title, _key(Choice(RUN, run)))
            tip = "This run, whichever one is looked at"
            self.chooser.setItemData(place, tip, Qt.ItemDataRole.ToolTipRole)
        self.chooser.setCurrentIndex(self.chooser.findData(_key(choice)))
        if gone:
            self._choose()

    def show_plane(self) -> None:
        """Shows the scatter in the place of the settings."""
        self._stack.setCurrentIndex(0)
        self.page.rest()
        config = None if self.choice.name == RUN else self.choice.config
        self._show_button(bool(config and options.describe(config)), checked=False)

    @property
    def shows_points(self) -> bool:
        """Whether the scatter is in front, with points."""
        return self._stack.currentIndex() == 0 and bool(len(self.view.points.points))

    def show_points(self, positions: Floats, extent: Rect) -> None:
        """Shows the images at ``positions`` N×2, nearly all of which lie in ``extent``."""
        self.show_plane()
        self.view.show_points(positions, extent)

    def show_figures(self, text: str) -> None:
        """Writes the figures beneath; they are on their way where there is no text."""
        self.figures.setText(text or "measuring…")
        self.figures_changed.emit()

    def show_empty(self, sentence: str) -> None:
        """Shows no points, and says why."""
        self.show_plane()
        self.empty.setText(sentence)
        self._stack.setCurrentWidget(self.empty)
        self.view.clear()

    def show_settings(self, hindrance: str, has_points: bool) -> None:
        """Shows the settings, or why they would be of no use; `settings` leads back where there are points."""
        self.page.set_method(projection_info(self.choice.name).summary, self.choice.config)
        self.page.show_settings(hindrance)
        self._show_page(has_points)

    def show_progress(self, text: str, fraction: float) -> None:
        """Shows how far the fit is."""
        self.page.set_method(projection_info(self.choice.name).summary, self.choice.config)
        self.page.show_progress(text, fraction)
        self._show_page(False)

    def figures_height(self) -> int:
        """The height that the figures need, and at least that of those which nearly always come."""
        metrics, room = QFontMetrics(theme.small(self.font())), QRect(0, 0, self.width(), 0)
        usual = metrics.boundingRect(room, Qt.TextFlag.TextWordWrap, _USUAL).height()
        return max(usual, self.figures.heightForWidth(self.width()) if self.view.isVisibleTo(self) else 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.figures_changed.emit()

    def _show_page(self, has_points: bool) -> None:
        self._stack.setCurrentIndex(1)
        self._show_button(has_points, checked=True)

    def _show_button(self, visible: bool, checked: bool) -> None:
        self.settings.setVisible(visible)
        with QSignalBlocker(self.settings):
            self.settings.setChecked(checked)

    def _make_chooser(self, which: str, name: str) -> ElidedBox:
        chooser = ElidedBox()
        chooser.setToolTip(f"What the {which} side shows")
        chooser.setAccessibleName(f"What the {which} side shows")
        chooser.setSizeAdjustPolicy(ElidedBox.SizeAdjustPolicy.AdjustToContents)
        chooser.setMinimumWidth(_LEAST_CHOOSER)  # the names of runs may be long
        chooser.addItem(_MODEL_TITLE, MODEL)
        chooser.setItemData(0, "The model that is looked at", Qt.ItemDataRole.ToolTipRole)
        for info in projections():
            chooser.addItem(info.title, info.name)
            chooser.setItemData(chooser.count() - 1, _tip(info), Qt.ItemDataRole.ToolTipRole)
        chooser.setCurrentIndex(chooser.findData(name))
        return chooser

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.chooser)
        head.addStretch(1)
        for button in (self.page.fit, self.page.cancel, self.settings):
            head.addWidget(button)
        plane = QWidget()
        beneath = QVBoxLayout(plane)
        beneath.setContentsMargins(0, 0, 0, 0)
        beneath.setSpacing(2)
        beneath.addWidget(self.view, 1)
        beneath.addWidget(self.figures)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(self.page)
        self._stack = QStackedLayout()
        self._stack.addWidget(plane)
        self._stack.addWidget(area)
        self._stack.addWidget(self.empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addLayout(self._stack, 1)

    @Slot()
    def _choose(self) -> None:
        choice = self._choices[self.chooser.currentData()]
        if choice != self.choice:
            self.choice = choice
            self.view.clear()
            self.chosen.emit()

    @Slot()
    def _take_settings(self) -> None:
        self.choice = Choice(self.choice.name, self.page.form.config())
        self._choices[self.choice.name] = self.choice
        self.view.following = True
        self.fit_pressed.emit()


def _key(choice: Choice) -> str:
    """What the list knows a choice by."""
    return f"{RUN} {id(choice.config)}" if choice.name == RUN else choice.name


def _tip(info: ProjectionInfo) -> str:
    return f"{info.summary}\n{info.paper}"
