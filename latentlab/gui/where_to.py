"""Where the user wants a file, and of which kind."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QFileDialog, QWidget

_last: list[Path] = []  # where a file was put last

def ask_where_to(window: QWidget, title: str, name: str, kinds: Mapping[str, str]) -> Path | None:
    """The chosen path, with an ending in any case; None where the user thought better of it.

    It begins where a file was put before, or among the user's pictures.

    Args:
        name: what is offered; of its kind is a path without an ending of its own, unless another kind was chosen.
        kinds: the endings, by what the user calls them.
    """
    chosen, kind = QFileDialog.getSaveFileName(window, title, str(_folder() / name), ";;".join(kinds))
    if not chosen:
        return None
    path = Path(chosen)
    _last[:] = [path.parent]
    return path if path.suffix else path.with_name(path.name + kinds.get(kind, Path(name).suffix))


def _folder() -> Path:
    pictures = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
    places = [*_last, *([Path(pictures)] if pictures else [])]
    return next((place for place in places if place.is_dir()), Path.home())
