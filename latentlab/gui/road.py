"""The road from PCA to the VQ-VAE, station by station, beneath the menus: read, set up, train, try."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QAction, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QToolBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from latentlab.core.road import ROAD, Station
from latentlab.gui import icons
from latentlab.gui.settings import Settings
from latentlab.gui.text_size import follow

_BETWEEN = 24  # the two columns
_HIGH = 0.22  # of the screen, at most


class RoadPage(QWidget):
    """One station: what is new, what to try, and a button that sets its experiment up.

    Attributes:
        choice: the list of stations.
        back, on: to the station before, and to the next.
        set_up: puts the station's experiment into the form.
        close_button: ends the tour.

    Signals:
        station_shown(number): another station is on show.
        asked(station): ``set_up`` was pressed.
    """

    station_shown = Signal(int)
    asked = Signal(object)

    def __init__(self, number: int) -> None:
        super().__init__()
        self.choice = QComboBox()
        self.choice.setAccessibleName("Station of the road")
        self.choice.addItems([f"{place}  {station.title}" for place, station in enumerate(ROAD, start=1)])
        self.back = _button("chevron-left", "The station before")
        self.on = _button("chevron-right", "The next station")
        self.set_up = QPushButton("Set up")
        self.set_up.setToolTip("Put this experiment into the form and its panels to the front; Train begins it")
        self.close_button = _button("close", "Leave the road; Help leads back to it")
        self._idea, self._tries = _text(), _text()
        self._column = QVBoxLayout(self)
        self._lay_out()
        self.choice.currentIndexChanged.connect(self._show)
        self.back.clicked.connect(lambda: self.choice.setCurrentIndex(self.choice.currentIndex() - 1))
        self.on.clicked.connect(lambda: self.choice.setCurrentIndex(self.choice.currentIndex() + 1))
        self.set_up.clicked.connect(lambda: self.asked.emit(self.station))
        self.choice.setCurrentIndex(number if number < len(ROAD) else 0)
        follow(self, self._keep_height)
        self._show(self.choice.currentIndex())

    @property
    def station(self) -> Station:
        """The one on show."""
        return ROAD[self.choice.currentIndex()]

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(4)
        for widget in (self.back, self.choice, self.on):
            head.addWidget(widget)
        head.addSpacing(8)
        head.addWidget(self.set_up)
        head.addStretch(1)
        head.addWidget(self.close_button)
        # Scrolled where large words have no room beneath each other, rather than cut.
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        texts = QWidget()
        area.setWidget(texts)
        body = QHBoxLayout(texts)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(_BETWEEN)
        body.addWidget(self._idea, 1, Qt.AlignmentFlag.AlignTop)
        body.addWidget(self._tries, 1, Qt.AlignmentFlag.AlignTop)
        column = self._column
        column.setContentsMargins(8, 4, 8, 8)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(area)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._keep_height()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._keep_height()

    def _keep_height(self) -> None:
        """Is as high as the station that says most: from one to the next, nothing beneath moves."""
        margins, height = self._column.contentsMargins(), 0
        width = (self.width() - margins.left() - margins.right() - _BETWEEN) // 2
        for station in ROAD:
            for text in (station.idea, _lines(station.tries)):
                box = self._idea.fontMetrics().boundingRect(0, 0, width, 0, Qt.TextFlag.TextWordWrap, text)
                height = max(height, box.height())
        head = max(self.choice.sizeHint().height(), self.set_up.sizeHint().height())
        height += margins.top() + head + self._column.spacing() + margins.bottom()
        self.setFixedHeight(min(height, round(_HIGH * self.screen().availableGeometry().height())))

    @Slot(int)
    def _show(self, number: int) -> None:
        self._idea.setText(self.station.idea)
        self._tries.setText(_lines(self.station.tries))
        self.back.setEnabled(number > 0)
        self.on.setEnabled(number < len(ROAD) - 1)
        self.station_shown.emit(number)


class Road(QToolBar):
    """The place of the page in the window; hidden at first, and made when somebody wants to see it.

    Signals:
        asked(station): its experiment is to be set up.
    """

    asked = Signal(object)

    def __init__(self, settings: Settings) -> None:
        super().__init__("The road")
        self.setObjectName("road")  # by which a saved layout knows it
        self.setMovable(False)
        self.page: RoadPage | None = None
        self._settings = settings
        self.hide()

    def action(self) -> QAction:
        """The menu's entry that shows and hides it."""
        action = self.toggleViewAction()
        action.setText("The &road from AE to VQ-VAE")
        return action

    def showEvent(self, event: QShowEvent) -> None:
        if self.page is None:
            self.page = RoadPage(self._settings.station)
            # Its height follows its width, and the window would keep what a narrower page asks for at first.
            self.page.resize(self.window().width(), self.page.height())
            self.page.station_shown.connect(self._remember)
            self.page.asked.connect(self.asked)
            self.page.close_button.clicked.connect(self.hide)
            self.addWidget(self.page)
        super().showEvent(event)

    @Slot(int)
    def _remember(self, number: int) -> None:
        self._settings.station = number


def _button(icon: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    icons.set_size(button, 16)
    icons.set_icon(button, icon, "muted")
    return button


def _lines(sentences: Sequence[str]) -> str:
    return "\n".join(f"•  {sentence}" for sentence in sentences)


def _text() -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
