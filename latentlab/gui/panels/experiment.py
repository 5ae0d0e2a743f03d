"""The experiment: which data, which model, how it is trained; and the buttons that train it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from latentlab.core import catalogue, devices
from latentlab.core.data import DataConfig
from latentlab.core.errors import TrainingError
from latentlab.core.models import model_info
from latentlab.core.options import Choice
from latentlab.core.run import RunSettings
from latentlab.core.threads import training_threads
from latentlab.core.training_config import training_defaults
from latentlab.core.view_config import ViewConfig
from latentlab.gui.form_drafts import FormDrafts
from latentlab.gui.model_choice import ModelChoice
from latentlab.gui.open_run import OpenRun
from latentlab.gui.panels.base import Panel
from latentlab.gui.run_control import RunControl
from latentlab.gui.text_size import follow
from latentlab.gui.widgets.config_form import ConfigForm
from latentlab.gui.widgets.form_group import FormGroup
from latentlab.gui.widgets.formula import unbroken
from latentlab.gui.widgets.sweep_bar import SweepBar
from latentlab.gui.widgets.throttle import READ_MS, Throttle
from latentlab.gui.widgets.training_bar import TrainingBar

_FOLDER, _FILE = "folder…", "file…"
# Training settings with which training cannot go on where it is.
_FIXED = ("seed", "device", "precision")
_LATER = "Loaded when training begins; until then the views show the run's own images."
_EXPLANATION = (
    "Choose images and a model, then press Train. The model learns to squeeze each image into a few numbers, its "
    "place in latent space, and to draw the image again from them. You can pause, take single steps and go on at any "
    "moment; exploring never changes what was learned."
)


class ExperimentPanel(Panel):
    """The form of everything that is chosen before training, and the training's controls.

    Signals:
        train_requested(RunSettings, ViewConfig): the user wants a new training.
        data_requested(DataConfig, ViewConfig): the user chose other data.
        folder_requested(): the user wants to choose a folder of pictures or IDX files.
        file_requested(): the user wants to choose an .npz file.
        queue_requested(settings, titles): trainings for the queue, and what they are called; empty where by themselves.
        differs(bool): the form asks for another training than the one that is running.
    """

    train_requested = Signal(object, object)
    data_requested = Signal(object, object)
    folder_requested = Signal()
    file_requested = Signal()
    queue_requested = Signal(object, object)
    differs = Signal(bool)

    share = 0.29

    def __init__(self, control: RunControl) -> None:
        super().__init__("experiment", "Experiment", _EXPLANATION)
        self._control = control
        self._data = ConfigForm(DataConfig())
        self._view = ConfigForm(ViewConfig())
        self._model_choice = ConfigForm(ModelChoice())
        self._model = ConfigForm(model_info(ModelChoice().name).config())
        self._training = ConfigForm(training_defaults(ModelChoice().name))
        self._model_name = ModelChoice().name
        self._drafts = FormDrafts()
        self._kept_for: OpenRun | None = None
        # After whatever else is said of the run that comes into view.
        self._word = QTimer(self, singleShot=True, interval=0)
        self._word.timeout.connect(self._say_kept)
        self._data_note = QLabel()
        self._data_note.setWordWrap(True)
        self._data_note.setProperty("role", "note")
        self._loaded = ""
        self._summary = QLabel()
        self._summary.setWordWrap(True)
        self._summary.setProperty("role", "note")
        self.training_bar = TrainingBar()
        self._figures = Throttle(self._show_progress, READ_MS, self)
        self._sweep: SweepBar | None = None
        self.drop_picture()
        self._lay_out()
        self._connect()
        self._offer_data()
        self._show_summary()
        self._show_device()
        self._show_state(control.state)

    def settings(self) -> RunSettings:
        """What the form asks for."""
        return RunSettings(self._data.config(), self._model_name, self._model.config(), self._training.config())

    @property
    def model_field(self) -> QWidget:
        """The field that chooses the model."""
        return self._model_choice.field("name")

    @property
    def sweep(self) -> SweepBar:
        """The bar that lines up a sweep, hidden at first; made now if it was not there yet."""
        if self._sweep is None:
            self._sweep = SweepBar()
            self._sweep.hide()
            self._sweep.lined_up.connect(self._line_up_sweep)
            self.column.insertWidget(self.column.indexOf(self.training_bar), self._sweep)
        return self._sweep

    def view_config(self) -> ViewConfig:
        """Which images the views show."""
        config: ViewConfig = self._view.config()
        return config

    def show_settings(self, settings: RunSettings) -> None:
        """Puts a run's settings into the form."""
        self._offer_data(settings.data.name)
        self._data.set_config(settings.data)
        self._model_choice.set_config(ModelChoice(settings.model_name))
        self._model_name = settings.model_name
        self._model.set_config(settings.model)
        self._training.set_config(settings.training)
        self._show_summary()
        self._show_device()

    def propose(self, settings: RunSettings) -> None:
        """Fills the form with settings of the program's own; Train asks for them."""
        self.show_settings(settings)
        self._compare()

    def show_run_settings(self) -> None:
        """Puts the settings of the present run back into the form."""
        if self._control.run is not None:
            self.show_settings(self._control.run.settings)
        self._compare()

    def show_own_data(self, path: str) -> None:
        """Chooses a folder or a file as the data set."""
        self._offer_data(path)
        self._data.set_config(DataConfig(path))
        self._data_edited()

    def _lay_out(self) -> None:
        # From the outside in: with a style sheet, Qt dresses all that a widget holds anew whenever it gets a parent.
        area = QScrollArea()
        self.column.addWidget(area, 1)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        content = QWidget()
        area.setWidget(content)
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 8, 0)
        group = FormGroup()
        column.addWidget(group)
        column.addStretch(1)
        group.add_form("Data", self._data)
        group.add_widget(self._data_note)
        group.add_form("Model", self._model_choice)
        group.add_widget(self._summary)
        group.add_form("", self._model)
        group.add_form("Training", self._training)
        group.add_form("View", self._view)
        # After the forms have aligned their captions: whoever was made first follows first.
        follow(self, lambda: area.setMinimumWidth(content.minimumSizeHint().width() + 16))
        self.column.addWidget(self.training_bar)

    def _connect(self) -> None:
        self._data.config_edited.connect(self._data_edited)
        self._view.config_edited.connect(self._view_edited)
        self._model_choice.config_edited.connect(self._model_chosen)
        self._model.config_edited.connect(self._compare)
        self._training.config_edited.connect(self._compare)
        self._training.config_edited.connect(self._show_device)
        bar, control = self.training_bar, self._control
        bar.train_pressed.connect(self._train_pressed)
        bar.over_pressed.connect(self.begin_anew)
        bar.pause_pressed.connect(control.rest)
        bar.step_pressed.connect(control.step_once)
        bar.stop_pressed.connect(control.stop)
        bar.queue_pressed.connect(self.line_up)
        bar.sweep_pressed.connect(self._toggle_sweep)
        control.state_changed.connect(self._show_state)
        control.progressed.connect(self._figures.request)
        control.run_changed.connect(self._show_run)
        control.settings_shown.connect(self._take_settings)
        control.data_shown.connect(self._take_loaded)
        control.loading.kept.connect(self._show_kept_data)

    def _show_progress(self) -> None:
        if self._control.newest is not None:
            self.training_bar.show_progress(self._control.newest)

    def _offer_data(self, path: str = "") -> None:
        choices = [Choice(info.name, _data_label(info)) for info in catalogue.catalogue()]
        if path and path not in {choice.value for choice in choices}:
            choices.append(Choice(path, path))
        own = [Choice(_FOLDER, "Folder of pictures or IDX files…"), Choice(_FILE, "NPZ file…")]
        self._data.set_choices("name", [*choices, *own])

    def _show_summary(self) -> None:
        info = model_info(self._model_name)
        self._summary.setText(f"{info.summary}\n{unbroken(info.formula)}\n{info.citation}")
        self._summary.setToolTip(info.paper)

    @Slot()
    def _show_device(self) -> None:
        try:
            device = devices.resolve(self._training.config().device)
        except TrainingError as error:
            self.training_bar.show_device(str(error))
        else:
            self.training_bar.show_device(f"Trains on {devices.describe(device, training_threads())}")

    @Slot(str)
    def _take_loaded(self, sentence: str) -> None:
        self._loaded = sentence
        self._show_loaded()

    def _show_loaded(self) -> None:
        """Says what is loaded, or that what the form asks for is not: beside a run its own data stay in view."""
        control = self._control
        is_other = control.run is not None and self._data.config() != control.data
        self._data_note.setText(_LATER if is_other else self._loaded)

    @Slot()
    def _show_kept_data(self) -> None:
        """Puts what is loaded back into the form, as other data did not come."""
        if self._control.data is not None:
            self._offer_data(self._control.data.name)
            self._data.set_config(self._control.data)
            self._compare()

    @Slot()
    def _data_edited(self) -> None:
        config = self._data.config()
        if config.name in (_FOLDER, _FILE):
            if self._control.data is not None:
                self._data.set_config(self._control.data)
            (self.folder_requested if config.name == _FOLDER else self.file_requested).emit()
            return
        self._compare()
        self.data_requested.emit(config, self.view_config())

    @Slot()
    def _view_edited(self) -> None:
        self._control.show_other_images(self.view_config())

    @Slot()
    def _model_chosen(self) -> None:
        self._model_name = self._model_choice.config().name
        self._model.set_config(model_info(self._model_name).config())
        # How long to train is the user's choice; the rest follows the model.
        epochs = self._training.config().epochs
        self._training.set_config(replace(training_defaults(self._model_name), epochs=epochs))
        self._show_summary()
        self._compare()

    @Slot()
    def _train_pressed(self) -> None:
        if self._control.state in ("resting", "finished", "waiting") and not self._asks_for_another():
            settings, run = self.settings(), self._control.run
            if run is not None and settings.training != run.settings.training:
                self._control.retune(settings)
            self._control.go_on()
        else:
            self.begin_anew()

    @Slot()
    def begin_anew(self) -> None:
        """Asks for a new training with what the form says."""
        settings = self.settings()
        self._drafts.use(settings)
        self.train_requested.emit(settings, self.view_config())

    @Slot()
    def line_up(self) -> None:
        """Asks for a training with what the form says once it is its turn."""
        settings = self.settings()
        self._drafts.use(settings)
        self.queue_requested.emit((settings,), ())

    @Slot(object, object)
    def _line_up_sweep(self, settings: Sequence[RunSettings], titles: Sequence[str]) -> None:
        self._drafts.use(self.settings())
        self.queue_requested.emit(settings, titles)

    @Slot()
    def _toggle_sweep(self) -> None:
        self.sweep.set_settings(self.settings())
        self.sweep.setVisible(self.sweep.isHidden())
        if self.sweep.isVisible():
            self.sweep.values.setFocus()

    @Slot(object)
    def _take_settings(self, settings: RunSettings) -> None:
        run = self._control.run
        self._kept_for = self._drafts.change(run, self.settings())
        if self._kept_for is not None:
            self._word.start()
        self.show_settings(self._drafts.take(run) or settings)
        self._compare()

    @Slot()
    def _say_kept(self) -> None:
        if self._kept_for is not None:
            self.said.emit(f"The changes in the form are kept for when “{self._kept_for.title}” is looked at again.")

    def _asks_for_another(self) -> bool:
        """True where the form's data, model, seed, device or precision are not those of the run."""
        run = self._control.run
        if run is None:
            return True
        asked, has = self.settings(), run.settings
        fixed = any(getattr(asked.training, name) != getattr(has.training, name) for name in _FIXED)
        return fixed or (asked.data, asked.model_name, asked.model) != (has.data, has.model_name, has.model)

    @Slot()
    def _compare(self) -> None:
        if self._sweep is not None and not self._sweep.isHidden():
            self._sweep.set_settings(self.settings())
        self._show_loaded()
        self._show_state(self._control.state)
        self.differs.emit(self._asks_for_another() and self._control.run is not None)

    @Slot(str)
    def _show_state(self, state: str) -> None:
        run = self._control.run
        read_only = run is not None and run.read_only
        self.training_bar.show_state(state, self._asks_for_another(), read_only)

    @Slot()
    def _show_run(self) -> None:
        if self._control.newest is None:
            self.training_bar.clear_progress()
        self._show_state(self._control.state)


def _data_label(info: catalogue.DatasetInfo) -> str:
    if catalogue.is_available(info.name):
        return info.title
    return f"{info.title} (download, {info.download_mb:.0f} MB)"
