"""What the commands on a saved run say of its data: where they lie now, and that they are not what they were."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterator

from latentlab.commands import UsageError
from latentlab.core.errors import LostDataError


def declare(parser: argparse.ArgumentParser) -> None:
    """Adds ``--data``."""
    parser.add_argument(
        "--data", default="", metavar="PATH",
        help="where the folder or .npz file that the run was trained on lies now, if it has moved",
    )  # fmt: skip


@contextlib.contextmanager
def asked_for(place: str) -> Iterator[None]:
    """While entered, data that are not where they were make an error that says what to do, unless ``place`` is given.

    Raises:
        UsageError: they are not there.
    """
    try:
        yield
    except LostDataError as error:
        if place:
            raise
        raise UsageError(f"{error} If the data have moved, say where they lie now by --data PATH.") from error


def warn(sentence: str) -> None:
    """Says on stderr what the user should know before the work begins, if there is anything."""
    if sentence:
        print(f"Warning: {sentence}", file=sys.stderr)
