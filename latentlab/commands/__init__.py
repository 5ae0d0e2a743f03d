"""The commands that need no screen, and what they share with the command line; imports neither torch nor Qt."""

from __future__ import annotations

import argparse
from typing import NoReturn

from latentlab.core.errors import LatentLabError

DONE, FAILED, CANNOT_BEGIN, INTERRUPTED = 0, 1, 2, 130
"""Exit statuses."""


class UsageError(LatentLabError):
    """The command line asks for something that cannot be."""


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, where argparse would print its usage and leave the program."""

    def __init__(self, *args: object, **options: object) -> None:
        # Abbreviations would change their meaning with every setting that a model gains.
        super().__init__(*args, **{**options, "allow_abbrev": False})  # type: ignore[arg-type]

    def error(self, message: str) -> NoReturn:
        """Raises `UsageError`."""
        sentence = message[0].upper() + message[1:]
        raise UsageError(sentence if sentence.endswith((".", "?")) else f"{sentence}.")
