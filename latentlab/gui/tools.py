"""What a drag of the background does in the views of the shown points."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Tool:
    """One of the things that a drag can do.

    Attributes:
        title: in a menu.
        key: that chooses it.
        icon: of its button.
        tip: what it does.
        rule: what the hand can do while it is chosen, in a few words; empty where there is nothing to say.
    """

    title: str
    key: str
    icon: str
    tip: str
    rule: str = ""


_RULE = "Shift adds, Alt takes away; Esc while drawing drops it"

MOVE = Tool("&Move the plane", "V", "move", "Drag moves the plane")
BOX = Tool("Select with a &box", "B", "box", "Drag a box around points to select them", f"Drag a box: {_RULE}")
LASSO = Tool("Select with a &lasso", "L", "lasso", "Draw around points to select them", f"Draw around points: {_RULE}")

TOOLS = (MOVE, BOX, LASSO)
