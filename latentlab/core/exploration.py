"""The frozen state of exploring: what undo remembers and a run folder keeps."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from latentlab.core.attribute import NO_ATTRIBUTE, Attribute
from latentlab.core.pins import PathKind, Pin
from latentlab.core.quantity import Quantity
from latentlab.core.selection import NOTHING, Selection

Point = tuple[float, float]
Rect = tuple[float, float, float, float]
"""x0, y0, x1, y1 in plane units, x0 < x1 and y0 < y1."""
Offset = tuple[tuple[int, float], ...]
"""How far latents, counted from 0, were moved off the plane; in order, those that were not are left out."""
CodeEdits = tuple[tuple[int, int, int], ...]
"""Rows, columns and codes that a hand has written into a code map; in order, each cell once."""
Directions = tuple[tuple[float, ...], tuple[float, ...]]
"""Two orthonormal directions through latent space, each as long as a latent."""

_ROUNDED = 1e-9


@dataclass(frozen=True)
class Exploration:
    """Where the hand and the eye are.

    Attributes:
        probe: the probe's position on the plane.
        window: the manifold's part of the plane; None follows the data.
        view: the scatter's part of the plane; None follows the data.
        selection: the selected ones of the shown points.
        dimmed: class values that are greyed out.
        axes: the two latents that span the plane, or None for the default plane.
        base: index of the shown point that the plane goes through, or None for its centre.
        corners: the three shown points whose latents span the plane, the first at its origin, or None; then neither
            axes nor a base are given.
        offset: by how much the plane was moved off where these lay it.
        label: the class that a conditional model decodes; others take no notice of it.
        code_edits: what is written into the code map that is looked at: the shown image's, or the probe's without one.
        pins: named places, in the order in which a path visits them.
        path: how the path that is followed runs between them.
        along: how far along it, 0 to 1, the hand has gone.
        attribute: two groups of the shown images, and how much of their difference is added.
        colouring: the figure that colours the shown points, where the model has it; None colours them by class.
        images_at_points: some of the points show their images.
        shown_from: the split that the shown points are of, ``test`` or ``train``; in the other one an index means
            another image.
        turn: only of what is saved: where the axes of the principal plane lay, for it to come back as it was turned.
    """

    probe: Point = (0.0, 0.0)
    window: Rect | None = None
    view: Rect | None = None
    selection: Selection = NOTHING
    dimmed: frozenset[int] = frozenset()
    axes: tuple[int, int] | None = None
    base: int | None = None
    corners: tuple[int, int, int] | None = None
    offset: Offset = ()
    label: int = 0
    code_edits: CodeEdits = ()
    pins: tuple[Pin, ...] = ()
    path: PathKind = PathKind.STRAIGHT
    along: float = 0.0
    attribute: Attribute = NO_ATTRIBUTE
    colouring: Quantity | None = None
    images_at_points: bool = False
    shown_from: str = "test"
    turn: Directions | None = None

    @property
    def selected(self) -> int | None:
        """The selected point whose image is shown, or None."""
        return self.selection.focus

    @property
    def mapped(self) -> int | Point:
        """The point whose image's code map is looked at, or the probe's place."""
        return self.probe if self.selected is None else self.selected

    def changed(self, **changes: Any) -> Exploration:
        """With other values for some fields; what is written into a code map goes with the map."""
        after = replace(self, **changes)
        if "code_edits" in changes or after.mapped == self.mapped:
            return after
        return replace(after, code_edits=())

    def among(self, shown_from: str) -> Exploration:
        """The same beside points of a split; where it was another one, without what was told by their indices."""
        if shown_from == self.shown_from:
            return self
        nothing = Exploration()
        return self.changed(
            shown_from=shown_from,
            selection=nothing.selection,
            base=nothing.base,
            corners=nothing.corners,
            offset=nothing.offset,
            attribute=nothing.attribute,
        )


def moved_to(rect: Rect, centre: Point) -> Rect:
    """``rect`` moved, at its size, to another centre."""
    half_width, half_height = (rect[2] - rect[0]) / 2, (rect[3] - rect[1]) / 2
    return (centre[0] - half_width, centre[1] - half_height, centre[0] + half_width, centre[1] + half_height)


def is_nearly(rect: Rect, other: Rect | None) -> bool:
    """True where two rectangles differ by no more than a view rounds off."""
    if other is None:
        return False
    least = _ROUNDED * max(rect[2] - rect[0], rect[3] - rect[1])
    return all(abs(ours - theirs) <= least for ours, theirs in zip(rect, other, strict=True))


def is_sound(rect: Rect) -> bool:
    """True for a finite rectangle with an area."""
    return all(map(math.isfinite, rect)) and rect[0] < rect[2] and rect[1] < rect[3]
