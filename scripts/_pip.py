"""Runs pip in an environment, shows what it shows, and says in one sentence what stopped it. Standard library only."""

from __future__ import annotations

import collections
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from _system import SetupError

_NO_DISK = ("No space left on device", "Disk quota exceeded", "not enough space on the disk")
_NO_NETWORK = (
    "ConnectTimeoutError",
    "NameResolutionError",
    "Network is unreachable",
    "NewConnectionError",
    "ProtocolError",
    "ProxyError",
    "ReadTimeoutError",
    "Temporary failure in name resolution",
)

_STDERR = 2


def run_pip(python: Path, command: str, *arguments: str, only_index: str = "") -> None:
    """Runs a pip command; its progress and its complaints go to the terminal as they come.

    Args:
        python: the environment's interpreter.
        command: ``install`` or ``uninstall``.
        arguments: what to install, and further options.
        only_index: the one package index to ask, whatever else pip is configured to look at; empty for pip's own.

    Raises:
        SetupError: pip failed.
    """
    environment = dict(os.environ)
    options = ["--disable-pip-version-check", "--no-input"]
    if only_index:
        options += ["--index-url", only_index]
        # pip's settings files may name more places to look at. Only a value can overrule theirs, an empty one does
        # not: so the same index once more, and a folder in which no packages lie.
        environment |= {"PIP_EXTRA_INDEX_URL": only_index, "PIP_FIND_LINKS": python.parent.as_uri()}
    # pip draws its progress bars only on a terminal, so its output is left alone; complaints come on the other pipe.
    process = subprocess.Popen(
        [str(python), "-m", "pip", command, *options, *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=_STDERR,  # a script's standard output is for its answer, such as JSON
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    assert process.stderr is not None
    last_lines: collections.deque[str] = collections.deque(maxlen=50)
    try:
        for line in process.stderr:
            sys.stderr.write(line)
            last_lines.append(line)
        status = process.wait()
    except KeyboardInterrupt:
        _let_end(process)
        raise
    finally:
        process.stderr.close()
    if status:
        raise SetupError(explanation(last_lines))


def explanation(complaints: Iterable[str]) -> str:
    """One sentence for what pip wrote when it failed."""
    text = "".join(complaints)
    if any(sign in text for sign in _NO_DISK):
        return "the disk is full: make room (the message above says where) and start again to go on from here."
    if any(sign in text for sign in _NO_NETWORK):
        return "the package index cannot be reached: check the network and start again to go on from here."
    return "installing failed, and pip's last lines above say why; start again to go on from here."


def _let_end(process: subprocess.Popen[str]) -> None:
    """Waits for pip, which Ctrl-C has reached too, to remove its gigabytes of temporary files."""
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        process.terminate()
        process.wait()
