"""The command line: ``latentlab`` opens the window, ``latentlab fit`` and its kin need no screen.

Everything heavy is imported by the command that needs it, so that ``--help`` answers at once. Exit status: 0 done,
1 failed on the way, 2 could not begin (one line says why), 130 interrupted.
"""

from __future__ import annotations

import argparse
import difflib
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from latentlab import __version__
from latentlab.commands import CANNOT_BEGIN, DONE, INTERRUPTED, Parser, UsageError
from latentlab.core.errors import Cancelled, LatentLabError

_COMMANDS = {
    "open": "open the window on a saved run",
    "fit": "train a model without a window",
    "evaluate": "figures of a saved run on its test split",
    "encode": "write what a saved run's encoder says of the images into a file",
    "prior": "learn a prior over the codes of a saved run, to draw samples from",
    "models": "the models there are",
    "datasets": "the data sets there are",
}
_EPILOG = "Without a command the window opens. Each command has its own --help."


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the program with command-line ``arguments`` (default: those of the process); returns the exit status."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that knows no "−" or "×" shows a question mark instead of ending the program.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _run(words)
    except Cancelled:
        return INTERRUPTED
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
        return INTERRUPTED
    except LatentLabError as error:
        print(f"latentlab: {error}", file=sys.stderr)
        return CANNOT_BEGIN


def _run(words: list[str]) -> int:
    # The options in front of a command take no values, so its name is the first word without a dash.
    command = next((word for word in words if not word.startswith("-")), None)
    if command is not None and command not in _COMMANDS:
        close = difflib.get_close_matches(command, _COMMANDS, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(_COMMANDS)}."
        raise UsageError(f"There is no command {command!r}; {hint}")
    parser = Parser(
        prog="latentlab", description="Train latent-variable models and explore their latent spaces.", epilog=_EPILOG
    )
    parser.add_argument("--version", action="version", version=f"LatentLab {__version__}")
    verbose: dict[str, Any] = {"action": "store_true", "help": "write a log to stderr"}
    parser.add_argument("-v", "--verbose", **verbose)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=Parser)
    for name, summary in _COMMANDS.items():
        sub = commands.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.")
        sub.add_argument("-v", "--verbose", **verbose, default=argparse.SUPPRESS)
        if name == command:
            _declare(name, sub, words)
    options, unknown = parser.parse_known_args(words)
    if unknown:
        raise UsageError(_explain_unknown(unknown[0], command))
    if options.verbose:
        logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(name)s: %(message)s")
    if command is None:
        return _open_window(None)
    return int(options.body(options))


def _declare(command: str, parser: Parser, words: list[str]) -> None:
    """Gives a command its arguments, and the function that carries it out as ``body``."""
    if command == "open":
        parser.add_argument("run", type=Path, metavar="RUN", help="the run's folder")
        from latentlab.commands import moved_data

        moved_data.declare(parser)
        parser.set_defaults(body=lambda options: _open_window(options.run, options.data))
    elif command == "fit":
        from latentlab.commands import fit

        fit.declare(parser, words)
    elif command == "evaluate":
        from latentlab.commands import evaluate

        evaluate.declare(parser)
    elif command == "encode":
        from latentlab.commands import encode

        encode.declare(parser)
    elif command == "prior":
        from latentlab.commands import prior

        prior.declare(parser)
    else:
        from latentlab.commands import lists

        parser.set_defaults(body=lists.models if command == "models" else lists.datasets)


def _explain_unknown(word: str, command: str | None) -> str:
    where = f"latentlab {command}" if command else "latentlab"
    if command == "fit":
        from latentlab.commands import settings

        owners = settings.owners(word)
        if owners:
            return f"{word} is a setting of {' and '.join(owners)}; choose it with --model, or leave the setting out."
    return f"{where} does not know {word!r}; {where} --help lists what it takes."


def _open_window(run: Path | None, data: str = "") -> int:
    if sys.platform == "linux" and not any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    ):
        raise UsageError("There is no display to open a window on; latentlab fit works without one.")
    try:
        from latentlab.gui.app import main as open_window
    except ImportError as error:
        # Servers have no Qt, and some machines Qt without a library that it needs; the error names it.
        raise UsageError(f"The window cannot open here ({error}); latentlab fit works without one.") from error
    return open_window(run, data) or DONE
