"""What the hand does to pins, and to the path between them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from latentlab.core.exploration import Exploration, Point
from latentlab.core.pins import PathKind, Pin, free_name


class Pinning:
    """The part of `Exploring` that is about pins."""

    exploration: Exploration

    def note_hand(self) -> None:
        """Notes that the hand moves something now."""
        raise NotImplementedError

    def _act(self, act: str | None, **changes: Any) -> None:
        raise NotImplementedError

    def drop_pin(self) -> None:
        """Leaves a pin at the probe's place, under the next free letter."""
        pins = self.exploration.pins
        pin = Pin(free_name(pins), self.exploration.probe)
        self._act(f"dropping pin {pin.name}", pins=(*pins, pin))

    def move_pin(self, index: int, position: Point) -> None:
        """Puts one of the pins at another position of the plane."""
        if np.isfinite(position).all():
            self.note_hand()
            pin = replace(self.exploration.pins[index], position=(float(position[0]), float(position[1])))
            self._set_pin(f"moving pin {pin.name}", index, pin)

    def rename_pin(self, index: int, name: str) -> bool:
        """Gives one of the pins another name; returns False, and leaves it, where that is empty or another's."""
        name = name.strip()
        pins = self.exploration.pins
        if not name or any(pin.name == name for pin in pins[:index] + pins[index + 1 :]):
            return False
        self._set_pin("renaming a pin", index, replace(pins[index], name=name))
        return True

    def reorder_pin(self, index: int, to: int) -> None:
        """Has paths visit one of the pins at another place in their order."""
        pins = list(self.exploration.pins)
        pin = pins.pop(index)
        pins.insert(to, pin)
        self._act(f"ordering pin {pin.name}", pins=tuple(pins))

    def remove_pin(self, index: int) -> None:
        """Takes one of the pins away."""
        pins = self.exploration.pins
        self._act(f"removing pin {pins[index].name}", pins=pins[:index] + pins[index + 1 :])

    def clear_pins(self) -> None:
        """Takes all pins away."""
        self._act("removing the pins", pins=())

    def _set_pin(self, act: str, index: int, pin: Pin) -> None:
        pins = self.exploration.pins
        self._act(act, pins=(*pins[:index], pin, *pins[index + 1 :]))

    def choose_path(self, kind: PathKind) -> None:
        """Follows another kind of path between the pins from now on."""
        self._act("choosing a path", path=kind)

    def follow_path(self, along: float, position: Point) -> None:
        """Goes so far along the path, 0 to 1, and takes the probe along to where that is on the plane."""
        self.note_hand()
        self._act("following the path", along=along, probe=position)
