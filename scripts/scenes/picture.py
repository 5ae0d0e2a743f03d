"""How a scene becomes a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from scenes.scene import Scene
from scenes.stage import Stage

if TYPE_CHECKING:
    from PySide6.QtGui import QPixmap

_COLOURS = 256


def take(scene: Scene, path: Path) -> None:
    """Plays a scene and saves the window's picture."""
    stage = Stage(*scene.size)
    scene.play(stage)
    save(stage.window.grab(), path)
    stage.close()


def save(picture: QPixmap, path: Path) -> None:
    """Writes a PNG of 256 colours, a third as large as one of all of them and hardly to be told from it."""
    from PIL import Image

    from latentlab.gui.widgets.qimages import to_array

    whole = Image.fromarray(to_array(picture.toImage()))
    few = whole.quantize(_COLOURS, Image.Quantize.MEDIANCUT, kmeans=1, dither=Image.Dither.NONE)
    few.save(path, optimize=True)
