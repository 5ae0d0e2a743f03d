"""The latents one by one: a slider for each, over the images that it leads to."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QPushButton

from latentlab.core.latent_survey import LatentSurvey, SurveyLatents
from latentlab.core.serving import Images
from latentlab.core.traversal import Sweep, Traverse
from latentlab.gui.panels.base import Panel
from latentlab.gui.session import Session
from latentlab.gui.widgets.latent_rows import LatentRow, LatentRows
from latentlab.gui.widgets.patient_timer import PatientTimer
from latentlab.gui.widgets.throttle import Throttle

_EXPLANATION = (
    "A row for each latent, those that say most of the images first: by their KL divergence from the prior where the "
    "model has one, else by their variance. The images are the probe's, swept along that latent alone over the values "
    "that the data take; the nearest to the latent's value is framed, and carets stand at its very place where that is "
    "between two. Click one to go there, or drag the slider beneath. What lies off the plane moves the plane itself, "
    "and the manifold follows; double-click a slider to take that back."
)
_LOADING, _MEASURING = "Loading images…", "Measuring the latents…"
_CODES = (
    "{title} has no latents to slide: an image is a map of codes from a codebook. The Codebook panel edits it, code by "
    "code."
)
# Under the probe's own image these are looked at, not steered by.
_FOLLOW_MS, _SWEEP_MS = 33, 100
# While training, images and figures are renewed this often, and both wait for the hand, though not for ever.
_RESWEEP_MS, _SURVEY_MS, _FIRST_MS = 300, 2000, 50
_LONGEST_WAIT = 3.0


class LatentsPanel(Panel):
    """Sliders and traversals.

    Attributes:
        rows: the latents.
        survey: what is known of them, or None.
        images: whether the swept images are shown.
        reset: takes every move off the plane back.
    """

    def __init__(self, session: Session) -> None:
        super().__init__("latents", "Latents", _EXPLANATION)
        self._session = session
        self.survey: LatentSurvey | None = None
        self.rows = LatentRows()
        self.images, self.reset = QPushButton("Images"), QPushButton("Reset all")
        self.images.setCheckable(True)
        self.images.setChecked(True)
        self.images.setToolTip("Show the probe's image swept along each latent, or the sliders alone")
        self.reset.setToolTip("Move the plane back to where the data have it, and the probe with it (Ctrl+L)")
        for button in (self.images, self.reset):
            button.setProperty("quiet", True)
            self.add_control(button)
        self._note = self.add_note()
        self.picture_area = self.rows
        self.subject = "latents"
        self.column.addWidget(self.rows, 1)
        self._follows = Throttle(self._follow, _FOLLOW_MS, self)
        self._sweeps = Throttle(self._sweep, _SWEEP_MS, self)
        self._resweeps = PatientTimer(self._sweep, session.hand_is_busy, _LONGEST_WAIT, self)
        self._surveys = PatientTimer(self._measure, session.hand_is_busy, _LONGEST_WAIT, self)
        self._connect()
        self._clear(_LOADING)

    def _connect(self) -> None:
        session = self._session
        session.dataset_changed.connect(self._take_dataset)
        session.source_changed.connect(self._take_source)
        session.capabilities_changed.connect(self._take_source)
        session.model_updated.connect(self._take_model)
        session.points_placed.connect(self._follows.request)
        session.probe_moved.connect(self._take_move)
        session.plane_shifted.connect(self._take_move)
        session.class_chosen.connect(self._sweeps.request)
        session.when_answered(SurveyLatents, self._take_survey)
        session.when_answered(Traverse, self._take_images)
        self.rows.value_changed.connect(self._move)
        self.rows.reset_asked.connect(self._reset)
        self.rows.view_changed.connect(self._sweeps.request)
        self.images.toggled.connect(self.rows.show_images)
        self.reset.clicked.connect(self.reset_all)

    # The hand.

    @Slot(int, float)
    def _move(self, latent: int, value: float) -> None:
        session, placed = self._session, self._session.placed
        if placed is not None:
            probe, offset = session.exploration.probe, session.exploration.offset
            amount = value - float(placed.section.latent(probe, offset)[latent])
            session.shift_plane(f"moving z{latent + 1}", *placed.section.moved(probe, offset, latent, amount))

    @Slot(int)
    def _reset(self, latent: int) -> None:
        session, placed = self._session, self._session.placed
        if placed is not None:
            probe, offset = session.exploration.probe, session.exploration.offset
            session.shift_plane(f"resetting z{latent + 1}", *placed.section.at_rest(probe, offset, latent))

    @Slot()
    def reset_all(self) -> None:
        """Moves the plane back to where the data have it."""
        session, placed = self._session, self._session.placed
        if placed is not None:
            probe, offset = session.exploration.probe, session.exploration.offset
            session.shift_plane("resetting the latents", *placed.section.on_plane(probe, offset))

    # What is shown.

    @Slot()
    def _take_dataset(self) -> None:
        self._clear(_LOADING)

    @Slot()
    def _take_source(self) -> None:
        codes = self._session.capabilities.codebook
        self._clear(_CODES.format(title=self._session.source_title) if codes else _MEASURING)
        self._surveys.start(_FIRST_MS)

    def _clear(self, sentence: str) -> None:
        self.survey = None
        self.rows.show_rows([], (1, 1))
        self.rows.set_empty_text(sentence)
        self._note.setText("")
        for button in (self.images, self.reset):
            button.setEnabled(False)

    @Slot()
    def _take_model(self) -> None:
        if not self._resweeps.is_active():
            self._resweeps.start(_RESWEEP_MS)
        if not self._surveys.is_active():
            self._surveys.start(_SURVEY_MS)

    @Slot()
    def _take_move(self) -> None:
        self._follows.request()
        self._sweeps.request()

    def _follow(self) -> None:
        session, placed = self._session, self._session.placed
        if self.survey is None or placed is None or placed.latent_size != len(self.survey.low):
            return
        offset = session.exploration.offset
        self.rows.set_values(placed.section.latent(session.exploration.probe, offset))
        self.reset.setEnabled(bool(offset))

    def _measure(self) -> None:
        session = self._session
        if session.images is None or not session.source_title or session.capabilities.codebook:
            return
        if self.is_seen():
            session.ask(SurveyLatents())
        else:
            self._surveys.start(_SURVEY_MS)  # behind another tab it waits for whoever comes to see it

    def _sweep(self) -> None:
        exploration, rows = self._session.exploration, self.rows.in_view()
        if self.survey is None or not rows or not self.images.isChecked():
            return
        if self.is_seen():
            steps = self.rows.columns
            sweeps = tuple(Sweep(row.latent, row.low, row.high, steps) for row in rows)
            self._session.ask(Traverse(exploration.probe, sweeps, exploration.label))
        elif not self._resweeps.is_active():
            self._resweeps.start(_RESWEEP_MS)

    def _take_survey(self, request: SurveyLatents, survey: LatentSurvey) -> None:
        session = self._session
        if session.dataset is None or session.capabilities.codebook:
            return
        order = tuple(int(latent) for latent in survey.order)
        # Under the mouse no row changes its place.
        if self.rows.underMouse() and set(order) == set(self.rows.latents):
            order = self.rows.latents
        self.survey = survey
        _, height, width = session.dataset.shape
        self.rows.show_rows([_row(survey, latent) for latent in order], (width, height))
        self.images.setEnabled(True)
        by = "variance" if survey.kl is None else "KL"
        self._note.setText(f"{len(order)} latents by {by}")
        self._follow()
        self._sweep()

    def _take_images(self, request: Traverse, swept: tuple[Sweep, Images]) -> None:
        sweep, images = swept
        if sweep.latent in self.rows.latents:
            self.rows.set_images(sweep.latent, images)


def _row(survey: LatentSurvey, latent: int) -> LatentRow:
    low, high = float(survey.low[latent]), float(survey.high[latent])
    carries = "" if survey.kl is None else f"carries {survey.kl[latent]:.3f} nats an image; "
    tip = (
        f"z{latent + 1} {carries}variance {survey.variance[latent]:.3g} from image to image; 98 % of them lie between "
        f"{low:.2f} and {high:.2f}. Click an image to go there, drag the slider, double-click it to reset."
    )
    return LatentRow(latent, survey.figure(latent), low, high, tip)
