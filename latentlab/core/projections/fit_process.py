"""The body of the process that `latentlab.core.projections.apart` starts: an estimator comes in, and goes out fitted.

It is run as a file and never imported. It knows NumPy and scikit-learn alone, so that it is ready after two seconds
and takes 130 MB; importing a module of LatentLab here could bring torch along, which takes as much again of both.

It reads one pickled (estimator, images, full scale, labels) and writes pickled pairs: ("line", text) for each line that
scikit-learn prints, and at last ("fitted", estimator) or ("failed", sentence).
"""

from __future__ import annotations

import io
import os
import pickle
import sys
from collections.abc import Callable

_STDOUT, _STDERR = 1, 2
_NICENESS = 10  # training and the hand come first


class _Lines(io.TextIOBase):
    """A standard output whose text goes to the waiting process."""

    def __init__(self, say: Callable[[str, object], None]) -> None:
        self._say, self._rest = say, ""

    def write(self, text: str) -> int:
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._say("line", line)
        return len(text)


def main() -> None:
    """Fits one estimator."""
    # What a library prints past Python must not get into the answers.
    answers = os.fdopen(os.dup(_STDOUT), "wb")
    os.dup2(_STDERR, _STDOUT)

    def say(kind: str, what: object) -> None:
        pickle.dump((kind, what), answers)
        answers.flush()

    sys.stdout = _Lines(say)
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    try:
        estimator, images, full_scale, labels = pickle.load(sys.stdin.buffer)
        say("fitted", estimator.fit(images.reshape(len(images), -1) / full_scale, labels))
    except MemoryError:
        say("failed", "it needs more memory than there is; choose fewer images")
    except Exception as error:
        say("failed", str(error))


if __name__ == "__main__":
    main()
