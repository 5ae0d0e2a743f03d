"""Which run folders are in use, and which a crash left behind."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import time
from pathlib import Path

from latentlab import paths
from latentlab.core import film_file, prior_file, run_config, run_results, runs
from latentlab.core.atomic import remove_unfinished
from latentlab.core.errors import RunError, reason_of

_LOCK = ".lock"
_FILES = (runs.WEIGHTS, runs.TRAINING, runs.HISTORY, prior_file.NAME, _LOCK)
# What file managers leave in every folder that they have shown.
_NOBODYS = (".DS_Store", "desktop.ini", "Thumbs.db")

# Inode, time and size of the files that say which moment a folder holds; None for one that is not there.
Written = tuple[tuple[int, int, int] | None, ...]


class RunLock:
    """Holds a run folder for one window; another one that opens the run meanwhile can only look at it.

    Attributes:
        folder: what it holds.
        problem: what the system said where `take` failed although no other window has the folder; else empty.
    """

    def __init__(self, folder: Path) -> None:
        # Nobody should wait for it while the program starts.
        from filelock import FileLock

        self.folder, self.problem = folder, ""
        self._lock = FileLock(folder / _LOCK)

    @property
    def held(self) -> bool:
        """True from a `take` that succeeded to `release`."""
        return self._lock.is_locked

    def take(self) -> bool:
        """True when the folder is ours now, False when another window holds it or it cannot be written."""
        from filelock import Timeout

        self.problem = ""
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            return False
        except OSError as error:
            self.problem = reason_of(error)
            return False
        remove_unfinished(self.folder)
        return True

    def release(self) -> None:
        """Gives the folder back, if it is ours, and leaves no lock file."""
        if self.held:
            # While it is held: whoever waits for this very file then looks again. (Windows refuses, and filelock
            # deletes it there.)
            with contextlib.suppress(OSError):
                (self.folder / _LOCK).unlink()
            self._lock.release()


def written(folder: Path) -> Written:
    """Tells a save of the run in ``folder`` from the next one, also where that was killed before its last file."""
    return tuple(_file_written(folder / name) for name in (runs.TRAINING, run_config.CONFIG))


def new_autosave() -> RunLock:
    """Holds a fresh folder for a run that has no name yet.

    Raises:
        OSError: the user's folder cannot be written.
    """
    while True:
        name = f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}-{time.monotonic_ns() % 10**6}"
        lock = RunLock(paths.autosaves() / name)
        lock.folder.mkdir(parents=True)
        if lock.take():
            return lock
        if lock.problem:
            raise OSError(errno.EACCES, lock.problem)
        # Another window is about to tidy the folder away, empty as it is.


def left_behind() -> list[Path]:
    """The unnamed runs that no window holds, as a crash leaves them, the oldest first; empty ones are tidied away.

    What cannot be read is left alone.
    """
    found: list[Path] = []
    if not paths.autosaves().is_dir():
        return found
    for folder in sorted(paths.autosaves().iterdir()):
        lock = RunLock(folder)
        if not folder.is_dir() or not lock.take():
            continue
        with contextlib.suppress(RunError):
            if run_config.holds_run(folder):
                found.append(folder)
            else:
                _clear(lock)
        lock.release()
    return found


def is_unnamed(folder: Path) -> bool:
    """True for a run that was only ever saved by itself."""
    return folder.parent == paths.autosaves()


def discard(folder: Path) -> None:
    """Deletes an unnamed run; anything outside the autosave folder is left alone, and what another window holds."""
    lock = RunLock(folder)
    if is_unnamed(folder) and lock.take():
        _clear(lock)


def erase(folder: Path) -> bool:
    """Deletes a saved run: the files that LatentLab writes there, and the folder where nothing else is in it.

    Returns:
        False where the folder stays, because of files that are somebody else's.

    Raises:
        RunError: the folder is no run that this LatentLab can read, and is left as it is; or not all of it can be
            deleted.
    """
    if folder.is_symlink():
        raise RunError(f"{folder} is a link; delete the folder that it leads to yourself.")
    run_config.read_settings(folder)  # raises where this is no run folder
    try:
        # First what makes it a run, so that what a broken deletion leaves is never taken for one.
        for name in (run_config.CONFIG, *_FILES):
            (folder / name).unlink(missing_ok=True)
        film_file.delete(folder)
        for result in run_results.written(folder):
            result.unlink(missing_ok=True)
        for inner in (*run_results.places(folder), folder):
            if {file.name for file in inner.iterdir()} <= set(_NOBODYS):
                shutil.rmtree(inner)
    except OSError as error:
        raise RunError(f"{folder} could not be deleted ({error.strerror}); delete it yourself.") from error
    return not folder.exists()


def suggested_folder(title: str) -> Path:
    """A folder for a run of that name that does not exist yet: ``runs/vae-on-mnist``, ``runs/β-vae-β-0.5-2``."""
    stem = re.sub(r"[^\w.]+", "-", title.casefold()).strip("-.") or "run"
    candidate, number = paths.runs() / stem, 1
    while os.path.lexists(candidate):
        number += 1
        candidate = paths.runs() / f"{stem}-{number}"
    return candidate


def _clear(lock: RunLock) -> None:
    """Deletes a folder that is held, and lets go of it."""
    shutil.rmtree(lock.folder, ignore_errors=True)
    lock.release()
    with contextlib.suppress(OSError):
        lock.folder.rmdir()  # where the lock itself was in the way


def _file_written(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
