"""What scripts/run.py and scripts/test.py decide before anything is installed; nothing is installed here."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.scripts import CPU_INDEX, SCRIPTS, load, scripts_on_path

__all__ = ["scripts_on_path"]


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module about the operating system, on a Linux where nobody may call apt-get."""
    module = load("_system")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(module, "may_apt", lambda: False)
    return module


class TestPythonVersion:
    @pytest.mark.parametrize("version", [(3, 6, 15), (3, 10, 13), (2, 7, 18)])
    def test_old_python_is_turned_away_in_one_sentence(self, version: tuple[int, ...]) -> None:
        sentence = load("_python").complaint(version, "/usr/bin/python3")
        found = f"/usr/bin/python3 is Python {version[0]}.{version[1]}"
        assert sentence == f"LatentLab needs Python 3.11 or newer, and {found}: use a newer one."

    @pytest.mark.parametrize("version", [(3, 11, 0), (3, 12, 1, "final", 0), (4, 0, 0)])
    def test_new_python_is_welcome(self, version: tuple[int, ...]) -> None:
        assert load("_python").complaint(version, "python3") is None

    @pytest.mark.parametrize("name", ["_python", "run", "test"])
    def test_old_python_can_read_as_far_as_the_check(self, name: str) -> None:
        tree = ast.parse((SCRIPTS / f"{name}.py").read_text(encoding="utf-8"), feature_version=(3, 6))
        futures = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == "__future__"]
        assert not futures, "Python 3.6 knows no postponed annotations"

    @pytest.mark.parametrize("name", ["run", "test"])
    def test_check_comes_before_any_other_import(self, name: str) -> None:
        body = ast.parse((SCRIPTS / f"{name}.py").read_text(encoding="utf-8")).body
        assert [ast.unparse(node) for node in body[1:3]] == ["import _python", "_python.exit_if_too_old()"]


class TestSystem:
    @pytest.mark.parametrize(
        "platform, variables, expected",
        [
            ("linux", {}, False),
            ("linux", {"DISPLAY": ""}, False),
            ("linux", {"DISPLAY": ":0"}, True),
            ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
            ("linux", {"QT_QPA_PLATFORM": "offscreen"}, True),
            ("darwin", {}, True),
            ("win32", {}, True),
        ],
    )
    def test_display(
        self,
        system: ModuleType,
        monkeypatch: pytest.MonkeyPatch,
        platform: str,
        variables: dict[str, str],
        expected: bool,
    ) -> None:
        monkeypatch.setattr(sys, "platform", platform)
        assert system.has_display(variables) is expected

    @pytest.mark.parametrize(
        "variables, needs_x",
        [
            ({"DISPLAY": ":0"}, True),
            ({"WAYLAND_DISPLAY": "wayland-0"}, False),
            ({"WAYLAND_DISPLAY": "wayland-0", "QT_QPA_PLATFORM": "xcb"}, True),
            ({"DISPLAY": ":0", "QT_QPA_PLATFORM": "offscreen"}, False),
        ],
    )
    def test_libraries_follow_the_display(self, system: ModuleType, variables: dict[str, str], needs_x: bool) -> None:
        libraries = system.window_libraries(variables)
        assert "libEGL.so.1" in libraries
        assert ("libxcb-cursor.so.0" in libraries) is needs_x

    def test_other_systems_need_no_libraries(self, system: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "platform", "darwin")
        assert system.window_libraries({"DISPLAY": ":0"}) == {}

    def test_linker_is_asked(self, system: ModuleType) -> None:
        assert system.missing_libraries(["libc.so.6", "libnone-such.so.9"])[-1] == "libnone-such.so.9"

    def test_missing_libraries_are_named_with_the_apt_line(
        self, system: ModuleType, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        absent = {"libxcb-cursor.so.0", "libEGL.so.1"}
        monkeypatch.setattr(system, "loads", lambda library: library not in absent)
        with pytest.raises(system.SetupError, match=r"`sudo apt-get install libegl1 libxcb-cursor0`") as caught:
            system.require_window_libraries({"DISPLAY": ":0"})
        assert "\n" not in str(caught.value)

    def test_root_gets_missing_libraries_installed(self, system: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
        absent = {"libxcb-cursor.so.0": "libxcb-cursor0"}
        monkeypatch.setattr(system, "loads", lambda library: library not in absent)
        monkeypatch.setattr(system, "may_apt", lambda: True)

        def apt_install(packages: list[str]) -> bool:
            assert list(packages) == ["libxcb-cursor0"]
            absent.clear()
            return True

        monkeypatch.setattr(system, "apt_install", apt_install)
        system.require_window_libraries({"DISPLAY": ":0"})
        assert not absent

    def test_missing_ensurepip_is_named_with_the_apt_line(
        self, system: ModuleType, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "ensurepip" else object())
        package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        with pytest.raises(system.SetupError, match=f"`sudo apt-get install {package}`"):
            system.require_ensurepip()

    @pytest.mark.parametrize(
        "absent, expected", [(set(), True), ({"xdotool"}, True), ({"Xvfb"}, False), ({"libxcb-cursor.so.0"}, False)]
    )
    def test_screen_does_without_what_it_can(
        self, system: ModuleType, monkeypatch: pytest.MonkeyPatch, absent: set[str], expected: bool
    ) -> None:
        screen = load("_screen")
        monkeypatch.setattr(screen, "may_apt", lambda: False)
        monkeypatch.setattr(screen, "missing_programs", lambda programs: [name for name in programs if name in absent])
        monkeypatch.setattr(screen, "missing_libraries", lambda names: [name for name in names if name in absent])
        assert screen.can_show() is expected


class TestRun:
    def test_no_display_trains_on_the_bundled_data(self) -> None:
        run = load("run")
        assert run.program_arguments([], display=False) == ["fit", "--data", "mnist", "--model", "vae"]
        assert run.program_arguments([], display=True) == []

    @pytest.mark.parametrize("display", [True, False])
    def test_explicit_arguments_are_passed_on(self, display: bool) -> None:
        run = load("run")
        assert run.program_arguments(["fit", "--model", "ae"], display) == ["fit", "--model", "ae"]

    def test_own_option_is_taken_from_among_the_others(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("LATENTLAB_TORCH_INDEX", raising=False)
        run = load("run")
        assert run.parse(["fit", "--help"]) == (None, ["fit", "--help"])
        arguments = ["fit", "--torch-index", CPU_INDEX, "--epochs", "3", "-v"]
        assert run.parse(arguments) == (CPU_INDEX, ["fit", "--epochs", "3", "-v"])
        monkeypatch.setenv("LATENTLAB_TORCH_INDEX", CPU_INDEX)
        assert run.parse([]) == (CPU_INDEX, [])


class TestTest:
    def test_arguments_go_to_pytest(self) -> None:
        options, for_pytest = load("test").parse(["-k", "lattice", "--slow", "-x", "tests/core"])
        assert options.slow
        assert for_pytest == ["-k", "lattice", "-x", "tests/core"]

    def test_pytest_comes_last_and_slow_is_asked_for(self, tmp_path: Path) -> None:
        test, environment = load("test"), load("_environment").Environment(tmp_path)
        commands = test.steps(environment, slow=False, for_pytest=["-x"])
        assert list(commands) == ["ruff", "mypy", "import contracts", "pytest"]
        assert commands["pytest"][1:4] == ["-m", "pytest", "-n"] and commands["pytest"][5:] == ["-x"]
        assert int(commands["pytest"][4]) in (1, 2)
        slow = test.steps(environment, slow=True, for_pytest=[])["pytest"]
        assert slow[1:] == ["-m", "pytest", "-m", "slow or not slow"]

    def test_failed_step_does_not_stop_the_others(self, monkeypatch: pytest.MonkeyPatch) -> None:
        test = load("test")
        ran: list[str] = []

        def call(command: list[str], **_: Any) -> int:
            ran.append(command[0])
            return 1 if command[0] == "mypy" else 0

        monkeypatch.setattr(test.subprocess, "call", call)
        assert test.run_all({"ruff": ["ruff"], "mypy": ["mypy"], "pytest": ["pytest"]}, {}) == ["mypy"]
        assert ran == ["ruff", "mypy", "pytest"]
