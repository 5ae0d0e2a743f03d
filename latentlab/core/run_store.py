"""Which run folders are in use, and which a crash left behind."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from pathlib import Path

from filelock import FileLock, Timeout

from latentlab import paths
from latentlab.core import runs
from latentlab.core.atomic import remove_unfinished

_LOCK = ".lock"


class RunLock:
    """Holds a run folder for one window; another one that opens the run meanwhile can only look at it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = FileLock(folder / _LOCK)

    def take(self) -> bool:
        """True when the folder is ours now, False when another window holds it."""
        try:
            self._lock.acquire(timeout=0)
        except (Timeout, OSError):
            return False
        remove_unfinished(self.folder)
        return True

    def release(self) -> None:
        """Gives the folder back and leaves no lock file."""
        self._lock.release()
        with contextlib.suppress(OSError):
            (self.folder / _LOCK).unlink()


def new_autosave() -> Path:
    """A fresh folder for a run that has no name yet.

    Raises:
        OSError: the user's folder cannot be written.
    """
    folder = paths.autosaves() / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}-{time.monotonic_ns() % 10**6}"
    folder.mkdir(parents=True)
    return folder


def left_behind() -> Path | None:
    """The newest unnamed run that no window holds, as a crash leaves it; empty ones are tidied away."""
    if not paths.autosaves().is_dir():
        return None
    found = None
    for folder in sorted(paths.autosaves().iterdir()):
        lock = RunLock(folder)
        if not folder.is_dir() or not lock.take():
            continue
        lock.release()
        if (folder / runs.CONFIG).exists():
            found = folder
        else:
            discard(folder)
    return found


def is_unnamed(folder: Path) -> bool:
    """True for a run that was only ever saved by itself."""
    return folder.parent == paths.autosaves()


def discard(folder: Path) -> None:
    """Deletes an unnamed run; anything outside the autosave folder is left alone."""
    if is_unnamed(folder):
        shutil.rmtree(folder, ignore_errors=True)


def suggested_folder(model: str, data: str) -> Path:
    """A folder for a run that does not exist yet, e.g. ``runs/vae-mnist-2``."""
    stem = f"{model}-{Path(data).name}"
    candidate, number = paths.runs() / stem, 1
    while candidate.exists():
        number += 1
        candidate = paths.runs() / f"{stem}-{number}"
    return candidate
