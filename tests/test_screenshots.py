"""The pictures of the documents: each has its scene, and every scene can be asked for."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.scripts import SCRIPTS, scripts_on_path

__all__ = ["scripts_on_path"]

DOCS = SCRIPTS.parent / "docs"


def scenes():
    return importlib.import_module("scenes.programme").SCENES


def functions_of_scenes():
    """Every function of the package that takes a stage and nothing else: the scenes, whether somebody lists them."""
    package = importlib.import_module("scenes")
    for found in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"scenes.{found.name}")
        for function in vars(module).values():
            if inspect.isfunction(function) and function.__module__ == module.__name__:
                parameters = inspect.signature(function).parameters.values()
                if [parameter.annotation for parameter in parameters] == ["Stage"]:
                    yield function


def test_every_scene_is_in_the_programme_once():
    played = [scene.play for scene in scenes().values()]
    assert len(played) > 20 and set(played) == set(functions_of_scenes()) and len(set(played)) == len(played)


def test_the_script_knows_every_scene_before_anything_is_installed():
    command = [sys.executable, str(SCRIPTS / "screenshots.py"), "--only", "nothing"]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert said.returncode == 2 and all(name in said.stderr for name in scenes())
    only = "import sys, scenes.programme; sys.exit(any(name in sys.modules for name in ('torch', 'PySide6', 'PIL')))"
    assert subprocess.run([sys.executable, "-c", only], cwd=SCRIPTS, check=False).returncode == 0


@pytest.mark.parametrize("picture", sorted(DOCS.glob("pictures/*.png")), ids=lambda path: path.stem)
def test_every_picture_has_a_scene(picture: Path):
    assert picture.stem in scenes()
