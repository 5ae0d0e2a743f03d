"""All scenes, in the order in which their pictures are made."""

from __future__ import annotations

from scenes import beginning, comparing, exploring, models, points, several_runs
from scenes.scene import Scene

SCENES: dict[str, Scene] = {
    name: scene
    for part in (beginning, comparing, models, exploring, points, several_runs)
    for name, scene in part.SCENES.items()
}
"""Name of the picture -> its scene."""
