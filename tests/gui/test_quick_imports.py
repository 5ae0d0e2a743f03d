"""Imports beside Qt: PySide's search of every module's source is spared."""

from __future__ import annotations

import subprocess
import sys

# In a process of its own, where nothing is imported yet. The module is small, pure Python, and nobody else's.
_LINES_READ = """
import {first}
import linecache
import tabnanny
print(any(name.endswith("tabnanny.py") for name in linecache.cache))
"""


def _reads_sources_after(first: str) -> bool:
    code = _LINES_READ.format(first=first)
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return answer.stdout.strip() == "True"


def test_no_module_that_is_imported_after_the_window_s_package_has_its_source_read() -> None:
    assert not _reads_sources_after("latentlab.gui")


def test_pyside_by_itself_reads_them() -> None:
    # Once it does not, what spares them may go.
    assert _reads_sources_after("PySide6.QtCore")
