"""Fits a scikit-learn estimator in a process of its own: the only way to end a fit that offers none."""

from __future__ import annotations

import os
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from latentlab.core.errors import Cancelled
from latentlab.core.projections.base import ProjectionError, Sample, Watch

_BODY = Path(__file__).with_name("fit_process.py")
_POLL_SECONDS = 0.1
# As latentlab.core.threads does it for threads: one core, so that neither training nor the hand is starved.
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}

Message = tuple[str, Any]


def fit_apart(
    title: str,
    estimator: Any,
    sample: Sample,
    watch: Watch,
    share_done: Callable[[str], float | None] = lambda _: None,
) -> Any:
    """Fits ``estimator`` to a sample's flattened images in [0, 1] and returns it.

    A cancelled fit is killed within a fifth of a second, whatever it is doing.

    Args:
        share_done: a line that the estimator prints to the share of the work that is done, None where it says nothing
            of it; until a line tells the share, only time tells how far the fit is.

    Raises:
        Cancelled: ``watch`` wanted the fit to end.
        ProjectionError: all images are the same, or the fit failed; the sentence says why.
    """
    if not (sample.images != sample.images[:1]).any():
        raise ProjectionError(f"{title} could not be fitted: all the images are the same.")
    text = f"Fitting {title} to {len(sample.images):,} images"
    watch.progress(text)
    process = subprocess.Popen(
        [sys.executable, "-P", str(_BODY)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | _ONE_THREAD,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),  # Windows would open a console
    )
    messages: queue.SimpleQueue[Message] = queue.SimpleQueue()
    job = (estimator, sample.images, sample.full_scale, sample.labels)
    talk = threading.Thread(target=_talk, args=(process, job, messages), name="latentlab-fit", daemon=True)
    talk.start()
    try:
        while True:
            kind, what = _next(messages, watch)
            if kind == "line":
                share = share_done(what)
                if share is not None:
                    watch.progress(text, share)
            elif kind == "fitted":
                return what
            else:
                raise ProjectionError(f"{title} could not be fitted: {what}.")
    finally:
        process.kill()
        talk.join()
        process.wait()


def _next(messages: queue.SimpleQueue[Message], watch: Watch) -> Message:
    while not watch.cancelled():
        with suppress(queue.Empty):
            return messages.get(timeout=_POLL_SECONDS)
    raise Cancelled("The fit was cancelled.")


def _talk(process: subprocess.Popen[bytes], job: object, messages: queue.SimpleQueue[Message]) -> None:
    """Hands the job over and passes on what comes back, until the process ends."""
    assert process.stdin is not None and process.stdout is not None
    with process.stdout as answers:
        try:
            # A process that is killed meanwhile breaks the pipe, while it is written to or when it is closed.
            with suppress(OSError), process.stdin as asked:
                pickle.dump(job, asked)
            while True:
                message = pickle.load(answers)
                messages.put(message)
                if message[0] != "line":
                    return
        except Exception:
            # Cut short, or without the memory for what was written or read: whoever waits is told in any case.
            messages.put(("failed", "its process ended early, perhaps for want of memory; choose fewer images"))
