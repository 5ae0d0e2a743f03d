"""The paths on a plane, as lines between the pins."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from latentlab.gui.path_tracing import PathTracing
from latentlab.gui.session import Session
from latentlab.gui.widgets.path_item import PathItem
from latentlab.gui.widgets.plane_view import PlaneView


class PathLines(QObject):
    """Draws what is traced on one plane.

    Attributes:
        item: the drawing.
    """

    def __init__(self, session: Session, tracing: PathTracing, view: PlaneView) -> None:
        super().__init__(view)
        self._session, self._tracing = session, tracing
        self.item = PathItem()
        view.add_item(self.item)
        tracing.traced.connect(self._draw)
        session.path_followed.connect(self._follow)

    @Slot()
    def _follow(self) -> None:
        followed = self._tracing.followed
        # The lines stand still while the mark moves along one of them, and need not be drawn again.
        if followed is None or followed.positions is not self.item.followed:
            self._draw()
        else:
            self._mark()

    @Slot()
    def _draw(self) -> None:
        followed = self._tracing.followed
        ways = [path for path in self._tracing.paths.values() if path.gap is None]
        others = [path.positions for path in ways if path is not followed]
        self.item.set_lines(None if followed is None else followed.positions, others)
        self._mark()

    def _mark(self) -> None:
        place = self._tracing.place()
        self.item.set_place(None if place is None else place[1])
