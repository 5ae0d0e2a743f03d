"""Spares every import the reading of its module's source, which PySide does once it is loaded."""

from __future__ import annotations

import importlib
from types import ModuleType


def spare_imports() -> None:
    """Has PySide take it that no module to come asks for another spelling of Qt's names, as none here does.

    For ``from __feature__ import snake_case`` PySide searches the source of each module that is imported for its own
    name, and Python keeps the lines of all that was read. Of torch alone these are 900 files: 0.2 s of the start and
    40 MB. There is no switch for it; where PySide has it no longer, or elsewhere, nothing is changed.
    """
    try:
        names = vars(importlib.import_module("shibokensupport.feature"))
    except ImportError:
        return
    if "_mod_uses_pyside" in names:
        names["_mod_uses_pyside"] = _asks_for_nothing


def _asks_for_nothing(_: ModuleType) -> bool:
    return False
