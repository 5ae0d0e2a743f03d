#!/usr/bin/env python3
"""Makes the pictures under docs/ by running the real program: real data, real training, the real window.

    python3 scripts/screenshots.py [--out docs/pictures] [--only NAME …]

Each picture is a scene (scripts/scenes): a function that brings a window into a state. Scenes that train take a minute
or two.
"""

from __future__ import annotations

import _python

_python.exit_if_too_old()

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from scenes.picture import take
from scenes.programme import SCENES

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Runs every scene in a process of its own, on a virtual screen where there is no other."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "pictures")
    parser.add_argument("--only", choices=sorted(SCENES), nargs="+", help="make these pictures")
    parser.add_argument("--scene", choices=sorted(SCENES), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    if arguments.scene:
        take(SCENES[arguments.scene], arguments.out / f"{arguments.scene}.png")
        return 0
    from _environment import Environment
    from _screen import can_show, virtual_screen

    environment = Environment()
    environment.prepare()
    names = arguments.only or list(SCENES)
    if not can_show():
        return 1
    with virtual_screen("2600x1500") as variables:
        for name in names:
            print(name, flush=True)
            with tempfile.TemporaryDirectory() as home:
                subprocess.run(
                    [str(environment.python), __file__, "--scene", name, "--out", str(arguments.out)],
                    env=os.environ | variables | {"QT_SCALE_FACTOR": str(SCENES[name].scale), "LATENTLAB_HOME": home},
                    check=True,
                )
    return 0


if __name__ == "__main__":
    sys.exit(main())
