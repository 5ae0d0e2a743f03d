"""Where things live: what travels with the program, and what belongs to the user."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

_PACKAGE = Path(__file__).resolve().parent


def resources() -> Path:
    """The folder of bundled files: inside the package (wheel), or beside it (checkout, editable install).

    Raises:
        FileNotFoundError: neither is there; the installation is damaged.
    """
    for folder in (_PACKAGE / "resources", _PACKAGE.parent / "resources"):
        if (folder / "data" / "mnist").is_dir():
            return folder
    raise FileNotFoundError("LatentLab's bundled files are missing; install it again.")


def _user_folder(environment: str, default: str) -> Path:
    chosen = os.environ.get(environment)
    return Path(chosen).expanduser() if chosen else Path(default)


def user_data() -> Path:
    """Downloaded data sets, runs, films and the log; moved by LATENTLAB_HOME."""
    return _user_folder("LATENTLAB_HOME", platformdirs.user_data_dir("LatentLab", appauthor=False))


def datasets() -> Path:
    """Downloaded data sets."""
    return user_data() / "datasets"


def runs() -> Path:
    """Where runs are saved unless the user names another place."""
    return user_data() / "runs"


def autosaves() -> Path:
    """Runs that the user has not named yet, written after every epoch."""
    return user_data() / "autosave"


def films() -> Path:
    """The films of open runs, beside what of them is in memory; nothing in it outlives its window."""
    return user_data() / "films"


def settings_file() -> Path:
    """Window layout, theme and recent runs."""
    return user_data() / "settings.ini"


def log_file() -> Path:
    """The program's log."""
    return user_data() / "latentlab.log"
