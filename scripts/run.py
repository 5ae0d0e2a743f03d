#!/usr/bin/env python3
"""Sets LatentLab up on a machine that has only Python and git, and opens its window.

The first start makes a virtual environment in .venv and installs everything into it; later starts open at once.
Without a display, a VAE is trained on the bundled MNIST instead. Arguments other than this script's own go to
LatentLab: `python3 scripts/run.py fit --data mnist --model vae`.
"""

import _python

_python.exit_if_too_old()

import argparse
import os
import subprocess
import sys

from _environment import INDEX_HELP, INDEX_VARIABLE, Environment, run_guarded
from _system import has_display, require_window_libraries

WITHOUT_DISPLAY = ["fit", "--data", "mnist", "--model", "vae"]


def parse(arguments: list[str]) -> tuple[str | None, list[str]]:
    """The index for torch, and the arguments that are LatentLab's."""
    # LatentLab answers --help for its own commands; this script answers where --help comes first.
    parser = argparse.ArgumentParser(description=__doc__, add_help=False, allow_abbrev=False)
    parser.add_argument("--torch-index", metavar="URL", default=os.environ.get(INDEX_VARIABLE) or None, help=INDEX_HELP)
    if arguments[:1] in (["-h"], ["--help"]):
        parser.print_help()
        parser.exit()
    options, rest = parser.parse_known_args(arguments)
    return options.torch_index, rest


def program_arguments(rest: list[str], display: bool) -> list[str]:
    """What LatentLab is started with: what the user asked for, else what this machine can show."""
    return rest if rest or display else WITHOUT_DISPLAY


def start(command: list[str]) -> int:
    """Becomes the program; on Windows, where that would let go of the terminal, waits for its exit status."""
    sys.stdout.flush()
    if os.name != "nt":
        os.execv(command[0], command)
    return subprocess.call(command)


def main() -> int:
    """Sets up, then starts LatentLab; returns an exit status."""
    torch_index, rest = parse(sys.argv[1:])
    display = has_display(os.environ)
    arguments = program_arguments(rest, display)
    if arguments is WITHOUT_DISPLAY:
        print("There is no display here, so no window can open: a VAE is trained on the bundled MNIST instead.")
        print(f"This is `latentlab {' '.join(arguments)}`.", flush=True)
    elif display and arguments[:1] in ([], ["open"]):
        require_window_libraries(os.environ)
    environment = Environment(torch_index=torch_index)
    environment.prepare()
    return start([str(environment.python), "-m", "latentlab", *arguments])


if __name__ == "__main__":
    sys.exit(run_guarded(main))
