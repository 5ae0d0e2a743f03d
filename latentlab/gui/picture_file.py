"""Pictures from files, however large they are, in memory that stays small."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QImageReader

from latentlab.core.drawing import DrawingError

KINDS = "Pictures (*.png *.jpg *.jpeg);;All files (*)"
_MOST_PIXELS = 100_000_000


def read_picture(file: Path, side: int) -> NDArray[np.uint8]:
    """A picture as uint8 H×W×4 of red, green, blue and opacity, made smaller as it is read where it is beyond ``side``.

    Raises:
        DrawingError: it is no picture, or too large to be read.
    """
    reader = QImageReader(str(file))
    reader.setDecideFormatFromContent(True)
    reader.setAutoTransform(True)
    size = reader.size()
    if size.isValid() and size.width() * size.height() > _MOST_PIXELS:
        raise DrawingError(
            f"{file.name} has {size.width():,}×{size.height():,} pixels; open a picture of at most 100 megapixels."
        )
    if size.isValid() and max(size.width(), size.height()) > side:
        reader.setScaledSize(size.scaled(QSize(side, side), Qt.AspectRatioMode.KeepAspectRatio).expandedTo(QSize(1, 1)))
    image = reader.read()
    if image.isNull():
        raise DrawingError(f"{file.name} cannot be read as a picture; open a PNG or JPEG file.")
    if max(image.width(), image.height()) > side:
        smooth = Qt.TransformationMode.SmoothTransformation
        image = image.scaled(QSize(side, side), Qt.AspectRatioMode.KeepAspectRatio, smooth)
    plain = image.convertToFormat(QImage.Format.Format_RGBA8888)
    rows = np.frombuffer(plain.constBits(), np.uint8).reshape(plain.height(), plain.bytesPerLine())
    return rows[:, : 4 * plain.width()].reshape(plain.height(), plain.width(), 4).copy()
