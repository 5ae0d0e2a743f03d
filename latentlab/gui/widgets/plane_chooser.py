"""Which plane of a latent space of many dimensions is looked at."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSpinBox, QToolButton, QWidget

from latentlab.gui import icons

_PRINCIPAL, _AXES, _CORNERS = "Principal plane", "Two latents", "Three points"
_TIPS = {
    _PRINCIPAL: "The plane of greatest variance of the codes; it follows them while the model learns",
    _AXES: "The plane of two latents; its coordinates are their values",
}
_CAN_SPAN = "The plane through the three selected points; it goes with them while the model learns"
_CANNOT_SPAN = "Select exactly three points, with Shift beside a click, to lay the plane through them"


class PlaneChooser(QWidget):
    """The principal plane or two latents, through the middle or the selected point, or the plane of three points.

    Hidden for a 2-D space.

    Signals:
        plane_chosen(axes, through_selected): axes is a pair of latents counted from 0, or None.
        corners_chosen(): the plane through the three selected points.
    """

    plane_chosen = Signal(object, bool)
    corners_chosen = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.kind = QComboBox()
        self.kind.addItems([_PRINCIPAL, _AXES, _CORNERS])
        for text, tip in _TIPS.items():
            self._tip(text, tip)
        self.kind.setToolTip("The plane of latent space that is shown")
        self.kind.setAccessibleName("Plane")
        self.first, self.second = _axis("Horizontal axis", 1), _axis("Vertical axis", 2)
        self.through = QToolButton()
        self.through.setCheckable(True)
        self.through.setToolTip("Lay the plane through the selected point instead of through the middle")
        self.through.setAccessibleName("Through the selected point")
        icons.set_icon(self.through, "pick", "muted")
        icons.set_size(self.through, 16)
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
        self.offer_corners(False)

    def offer_corners(self, possible: bool) -> None:
        """Offers the plane through three points, or says what it takes."""
        model = self.kind.model()
        assert isinstance(model, QStandardItemModel)
        model.item(self.kind.findText(_CORNERS)).setEnabled(possible)
        self._tip(_CORNERS, _CAN_SPAN if possible else _CANNOT_SPAN)

    def show_plane(
        self, latent_size: int, axes: tuple[int, int] | None, through_selected: bool, by_corners: bool = False
    ) -> None:
        """Shows which plane is looked at, without a signal; nothing where there is no choice."""
        self.setVisible(latent_size > 2)
        if latent_size <= 2:
            return
        with QSignalBlocker(self.first), QSignalBlocker(self.second), QSignalBlocker(self.through):
            for box, value in zip((self.first, self.second), axes or (0, 1), strict=True):
                box.setMaximum(max(latent_size, 1))
                box.setValue(value + 1)
            self.kind.setCurrentText(_CORNERS if by_corners else _PRINCIPAL if axes is None else _AXES)
            self.through.setChecked(through_selected)
        self._show_boxes()

    @Slot()
    def _choose(self) -> None:
        self._show_boxes()
        if self.kind.currentText() == _CORNERS:
            self.corners_chosen.emit()
        elif self.kind.currentText() == _PRINCIPAL:
            self.plane_chosen.emit(None, self.through.isChecked())
        elif self.first.value() != self.second.value():
            axes = (self.first.value() - 1, self.second.value() - 1)
            self.plane_chosen.emit(axes, self.through.isChecked())

    def _show_boxes(self) -> None:
        for box in (self.first, self.second):
            box.setVisible(self.kind.currentText() == _AXES)
        self.through.setVisible(self.kind.currentText() != _CORNERS)

    def _tip(self, text: str, tip: str) -> None:
        self.kind.setItemData(self.kind.findText(text), tip, Qt.ItemDataRole.ToolTipRole)


def _axis(name: str, value: int) -> QSpinBox:
    box = QSpinBox()
    box.setRange(1, 128)
    box.setValue(value)
    box.setPrefix("z")
    box.setToolTip(f"{name} of the plane")
    box.setAccessibleName(name)
    return box
