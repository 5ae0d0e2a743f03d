"""The project's own virtual environment, .venv: made once, completed after an interruption, then left alone.

Standard library only: this runs before anything is installed.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from _pip import explanation, run_pip
from _python import OLDEST
from _system import SetupError, is_linux, require_ensurepip

ROOT = Path(__file__).resolve().parent.parent
INDEX_VARIABLE = "LATENTLAB_TORCH_INDEX"
INDEX_HELP = (
    "take torch and torchvision from this package index, for instance one of CPU builds; remembered for later "
    f"starts, and forgotten where URL is empty (also read from the variable {INDEX_VARIABLE})"
)

# What the core imports: a GPU server has these and no Qt, and is used as it is.
CORE_MODULES = ("torch", "numpy", "safetensors", "sklearn", "threadpoolctl", "platformdirs", "filelock")

_INTERRUPTED = 130  # as shells report Ctrl-C


@dataclass(frozen=True)
class Stamp:
    """What an environment holds; a file inside it that is written last, so that it exists only after success.

    Attributes:
        key: names the project's requirements, the Python and the package index that were installed.
        extras: the optional parts of the project that were installed.
    """

    key: str = ""
    extras: frozenset[str] = frozenset()

    @classmethod
    def read(cls, file: Path) -> Stamp:
        """The stamp in ``file``; an empty one where there is none, or none that can be read."""
        try:
            content = json.loads(file.read_text(encoding="utf-8"))
            return cls(str(content["key"]), frozenset(map(str, content["extras"])))
        except (OSError, ValueError, KeyError, TypeError):
            return cls()

    def write(self, file: Path) -> None:
        """Writes the stamp whole or not at all."""
        unfinished = file.with_suffix(".part")
        unfinished.write_text(json.dumps({"key": self.key, "extras": sorted(self.extras)}), encoding="utf-8")
        unfinished.replace(file)

    def covers(self, key: str, extras: Iterable[str]) -> bool:
        """Whether all that ``key`` and ``extras`` ask for is installed."""
        return self.key == key and self.extras.issuperset(extras)

    def with_installed(self, key: str, extras: Iterable[str]) -> Stamp:
        """The stamp after installing ``extras``: what was there before still counts while the key is the same."""
        return Stamp(key, frozenset(extras) | (self.extras if self.key == key else frozenset()))


class Environment:
    """The virtual environment of a checkout."""

    def __init__(self, root: Path = ROOT, torch_index: str | None = None) -> None:
        """Describes the environment of the checkout ``root``; makes nothing yet.

        Args:
            root: the checkout, with its pyproject.toml.
            torch_index: the index of torch and torchvision; None keeps the one that an earlier start was given.
        """
        self.root = root
        self.folder = root / ".venv"
        self.programs = self.folder / ("Scripts" if os.name == "nt" else "bin")
        self.python = self.programs / ("python.exe" if os.name == "nt" else "python")
        self.stamp_file = self.folder / "latentlab-installed.json"
        self._index_file = self.folder / "latentlab-torch-index"
        self.torch_index = self._recorded_index() if torch_index is None else torch_index

    def prepare(self, extras: Collection[str] = ()) -> None:
        """Makes the environment and installs the project (editable, with ``extras``), unless that is done.

        Raises:
            SetupError: it cannot be made, or pip failed; what was installed stays, and a later call goes on from it.
        """
        version = self._python_version()
        stamp = Stamp.read(self.stamp_file)
        if version is not None and stamp.covers(self._key(version), extras):
            return
        print(f"Setting up LatentLab in {self.folder}.", flush=True)
        if stamp.key:
            print("What it needs has changed since the last start: only what is new is downloaded.", flush=True)
        else:
            print(f"This happens once. {download_in_words(self.torch_index)}", flush=True)
            print("Ctrl-C stops it; the next start keeps what is there and goes on.", flush=True)
        if version is None:
            version = self._make()
        self.stamp_file.unlink(missing_ok=True)
        self._complete_pip()
        self._forget_half_installed()
        self._install(extras)
        stamp.with_installed(self._key(version), extras).write(self.stamp_file)
        print("LatentLab is set up.", flush=True)

    def _key(self, version: str) -> str:
        # The checkout's place counts too: the project is imported from there, and checkouts get moved.
        requirements = (self.root / "pyproject.toml").read_bytes()
        return hashlib.sha256(repr((requirements, version, self.torch_index, str(self.root))).encode()).hexdigest()

    def _recorded_index(self) -> str:
        """The index of every torch that was put here; empty for pip's own."""
        return self._index_file.read_text(encoding="utf-8") if self._index_file.is_file() else ""

    def _runs(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """What the environment's Python answered."""
        command = [str(self.python), *arguments]
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)

    def _python_version(self) -> str | None:
        """Version of the environment's Python; None where it does not run (it was removed, say) or is too old."""
        try:
            answer = self._runs("-c", "import sys; print('%d.%d' % sys.version_info[:2])")
        except OSError:
            return None
        if answer.returncode:
            return None
        version = answer.stdout.strip()
        return version if tuple(map(int, version.split("."))) >= OLDEST else None

    def _make(self) -> str:
        """Makes the environment anew, still without pip, and returns its Python's version."""
        require_ensurepip()
        print("Making a virtual environment.", flush=True)
        made = subprocess.run(
            [sys.executable, "-m", "venv", "--clear", "--without-pip", str(self.folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        version = self._python_version()
        if made.returncode or version is None:
            reason = made.stdout.strip().splitlines()[-1:] or ["its Python does not run"]
            raise SetupError(f"{self.folder} could not be made: {reason[0]}")
        return version

    def _complete_pip(self) -> None:
        """Gives the environment its pip: a new one, one stopped half-way and one made by another tool lack it."""
        if self._runs("-c", "import pip").returncode == 0:
            return
        require_ensurepip()
        added = self._runs("-m", "ensurepip")
        if added.returncode:
            print(added.stdout, added.stderr, sep="", end="", file=sys.stderr)
            raise SetupError(explanation([added.stdout, added.stderr]))

    def _forget_half_installed(self) -> None:
        """Drops the records of packages whose installation was cut short, so that pip installs them again.

        pip writes RECORD last, but takes a package for installed as soon as its other records are there.
        """
        for pattern in ("lib/python*/site-packages/*.dist-info", "Lib/site-packages/*.dist-info"):
            for record in self.folder.glob(pattern):
                if not (record / "RECORD").is_file():
                    shutil.rmtree(record)

    def _install(self, extras: Collection[str]) -> None:
        if self.torch_index != self._recorded_index():
            # pip would keep a torch from elsewhere. Recorded before the download, so that a resumed one is the same.
            run_pip(self.python, "uninstall", "--yes", "--quiet", "--quiet", "torch", "torchvision")
            self._index_file.write_text(self.torch_index, encoding="utf-8")
        if self.torch_index:
            # Both in one resolution, from one place: a torchvision built for another torch fails on import.
            print(f"Installing torch and torchvision from {self.torch_index}.", flush=True)
            run_pip(self.python, "install", *torch_requirements(self.root), only_index=self.torch_index)
        print("Installing LatentLab and what it needs.", flush=True)
        project = f"{self.root}[{','.join(sorted(extras))}]" if extras else str(self.root)
        run_pip(self.python, "install", "--editable", project)


def torch_requirements(root: Path) -> list[str]:
    """What pyproject.toml asks of torch and torchvision."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [line for line in project["dependencies"] if re.match(r"(torch|torchvision)\b", line)]


def download_in_words(torch_index: str) -> str:
    """How much the first start fetches, about: on Linux, torch's usual builds carry CUDA."""
    if is_linux() and "cpu" not in torch_index:
        return "It downloads about 3 GB and takes about 6 GB of disk (torch comes with CUDA)."
    return "It downloads about 0.5 GB and takes about 2 GB of disk."


def python_with(modules: Iterable[str], extras: Collection[str] = ()) -> str:
    """A Python that has ``modules``: this one, or the project's environment's, made with ``extras`` if need be.

    Raises:
        SetupError: as `Environment.prepare`.
    """
    environment = Environment()
    if Path(sys.prefix) != environment.folder and all(importlib.util.find_spec(name) for name in modules):
        return sys.executable
    with contextlib.redirect_stdout(sys.stderr):
        environment.prepare(extras)
    return str(environment.python)


def run_guarded(body: Callable[[], int]) -> int:
    """Runs a script's ``body``; what stops the setting up becomes one sentence and an exit status."""
    try:
        return body()
    except (SetupError, OSError) as error:
        print(f"LatentLab: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nLatentLab: stopped; start again to go on from here.", file=sys.stderr)
        return _INTERRUPTED
