"""How good the model is, in figures with their standard errors, and what is wrong with it, in words."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QPushButton, QScrollArea, QStackedLayout, QWidget

from latentlab.gui.evaluating import Evaluated, Evaluating
from latentlab.gui.panels.base import Panel
from latentlab.gui.run_control import RunControl
from latentlab.gui.widgets.busy_note import BusyNote
from latentlab.gui.widgets.figure_table import FigureTable
from latentlab.gui.widgets.finding_list import FindingList
from latentlab.gui.widgets.kl_bars import KLBars

_EXPLANATION = (
    "What is wrong with the model and what helps, then its figures on test images, each with its standard error; how "
    "one was estimated is in its tooltip. The bars show how many nats each latent carries. A few figures come by "
    "themselves when a training is done or a run was opened; Evaluate takes its time for all of them, the "
    "log-likelihood and the quality of the codes among them."
)
_TIP = "Compute all figures of the model as it is now, in the background; exploring and training go on"


class DiagnosticsPanel(Panel):
    """Findings, figures, and a bar for each latent."""

    def __init__(self, control: RunControl, evaluating: Evaluating) -> None:
        super().__init__("diagnostics", "Diagnostics", _EXPLANATION)
        self._control, self._evaluating = control, evaluating
        self._shown: Evaluated | None = None
        self.button = QPushButton("Evaluate")
        self.button.setProperty("quiet", True)
        self.button.setToolTip(_TIP)
        self.add_control(self.button)
        self.note = self.add_note()
        self.empty = QLabel()
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        self.empty.setProperty("role", "note")
        self.findings, self.table, self.bars = FindingList(), FigureTable(), KLBars()
        self._bars_heading = QLabel("KL per latent")
        self._bars_heading.setProperty("role", "heading")
        self.content = QWidget()
        self._stack = QStackedLayout()
        self.busy_note = BusyNote()
        self._lay_out()
        self.button.clicked.connect(self._press)
        errands = evaluating.errands
        errands.started.connect(self.busy_note.begin)
        errands.progressed.connect(self.busy_note.advance)
        errands.ended.connect(self.busy_note.end)
        self.busy_note.cancel_pressed.connect(errands.cancel)
        evaluating.changed.connect(self._refresh)
        evaluating.failed.connect(self.failed)
        control.state_changed.connect(self._refresh)
        control.run_changed.connect(self._refresh)
        control.progressed.connect(self._refresh)
        self._refresh()

    def _lay_out(self) -> None:
        grid = QGridLayout(self.content)
        grid.setContentsMargins(0, 0, 8, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        grid.addWidget(self.findings, 0, 0, 1, 2)
        grid.addWidget(self.table, 1, 0, 3, 1, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self._bars_heading, 1, 1)
        grid.addWidget(self.bars, 2, 1)
        grid.setColumnStretch(0, 3)
        grid.setColumnStretch(1, 2)
        grid.setRowStretch(3, 1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(self.content)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(scroll)
        area = QWidget()
        area.setLayout(self._stack)
        self.picture_area = self.content
        self.column.addWidget(area, 1)
        # Its room is kept, so that nothing jumps when it comes and goes.
        policy = self.busy_note.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.busy_note.setSizePolicy(policy)
        self.column.addWidget(self.busy_note)

    @Slot()
    def _press(self) -> None:
        self._evaluating.evaluate()

    @Slot()
    def _refresh(self) -> None:
        evaluated, moment = self._evaluating.newest, self._control.newest
        self.button.setEnabled(moment is not None)
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
            now = f"; the model is at step {moment.step:,} now" if outdated and moment is not None else ""
            self.note.setText(f"As of step {evaluated.step:,}{now}")

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
        return "Press Evaluate to see how good the model is; when training is done, first figures come by themselves."
