"""Which plane of a latent space of many dimensions is looked at."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QSize, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSpinBox, QToolButton, QWidget

from latentlab.gui import icons

_PRINCIPAL, _AXES = "Principal plane", "Two latents"


class PlaneChooser(QWidget):
    """The principal plane or two latents, through the middle or through the selected point; hidden for a 2-D space.

    Signals:
        plane_chosen(axes, through_selected): axes is a pair of latents counted from 0, or None.
    """

    plane_chosen = Signal(object, bool)

    def __init__(self) -> None:
        super().__init__()
        self.kind = QComboBox()
        self.kind.addItems([_PRINCIPAL, _AXES])
        self.kind.setToolTip("The plane of latent space that is shown")
        self.kind.setAccessibleName("Plane")
        self.first, self.second = _axis("Horizontal axis", 1), _axis("Vertical axis", 2)
        self.through = QToolButton()
        self.through.setCheckable(True)
        self.through.setToolTip("Lay the plane through the selected point instead of through the middle")
        self.through.setAccessibleName("Through the selected point")
        icons.set_icon(self.through, "pick", "muted")
        self.through.setIconSize(QSize(16, 16))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for widget in (self.kind, self.first, self.second, self.through):
            row.addWidget(widget)
        self.kind.activated.connect(self._choose)
        self.first.valueChanged.connect(self._choose)
        self.second.valueChanged.connect(self._choose)
        self.through.toggled.connect(self._choose)
        self.show_plane(2, None, False)

    def show_plane(self, latent_size: int, axes: tuple[int, int] | None, through_selected: bool) -> None:
        """Shows which plane is looked at, without a signal."""
        with QSignalBlocker(self.first), QSignalBlocker(self.second), QSignalBlocker(self.through):
            for box, value in zip((self.first, self.second), axes or (0, 1), strict=True):
                box.setMaximum(max(latent_size, 1))
                box.setValue(value + 1)
            self.kind.setCurrentText(_PRINCIPAL if axes is None else _AXES)
            self.through.setChecked(through_selected)
        self._show_boxes()
        self.setVisible(latent_size > 2)

    @Slot()
    def _choose(self) -> None:
        self._show_boxes()
        if self.kind.currentText() == _PRINCIPAL:
            self.plane_chosen.emit(None, self.through.isChecked())
        elif self.first.value() != self.second.value():
            axes = (self.first.value() - 1, self.second.value() - 1)
            self.plane_chosen.emit(axes, self.through.isChecked())

    def _show_boxes(self) -> None:
        for box in (self.first, self.second):
            box.setVisible(self.kind.currentText() == _AXES)


def _axis(name: str, value: int) -> QSpinBox:
    box = QSpinBox()
    box.setRange(1, 128)
    box.setValue(value)
    box.setPrefix("z")
    box.setToolTip(f"{name} of the plane")
    box.setAccessibleName(name)
    return box
