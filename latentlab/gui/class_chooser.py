"""Which class a conditional model decodes: the same choice wherever it is offered."""

from __future__ import annotations

from PySide6.QtCore import Slot

from latentlab.gui.session import Session
from latentlab.gui.widgets.class_box import ClassBox

_LEAST_WORD = 3


class ClassChooser(ClassBox):
    """The session's chosen class; hidden where the model that is looked at is not conditional."""

    def __init__(self, session: Session) -> None:
        super().__init__("Class to decode", "The class that the model decodes; the arrow keys step through the classes")
        self._session = session
        self.hide()
        self.currentIndexChanged.connect(self._choose)
        session.dataset_changed.connect(self._take_dataset)
        session.capabilities_changed.connect(self._take_capabilities)
        session.class_chosen.connect(self._follow)

    @Slot()
    def _take_dataset(self) -> None:
        dataset = self._session.dataset
        names = dataset.class_names if dataset else ()
        # A figure or a letter alone could be anything.
        self.set_names([f"Class {name}" if len(name) < _LEAST_WORD else name for name in names])
        self._follow()

    @Slot()
    def _take_capabilities(self) -> None:
        self.setVisible(self._session.capabilities.conditional)

    @Slot()
    def _follow(self) -> None:
        self.setCurrentIndex(self._session.exploration.label)

    @Slot(int)
    def _choose(self, index: int) -> None:
        if index >= 0:
            self._session.choose_class(index)
