"""How a scene becomes a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from scenes.scene import Scene
from scenes.stage import Stage

if TYPE_CHECKING:
    from PySide6.QtGui import QPixmap

_COLOURS, _CLASSES = 256, 10


def take(scene: Scene, path: Path) -> None:
    """Plays a scene and saves the window's picture."""
    stage = Stage(*scene.size)
    scene.play(stage)
    save(stage.window.grab(), path)
    stage.close()


def save(picture: QPixmap, path: Path) -> None:
    """Writes a PNG of 256 colours, a third as large as one of all of them and hardly to be told from it.

    The colours of the classes are among them: where few pixels have one, it would else be another's.
    """
    from PIL import Image

    from latentlab.core.palette import class_colours
    from latentlab.gui.widgets.qimages import to_array

    classes = class_colours(_CLASSES).tobytes()
    whole = Image.fromarray(to_array(picture.toImage()))
    common = whole.quantize(_COLOURS - _CLASSES, Image.Quantize.MEDIANCUT, kmeans=1, dither=Image.Dither.NONE)
    palette = Image.new("P", (1, 1))
    palette.putpalette(bytes(common.getpalette() or ()) + classes)
    whole.quantize(palette=palette, dither=Image.Dither.NONE).save(path, optimize=True)
