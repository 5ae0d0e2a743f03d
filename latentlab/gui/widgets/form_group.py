"""Several forms under each other, each with a heading, their fields aligned."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from latentlab.gui import theme
from latentlab.gui.widgets.config_form import ConfigForm


class FormGroup(QWidget):
    """The forms of one panel (data, model, training) as sections with one caption column."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._forms: list[ConfigForm] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(8)
        theme.active().text_resized.connect(self._align)

    def add_form(self, title: str, form: ConfigForm) -> None:
        """Adds a section, or goes on with the one before where there is no title; the group owns the form."""
        if self._forms and title:
            self._layout.addSpacing(8)
        if title:
            heading = QLabel(title, self)
            heading.setProperty("role", "heading")
            self._layout.addWidget(heading)
        self._layout.addWidget(form)
        self._forms.append(form)
        if title:
            form.setAccessibleName(title)
        form.rows_changed.connect(self._align)
        self._align()

    def add_widget(self, widget: QWidget) -> None:
        """Adds something that is no form, such as a note, to the present section."""
        self._layout.addWidget(widget)

    @Slot()
    def _align(self) -> None:
        width = max((form.natural_caption_width() for form in self._forms), default=0)
        for form in self._forms:
            form.set_caption_width(width)
