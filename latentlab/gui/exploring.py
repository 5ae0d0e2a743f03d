"""What the hand does while it explores: the frozen state, who hears of its changes, and undo."""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Sequence
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Slot

from latentlab.core.attribute import Attribute
from latentlab.core.corners import Corners
from latentlab.core.exploration import Exploration, Offset, Point, Rect, is_nearly, is_sound
from latentlab.core.quantity import Quantity
from latentlab.core.selection import Combine, Selection
from latentlab.core.sparing import HandPace
from latentlab.core.undo import UndoHistory
from latentlab.gui.pinning import Pinning
from latentlab.gui.plain_signal import PlainSignal
from latentlab.gui.tools import MOVE, Tool

FIELDS = frozenset(field.name for field in fields(Exploration))
"""All that the state consists of."""

HAND_RESTS = 0.3
"""Seconds after its last move until the hand is taken to rest; it may only have stopped between two moves before."""


class Exploring(QObject, Pinning):
    """Holds the state of exploring and changes it, one act at a time; only the GUI thread uses it.

    Attributes:
        exploration: the frozen state of exploring.
        hovered: the shown point under the cursor, or None; it is no part of the state.
        tool: what a drag of the background does in the views of the shown points; no part of it either.

    Signals:
        probe_moved(): `exploration.probe` is new.
        class_chosen(): `exploration.label` is new.
        window_changed(), view_changed(): `exploration.window` or `exploration.view` is new.
        plane_cut(): `exploration.axes`, `exploration.base` or `exploration.corners` is new.
        plane_shifted(): `exploration.offset` is new: the plane decodes to other images, and the points stay.
        point_chosen(): `exploration.selected` may be another; whoever asks the view's worker about it does so now, so
            that it is computed while all that hears of `selection_changed` follows.
        selection_changed(), dimmed_changed(): so is what they say.
        code_map_edited(): `exploration.code_edits` is new.
        pins_changed(), attribute_changed(): so is what they say.
        colouring_chosen(): `exploration.colouring` is new.
        images_switched(): `exploration.images_at_points` is new.
        path_followed(): `exploration.path` or `exploration.along` is new.
        hover_changed(): another point is under the cursor.
        tool_chosen(): `tool` is another.
        undo_changed(): `undo_act` or `redo_act` may be another.
    """

    probe_moved = PlainSignal()
    class_chosen = PlainSignal()
    window_changed = PlainSignal()
    view_changed = PlainSignal()
    plane_cut = PlainSignal()
    plane_shifted = PlainSignal()
    point_chosen = PlainSignal()
    selection_changed = PlainSignal()
    dimmed_changed = PlainSignal()
    code_map_edited = PlainSignal()
    pins_changed = PlainSignal()
    path_followed = PlainSignal()
    attribute_changed = PlainSignal()
    colouring_chosen = PlainSignal()
    images_switched = PlainSignal()
    hover_changed = PlainSignal()
    tool_chosen = PlainSignal()
    undo_changed = PlainSignal()

    def __init__(self) -> None:
        super().__init__()
        self.exploration = Exploration()
        self.hovered: int | None = None
        self.tool = MOVE
        self._undo = UndoHistory()
        self._hand_moved_at = -math.inf
        self._pace, self._act_began = HandPace(), 0.0
        # Comes when all that an act of the hand has led to is painted.
        self._act_ends = QTimer(self, singleShot=True, interval=0)
        self._act_ends.timeout.connect(self._note_end)
        # Fields and the signal that tells of them, in the order in which they are told.
        self._told = (
            (("offset",), self.plane_shifted),
            (("probe",), self.probe_moved),
            (("label",), self.class_chosen),
            (("axes", "base", "corners"), self.plane_cut),
            (("window",), self.window_changed),
            (("view",), self.view_changed),
            (("selection",), self.point_chosen),
            (("selection",), self.selection_changed),
            (("dimmed",), self.dimmed_changed),
            (("code_edits",), self.code_map_edited),
            (("pins",), self.pins_changed),
            (("path", "along"), self.path_followed),
            (("attribute",), self.attribute_changed),
            (("colouring",), self.colouring_chosen),
            (("images_at_points",), self.images_switched),
        )

    def hand_is_busy(self) -> bool:
        """Whether the hand has moved the probe or a view of the plane just now: its pictures come before all others."""
        return time.monotonic() - self._hand_moved_at < HAND_RESTS

    def thrift(self) -> float:
        """How many times as slowly what only follows training should go beside the hand; asked in any thread."""
        return self._pace.thrift if self.hand_is_busy() else 1.0

    def note_hand(self) -> None:
        """Notes that the hand moves something now."""
        self._hand_moved_at = time.monotonic()
        self._note_act(time.perf_counter())

    def _note_act(self, since: float) -> None:
        """Notes that what the hand did at ``since`` is being painted now, in full or in part."""
        if not self._act_ends.isActive():
            self._act_began = since
            self._act_ends.start()

    @Slot()
    def _note_end(self) -> None:
        self._pace.took(time.perf_counter() - self._act_began)

    def move_probe(self, position: Point) -> None:
        """Puts the probe at a position of the plane."""
        if position != self.exploration.probe and np.isfinite(position).all():
            self.note_hand()
            self._act("moving the probe", probe=(float(position[0]), float(position[1])))

    def choose_class(self, label: int) -> None:
        """Has a conditional model decode another class everywhere."""
        self._act("choosing a class", label=label)

    def set_window(self, window: Rect | None, by_hand: bool = True) -> None:
        """Shows another part of the plane in the manifold; None follows the data.

        Args:
            by_hand: it can be undone; a view that has become larger or smaller is no act of exploring.
        """
        if window is None or (is_sound(window) and not is_nearly(window, self.exploration.window)):
            self._act("moving the manifold" if by_hand else None, window=window)

    def set_view(self, view: Rect | None, by_hand: bool = True) -> None:
        """Shows another part of the plane in the scatter; as `set_window`."""
        if view is None or (is_sound(view) and not is_nearly(view, self.exploration.view)):
            self._act("moving the scatter" if by_hand else None, view=view)

    def cut_plane(
        self, axes: tuple[int, int] | None, base: int | None, corners: Corners | None = None
    ) -> None:
        """Lays the plane along two latents (None: the default plane), through one of the shown points, or none.

        Args:
            corners: three of the shown points that span it instead.
        """
        # Where the views are on another plane, and how far that was moved, means nothing on this one.
        self._act("choosing the plane", axes=axes, base=base, corners=corners, offset=(), window=None, view=None)

    def shift_plane(self, act: str, probe: Point, offset: Offset) -> None:
        """Moves the plane by ``offset`` off where it was laid, and the probe with it; ``act`` says what it was."""
        self.note_hand()
        self._act(act, probe=probe, offset=offset)

    def select(self, point: int | None) -> None:
        """Selects one of the shown points everywhere, or none."""
        self._act("selecting", selection=Selection.of([] if point is None else [point]))

    def click(self, point: int | None, how: Combine = Combine.REPLACE) -> None:
        """A click on one of the shown points, or beside all: it is selected; if it alone was, nothing is any more."""
        if how is not Combine.REPLACE:
            self.select_points([] if point is None else [point], how)
        else:
            alone = self.exploration.selection == Selection.of([] if point is None else [point])
            self.select(None if alone else point)

    def select_points(
        self, points: Sequence[int] | NDArray[np.integer], how: Combine = Combine.REPLACE, focus: int | None = None
    ) -> None:
        """Selects shown points everywhere: alone, beside those selected before, or takes them away from these.

        Args:
            focus: the one of them whose image is to be shown.
        """
        selection = self.exploration.selection.combined(points, how)
        self._act("selecting", selection=selection if focus is None else Selection.of(selection.points, focus))

    def dim(self, classes: frozenset[int]) -> None:
        """Greys the points of these classes and of no others."""
        self._act("dimming", dimmed=classes)

    def colour_by(self, quantity: Quantity | None) -> None:
        """Colours the shown points by a figure where the model has it, or by class."""
        self._act("colouring the points", colouring=quantity)

    def show_images(self, on: bool) -> None:
        """Has some of the shown points show their images, or none."""
        self._act("switching images at points", images_at_points=on)

    def set_attribute(self, act: str, attribute: Attribute) -> None:
        """Compares other groups of images, or adds more or less of their difference; ``act`` says which for undo."""
        self._act(act, attribute=attribute)

    def write_code(self, cell: tuple[int, int], code: int | None) -> None:
        """Writes a code into a cell of the code map that is looked at; None leaves the cell its own."""
        codes = {(row, column): known for row, column, known in self.exploration.code_edits}
        if code is None:
            codes.pop(cell, None)
        else:
            codes[cell] = code
        edits = tuple((*place, known) for place, known in sorted(codes.items()))
        self._act("editing the code map", at=cell, code_edits=edits)

    def clear_codes(self) -> None:
        """Leaves every cell of the code map its own code."""
        self._act("putting the code map back", code_edits=())

    def hover(self, point: int | None) -> None:
        """Points at one of the shown points everywhere, or at none."""
        if point != self.hovered:
            self.hovered = point
            self.hover_changed.emit()

    def choose_tool(self, tool: Tool) -> None:
        """Has a drag of the background do something else in every view of the shown points."""
        if tool is not self.tool:
            self.tool = tool
            self.tool_chosen.emit()

    # Back and forth.

    @property
    def undo_act(self) -> str | None:
        """What `undo` would take back, in words for a menu, or None."""
        return self._undo.back

    @property
    def redo_act(self) -> str | None:
        """What `redo` would do again, or None."""
        return self._undo.forth

    def undo(self) -> None:
        """Takes the last act back."""
        self._go_to(self._undo.undo(self.exploration))

    def redo(self) -> None:
        """Does again what was undone last."""
        self._go_to(self._undo.redo(self.exploration))

    def _go_to(self, exploration: Exploration | None) -> None:
        if exploration is not None:
            self._become(exploration)
            self.undo_changed.emit()

    def _act(self, act: str | None, at: object = None, **changes: Any) -> None:
        """Changes the state: what differs is told, and can be undone as ``act``, unless that is None.

        Args:
            at: the one thing it is done to, where the same act at another one right after is to be undone by itself.
        """
        before, after = self.exploration, self.exploration.changed(**changes)
        if after == before:
            return
        known = self._undo.back, self._undo.forth
        if act is not None:
            self._undo.note(act, before, time.monotonic(), at)
        self._become(after, {*changes, "code_edits"})  # what is written into a code map goes with the map
        if (self._undo.back, self._undo.forth) != known:
            self.undo_changed.emit()

    def _become(self, exploration: Exploration, may_differ: Collection[str] = FIELDS) -> None:
        """Takes another state and tells what differs of the fields that may."""
        before, self.exploration = self.exploration, exploration
        changed = {field for field in may_differ if getattr(before, field) != getattr(exploration, field)}
        for of, signal in self._told:
            if not changed.isdisjoint(of):
                signal.emit()

    def _forget(self) -> None:
        """Drops what could be undone."""
        self._undo.forget()
        self.undo_changed.emit()
