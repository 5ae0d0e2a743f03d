"""What is on the screen before the window: the program's picture and a word of what it is doing."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

_LONGEST_WAIT_MS = 200


class Splash(QWidget):
    """A picture without a frame in the middle of the screen.

    Not a QSplashScreen: under some window managers that one waits a whole second before it returns from `show`.
    """

    def __init__(self, picture: QPixmap, words: str) -> None:
        super().__init__(None, Qt.WindowType.SplashScreen | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self._picture, self._words = picture, words
        self._painted = False
        self.setFixedSize(picture.deviceIndependentSize().toSize())
        self.move(self.screen().availableGeometry().center() - self.rect().center())

    def show_now(self) -> None:
        """Shows it and waits until it is painted, but not for long: what comes next may hold the interpreter's lock."""
        self.show()
        clock = QElapsedTimer()
        clock.start()
        while not self._painted and clock.elapsed() < _LONGEST_WAIT_MS:
            QApplication.processEvents()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        painter.setPen(Qt.GlobalColor.white)
        place = self.rect().adjusted(0, 0, 0, -12)
        painter.drawText(place, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignHCenter, self._words)
        self._painted = True
