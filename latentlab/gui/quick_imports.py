"""Spares every import the reading of its module's source, which PySide does once it is loaded."""

from __future__ import annotations

import importlib
from types import ModuleType

_QT_S_USERS = ("latentlab", "pyqtgraph")


def spare_imports() -> None:
    """Tells PySide which modules use it, for it would search the source of each that is imported for its own name.

    It asks for the sake of ``from __feature__ import snake_case``, and Python keeps the lines of all that was read. Of
    torch alone these are 900 files: 0.2 s of the start and 40 MB. There is no switch for it; where PySide has it no
    longer, or elsewhere, nothing is changed.
    """
    try:
        names = vars(importlib.import_module("shibokensupport.feature"))
    except ImportError:
        return
    if "_mod_uses_pyside" in names:
        names["_mod_uses_pyside"] = _uses_qt


def _uses_qt(module: ModuleType) -> bool:
    # What PySide would find in the sources of those that call it.
    return module.__name__.partition(".")[0] in _QT_S_USERS
