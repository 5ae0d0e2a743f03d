"""The window: docks, menus, and who hears whom; no logic."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer, Slot
from PySide6.QtGui import QAction, QActionGroup, QCloseEvent, QKeySequence
from PySide6.QtWidgets import QDockWidget, QMainWindow, QMenu, QMenuBar, QTabWidget, QVBoxLayout, QWidget

from latentlab.core.data import DataConfig
from latentlab.gui import theme
from latentlab.gui.about import copy_diagnostics, show_about
from latentlab.gui.attribute_measuring import AttributeMeasuring
from latentlab.gui.errands import Errands
from latentlab.gui.evaluating import Evaluating
from latentlab.gui.overlays.attribute_line import AttributeLine
from latentlab.gui.overlays.path_lines import PathLines
from latentlab.gui.overlays.pins import PinsOverlay
from latentlab.gui.panels.attribute import AttributePanel
from latentlab.gui.panels.base import Panel
from latentlab.gui.panels.codebook import CodebookPanel
from latentlab.gui.panels.comparison import ComparisonPanel
from latentlab.gui.panels.curves import CurvesPanel
from latentlab.gui.panels.diagnostics import DiagnosticsPanel
from latentlab.gui.panels.experiment import ExperimentPanel
from latentlab.gui.panels.latent_scatter import LatentScatterPanel
from latentlab.gui.panels.manifold import ManifoldPanel
from latentlab.gui.panels.path import PathPanel
from latentlab.gui.panels.probe import ProbePanel
from latentlab.gui.panels.reconstructions import ReconstructionsPanel
from latentlab.gui.panels.samples import SamplesPanel
from latentlab.gui.path_tracing import PathTracing
from latentlab.gui.prior_control import PriorControl
from latentlab.gui.run_actions import RunActions
from latentlab.gui.run_control import RunControl
from latentlab.gui.session import Session
from latentlab.gui.settings import LAYOUT_VERSION, Settings
from latentlab.gui.theme import Mode
from latentlab.gui.undo_actions import UndoActions
from latentlab.gui.widgets.busy_note import BusyNote
from latentlab.gui.widgets.dock_title import DockTitle
from latentlab.gui.widgets.message_bar import MessageBar

_log = logging.getLogger(__name__)
_WELCOME = "The data are shown by PCA. Press Train to see a model find a space of its own; drag the ring to explore."


class MainWindow(QMainWindow):
    """Everything there is to see.

    Attributes:
        session, errands, control: what the panels meet in.
        actions_: what is done with runs.
        messages: the bar at the top.
        panels: by name.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.setObjectName("main_window")
        self._settings = settings
        self._closed = self._welcomed = False
        self.errands, self._fitting = Errands(), Errands()
        self.session = Session()
        self.control = RunControl(self.session, self.errands)
        self.messages = MessageBar()
        self.actions_ = RunActions(self.control, settings, self.messages, self)
        self.experiment = ExperimentPanel(self.control)
        self.scatter = LatentScatterPanel(self.session)
        self.manifold = ManifoldPanel(self.session)
        self.reconstructions = ReconstructionsPanel(self.session)
        self.comparison = ComparisonPanel(self.session, self.errands, self._fitting)
        self.codebook = CodebookPanel(self.session)
        self.probe = ProbePanel(self.session)
        self.curves = CurvesPanel(self.control)
        self.prior = PriorControl(self.control)
        self.samples = SamplesPanel(self.session, self.prior)
        self.evaluating = Evaluating(self.control)
        self.diagnostics = DiagnosticsPanel(self.control, self.evaluating)
        self.tracing, self.measuring = PathTracing(self.session, self), AttributeMeasuring(self.session, self)
        self.path = PathPanel(self.session, self.tracing)
        self.attribute = AttributePanel(self.session, self.measuring)
        planes = (self.scatter.view, self.manifold.view)
        self.pins = [PinsOverlay(self.session, view) for view in planes]
        self.path_lines = [PathLines(self.session, self.tracing, view) for view in planes]
        self.attribute_line = AttributeLine(self.session, self.measuring, self.scatter.view)
        self.panels: dict[str, Panel] = {
            panel.name: panel
            for panel in (
                self.experiment,
                self.scatter,
                self.manifold,
                self.reconstructions,
                self.comparison,
                self.codebook,
                self.probe,
                self.curves,
                self.samples,
                self.diagnostics,
                self.path,
                self.attribute,
            )
        }
        self._docks = {name: self._dock(panel) for name, panel in self.panels.items()}
        self._lay_out()
        self._add_menus()
        self._add_status()
        self._connect()
        self._show_title()

    def start(self, run: Path | None = None) -> None:
        """Loads the data, or opens a run; called once the window shows."""
        if self._settings.damaged:
            self.messages.say("The settings file could not be read; the defaults are in use.", "warning")
        self.actions_.offer_recovery()
        if run is not None:
            self.actions_.open_folder(run)
        else:
            self.control.load_data(DataConfig(), self.experiment.view_config())

    def reset_layout(self) -> None:
        """Puts every panel where it was at the first start."""
        for dock in self._docks.values():
            dock.setFloating(False)
            dock.show()
        self._place_docks()

    def dock(self, name: str) -> QDockWidget:
        """The dock of the panel called ``name``."""
        return self._docks[name]

    # Building.

    def _dock(self, panel: Panel) -> QDockWidget:
        dock = QDockWidget(panel.title, self)
        dock.setObjectName(f"dock_{panel.name}")
        dock.setWidget(panel)
        dock.setTitleBarWidget(DockTitle(dock, panel.bar))
        panel.failed.connect(self._say_error)
        panel.said.connect(self._say)
        return dock

    def _lay_out(self) -> None:
        # The message bar lies across the top like a menu; the docks fill the rest, with no centre between them.
        self._menus = QMenuBar()
        top = QWidget()
        column = QVBoxLayout(top)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._menus)
        column.addWidget(self.messages)
        self.setMenuWidget(top)
        self.setDockNestingEnabled(True)
        self.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        self.resize(_first_size(self))
        self._place_docks()
        layout = self._settings.layout()
        if layout is not None:
            self.restoreGeometry(layout[0])
            # A layout of another version is refused, and the default stays.
            self.restoreState(layout[1], LAYOUT_VERSION)

    def _place_docks(self) -> None:
        docks, across, down = self._docks, Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        for dock in docks.values():
            self.removeDockWidget(dock)
        self.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, docks["experiment"])
        self.splitDockWidget(docks["experiment"], docks["latent_space"], across)
        self.splitDockWidget(docks["latent_space"], docks["manifold"], across)
        self.splitDockWidget(docks["latent_space"], docks["reconstructions"], down)
        self.tabifyDockWidget(docks["reconstructions"], docks["comparison"])
        self.tabifyDockWidget(docks["comparison"], docks["codebook"])
        self.tabifyDockWidget(docks["comparison"], docks["samples"])
        self.tabifyDockWidget(docks["comparison"], docks["diagnostics"])
        self.tabifyDockWidget(docks["comparison"], docks["path"])
        self.tabifyDockWidget(docks["comparison"], docks["attribute"])
        self.splitDockWidget(docks["manifold"], docks["probe"], down)
        self.splitDockWidget(docks["probe"], docks["curves"], across)
        for dock in docks.values():
            dock.show()
        docks["reconstructions"].raise_()
        width, height = self.width(), self.height()
        form = min(344, round(0.27 * width))
        half = (width - form) // 2
        self.resizeDocks([docks["experiment"], docks["latent_space"], docks["manifold"]], [form, half, half], across)
        self.resizeDocks([docks["probe"], docks["curves"]], [round(0.4 * half), round(0.6 * half)], across)
        upper = round(0.6 * height)
        self.resizeDocks([docks["latent_space"], docks["reconstructions"]], [upper, height - upper], down)
        self.resizeDocks([docks["manifold"], docks["probe"]], [upper, height - upper], down)

    def _add_menus(self) -> None:
        run = self._menus.addMenu("&Run")
        self._action(run, "&Train", "F5", self.experiment.training_bar.train.click)
        self._action(run, "&Pause", "F6", self.experiment.training_bar.pause.click)
        self._action(run, "One &step", "F7", self.experiment.training_bar.step.click)
        self._action(run, "St&op", "F8", self.experiment.training_bar.stop.click)
        self._action(run, "Start o&ver", "Ctrl+F5", self.experiment.training_bar.over.click)
        run.addSeparator()
        self._action(run, "&Open run…", QKeySequence.StandardKey.Open, self.actions_.open)
        self.recent_menu = run.addMenu("Open &recent")
        self._save = self._action(run, "&Save run", QKeySequence.StandardKey.Save, self.actions_.save)
        self._save_as = self._action(run, "Save run &as…", QKeySequence.StandardKey.SaveAs, self.actions_.save_as)
        run.addSeparator()
        self._action(run, "&New window", QKeySequence.StandardKey.New, self.actions_.new_window)
        self._action(run, "&Close", QKeySequence.StandardKey.Close, self.close)
        self._action(run, "&Quit", QKeySequence.StandardKey.Quit, self.close)
        explore = self._menus.addMenu("&Explore")
        self.undo_actions = UndoActions(self.session, explore)
        explore.addSeparator()
        self._action(explore, "&Fit latent space", "Ctrl+0", self.scatter.view.fit)
        self._action(explore, "Fit &manifold", "Ctrl+Shift+0", self.manifold.view.fit)
        self._action(explore, "Move the &probe to the middle", "Ctrl+M", self._centre_probe)
        self._action(explore, "&Drop a pin at the probe", "P", self.session.drop_pin)
        self._action(explore, "Remove the p&ins", None, self.session.clear_pins)
        self._action(explore, "Pl&ay the path", "Shift+P", self.path.walk.button.click)
        self._action(explore, "Clear the &selection", "Ctrl+D", self._clear_selection)
        self._action(explore, "Other &reconstructions", "Ctrl+R", self.reconstructions.shuffle)
        self._action(explore, "New sa&mples", "Ctrl+G", self.samples.draw_anew)
        self._add_view_menu()
        help_menu = self._menus.addMenu("&Help")
        looking = help_menu.addMenu("&What am I looking at?")
        for panel in self.panels.values():
            looking.addAction(panel.title, partial(self._explain, panel.name))
        help_menu.addSeparator()
        self._action(help_menu, "Copy &diagnostics", None, self._copy_diagnostics)
        self._action(help_menu, "&About LatentLab", None, partial(show_about, self))

    def _add_view_menu(self) -> None:
        view = self._menus.addMenu("&View")
        for index, dock in enumerate(self._docks.values(), start=1):
            toggle = dock.toggleViewAction()
            if index <= 10:
                toggle.setShortcut(QKeySequence(f"Alt+{index % 10}"))
            view.addAction(toggle)
        view.addSeparator()
        pictures = view.addMenu("Co&py picture of")
        files = view.addMenu("&Save picture of")
        for panel in (each for each in self.panels.values() if each.has_picture):
            pictures.addAction(panel.title, panel.copy_picture)
            files.addAction(f"{panel.title}…", panel.save_picture)
        view.addSeparator()
        themes = QActionGroup(self)
        for mode in Mode:
            choice = view.addAction(f"{mode.value.capitalize()} theme")
            choice.setCheckable(True)
            choice.setChecked(theme.active().mode is mode)
            choice.triggered.connect(partial(self._set_mode, mode))
            themes.addAction(choice)
        view.addSeparator()
        self._action(view, "&Reset layout", None, self.reset_layout)

    def _action(
        self, menu: QMenu, text: str, keys: str | QKeySequence.StandardKey | None, act: Callable[[], object]
    ) -> QAction:
        action = menu.addAction(text)
        if keys is not None:
            action.setShortcut(QKeySequence(keys))
        # A plain call: `triggered` would hand its own argument on.
        action.triggered.connect(lambda: act())
        return action

    def _add_status(self) -> None:
        self._busy = BusyNote()
        self._busy.cancel_pressed.connect(self.errands.cancel)
        self.statusBar().addPermanentWidget(self._busy)
        self._show_recent()

    def _connect(self) -> None:
        control, actions, errands = self.control, self.actions_, self.errands
        control.failed.connect(self._say_error)
        self.prior.failed.connect(self._say_error)
        self.prior.said.connect(self._say)
        control.said.connect(self._say)
        control.saved.connect(self._say_saved)
        control.run_changed.connect(self._show_title)
        control.state_changed.connect(self._say_state)
        self.session.failed.connect(self._log_failure)
        self.session.source_changed.connect(self._welcome)
        self.experiment.train_requested.connect(actions.train)
        self.experiment.data_requested.connect(actions.show_data)
        self.experiment.folder_requested.connect(self._choose_folder)
        self.experiment.differs.connect(self._ask_about_changes)
        actions.recent_changed.connect(self._show_recent)
        errands.started.connect(self._busy.begin)
        errands.progressed.connect(self._busy.advance)
        errands.ended.connect(self._busy.end)

    # Answering.

    @Slot()
    def _show_title(self) -> None:
        run = self.control.run
        name = "" if run is None else f"{run.title}{' (read-only)' if run.read_only else ''} — "
        self.setWindowTitle(f"{name}LatentLab")
        can_save = run is not None and not run.read_only
        self._save.setEnabled(can_save)
        self._save_as.setEnabled(can_save)

    @Slot(str)
    def _say_state(self, state: str) -> None:
        run, newest = self.control.run, self.control.newest
        if run is None or (state != "running" and newest is None):
            return
        where = f" after {newest.epoch:.1f} epochs" if newest is not None else ""
        sentences = {
            "running": f"Training {run.title}. Drag and zoom as you like; exploring never changes what is learned.",
            "resting": f"Training rests{where}; it can go on from here at any time.",
            "finished": f"Training is done{where}. Drag the ring, zoom the manifold, or train on.",
        }
        if state in sentences:
            self.statusBar().showMessage(sentences[state])

    @Slot()
    def _show_recent(self) -> None:
        self.recent_menu.clear()
        for folder in self._settings.recent_runs():
            self.recent_menu.addAction(str(folder), partial(self.actions_.open_folder, folder))
        self.recent_menu.setEnabled(not self.recent_menu.isEmpty())

    @Slot(str)
    def _say_error(self, sentence: str) -> None:
        _log.warning("%s", sentence)
        self.messages.say(sentence, "error")

    @Slot(str)
    def _log_failure(self, sentence: str) -> None:
        _log.error("a view failed: %s", sentence)
        self.statusBar().showMessage("A view could not be drawn; Help, Copy diagnostics has the details.")

    @Slot(str)
    def _say(self, sentence: str) -> None:
        self.statusBar().showMessage(sentence)

    @Slot(str)
    def _say_saved(self, folder: str) -> None:
        self.statusBar().showMessage(f"Saved in {folder}.")

    @Slot()
    def _welcome(self) -> None:
        if not self._welcomed and self.session.source_title == "PCA":
            self._welcomed = True
            self.statusBar().showMessage(_WELCOME)

    @Slot()
    def _choose_folder(self) -> None:
        folder = self.actions_.choose_idx_folder()
        if folder:
            self.experiment.show_folder(folder)

    @Slot(bool)
    def _ask_about_changes(self, differs: bool) -> None:
        self.actions_.ask_about_changes(differs, self.experiment.begin_anew, self.experiment.show_run_settings)

    def _set_mode(self, mode: Mode) -> None:
        theme.active().mode = mode
        self._settings.mode = mode

    def _explain(self, name: str) -> None:
        self._docks[name].show()
        self._docks[name].raise_()
        self.panels[name].explain()

    def _centre_probe(self) -> None:
        x0, y0, x1, y1 = self.scatter.view.view_rect()
        self.session.move_probe(((x0 + x1) / 2, (y0 + y1) / 2))

    def _clear_selection(self) -> None:
        self.session.select(None)

    def _copy_diagnostics(self) -> None:
        copy_diagnostics(self.session, self.control)
        self.statusBar().showMessage("Diagnostics are on the clipboard.")

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._closed:
            event.accept()
            return
        if not self.actions_.may_close():
            event.ignore()
            return
        self._closed = True
        self._settings.save_layout(self.saveGeometry(), self.saveState(LAYOUT_VERSION))
        self._settings.save()
        self.prior.close()
        self.evaluating.close()
        self.control.close()
        self.session.close()
        self._fitting.close()
        self.errands.close()
        for timer in self.findChildren(QTimer):
            timer.stop()  # what a panel still meant to refresh, nobody will see
        event.accept()


def _first_size(window: QWidget) -> QSize:
    """Most of the screen, up to a size beyond which more is only emptier."""
    free = window.screen().availableGeometry().size()
    return QSize(min(1760, round(0.94 * free.width())), min(1080, round(0.92 * free.height())))
