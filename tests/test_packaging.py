"""What the wheel carries, read from a wheel that is built here."""

from __future__ import annotations

import configparser
import email
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from email.message import Message
from pathlib import Path

import pytest

import latentlab

ROOT = Path(__file__).resolve().parent.parent
INFO = f"latentlab-{latentlab.__version__}.dist-info"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    folder = tmp_path_factory.mktemp("wheel")
    options = ["--no-deps", "--no-build-isolation", "--disable-pip-version-check", "--quiet"]
    command = [sys.executable, "-m", "pip", "wheel", *options, "--wheel-dir", str(folder), str(ROOT)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (file,) = folder.iterdir()
    with zipfile.ZipFile(file) as archive:
        yield archive


@pytest.fixture(scope="module")
def metadata(wheel: zipfile.ZipFile) -> Message:
    return email.message_from_bytes(wheel.read(f"{INFO}/METADATA"))


def test_every_resource_is_carried_unchanged(wheel: zipfile.ZipFile) -> None:
    resources = [file for file in (ROOT / "resources").rglob("*") if file.is_file()]
    carried = {name for name in wheel.namelist() if name.startswith("latentlab/resources/")}
    assert carried == {f"latentlab/{file.relative_to(ROOT).as_posix()}" for file in resources}
    for file in resources:
        assert wheel.read(f"latentlab/{file.relative_to(ROOT).as_posix()}") == file.read_bytes()


@pytest.mark.parametrize(
    "name",
    [
        "data/mnist/train-images-idx3-ubyte.gz",
        "data/mnist/train-labels-idx1-ubyte.gz",
        "data/mnist/t10k-images-idx3-ubyte.gz",
        "data/mnist/t10k-labels-idx1-ubyte.gz",
        "data/mnist/LICENSE.txt",
        "icons/latentlab.svg",
        "icons/latentlab.png",
        "latentlab.desktop",
    ],
)
def test_resource_is_there(wheel: zipfile.ZipFile, name: str) -> None:
    assert wheel.getinfo(f"latentlab/resources/{name}").file_size > 0


def test_every_module_is_carried_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    modules = {file.relative_to(ROOT).as_posix() for file in (ROOT / "latentlab").rglob("*.py")}
    assert {name for name in wheel.namelist() if name.endswith(".py")} == modules
    assert {name.split("/")[0] for name in wheel.namelist()} == {"latentlab", INFO}


def test_entry_points(wheel: zipfile.ZipFile) -> None:
    entry_points = configparser.ConfigParser()
    entry_points.read_string(wheel.read(f"{INFO}/entry_points.txt").decode())
    assert dict(entry_points["console_scripts"]) == {"latentlab": "latentlab.cli:main"}
    assert dict(entry_points["gui_scripts"]) == {"latentlab-window": "latentlab.cli:main"}


def test_desktop_entry_starts_the_window_with_the_icon(wheel: zipfile.ZipFile) -> None:
    entry = configparser.ConfigParser(interpolation=None)
    entry.read_string(wheel.read("latentlab/resources/latentlab.desktop").decode())
    assert entry["Desktop Entry"]["exec"] == "latentlab-window"
    assert entry["Desktop Entry"]["icon"] == "latentlab"


def test_licences(wheel: zipfile.ZipFile, metadata: Message) -> None:
    assert metadata["License-Expression"] == "BSD-3-Clause"
    assert b"BSD 3-Clause License" in wheel.read(f"{INFO}/licenses/LICENSE")
    assert b"CC BY-SA 3.0" in wheel.read(f"{INFO}/licenses/resources/data/mnist/LICENSE.txt")


def test_metadata(metadata: Message) -> None:
    assert metadata["Name"] == "latentlab"
    assert metadata["Version"] == latentlab.__version__
    assert metadata["Requires-Python"] == ">=3.11"
    # 6.12.0 aborts the interpreter after enough repaints.
    assert "pyside6-essentials<6.12,>=6.9" in metadata.get_all("Requires-Dist", [])
