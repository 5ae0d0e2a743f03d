"""What the scatter's points are coloured by: their classes, or a figure that the model or the plane gives each."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial

import numpy as np
from PySide6.QtCore import QObject, QSignalBlocker, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from latentlab.core.palette import sequential_colours
from latentlab.core.plane import Floats
from latentlab.core.point_values import MeasureDensity, MeasurePoints, Values
from latentlab.core.quantity import Quantity
from latentlab.gui.picture_words import class_key
from latentlab.gui.session import Session
from latentlab.gui.widgets.class_box import ClassBox
from latentlab.gui.widgets.colour_bar import ColourBar, figure_text
from latentlab.gui.widgets.legend import Legend
from latentlab.gui.widgets.patient_timer import PatientTimer
from latentlab.gui.widgets.picture_key import PictureKey
from latentlab.gui.widgets.plane_view import PlaneView
from latentlab.gui.widgets.points_item import PointsItem

SHADES = 64
_LEAST, _MOST = 2.0, 98.0  # percent: a few outliers would leave all others one colour
# While weights come the figures are measured bit by bit, which leaves most of the time to others.
_WHILE_TRAINING_MS = 400
_CHANGES_FOR = 1.0  # seconds after the last weights until they are taken to rest
_LONGEST_WAIT = 2.0  # seconds, while the hand drags
_TIP = "What the points are coloured by"


@dataclass(frozen=True)
class _Choice:
    """What can be chosen: its title, the bar's two lines and tip, and its unit in a sentence."""

    quantity: Quantity | None
    title: str
    heading: str = ""
    unit: str = ""
    brief_unit: str = ""
    meaning: str = ""


_CHOICES = (
    _Choice(None, "Class"),
    _Choice(
        Quantity.ERROR,
        "Error",
        "Squared error",
        "mean per pixel",
        "per pixel",
        "Mean squared error per pixel of each image's reconstruction, black 0 and white 1",
    ),
    _Choice(
        Quantity.KL,
        "KL",
        "KL(q ‖ p)",
        "nats per image",
        "nats",
        "How far each image's posterior q(z|x) is from the prior p(z), in nats",
    ),
    _Choice(
        Quantity.DENSITY,
        "Density",
        "Density",
        "points per unit²",
        "points per unit²",
        "How many points there are about each, per square unit of the plane",
    ),
)
_CLIPPED = "The scale's ends are the 2nd and the 98th percentile; values beyond take their colours."


class PointColours(QObject):
    """Colours a scatter, and shows its legend or the scale of values instead.

    Attributes:
        box: the choice, for a title bar.
        bar: the scale.
        quantity: the figure that colours them, or None for the classes.
        values: float32 N, NaN where not measured yet, while a figure is chosen.
    """

    def __init__(self, session: Session, view: PlaneView, points: PointsItem, legend: Legend) -> None:
        super().__init__(view)
        self._session, self._view, self._points, self._legend = session, view, points, legend
        self.quantity: Quantity | None = None
        self.values: Floats = np.empty(0, np.float32)
        self._palette = sequential_colours(SHADES)
        self.box, self.bar = ClassBox("Colour by", _TIP), ColourBar(self._palette)
        self.bar.hide()
        self._next = self._left = 0
        self._changed_at = -np.inf
        self._timer = PatientTimer(self._ask, session.hand_is_busy, _LONGEST_WAIT, self)
        self._actions: dict[Quantity | None, QAction] = {}
        group = QActionGroup(self)
        for choice in _CHOICES:
            action = QAction(choice.title, self, checkable=True)
            action.setActionGroup(group)
            action.triggered.connect(partial(session.colour_by, choice.quantity))
            self._actions[choice.quantity] = action
        self._offer()
        self.box.activated.connect(self._choose_row)
        session.colouring_chosen.connect(self._follow)
        # The points come with their classes' colours; they are measured when a model is there.
        session.dataset_changed.connect(self._show_choice)
        session.source_changed.connect(self._begin)
        session.capabilities_changed.connect(self._offer)
        session.model_updated.connect(self._take_weights)
        session.points_placed.connect(self._take_places)
        session.when_answered(MeasurePoints, self._take)
        session.when_answered(MeasureDensity, self._take)

    def menu(self, parent: QMenu) -> QMenu:
        """The same choice as a menu."""
        menu = QMenu("&Colour points by", parent)
        menu.addActions(list(self._actions.values()))
        return menu

    @Slot()
    def _follow(self) -> None:
        """Colours by what is chosen, or by class where the model has no such figure."""
        chosen = self._session.exploration.colouring
        quantity = chosen if chosen in {choice.quantity for choice in self._offered()} else None
        if quantity != self.quantity:
            self.quantity = quantity
            self._show_choice()
            if quantity is None:
                self._points.set_shades(None, self._session.colours)
            self._begin()

    def figure(self, point: int) -> str:
        """The figure that colours a point, in words; empty where there is none."""
        if self.quantity is None or point >= len(self.values) or not np.isfinite(self.values[point]):
            return ""
        choice = _of(self.quantity)
        return f"{choice.title} {figure_text(float(self.values[point]))} {choice.brief_unit}"

    def key(self) -> PictureKey | None:
        """The key for a picture: the classes or the scale, as they are shown; None where there is neither."""
        return class_key(self._session, self._view.font()) if self.quantity is None else self.bar

    @Slot(int)
    def _choose_row(self, row: int) -> None:
        self._session.colour_by(self._offered()[row].quantity)

    def _offered(self) -> list[_Choice]:
        bound = self._session.capabilities.bound
        return [choice for choice in _CHOICES if bound or choice.quantity is not Quantity.KL]

    @Slot()
    def _offer(self) -> None:
        offered = self._offered()
        self.box.set_names([choice.title for choice in offered])
        self._actions[Quantity.KL].setEnabled(len(offered) == len(_CHOICES))
        self._follow()
        self._show_choice()

    @Slot()
    def _show_choice(self) -> None:
        choice = _of(self.quantity)
        with QSignalBlocker(self.box):
            self.box.setCurrentText(choice.title)
        self._actions[self.quantity].setChecked(True)
        dataset = self._session.dataset
        self._legend.setVisible(self.quantity is None and dataset is not None and dataset.classes > 0)
        self.bar.setVisible(self.quantity is not None)
        self.bar.set_quantity(choice.heading, choice.unit, f"{choice.meaning}. {_CLIPPED}")

    @Slot()
    def _begin(self) -> None:
        """Measures anew: another figure, or another model."""
        images = self._session.images
        self._next, self._left = 0, 0 if images is None or self.quantity is None else len(images)
        self.values = np.full(self._left, np.nan, np.float32)
        if self.quantity is not None:
            self._show()
            self._ask()

    @Slot()
    def _take_weights(self) -> None:
        self._changed_at = time.monotonic()
        self._left = len(self.values)
        self._ask_later()

    @Slot()
    def _take_places(self) -> None:
        if self.quantity is Quantity.DENSITY:
            self._left = len(self.values)
            self._ask_later()

    def _ask_later(self) -> None:
        if self.quantity is not None and self._left and not self._timer.is_active():
            resting = time.monotonic() - self._changed_at > _CHANGES_FOR
            self._timer.start(0 if resting else _WHILE_TRAINING_MS)

    def _ask(self) -> None:
        placed = self._session.placed
        if self.quantity is None or not self._left:
            return
        if self._view.viewport().visibleRegion().isEmpty():
            self._timer.start(_WHILE_TRAINING_MS)
        elif self.quantity is not Quantity.DENSITY:
            self._session.ask(MeasurePoints(self.quantity, self._next))
        elif placed is not None and len(placed.positions) == len(self.values):
            self._session.ask(MeasureDensity(placed.positions))

    def _take(self, request: MeasurePoints | MeasureDensity, answer: Values) -> None:
        end = answer.start + len(answer.values)
        asked = request.quantity if isinstance(request, MeasurePoints) else Quantity.DENSITY
        if asked is not self.quantity or end > len(self.values) or not len(answer.values):
            return
        self.values[answer.start : end] = answer.values
        self._next = end % len(self.values)
        self._left = max(0, self._left - len(answer.values))
        self._show()
        self._ask_later()

    def _show(self) -> None:
        if len(self._points.points) != len(self.values):
            return
        known = np.isfinite(self.values)
        if not known.any():
            self._points.set_shades(np.full(len(self.values), -1), self._palette)
            self.bar.set_range(None, None, "Measuring…")
            return
        low, high = (float(end) for end in np.percentile(self.values[known], (_LEAST, _MOST)))
        self._points.set_shades(shades(self.values, low, high), self._palette)
        self.bar.set_range(low, high, "" if known.all() or not self._left else "Measuring…")


def shades(values: Floats, low: float, high: float) -> np.ndarray:
    """Which of the ``SHADES`` each of N values takes, between ``low`` and ``high``; -1 where it is not a number."""
    place = (values - low) / (high - low) if high > low else np.where(np.isnan(values), np.nan, np.float32(0.5))
    levels = np.nan_to_num(np.clip(place * SHADES, 0, SHADES - 1), nan=-1.0)
    return levels.astype(np.int16)


def _of(quantity: Quantity | None) -> _Choice:
    return next(choice for choice in _CHOICES if choice.quantity is quantity)
