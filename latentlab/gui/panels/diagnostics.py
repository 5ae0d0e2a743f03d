"""How good the model is, in figures with their standard errors, and what is wrong with it, in words."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QGridLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from latentlab.core.figures import over_images
from latentlab.core.quadrature import MOST_LATENTS
from latentlab.core.table import Cell, Table
from latentlab.gui.evaluating import Evaluated, Evaluating
from latentlab.gui.panels.base import Panel
from latentlab.gui.run_control import RunControl
from latentlab.gui.text_size import follow, px
from latentlab.gui.widgets.busy_note import BusyNote
from latentlab.gui.widgets.figure_table import FigureTable
from latentlab.gui.widgets.finding_list import FindingList
from latentlab.gui.widgets.kl_bars import KLBars
from latentlab.gui.widgets.likelihood_row import LikelihoodRow

_EXPLANATION = (
    "What is wrong with the model and what helps, then its figures on test images, each with its standard error; how "
    "one was estimated is in its tooltip. The bars show how many nats each latent carries. A few figures come by "
    "themselves when a training is done or stopped, or a run was opened; Evaluate takes its time for all of them, the "
    "quality of the codes among them, and the negative log-likelihood (NLL) by so many importance samples as are "
    "chosen below."
)
_TIP = "Compute all figures of the model as it is now, in the background; exploring and training go on"
_LEAST_WIDTH = 400  # of a panel that has the bars beside the table


class DiagnosticsPanel(Panel):
    """Findings, figures, and a bar for each latent."""

    def __init__(self, control: RunControl, evaluating: Evaluating) -> None:
        super().__init__("diagnostics", "Diagnostics", _EXPLANATION)
        self._control, self._evaluating = control, evaluating
        self._shown: Evaluated | None = None
        self._problem = ""
        self.button = QPushButton("Evaluate")
        self.button.setToolTip(_TIP)
        self.add_control(self.button)
        self.note = self.add_note()
        self.empty = QLabel()
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        self.empty.setContentsMargins(16, 8, 16, 8)
        self.empty.setProperty("role", "note")
        self.findings, self.table, self.bars = FindingList(), FigureTable(), KLBars()
        self._bars_heading = QLabel("KL per latent")
        self._bars_heading.setProperty("role", "heading")
        self.content = QWidget()
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._stack = QStackedLayout()
        self.likelihood, self.busy_note = LikelihoodRow(), BusyNote()
        self._lay_out()
        self.button.clicked.connect(self._press)
        errands = evaluating.errands
        errands.started.connect(self.busy_note.begin)
        errands.started.connect(self._begin)
        errands.progressed.connect(self.busy_note.advance)
        errands.ended.connect(self.busy_note.end)
        self.busy_note.cancel_pressed.connect(errands.cancel)
        evaluating.changed.connect(self._refresh)
        evaluating.failed.connect(self._take_failure)
        control.state_changed.connect(self._refresh)
        control.run_changed.connect(self._refresh)
        control.progressed.connect(self._refresh)
        control.session.capabilities_changed.connect(self._offer_likelihood)
        self._refresh()

    def _lay_out(self) -> None:
        chart = QVBoxLayout()
        chart.addWidget(self._bars_heading)
        chart.addWidget(self.bars)
        chart.addStretch(1)
        self._row.setSpacing(8)
        # Where the window is wide, the table takes no more than it can use.
        self._row.addWidget(self.table, 4)
        self._row.addLayout(chart, 1)
        column = QVBoxLayout(self.content)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(8)
        column.addWidget(self.findings)
        column.addLayout(self._row)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(self.content)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(scroll)
        area = QWidget()
        area.setLayout(self._stack)
        self.picture_area = self.content
        self.column.addWidget(area, 1)
        # What is chosen before and what is seen meanwhile take turns in one room, so that nothing jumps.
        foot = QGridLayout()
        for widget in (self.likelihood, self.busy_note):
            policy = widget.sizePolicy()
            policy.setRetainSizeWhenHidden(True)
            widget.setSizePolicy(policy)
            foot.addWidget(widget, 0, 0)
        self.column.addLayout(foot)
        follow(self, self._turn_row)

    def has_table(self) -> bool:
        return True

    def as_table(self) -> Table:
        evaluated, run = self._evaluating.newest, self._control.run
        if evaluated is None or run is None:
            return Table((), ())
        moment: dict[str, Cell] = {"run": run.title, "step": evaluated.step}
        return Table.of(moment | cells for cells in evaluated.evaluation.cells())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._turn_row()

    def _turn_row(self) -> None:
        # The names of the figures need the width that the bars would have beside them.
        beside = self.width() >= px(_LEAST_WIDTH)
        self._row.setDirection(QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom)

    @Slot()
    def _press(self) -> None:
        samples = self.likelihood.importance_samples()
        self._evaluating.evaluate(replace(self._evaluating.thorough, importance_samples=samples))

    @Slot()
    def _offer_likelihood(self) -> None:
        run, able = self._control.run, self._control.session.capabilities
        if run is None or self._control.newest is None:
            self.likelihood.offer_nothing("")
        elif able.bound:
            self.likelihood.offer(run.settings.model.latent_dim <= MOST_LATENTS)
        else:
            self.likelihood.offer_nothing(self._control.session.source_title)

    @Slot()
    def _begin(self) -> None:
        self._problem = ""

    @Slot(str)
    def _take_failure(self, sentence: str) -> None:
        self._problem = sentence
        self._refresh()
        self.failed.emit(sentence)

    @Slot()
    def _refresh(self) -> None:
        evaluated, moment = self._evaluating.newest, self._control.newest
        self.button.setEnabled(moment is not None)
        self.likelihood.setVisible(not self._evaluating.busy)
        if moment is None:
            self._problem = ""
        if evaluated is not self._shown:
            self._shown = evaluated
            if evaluated is not None:
                self._show(evaluated)
        self._stack.setCurrentIndex(0 if evaluated is None else 1)
        self.empty.setText(self._why_empty())
        outdated = self._evaluating.outdated
        self.content.setEnabled(not outdated)
        if evaluated is None:
            self.note.setText("")
        else:
            now = f"; now {moment.step:,}" if outdated and moment is not None else ""
            self.note.setText(f"As of step {evaluated.step:,}{now} · {over_images(evaluated.images, 'test')}")

    def _show(self, evaluated: Evaluated) -> None:
        evaluation = evaluated.evaluation
        self.findings.show_findings(evaluation.findings)
        self.table.show_figures(evaluation.figures)
        self.bars.show_latents(evaluation.latents)
        for widget in (self.bars, self._bars_heading):
            widget.setVisible(bool(evaluation.latents))

    def _why_empty(self) -> str:
        if self._evaluating.busy:
            return "Evaluating…"
        if self._control.newest is None:
            return "PCA has nothing to diagnose. Press Train; the figures of the model come when it is done."
        if self._problem:
            return self._problem
        return "Press Evaluate to see how good the model is; when training is done, first figures come by themselves."
