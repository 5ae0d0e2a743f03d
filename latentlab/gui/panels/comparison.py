"""Two ways to place the same images, side by side: the model, PCA and its kin; and what each keeps of the images."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedLayout, QToolButton, QWidget

from latentlab.core.projections import projection_info
from latentlab.core.raster import density_extent
from latentlab.core.run_differences import difference_words
from latentlab.core.run_figures import newest_figure
from latentlab.gui.comparing.drawn_sides import DrawnSides
from latentlab.gui.comparing.fits import Choice, ProjectionFits
from latentlab.gui.comparing.model_figures import ModelFigures
from latentlab.gui.comparing.morph_page import MorphPage
from latentlab.gui.comparing.pca_figures import PCAFigures, pca_choice
from latentlab.gui.comparing.run_places import RunPlaces
from latentlab.gui.comparing.side import MODEL, RUN, Side
from latentlab.gui.errands import Errands
from latentlab.gui.open_run import OpenRun
from latentlab.gui.panels.base import Panel
from latentlab.gui.picture_words import class_key, images_in_words
from latentlab.gui.run_control import RunControl
from latentlab.gui.widgets.picture_sheet import Heading, PictureSheet

_EXPLANATION = (
    "The same images in two planes. Choose above each what it shows: the model, PCA (the best that straight lines can "
    "do), another projection, or any other open run. Hover over or click a point on one side to find it on the other. "
    "Under each stand the figures that have a meaning there: how much of the pixels' variance its reconstruction "
    "explains, its squared error per pixel, how often the majority of the 15 nearest other points on the plane names a "
    "point's class, and how far neighbours on the plane are neighbours as images (trustworthiness, 1 is perfect). "
    "Beside a linear model stand its angles to PCA's subspace, beneath two runs what differs between them. Morph shows "
    "one plane instead, on which the points travel from where the left side has them to where the right one does."
)


class ComparisonPanel(Panel):
    """Two linked scatters with figures beneath, or one on which the points travel from the one to the other.

    Attributes:
        sides: left and right.
        fits, places, model_figures, pca: where projections, runs, the model and PCA put the images, and their figures.
        morph, morphing: the plane of both, and the button that shows it.
        drawn: what a hand has drawn, on both sides.
        difference: what sets two runs apart, in a line beneath them.

    Args:
        fitting: where the projections are fitted, so that nothing else waits for them.
    """

    def __init__(self, control: RunControl, fitting: Errands) -> None:
        super().__init__("comparison", "Comparison", _EXPLANATION)
        session, errands = control.session, control.errands
        self._control, self._session, self._errands = control, session, errands
        self.sides = Side(session, "left", pca_choice().name), Side(session, "right", MODEL)
        both = QWidget()
        row = QHBoxLayout(both)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for side in self.sides:
            row.addWidget(side, 1)
            side.chosen.connect(partial(self._choose, side))
            side.fit_pressed.connect(partial(self._fit, side))
            side.settings_toggled.connect(partial(self._show_settings, side))
            side.cancel_pressed.connect(partial(self._cancel, side))
            side.figures_changed.connect(self._even_out)
        self.fits = ProjectionFits(session, fitting)
        self.places = RunPlaces(session, control.runs, fitting, self._runs_seen, self)
        self.difference = QLabel()
        self.difference.setProperty("role", "note")
        self.difference.setWordWrap(True)
        self.difference.setToolTip("What differs from the left run to the right one: settings, and the newest figure")
        self.difference.hide()
        self.drawn = DrawnSides(session.drawing, self.sides, self.fits, self._has_model)
        self.morph = MorphPage(session, self.sides, self.drawn)
        area = QWidget()
        self._stack = QStackedLayout(area)
        self._stack.addWidget(both)
        self._stack.addWidget(self.morph)
        self.picture_area = area
        self.column.addWidget(area, 1)
        self.column.addWidget(self.difference)
        self.morphing = QToolButton()
        self.morphing.setText("Morph")
        self.morphing.setCheckable(True)
        self.morphing.setToolTip("Let the points travel from one side to the other (Ctrl+Shift+P)")
        self.add_control(self.morphing)
        self.morphing.toggled.connect(self._stack.setCurrentIndex)
        self.model_figures = ModelFigures(session, errands, self._model_is_seen, self)
        self.pca = PCAFigures(session, self.fits, errands, self.is_seen, self)
        self._connect()

    def toggle_morph(self) -> None:
        """Shows one plane on which the points travel, or both sides again."""
        self.morphing.toggle()

    def picture(self) -> PictureSheet:
        session = self._session
        names = [self._title_of(side) for side in self.sides]
        data = () if session.dataset is None else (session.dataset.title, images_in_words(session))
        return PictureSheet(self.picture_area, Heading(" and ".join(names), data), class_key(session, self.font()))

    def _connect(self) -> None:
        session, fits, figures = self._session, self.fits, self.model_figures
        session.dataset_changed.connect(self._show_all)
        session.source_changed.connect(self._take_source)
        session.points_placed.connect(self._move_model)
        figures.changed.connect(self._show_model)
        fits.fitted.connect(self._show_choice)
        fits.ended.connect(self._show_choice)
        fits.progressed.connect(self._show_progress)
        self.places.changed.connect(self._take_place)
        self._control.runs.listed.connect(self._offer_runs)
        self._control.runs.changed.connect(self._take_run)
        self._control.run_changed.connect(self._show_difference)
        for part in (fits, figures, self.places, self.pca):
            part.failed.connect(self.failed)
        self.pca.said_instead.connect(self._say_of_pca)
        self._offer_runs()
        self._show_all()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.places.look_soon()

    # What a side shows.

    def _choose(self, side: Side) -> None:
        self._show(side)
        self.pca.measure_soon()  # it may have been cancelled

    @Slot()
    def _show_all(self) -> None:
        for side in self.sides:
            self._show(side)

    @Slot()
    def _show_model(self) -> None:
        self._show_choice(Choice(MODEL))

    @Slot()
    def _move_model(self) -> None:
        """Newer weights place the same points elsewhere, several times a second: no more changes than that."""
        placed = self._session.placed
        for side in self.sides:
            if side.choice.name == MODEL:
                if placed is not None and self._has_model() and side.shows_points:
                    side.view.show_points(placed.positions, placed.extent)
                else:
                    self._show(side)
        self.morph.refresh()

    @Slot(object)
    def _show_choice(self, choice: Choice) -> None:
        for side in self.sides:
            if side.choice == choice:
                self._show(side)

    def _show(self, side: Side) -> None:
        choice, fitted = side.choice, self.fits.get(side.choice)
        if choice.name == MODEL:
            self._place_model(side)
        elif choice.name == RUN:
            self._place_run(side, choice.config)
        elif fitted is not None:
            positions = fitted.placement.positions
            side.show_points(positions, density_extent(positions))
            side.show_figures("" if fitted.figures is None else fitted.figures.text((fitted.placement.note,)))
        elif choice == pca_choice():
            side.show_empty("PCA appears here in a moment.")
        elif self.fits.is_running(choice):
            side.show_progress("Waiting for another fit", -1.0)
        else:
            side.show_settings(self._hindrance(choice), has_points=False)
        self.drawn.follow()
        self.morph.refresh()
        self._show_difference()

    @Slot()
    def _even_out(self) -> None:
        """Leaves both sides' figures the same room, so that their planes are of one height."""
        for side in self.sides:
            side.figures.setMinimumHeight(0)  # or Qt would count what they were given before as what they need
        height = max(side.figures_height() for side in self.sides)
        for side in self.sides:
            side.figures.setMinimumHeight(height)

    def _place_model(self, side: Side) -> None:
        placed, figures = self._session.placed, self.model_figures.figures
        if not self._has_model():
            side.show_empty("Press Train to see where a model puts the same images.")
        else:
            side.show_plane()
            if placed is not None:
                side.show_points(placed.positions, placed.extent)
            side.show_figures("" if figures is None else figures.text())

    def _place_run(self, side: Side, run: OpenRun) -> None:
        place = self.places.get(run)
        if not self.places.can_place(run):
            side.show_empty("This run learned another data set; its space has no place for these images.")
        elif run.newest is None:
            side.show_empty("This run waits for its training.")
        else:
            side.show_plane()
            if place is not None:
                side.show_points(place.positions, density_extent(place.positions))
            side.show_figures("" if place is None or place.figures is None else place.figures.text())
            self.places.look_soon()

    def _has_model(self) -> bool:
        return self._session.source_title not in ("", "PCA")

    def _model_is_seen(self) -> bool:
        return self.is_seen() and any(side.choice.name == MODEL for side in self.sides)

    def _hindrance(self, choice: Choice) -> str:
        """Why a projection cannot be fitted to the data set, or nothing."""
        dataset, info = self._session.dataset, projection_info(choice.name)
        if dataset is None:
            return "There is no data set yet."
        if info.uses_labels and dataset.classes < 2:
            return f"{info.title} needs labels, which this data set has not."
        return ""

    @Slot()
    def _take_source(self) -> None:
        self._name_model()
        for side in self.sides:
            if side.choice.name == MODEL:
                side.view.expect_others()
        self._show_model()

    # Runs.

    def _run_on(self, side: Side) -> OpenRun | None:
        """The run that a side shows, if it is one."""
        if side.choice.name == MODEL:
            return self._control.run
        run: OpenRun | None = side.choice.config if side.choice.name == RUN else None
        return run

    def _runs_seen(self) -> list[OpenRun]:
        return [side.choice.config for side in self.sides if side.choice.name == RUN and self.is_seen()]

    @Slot()
    def _offer_runs(self) -> None:
        runs = [run for run in self._control.runs if run.newest is not None]
        for side in self.sides:
            side.offer_runs(runs if len(runs) > 1 else [])
        self._name_model()
        self._show_difference()

    def _title_of(self, side: Side) -> str:
        """What a side shows, by the name that it has without this window."""
        run = self._run_on(side) if self._has_model() else None
        return side.chooser.currentText() if run is None else run.title

    def _name_model(self) -> None:
        """Calls the model by its own name, beside other runs by that of the run."""
        run, title = self._control.run, self._session.source_title if self._has_model() else ""
        named = f"In view: {run.title}" if run is not None and title and len(self._control.runs) > 1 else title
        for side in self.sides:
            side.name_model(named)

    @Slot(object)
    def _take_run(self, run: OpenRun) -> None:
        self._offer_runs()

    @Slot(object)
    def _take_place(self, run: OpenRun) -> None:
        self._show_choice(Choice(RUN, run))

    @Slot()
    def _show_difference(self) -> None:
        left, right = (self._run_on(side) for side in self.sides)
        both = left is not None and right is not None and left is not right
        self.difference.setVisible(both)
        if left is not None and right is not None and both:
            figures = (newest_figure(run.history, run.settings) for run in (left, right))
            self.difference.setText(difference_words(left.settings, right.settings, *figures))

    @Slot(str)
    def _say_of_pca(self, sentence: str) -> None:
        for side in self.sides:
            if side.choice == pca_choice():
                side.show_figures(sentence)

    # Fits.

    def _fit(self, side: Side) -> None:
        if self.fits.get(side.choice) is None:
            self.fits.start(side.choice)
        self._show(side)

    def _cancel(self, side: Side) -> None:
        self.fits.cancel(side.choice)

    def _show_settings(self, side: Side, shown: bool) -> None:
        if shown:
            side.show_settings(self._hindrance(side.choice), has_points=True)
        else:
            self._show(side)

    @Slot(object, str, float)
    def _show_progress(self, choice: Choice, text: str, fraction: float) -> None:
        for side in self.sides:
            if side.choice == choice and self.fits.get(choice) is None:
                side.show_progress(text, fraction)
