"""What is wrong with a model and what helps, a sentence each."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from latentlab.core.diagnosis import Finding, Severity
from latentlab.gui import icons, theme

_ROLES: dict[Severity, str] = {"info": "ring", "warning": "warning", "error": "error"}
_WELL = "Nothing is wrong as far as these figures can tell."
_ICON = 16


class FindingList(QWidget):
    """A sign, the sentence and beneath it, quietly, the remedy; or that there is nothing to say."""

    def __init__(self) -> None:
        super().__init__()
        self._findings: tuple[Finding, ...] = ()
        self._labels: list[QLabel] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(1, 1)
        theme.active().theme_changed.connect(self._rebuild)

    def show_findings(self, findings: Sequence[Finding]) -> None:
        """Shows other findings."""
        self._findings = tuple(findings)
        self._rebuild()

    def text(self) -> str:
        """All that is said, a line each."""
        return "\n".join(label.text() for label in self._labels if label.text())

    @Slot()
    def _rebuild(self) -> None:
        for label in self._labels:
            self._grid.removeWidget(label)
            label.hide()
            label.deleteLater()
        self._labels = []
        if not self._findings:
            self._put(_words(_WELL, "note"), 0, 0, columns=2)
        for index, finding in enumerate(self._findings):
            sign = QLabel()
            colour = getattr(theme.active().colours, _ROLES[finding.severity])
            sign.setPixmap(icons.pixmap(finding.severity, colour, _ICON, self.devicePixelRatioF()))
            sign.setAccessibleName(finding.severity)
            self._put(sign, 2 * index, 0)
            self._put(_words(finding.sentence, ""), 2 * index, 1)
            self._put(_words(finding.remedy, "note"), 2 * index + 1, 1)

    def _put(self, label: QLabel, row: int, column: int, columns: int = 1) -> None:
        self._grid.addWidget(label, row, column, 1, columns, Qt.AlignmentFlag.AlignTop)
        self._labels.append(label)


def _words(text: str, role: str) -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    label.setProperty("role", role)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
