"""New images that nobody drew: from a model's prior, from one learned over its codes, or, as an experiment, without."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from latentlab.core.options import Option
from latentlab.core.plane import Floats
from latentlab.core.prior_training import PriorProgress
from latentlab.core.sampling import DrawSamples, Samples
from latentlab.core.serving import Images
from latentlab.gui import prior_control
from latentlab.gui.panels.base import Panel
from latentlab.gui.prior_control import PriorControl
from latentlab.gui.session import Session
from latentlab.gui.text_size import field_width, follow
from latentlab.gui.widgets.class_box import ClassBox
from latentlab.gui.widgets.number_field import NumberField
from latentlab.gui.widgets.prior_bar import PriorBar
from latentlab.gui.widgets.sample_sheet import SampleSheet

_EXPLANATION = (
    "Images that the model makes up. A VAE draws latents from its prior, the standard normal distribution, and decodes "
    "them; with classes, every column is one latent decoded as each class. A VQ-VAE needs a second network, which "
    "learns what codes stand beside each other; beside its samples are some of codes drawn at random. An autoencoder "
    "has no prior: what it decodes of latents drawn all the same, as they are and with the mean and covariance of its "
    "codes, shows why one is wanted. The same sheet number gives the same sheet. With two latents, click an image to "
    "put the probe where it comes from."
)
_ALL = "All"
_NO_PRIOR = "{title} has no prior: it learned to decode its own codes, not latents drawn at random."
_STANDARD, _FITTED = "N(0, I)", "Normal fitted to the codes"
_STATES = {
    prior_control.NONE: "Here every code is drawn by itself, each as likely as any other, so the parts do not fit "
    "together. A prior learns which codes go together.",
    prior_control.STALE: "The model has trained on since its prior was learned, and its codes mean other things now. "
    "Train the prior anew.",
}
_TEMPERATURE = Option(
    "temperature", float, 1.0, "Temperature", "Below 1 samples are more typical and less varied, above 1 bolder.",
    0.05, 4.0,
)
_SHEET = Option("sheet", int, 1, "Sheet", "The same number gives the same samples.", 1, 1_000_000)
# Snapshots come five times a second; sheets that flicker at that rate cannot be looked at.
_REFRESH_MS = 500


class SamplesPanel(Panel):
    """A sheet of samples, or two side by side, and what it takes to have a prior.

    Attributes:
        samples: what is shown, or None.
        number, temperature, classes: the fields of the bar.
        sheet, beside: where the samples are, and those of uniform codes or of a fitted normal beside them.
        fits: has samples of a normal fitted to the codes stand beside those of a prior.
        words_of_none: what is said of a model without a prior.
        bar_of_prior: where a prior is trained.
    """

    def __init__(self, session: Session, prior: PriorControl) -> None:
        super().__init__("samples", "Samples", _EXPLANATION)
        self._session, self._prior = session, prior
        self.samples: Samples | None = None
        self.sheet, self.beside = SampleSheet(), SampleSheet()
        self.bar_of_prior = PriorBar()
        area = QWidget()
        row = QHBoxLayout(area)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        row.addWidget(self.sheet, 1)
        row.addWidget(self.beside, 1)
        self.picture_area = area
        self.subject = "samples"
        self.column.addWidget(area, 1)
        self.words_of_none = QLabel()
        self.words_of_none.setProperty("role", "note")
        self.words_of_none.setWordWrap(True)
        self.column.addWidget(self.words_of_none)
        self.column.addWidget(self.bar_of_prior)
        self._button = self.add_tool("shuffle", "New samples (Ctrl+G)")
        self._sheet_caption, self.number = self._add_field("Sheet", _SHEET, 56)
        self._caption, self.temperature = self._add_field("Temp.", _TEMPERATURE, 56)
        self.classes = ClassBox("Class of the samples", "Draw samples of every class, or of one")
        self.add_control(self.classes)
        self.fits = self.add_tool("beside", "Show samples of a normal fitted to the codes beside those of the prior")
        self.fits.setCheckable(True)
        for button in (self.fits, self._button):
            self.folding.add(button)
        self._note = self.add_note()
        self._timer = QTimer(self, singleShot=True, interval=_REFRESH_MS)
        self._timer.timeout.connect(self._refresh)
        self._button.clicked.connect(self.draw_anew)
        self.number.edited.connect(self._ask)
        self.temperature.edited.connect(self._ask)
        self.classes.activated.connect(self._ask)
        self.fits.toggled.connect(self._ask)
        self.sheet.image_clicked.connect(self._clicked)
        self.beside.image_clicked.connect(self._clicked_beside)
        self.bar_of_prior.train_pressed.connect(prior.train)
        self.bar_of_prior.pause_toggled.connect(prior.pause)
        self.bar_of_prior.stop_pressed.connect(prior.stop)
        prior.changed.connect(self._take_prior)
        prior.progressed.connect(self._show_progress)
        session.dataset_changed.connect(self._take_dataset)
        session.source_changed.connect(self._take_source)
        session.model_updated.connect(self._schedule)
        session.points_placed.connect(self._follow_codes)
        session.when_answered(DrawSamples, self._show)
        self._show_nothing("Loading images…")

    def draw_anew(self) -> None:
        """Turns to the next sheet."""
        self.number.set_value(int(self.number.value()) % int(_SHEET.maximum or 1) + 1)
        self._ask()

    def _add_field(self, words: str, setting: Option, width: int) -> tuple[QLabel, NumberField]:
        caption, field = QLabel(words), NumberField(setting)
        caption.setProperty("role", "note")
        follow(field, lambda: field.setFixedWidth(field_width(width)))
        field.setAccessibleName(setting.label)
        for widget in (caption, field):
            widget.setToolTip(f"{setting.label}: {setting.help}")
            self.add_control(widget)
        self.folding.add_caption(caption)
        return caption, field

    @Slot()
    def _take_dataset(self) -> None:
        dataset = self._session.dataset
        self.classes.set_names([_ALL, *(dataset.class_names if dataset else ())])
        self._show_nothing("Loading images…")

    @Slot()
    def _take_source(self) -> None:
        self._show_nothing("")
        self._schedule()

    @Slot()
    def _take_prior(self) -> None:
        self._show_prior()
        self._schedule()

    @Slot()
    def _follow_codes(self) -> None:
        # What was fitted while they moved is of codes of several weights.
        placed, samples = self._session.placed, self.samples
        if placed is not None and placed.complete and samples is not None and (not samples.sampler or self._fits()):
            self._schedule()

    def _fits(self) -> bool:
        return self.fits.isChecked() and self._may_fit()

    def _may_fit(self) -> bool:
        capabilities = self._session.capabilities
        return capabilities.sampler == "prior" and not capabilities.conditional

    @Slot()
    def _schedule(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    @Slot()
    def _refresh(self) -> None:
        if self.is_seen():
            self._ask()
        else:
            self._timer.start()  # behind another tab they wait for whoever comes to see them

    @Slot()
    def _ask(self) -> None:
        dataset = self._session.dataset
        if dataset is None or not self._session.source_title:
            return
        chosen = self.classes.currentIndex() - 1
        classes = tuple(range(dataset.classes)) if chosen < 0 else (chosen,)
        # A prior is one of the codes of certain weights; a filmed moment has others.
        prior = self._prior.learned
        prior = prior if prior is not None and prior.step == self._session.step else None
        number, temperature = int(self.number.value()), float(self.temperature.value())
        self._session.ask(DrawSamples(number, temperature, classes, prior, self._fits()))

    @Slot(object)
    def _show(self, request: DrawSamples, samples: Samples) -> None:
        self.samples = samples
        self._offer(samples)
        names = self._session.dataset.class_names if self._session.dataset else ()
        classes = tuple(names[label] for label in samples.classes)
        drawn, caption, other, beside = _in_words(samples)
        self.sheet.show_images(samples.images, caption, classes)
        self.beside.setVisible(other is not None)
        if other is not None:
            self.beside.show_images(other, beside, classes)
        self.words_of_none.setVisible(not samples.sampler)
        self.words_of_none.setText(_NO_PRIOR.format(title=self._session.source_title))
        self._note.setText(f"{self._session.source_title} · {drawn}")
        self._show_prior()

    def _show_nothing(self, sentence: str) -> None:
        self.samples = None
        self.sheet.show_nothing(sentence)
        self.beside.hide()
        self.words_of_none.hide()
        self.bar_of_prior.hide()
        self._offer(None)
        self._note.setText("")

    def _offer(self, samples: Samples | None) -> None:
        """Shows the fields that change something about the samples, and no others."""
        drawn = samples is not None
        warm = samples is not None and (samples.sampler != "codes" or samples.uniform is not None)
        self.folding.offer(self._button, drawn)
        self.folding.offer(self.fits, drawn and self._may_fit())
        for widget, wanted in (
            (self._sheet_caption, drawn),
            (self.number, drawn),
            (self._caption, warm),
            (self.temperature, warm),
            (self.classes, samples is not None and bool(samples.classes)),
        ):
            widget.setVisible(wanted)

    def _show_prior(self) -> None:
        prior, bar = self._prior, self.bar_of_prior
        if self.samples is None or self.samples.sampler != "codes":
            bar.hide()
            return
        learned = prior.learned
        sentence = _STATES[prior_control.NONE] if learned is None else f"Test codes: {learned.figures.in_words()}."
        if prior.state in (prior_control.TRAINING, prior_control.PAUSED):
            bar.show_work(sentence, prior.state == prior_control.PAUSED)
        else:
            again = prior.state == prior_control.LEARNED
            bar.show_rest(_STATES.get(prior.state, sentence), again, prior.hindrance)
        bar.show()

    @Slot(object)
    def _show_progress(self, progress: PriorProgress) -> None:
        self.bar_of_prior.show_progress(progress.what, progress.share, progress.seconds_left)

    @Slot(int)
    def _clicked(self, place: int) -> None:
        self.beside.select_none()
        self._go_to(self.sheet, None if self.samples is None else self.samples.latents, place)

    @Slot(int)
    def _clicked_beside(self, place: int) -> None:
        self.sheet.select_none()
        self._go_to(self.beside, None if self.samples is None else self.samples.fitted_latents, place)

    def _go_to(self, sheet: SampleSheet, latents: Floats | None, place: int) -> None:
        placed = self._session.placed
        if latents is not None and latents.shape[1] == 2 and placed is not None:
            # The plane of two latents may be turned, as in a film.
            x, y = placed.section.plane.project(latents[place][None])[0]
            self._session.move_probe((float(x), float(y)))
        else:
            sheet.select_none()


def _in_words(samples: Samples) -> tuple[str, str, Images | None, str]:
    """What was drawn from, the sheet's caption, and the images beside it with theirs."""
    if samples.sampler == "codes":
        if samples.uniform is None:
            return "from uniform codes", "", None, ""
        return "from a learned prior over codes", "Learned prior", samples.uniform, "Uniform codes"
    if samples.sampler == "prior":
        caption = "" if samples.fitted is None else f"Prior {_STANDARD}"
        return "from the standard normal prior", caption, samples.fitted, _FITTED
    return "without a prior", _STANDARD, samples.fitted, _FITTED
