"""A drawing under every class that a conditional model knows, in a row: which of them explains it best."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from latentlab.core.class_requests import ClassScores, CompareClasses
from latentlab.gui.session import Session
from latentlab.gui.widgets.elided_label import ElidedLabel
from latentlab.gui.widgets.image_strip import ImageStrip, StripRow

_EMPTY = "The drawing under every class stands here."
_TIP = (
    "The drawing encoded and rebuilt as each class, with its −ELBO in nats or its squared error beneath: the class of "
    "the least explains it best. Click one to choose it."
)
# A little behind the pen, whose own images come first.
_FOLLOW_MS = 100
# Where the columns would be narrower than their figures, they scroll.
_ALL = 1000
_LEAST_COLUMN, _STRIP_HEIGHT = 30, 58


class ClassRow(QWidget):
    """A strip of K images, the chosen class ringed and the best one's figure marked; hidden under other models.

    Attributes:
        caption: what the figures are, and the best class.
        strip: the images.
        scores: what is shown, or None.

    Signals:
        shown(): `scores` is new.
    """

    shown = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session, self._drawing = session, session.drawing
        self.scores: ClassScores | None = None
        self._asked: CompareClasses | None = None
        self.caption = ElidedLabel()
        self.caption.setProperty("role", "note")
        self.strip = ImageStrip(fewest=_ALL)
        self.strip.setToolTip(_TIP)
        self.strip.setAccessibleName("The drawing under every class")
        self.strip.set_empty_text(_EMPTY)
        self.strip.setMinimumHeight(_LEAST_COLUMN)
        self._scroller = QScrollArea()
        self._scroller.setFrameShape(QFrame.Shape.NoFrame)
        self._scroller.setWidget(self.strip)
        self._scroller.setWidgetResizable(True)
        self._scroller.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroller.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroller.setFixedHeight(_STRIP_HEIGHT)
        self._scroller.setMinimumWidth(4 * _LEAST_COLUMN)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.caption)
        column.addWidget(self._scroller)
        self._timer = QTimer(self, singleShot=True, interval=_FOLLOW_MS)
        self._timer.timeout.connect(self._ask)
        self.strip.image_clicked.connect(self._choose)
        self.strip.image_hovered.connect(self._caption)
        self._drawing.detailed.connect(self._follow)
        session.capabilities_changed.connect(self._take_capabilities)
        session.class_chosen.connect(self._ring)
        session.when_answered(CompareClasses, self._take)
        self._take_capabilities()

    @Slot()
    def _take_capabilities(self) -> None:
        self.setVisible(self._session.capabilities.conditional)
        self._show(None)
        self._follow()

    @Slot()
    def _follow(self) -> None:
        if self._drawing.detail is None:
            self._show(None)
        elif self._session.capabilities.conditional and not self._timer.isActive():
            self._timer.start()

    @Slot()
    def _ask(self) -> None:
        drawing, dataset = self._drawing, self._session.dataset
        if drawing.sheet is None or drawing.framing is None or dataset is None:
            return
        if not self._session.capabilities.conditional:
            return
        awaited = self._asked is not None and self._asked.sheet is drawing.sheet
        if awaited or self.visibleRegion().isEmpty():
            # Asked again and again beside a training, a slow model would never come to an answer.
            self._timer.start()
            return
        self._asked = CompareClasses(drawing.sheet, drawing.framing, dataset.classes)
        self._session.ask(self._asked)

    def _take(self, request: CompareClasses, scores: ClassScores) -> None:
        if request is self._asked:
            self._asked = None
        if self._drawing.detail is not None and request.framing is self._drawing.framing:
            self._show(scores)

    def _show(self, scores: ClassScores | None) -> None:
        if scores is None:
            self._asked = None
            if self.scores is None and not self.strip.count():
                return
        self.scores = scores
        self.strip.set_rows([] if scores is None else [StripRow("", scores.images)])
        self.strip.set_labels([] if scores is None else [_figure(each, scores) for each in scores.figures.tolist()])
        self.strip.set_best(None if scores is None else scores.best)
        self.strip.setMinimumWidth(self.strip.count() * _LEAST_COLUMN)
        self._caption(-1)
        self._ring()
        self.shown.emit()

    @Slot()
    def _ring(self) -> None:
        self.strip.set_selected(self._session.exploration.label if self.strip.count() else None)

    @Slot(int)
    def _choose(self, label: int) -> None:
        self._session.choose_class(label)

    @Slot(int)
    def _caption(self, hovered: int) -> None:
        """Says what the figures are and which is the best, or what the one under the mouse is."""
        scores, dataset = self.scores, self._session.dataset
        if scores is None or dataset is None:
            self.caption.setText("")
            return
        what = "−ELBO in nats" if scores.bounds else "Squared error per pixel"
        if 0 <= hovered < len(scores.figures):
            name, figure = dataset.class_names[hovered], _figure(float(scores.figures[hovered]), scores)
            self.caption.setText(f"{what} as {name}: {figure}")
        elif scores.best is None:
            self.caption.setText(f"{what} as each class")
        else:
            self.caption.setText(f"{what} as each class · best as {dataset.class_names[scores.best]}")


def _figure(figure: float, scores: ClassScores) -> str:
    """Three digits, and as many before the point as there are: it stands beneath a small image."""
    if not scores.bounds:
        return f"{figure:.3f}".removeprefix("0")
    return (f"{figure:.1f}" if abs(figure) < 100 else f"{figure:.0f}").replace("-", "−")
