"""The open runs side by side: which trains, which waits, which is looked at, and how good each is."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPoint, Qt, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QLabel, QStackedLayout, QToolButton, QWidget

from latentlab.core.run_tables import run_cells
from latentlab.core.table import Table
from latentlab.gui import icons
from latentlab.gui.errands import Errands
from latentlab.gui.open_run import FINISHED, RESTING, RUNNING, WAITING, OpenRun
from latentlab.gui.panels.base import Panel
from latentlab.gui.run_actions import RunActions
from latentlab.gui.run_control import RunControl
from latentlab.gui.runs.fork_page import ForkPage, PastMoment
from latentlab.gui.runs.run_rows import in_order
from latentlab.gui.runs.runs_model import RunsModel
from latentlab.gui.runs.runs_view import RunsView
from latentlab.gui.runs.thumbnails import RunThumbnails
from latentlab.gui.widgets.menu import Menu

_EXPLANATION = (
    "Every run that was trained or opened in this window, with the manifold that it has learned, the settings in which "
    "it differs from its kin, and its figures on the test images: what it was trained for, by which runs of its kind "
    "compare, and once it rests the squared error per pixel, by which all do (over the images of the first figures in "
    "Diagnostics). Click one to see it everywhere; the others go on training, or rest, and lose nothing. Checked runs "
    "are drawn in Curves. A run can be continued as another one with other settings; those that wait train one after "
    "the other."
)
_EMPTY = "Runs stand here side by side. Press Train, line up several with Sweep, or open one that was saved."


class RunsPanel(Panel):
    """The list of open runs, or the page on which one is forked.

    Attributes:
        view: the list.
        page: the fork.
        hold: has the queue wait, or go on; only where something waits.
    """

    def __init__(self, control: RunControl, actions: RunActions, drawing: Errands) -> None:
        super().__init__("runs", "Runs", _EXPLANATION)
        self._control, self._actions = control, actions
        self._followed: OpenRun | None = None
        self.thumbnails = RunThumbnails(control.runs, drawing, self.is_seen, self)
        self._model = RunsModel(control.runs, control.queue, self.thumbnails, self)
        self.view, self.page = RunsView(self._model), ForkPage()
        self._empty = QLabel(_EMPTY)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._empty.setProperty("role", "note")
        area = QWidget()
        self._stack = QStackedLayout(area)
        for page in (self._empty, self.view, self.page):
            self._stack.addWidget(page)
        self.column.addWidget(area, 1)
        self.picture_area = area
        self._add_tools()
        self._connect()
        self._refresh()
        self._follow_chosen()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.thumbnails.schedule()

    def offer_fork(self, run: OpenRun | None = None, moment: PastMoment | None = None) -> None:
        """Shows the page on which a run, the one that is looked at unless another is given, is continued as another.

        Args:
            moment: a past one; else the run's present state.
        """
        run = run or self._control.run
        if run is None or run.newest is None:
            self.said.emit("There is no run to continue yet; press Train first.")
            return
        titles = {other.title for other in self._control.runs}
        number = 2
        while f"{run.title}, branch {number}" in titles:
            number += 1
        self.page.offer(run, f"{run.title}, branch {number}", moment)
        self._stack.setCurrentWidget(self.page)
        self.page.name.setFocus()

    def menu_of(self, run: OpenRun) -> Menu:
        """Everything that can be done with a run."""
        control, opening, queue = self._control, self._actions.opening, self._control.queue
        menu = Menu("", self)
        has_moment, waits = run.newest is not None, run.state == WAITING
        self._entry(menu, "Look at it\tEnter", partial(control.choose, run), has_moment or run.is_busy)
        if run.state == RUNNING:
            menu.add("Pause", None, control.rest)
            menu.add("Stop and evaluate", None, control.stop)
        elif run.can_train:
            text = "Train on now" if run.state == FINISHED else "Continue now"
            menu.add(text, None, partial(control.go_on, None, run))
        if run.can_train and run.state in (RESTING, FINISHED):
            menu.add("Add to queue", None, partial(queue.add, run))
        if waits:
            menu.add("Sooner\tAlt+Up", None, partial(queue.move, run, -1))
            menu.add("Later\tAlt+Down", None, partial(queue.move, run, 1))
            if has_moment:
                menu.add("Out of the queue", None, partial(queue.cancel, run))
        menu.addSeparator()
        self._entry(menu, "Continue as a new run…", partial(self.offer_fork, run), has_moment)
        menu.add("Copy settings into the form", None, partial(control.settings_shown.emit, run.settings))
        menu.add("Rename\tF2", None, partial(self.view.rename, run))
        menu.addSeparator()
        if has_moment and not run.read_only:
            menu.add("Save as…", None, partial(self._actions.save_as, run))
        menu.add("Close" if has_moment else "Cancel", None, partial(opening.put_away, run))
        if has_moment and not run.read_only:
            menu.add("Delete…\tDel", None, partial(self._actions.delete, run))
        return menu

    def has_table(self) -> bool:
        return True

    def as_table(self) -> Table:
        runs, error = in_order(self._control.runs, self._control.queue), self.thumbnails.error
        return Table.of(run_cells(run.title, run.settings, run.history, error(run)) for run in runs)

    @staticmethod
    def _entry(menu: Menu, text: str, act: object, enabled: bool) -> None:
        menu.add(text, None, act).setEnabled(enabled)  # type: ignore[arg-type]

    def _add_tools(self) -> None:
        self.open = self.add_tool("folder", "Open a saved run beside these (Ctrl+O)")
        self.branch = self.add_tool("fork", "Continue the chosen run as a new one, with other settings (Ctrl+B)")
        self.hold = QToolButton()
        icons.set_size(self.hold, 16)
        self.add_control(self.hold)
        self._note = self.add_note()

    def _connect(self) -> None:
        control = self._control
        self.open.clicked.connect(self._actions.open)
        self.branch.clicked.connect(lambda: self.offer_fork())
        self.hold.clicked.connect(self._toggle_hold)
        self.view.chosen.connect(control.choose)
        self.view.deleted.connect(self._delete)
        self.view.moved.connect(self._move)
        self.view.menu_wanted.connect(self._show_menu)
        self._model.renamed.connect(self._rename)
        self.page.cancelled.connect(self._show_list)
        self.page.fork_pressed.connect(self._fork)
        control.runs.listed.connect(self._refresh)
        control.runs.listed.connect(self._follow_chosen)
        control.runs.changed.connect(self._refresh)
        control.queue.changed.connect(self._refresh)
        self.thumbnails.changed.connect(self._refresh)

    @Slot()
    def _refresh(self) -> None:
        control = self._control
        if self.page.run not in control.runs or self._stack.currentWidget() is not self.page:
            self._show_list()
        waiting = len(control.queue.waiting)
        self.hold.setVisible(bool(waiting))
        icons.set_icon(self.hold, "train" if control.queue.held else "pause", "muted")
        tip = "Train what waits in the queue" if control.queue.held else "Hold the queue after the run that trains now"
        self.hold.setToolTip(tip)
        self.hold.setAccessibleName(tip)
        self.branch.setEnabled(control.newest is not None)
        held = " · held" if control.queue.held else ""
        queue = f"{waiting} {'wait' if waiting > 1 else 'waits'} in the queue{held}" if waiting else ""
        self._note.setText(" · ".join(filter(None, (queue, self._model.measured()))))

    @Slot()
    def _follow_chosen(self) -> None:
        """Brings the run that is looked at into view once it is another one; the keys begin there."""
        run = self._control.run
        if run is not self._followed:
            self._followed = run
            if run is not None:
                self.view.setCurrentIndex(self._model.index(self._model.row_of(run)))

    @Slot()
    def _show_list(self) -> None:
        self._stack.setCurrentWidget(self.view if len(self._control.runs) else self._empty)

    @Slot()
    def _toggle_hold(self) -> None:
        queue = self._control.queue
        queue.go_on() if queue.held else queue.hold()

    @Slot(object, QPoint)
    def _show_menu(self, run: OpenRun, place: QPoint) -> None:
        menu = self.menu_of(run)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(place)

    @Slot(object)
    def _delete(self, run: OpenRun) -> None:
        if run.newest is None or run.read_only:
            self._actions.opening.put_away(run)
        else:
            self._actions.delete(run)

    @Slot(object, int)
    def _move(self, run: OpenRun, by: int) -> None:
        self._control.queue.move(run, by)
        self.view.setCurrentIndex(self._model.index(self._model.row_of(run)))

    @Slot(object, str)
    def _rename(self, run: OpenRun, name: str) -> None:
        control = self._control
        control.runs.rename(run, name)
        if run is control.run:
            control.run_changed.emit()
        if run.folder is not None:
            control.keeping.save(run)

    @Slot(bool)
    def _fork(self, queued: bool) -> None:
        run, moment, name = self.page.run, self.page.moment, self.page.name.text().strip()
        if run is None:
            return
        opening, settings = self._actions.opening, self.page.settings()
        if moment is None:
            child = opening.fork(run, name, settings, queued)
        else:
            child = opening.fork_at(run, name, settings, moment.weights, moment.origin, queued)
        if child is not None:
            self._show_list()
            self.view.setFocus()
