"""Where films lie: what stays of them is moved from memory into files, in a thread of its own."""

from __future__ import annotations

import logging
import queue
import shutil
import time
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from latentlab.core.film import Frame
from latentlab.core.frame_weights import SUFFIX, FrameWeights
from latentlab.core.threads import start_thread, yield_to_others

_log = logging.getLogger(__name__)

# Smaller frames stay in memory: it would take hours to fill it with them, and a process may map only so many files.
_LEAST_BYTES = 2**17
# A film never takes the last of a disk.
_LEFT_FREE = 2**30
# Where the system deletes files that are in use, a file has a name for a moment only; an older one was left by a
# program that was killed in that moment.
_LEFT_AFTER_SECONDS = 60.0


class FilmStore:
    """Settles the weights of frames in files of a folder, which go with them. To be used in one thread.

    Where there is no room, or no folder, they stay in memory, and no further ones are settled.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._gave_up = self._closed = False
        self._named: deque[Path] = deque()  # of weights that are gone, yet with a name
        self._thread = start_thread("latentlab-film", self._body)

    def settle(self, weights: FrameWeights) -> None:
        """Has weights that are to stay moved to a file, unless they are gone when their turn comes."""
        if not weights.settled and weights.bytes >= _LEAST_BYTES:
            self._work.put(partial(self._settle, weakref.ref(weights)))

    def let_go(self, frames: Sequence[Frame]) -> None:
        """Has frames forgotten in the thread, for giving many back to the system takes a while."""
        self._work.put(partial(_forget, list(frames)))

    def close(self) -> None:
        """Ends the thread; what is settled can be read on."""
        self._closed = True
        self._work.put(None)
        self._thread.join()

    # Runs in the thread.

    def _body(self) -> None:
        yield_to_others()
        self._delete_leftovers()
        while (work := self._work.get()) is not None:
            work()
        self._delete_named()

    def _settle(self, reference: weakref.ref[FrameWeights]) -> None:
        weights = reference()
        if weights is None or weights.settled or self._gave_up or self._closed:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if shutil.disk_usage(self._folder).free < _LEFT_FREE:
                raise OSError("the disk is almost full")
            file = weights.settle(self._folder)
        except OSError as error:
            self._gave_up = True
            _log.warning("films stay in memory: %s", error)
            return
        self._delete_named()
        if not _deleted(file):
            # Windows deletes no file that is in use.
            weakref.finalize(weights, self._named.append, file).atexit = False

    def _delete_leftovers(self) -> None:
        for file in self._folder.glob(f"*{SUFFIX}"):
            try:
                if time.time() - file.stat().st_mtime > _LEFT_AFTER_SECONDS:
                    file.unlink()
            except OSError:
                continue  # another window's, which is in use

    def _delete_named(self) -> None:
        for _ in range(len(self._named)):
            file = self._named.popleft()
            if not _deleted(file):
                self._named.append(file)  # somebody still looks at the weights


def _forget(frames: list[Frame]) -> None:
    while frames:
        frames.pop()
        time.sleep(0)  # others have the interpreter's lock in between


def _deleted(file: Path) -> bool:
    try:
        file.unlink(missing_ok=True)
    except OSError:
        return False
    return True
