"""What the window remembers between starts: layout, theme, size of the words, recent runs."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from latentlab import paths
from latentlab.core.film import DEFAULT_BYTES
from latentlab.gui.text_size import NORMAL, STEPS
from latentlab.gui.theme import Mode

# Counts up when docks are added or renamed, so that a layout saved before falls back to the default.
LAYOUT_VERSION = 5
_MOST_RECENT = 8


class Settings:
    """The user's settings file; a damaged one counts as empty.

    Attributes:
        damaged: the file could not be read, and the defaults are in use.
    """

    def __init__(self) -> None:
        self._store = QSettings(str(paths.settings_file()), QSettings.Format.IniFormat)
        self.damaged = self._store.status() != QSettings.Status.NoError or _looks_damaged(paths.settings_file())
        if self.damaged:
            self._store.clear()

    @property
    def mode(self) -> Mode:
        """System, Light or Dark."""
        try:
            return Mode(str(self._store.value("theme", Mode.SYSTEM)))
        except ValueError:
            return Mode.SYSTEM

    @mode.setter
    def mode(self, mode: Mode) -> None:
        self._store.setValue("theme", mode.value)

    @property
    def text_percent(self) -> int:
        """The size of all words beside the system's, one of the steps."""
        kept = str(self._store.value("text/percent", NORMAL))
        return next((step for step in STEPS if str(step) == kept), NORMAL)

    @text_percent.setter
    def text_percent(self, percent: int) -> None:
        self._store.setValue("text/percent", percent)

    @property
    def film_megabytes(self) -> int:
        """How much the films of all runs may take together, in memory and on the disk, in MB; 0 for none."""
        try:
            return max(0, int(str(self._store.value("film/megabytes", DEFAULT_BYTES // 2**20))))
        except ValueError:
            return DEFAULT_BYTES // 2**20

    @film_megabytes.setter
    def film_megabytes(self, megabytes: int) -> None:
        self._store.setValue("film/megabytes", megabytes)

    @property
    def keeps_film(self) -> bool:
        """Whether the film is saved with its run."""
        return str(self._store.value("film/kept", "false")).lower() == "true"

    @keeps_film.setter
    def keeps_film(self, keeps: bool) -> None:
        self._store.setValue("film/kept", keeps)

    @property
    def station(self) -> int:
        """The station of the road that was looked at last, from 0; one that there is no more counts as the first."""
        try:
            return max(0, int(str(self._store.value("road/station", 0))))
        except ValueError:
            return 0

    @station.setter
    def station(self, number: int) -> None:
        self._store.setValue("road/station", number)

    def layout(self) -> tuple[QByteArray, QByteArray] | None:
        """Geometry and dock state as last saved, or None."""
        geometry, state = self._store.value("window/geometry"), self._store.value("window/state")
        if isinstance(geometry, QByteArray) and isinstance(state, QByteArray):
            return geometry, state
        return None

    def save_layout(self, geometry: QByteArray, state: QByteArray) -> None:
        """Remembers the window."""
        self._store.setValue("window/geometry", geometry)
        self._store.setValue("window/state", state)

    def recent_runs(self) -> list[Path]:
        """Run folders that were saved or opened, newest first; those that cannot be seen now are left out."""
        # Unlike `Path.is_dir`, this is False of a folder on a disk that is away, or in one that is locked.
        return [Path(name) for name in self._recent() if os.path.isdir(name)][:_MOST_RECENT]  # noqa: PTH112

    def add_recent(self, folder: Path) -> None:
        """Puts a run folder at the top of the recent ones."""
        known = [name for name in self._recent() if name != str(folder)]
        self._store.setValue("runs/recent", [str(folder), *known][: 2 * _MOST_RECENT])

    def _recent(self) -> list[str]:
        value = self._store.value("runs/recent", [])
        names = [value] if isinstance(value, str) else value if isinstance(value, list) else []
        return [name for name in names if isinstance(name, str)]

    def save(self) -> None:
        """Writes the file now."""
        self._store.sync()


def _looks_damaged(file: Path) -> bool:
    """QSettings reads anything as an INI file; what is no text, or holds no section, was not written by it."""
    try:
        text = file.read_bytes().decode("utf-8").strip()
    except FileNotFoundError:
        return False
    except (OSError, UnicodeDecodeError):
        return True
    return bool(text) and not text.startswith("[")
