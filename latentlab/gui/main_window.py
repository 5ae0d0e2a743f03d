"""The window: docks, menus, and who hears whom; no logic."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QCloseEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow, QMenuBar

from latentlab.core.data import DataConfig
from latentlab.core.road import Station
from latentlab.core.run import Origin, RunSettings
from latentlab.gui.about import copy_diagnostics, show_about
from latentlab.gui.data_loading import EMPTY
from latentlab.gui.docks import Docks
from latentlab.gui.errands import Errands
from latentlab.gui.explore_menu import ExploreMenu
from latentlab.gui.film_bar import FilmBar
from latentlab.gui.film_menu import FilmMenu
from latentlab.gui.film_saving import FilmSaving
from latentlab.gui.filming import Filming
from latentlab.gui.garbage import GarbageRounds
from latentlab.gui.kept_sizes import KeptSizes
from latentlab.gui.later import LATER
from latentlab.gui.narrator import Narrator
from latentlab.gui.panels.curves import CurvesPanel
from latentlab.gui.panels.experiment import ExperimentPanel
from latentlab.gui.panels.latent_scatter import LatentScatterPanel
from latentlab.gui.panels.manifold import ManifoldPanel
from latentlab.gui.panels.probe import ProbePanel
from latentlab.gui.panels.reconstructions import ReconstructionsPanel
from latentlab.gui.picture_words import PictureWords
from latentlab.gui.recent_menu import RecentMenu
from latentlab.gui.road import Road
from latentlab.gui.run_actions import RunActions
from latentlab.gui.run_control import RunControl
from latentlab.gui.session import Session
from latentlab.gui.settings import Settings
from latentlab.gui.shortcuts_sheet import ShortcutsSheet
from latentlab.gui.view_menu import ViewMenu
from latentlab.gui.widgets.menu import Menu
from latentlab.gui.widgets.message_bar import MessageBar
from latentlab.gui.widgets.message_place import MessagePlace

if TYPE_CHECKING:
    from latentlab.gui.attribute_measuring import AttributeMeasuring
    from latentlab.gui.evaluating import Evaluating
    from latentlab.gui.overlays.attribute_line import AttributeLine
    from latentlab.gui.overlays.path_lines import PathLines
    from latentlab.gui.overlays.pins import PinsOverlay
    from latentlab.gui.panels.attribute import AttributePanel
    from latentlab.gui.panels.codebook import CodebookPanel
    from latentlab.gui.panels.comparison import ComparisonPanel
    from latentlab.gui.panels.diagnostics import DiagnosticsPanel
    from latentlab.gui.panels.draw import DrawPanel
    from latentlab.gui.panels.latents import LatentsPanel
    from latentlab.gui.panels.path import PathPanel
    from latentlab.gui.panels.posterior import PosteriorPanel
    from latentlab.gui.panels.runs import RunsPanel
    from latentlab.gui.panels.samples import SamplesPanel
    from latentlab.gui.panels.selection import SelectionPanel
    from latentlab.gui.path_tracing import PathTracing
    from latentlab.gui.prior_control import PriorControl

Keys = QKeySequence.StandardKey


class MainWindow(QMainWindow):
    """Everything there is to see.

    What stands behind other panels at first can be made after the window is usable: `make_the_rest`.

    Attributes:
        session, errands, control: what the panels meet in.
        actions_: what is done with runs.
        filming, film_bar, film_saving: the film of a training, its timeline, and how it becomes a file.
        messages, narrator: the bar at the top, and who speaks there and in the status bar.
        panels: those that are there, by name; each is an attribute of its own, too.
    """

    comparison: ComparisonPanel
    codebook: CodebookPanel
    samples: SamplesPanel
    diagnostics: DiagnosticsPanel
    latents: LatentsPanel
    posterior: PosteriorPanel
    path: PathPanel
    attribute: AttributePanel
    tracing: PathTracing
    measuring: AttributeMeasuring
    pins: list[PinsOverlay]
    path_lines: list[PathLines]
    attribute_line: AttributeLine
    selection: SelectionPanel
    runs: RunsPanel
    draw: DrawPanel
    prior: PriorControl
    evaluating: Evaluating

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.setObjectName("main_window")
        self._settings = settings
        self._closed = False
        self._closing: list[Callable[[], None]] = []
        self._garbage = GarbageRounds(self)
        self.errands = Errands()
        self.session = Session()
        self.control = RunControl(self.session, self.errands)
        self.messages = MessageBar()
        self.actions_ = RunActions(self.control, settings, self.messages, self)
        # In this order they stand in the View menu, where the first ten have a key.
        self._docks = Docks(self)
        add = self._docks.add
        self.experiment = add(ExperimentPanel(self.control))
        self.scatter = add(LatentScatterPanel(self.session))
        self.manifold = add(ManifoldPanel(self.session))
        self.reconstructions = add(ReconstructionsPanel(self.session))
        self.probe = add(ProbePanel(self.session))
        self.curves = add(CurvesPanel(self.control))
        self.filming = Filming(self.control)
        self.film_bar = FilmBar(self.filming)
        self.scatter.column.addWidget(self.film_bar)
        self.film_saving = FilmSaving(self.filming, self.errands, self)
        self._words = PictureWords(self.control)
        self._later = list(LATER)
        for later in LATER:
            self._docks.promise(later.name, later.title)
        self.panels = self._docks.panels
        self._add_top()
        self._docks.lay_out(settings)
        self._add_menus()
        self.narrator = Narrator(self.control, self.messages, self.statusBar())
        self._connect()
        self._show_title()

    def start(self, run: Path | None = None, place: str = "") -> None:
        """Loads the data, or opens a run; called once the window shows.

        Args:
            place: where the run's own data lie now; empty where they have not moved.
        """
        if self._settings.damaged:
            self.messages.say("The settings file could not be read; the defaults are in use.", "warning")
        self.scatter.view.setFocus()  # not a title bar's first button: here keys have a meaning
        self.actions_.offer_recovery()
        if run is not None:
            self.actions_.opening.failed.connect(self._load_data)
            self.actions_.opening.data_lost.connect(self._load_data)
            self.actions_.opening.open(run, place)
        else:
            self._load_data()

    def make_the_rest(self) -> None:
        """Makes the panels that are not there yet, in `later.LATER`, at once."""
        while self._later:
            self._make_next()

    @Slot()
    def make_the_rest_in_turns(self) -> None:
        """Does so panel by panel, with the events between that have come meanwhile."""
        if self._later and not self._closed:
            self._make_next()
            QTimer.singleShot(0, self.make_the_rest_in_turns)

    def made_selection(self) -> SelectionPanel:
        """The panel of what is selected, made now if it was not there yet."""
        self.make_the_rest()
        return self.selection

    def bring_up(self, name: str) -> None:
        """Brings a panel to the front, made now if it was not there yet."""
        self.make_the_rest()
        self._docks.bring_up(name)

    def explain(self, name: str) -> None:
        """Brings a panel to the front, made now if it was not there yet, and says what one is looking at there."""
        self.make_the_rest()
        self._docks.explain(name)

    def at_close(self, close: Callable[[], None]) -> None:
        """Has ``close`` called when the window closes, before what the panels meet in does."""
        self._closing.append(close)

    def reset_layout(self) -> None:
        """Puts every panel where it was at the first start."""
        self._docks.reset()

    def dock(self, name: str) -> QDockWidget:
        """The dock of the panel called ``name``."""
        return self._docks[name]

    # Building.

    def _make_next(self) -> None:
        later = self._later.pop(0)
        panel = self._docks.fill(later.make(self))
        panel.naming = self._words.heading
        setattr(self, later.name, panel)
        self.narrator.hear(panel)
        if not self._later:
            self.control.tell_again()
            self.session.tell_again()

    def _add_top(self) -> None:
        self._menus = QMenuBar()
        self.setMenuBar(self._menus)
        self._message_place = MessagePlace(self.messages, self._menus, self)
        self.road = Road(self._settings)
        self.addToolBar(self.road)

    def _add_menus(self) -> None:
        self.explore_menu = ExploreMenu(self)
        self.film_menu = FilmMenu(self, self._settings)
        view = ViewMenu(self._docks, self._settings, KeptSizes(self), self._menus)
        view.said.connect(lambda sentence: self.narrator.say(sentence))  # who speaks is made later
        for menu in (self._run_menu(), self.explore_menu, self.film_menu, view, self._help_menu()):
            self._menus.addMenu(menu)

    def _run_menu(self) -> Menu:
        menu, bar, actions = Menu("&Run", self._menus), self.experiment.training_bar, self.actions_
        menu.add_button("&Train", "F5", bar.train)
        menu.add_button("&Pause", "F6", bar.pause)
        menu.add_button("One &step", "F7", bar.step)
        menu.add_button("St&op", "F8", bar.stop)
        menu.add_button("Start o&ver", "Ctrl+F5", bar.over)
        menu.add_button("Add to &queue", "Ctrl+Shift+F5", bar.queue)
        menu.add_button("S&weep…", "Ctrl+Shift+F6", bar.sweep)
        menu.add("Continue as a new &run…", "Ctrl+B", self.fork)
        menu.addSeparator()
        menu.add("&Open run…", Keys.Open, actions.open)
        self.recent_menu = RecentMenu(self._settings, actions.open_folder, menu)
        menu.addMenu(self.recent_menu)
        self._save = menu.add("&Save run", Keys.Save, actions.save)
        self._save_as = menu.add("Save run &as…", Keys.SaveAs, actions.save_as)
        menu.addSeparator()
        menu.add("&New window", Keys.New, actions.new_window)
        menu.add("&Close", Keys.Close, self.close)
        menu.add("&Quit", Keys.Quit, self.close)
        return menu

    def _help_menu(self) -> Menu:
        menu = Menu("&Help", self._menus)
        menu.addAction(self.road.action())
        looking = Menu("&What am I looking at?", menu)
        for name, title in self._docks.titles.items():
            looking.add(title, None, partial(self.explain, name))
        menu.addMenu(looking)
        self.shortcuts = ShortcutsSheet(self._menus, self)
        menu.add("&Keys and gestures", "F1", self.shortcuts.present)
        menu.addSeparator()
        menu.add("Copy &diagnostics", None, self._copy_diagnostics)
        menu.add("&About LatentLab", None, partial(show_about, self))
        return menu

    def _connect(self) -> None:
        for panel in self.panels.values():
            panel.naming = self._words.heading
        self.narrator.hear(self.control, self.actions_.opening, self.filming, self.film_saving, *self.panels.values())
        self.control.run_changed.connect(self._show_title)
        self.experiment.train_requested.connect(self.actions_.train)
        self.experiment.data_requested.connect(self.actions_.show_data)
        self.experiment.queue_requested.connect(self._line_up)
        self.experiment.folder_requested.connect(self._choose_folder)
        self.experiment.file_requested.connect(self._choose_file)
        self.experiment.differs.connect(self._ask_about_changes)
        self.road.asked.connect(self._set_up)
        self.actions_.recent_changed.connect(self.recent_menu.refresh)

    # Answering.

    @Slot()
    def _show_title(self) -> None:
        run = self.control.run
        name = "" if run is None else f"{run.title}{' (read-only)' if run.read_only else ''} — "
        self.setWindowTitle(f"{name}LatentLab")
        can_save = run is not None and not run.read_only
        self._save.setEnabled(can_save)
        self._save_as.setEnabled(can_save)

    @Slot()
    def _load_data(self) -> None:
        """Shows the data at first, or where the run that the program was to begin with does not open."""
        if self.session.dataset is None and self.control.loading.state == EMPTY:
            self.control.load_data(DataConfig(), self.experiment.view_config())

    @Slot(object)
    def _set_up(self, station: Station) -> None:
        """Puts a station's experiment into the form, and the panels that show it to the front."""
        self.experiment.propose(station.settings(self.experiment.settings().data))
        for name in ("experiment", *station.panels):
            self.bring_up(name)
        self.narrator.say(f"{station.title} is set up; press Train (F5).")

    @Slot(object, object)
    def _line_up(self, settings: Sequence[RunSettings], titles: Sequence[str]) -> None:
        self.bring_up("runs")
        self.actions_.line_up(settings, titles)
        self.runs.view.scrollToBottom()
        self.runs.view.setFocus()

    @Slot()
    def _choose_folder(self) -> None:
        folder = self.actions_.choose_data_folder()
        if folder:
            self.experiment.show_own_data(folder)

    @Slot()
    def _choose_file(self) -> None:
        file = self.actions_.choose_npz_file()
        if file:
            self.experiment.show_own_data(file)

    @Slot(bool)
    def _ask_about_changes(self, differs: bool) -> None:
        form = self.experiment
        self.actions_.ask_about_changes(differs, form.begin_anew, form.line_up, form.show_run_settings)

    def fork(self) -> None:
        """Offers to continue the run as another, from the moment that is looked at."""
        self.bring_up("runs")
        run, frame = self.control.run, self.filming.frame
        if run is None or frame is None or self.filming.live:
            self.runs.offer_fork()
        else:
            from latentlab.gui.runs.fork_page import PastMoment  # made late, as the panel

            self.runs.offer_fork(run, PastMoment(Origin(run.title, frame.step, frame.epoch), frame.weights))

    def _copy_diagnostics(self) -> None:
        copy_diagnostics(self.session, self.control)
        self.narrator.say("Diagnostics are on the clipboard.")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._message_place.place()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._closed:
            event.accept()
            return
        if not self.actions_.may_close():
            event.ignore()
            return
        self._closed = True
        self._docks.save(self._settings)
        self._settings.save()
        for close in self._closing:
            close()
        self.control.close()
        self.control.keeping.saver.close()
        self.session.close()
        self.errands.close()
        self._garbage.end()
        for timer in self.findChildren(QTimer):
            timer.stop()  # what a panel still meant to refresh, nobody will see
        event.accept()
