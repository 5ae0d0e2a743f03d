"""Files that are either wholly the old or wholly the new ones."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from pathlib import Path

_UNFINISHED = re.compile(r"\..+\.[0-9a-f]{8}")


def replace_bytes(path: Path, content: bytes) -> None:
    """Replaces ``path`` by ``content``; whatever happens meanwhile, the old or the new file stands there, whole.

    Raises:
        OSError: it could not be written; the old file is untouched and no temporary one stays.
    """
    # Not by tempfile, whose files nobody but their owner may read: colleagues share run folders.
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def remove_unfinished(folder: Path) -> None:
    """Removes what a write that was killed left in ``folder``; call it where nobody else is writing there."""
    for file in folder.glob(".*"):
        if _UNFINISHED.fullmatch(file.name):
            with contextlib.suppress(OSError):
                file.unlink()
