"""How images are spoilt before a model sees them: the kind as a list, the level as a slider beside its number."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QSlider, QWidget

from latentlab.core.corruption import KINDS, Corruption
from latentlab.gui.text_size import follow

_FIRST_LEVEL = 25
_TIPS = {
    "masking": "Share of the pixels that are set to black",
    "gaussian": "Standard deviation of the noise, in hundredths of full brightness",
    "salt_and_pepper": "Share of the pixels that are set to black or white",
    "patch": "Share of the image's area that a black square covers",
}


class CorruptionChooser(QWidget):
    """A row of kind, level and whether PCA restores too; hidden while nothing is corrupted.

    Signals:
        chosen(): another kind, level, or wish to see PCA, by hand.
    """

    chosen = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.kinds = QComboBox()
        for kind, title in KINDS.items():
            self.kinds.addItem(title, kind)
        self.kinds.setToolTip("In which way the images are spoilt")
        self.kinds.setAccessibleName("Corruption")
        self.level = QSlider(Qt.Orientation.Horizontal)
        self.level.setRange(0, 100)
        self.level.setPageStep(5)
        self.level.setValue(_FIRST_LEVEL)
        self.level.setAccessibleName("Level of corruption")
        self.pca = QCheckBox("PCA")
        self.pca.setToolTip("Show beneath what PCA's plane makes of the same corrupted images")
        self._number = QLabel()
        self._number.setProperty("role", "note")
        follow(self, self._keep_width)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.kinds)
        row.addWidget(self.level, 1)
        row.addWidget(self._number)
        row.addWidget(self.pca)
        self.hide()
        self.kinds.activated.connect(self._choose)
        self.level.valueChanged.connect(self._choose)
        self.pca.toggled.connect(self._choose)
        self._describe()

    def corruption(self) -> Corruption | None:
        """What is chosen; None while the row is hidden or the level is 0."""
        level = self.level.value()
        return Corruption(self.kinds.currentData(), level / 100) if level and not self.isHidden() else None

    def show_corruption(self, corruption: Corruption) -> None:
        """Shows what is done to the images, without a signal."""
        self.kinds.setCurrentIndex(max(0, self.kinds.findData(corruption.kind)))
        with QSignalBlocker(self.level):
            self.level.setValue(round(100 * corruption.level))
        self._describe()

    @Slot()
    def _choose(self) -> None:
        self._describe()
        self.chosen.emit()

    def _keep_width(self) -> None:
        self._number.setMinimumWidth(self._number.fontMetrics().horizontalAdvance("100 %"))

    def _describe(self) -> None:
        self._number.setText(f"{self.level.value()} %")
        self.level.setToolTip(_TIPS[self.kinds.currentData()])
