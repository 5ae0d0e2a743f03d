"""How large the program's words are: the steps there are, and sizes in pixels that keep room for them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Slot

from latentlab.gui import theme

STEPS = (80, 90, 100, 110, 125, 150, 175, 200)
"""Per cent of the system's size that can be chosen."""

NORMAL = 100

_FRAME = 30  # pixels of a field beside its words


def next_step(percent: int, by: int) -> int:
    """The step that lies ``by`` steps beyond ``percent``, or the last one on the way there."""
    return STEPS[min(max(STEPS.index(percent) + by, 0), len(STEPS) - 1)]


def px(pixels: float) -> int:
    """What needs ``pixels`` with text of the normal size, now.

    Smaller text is given the normal room, for frames and icons beside it stay as large as they are.
    """
    return round(pixels * max(theme.active().text_percent, NORMAL) / NORMAL)


def is_large() -> bool:
    """Whether words are larger than usual, so that what has its line at the normal size may have to be broken."""
    return theme.active().text_percent > NORMAL


def field_width(pixels: float) -> int:
    """The width of a field that has ``pixels`` with text of the normal size: its frame and its arrows do not grow."""
    return _FRAME + px(pixels - _FRAME)


def follow(owner: QObject, act: Callable[[], object]) -> None:
    """Does ``act`` now, and whenever the text's size changes while there is ``owner``."""
    _Follower(owner, act).follow()


class _Follower(QObject):
    """Goes with its parent, and the connection with it."""

    def __init__(self, owner: QObject, act: Callable[[], object]) -> None:
        super().__init__(owner)
        self._act = act
        theme.active().text_resized.connect(self.follow)

    @Slot()
    def follow(self) -> None:
        self._act()
