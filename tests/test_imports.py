"""The rules on who may import whom."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def _python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


def test_import_contracts_hold() -> None:
    done = _python("-c", "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))")
    assert done.returncode == 0, done.stdout + done.stderr


def test_package_itself_imports_neither_torch_nor_qt() -> None:
    done = _python("-c", "import latentlab, sys; print(sorted({name.partition('.')[0] for name in sys.modules}))")
    assert done.returncode == 0, done.stderr
    assert "latentlab" in done.stdout
    for heavy in ("torch", "torchvision", "numpy", "PySide6", "shiboken6", "pyqtgraph"):
        assert repr(heavy) not in done.stdout
