"""The first check of every script: is this Python new enough?

This file and every script that imports it are read by the old Pythons that they turn away, before the check has run:
they keep to the syntax of Python 3.6, and this file to its library too.
"""

import sys
from typing import Optional, Sequence, Union

OLDEST = (3, 11)


def complaint(version: Sequence[Union[int, str]], executable: str) -> Optional[str]:
    """One sentence where ``version`` (as ``sys.version_info``) is too old, else None."""
    if tuple(version[:2]) >= OLDEST:
        return None
    oldest, found = (".".join(str(part) for part in numbers[:2]) for numbers in (OLDEST, version))
    return f"LatentLab needs Python {oldest} or newer, and {executable} is Python {found}: use a newer one."


def exit_if_too_old() -> None:
    """Ends the script with one sentence where its Python is too old."""
    sentence = complaint(sys.version_info, sys.executable or "this one")
    if sentence:
        sys.exit(sentence)
