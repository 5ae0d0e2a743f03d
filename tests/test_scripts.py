"""What scripts/run.py and scripts/test.py decide before anything is installed; nothing is installed here."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import json
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SCRIPTS = Path(__file__).resolve().parent.parent / "scripts"
CPU_INDEX = "https://torch.example/cpu"


@pytest.fixture(autouse=True)
def _scripts_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(SCRIPTS))


def _load(name: str) -> ModuleType:
    """A module of scripts/; the scripts themselves under other names, since `test` is a package of Python's."""
    if name.startswith("_"):
        return importlib.import_module(name)
    spec = importlib.util.spec_from_file_location(f"latentlab_scripts_{name}", SCRIPTS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module about the operating system, on a Linux where nobody may call apt-get."""
    module = _load("_system")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(module, "may_apt", lambda: False)
    return module


class TestPythonVersion:
    @pytest.mark.parametrize("version", [(3, 6, 15), (3, 10, 13), (2, 7, 18)])
    def test_old_python_is_turned_away_in_one_sentence(self, version: tuple[int, ...]) -> None:
        sentence = _load("_python").complaint(version, "/usr/bin/python3")
        found = f"/usr/bin/python3 is Python {version[0]}.{version[1]}"
        assert sentence == f"LatentLab needs Python 3.11 or newer, and {found}: use a newer one."

    @pytest.mark.parametrize("version", [(3, 11, 0), (3, 12, 1, "final", 0), (4, 0, 0)])
    def test_new_python_is_welcome(self, version: tuple[int, ...]) -> None:
        assert _load("_python").complaint(version, "python3") is None

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
        screen = _load("_screen")
        monkeypatch.setattr(screen, "may_apt", lambda: False)
        monkeypatch.setattr(screen, "missing_programs", lambda programs: [name for name in programs if name in absent])
        monkeypatch.setattr(screen, "missing_libraries", lambda names: [name for name in names if name in absent])
        assert screen.can_show() is expected


class TestStamp:
    def test_is_read_as_written(self, tmp_path: Path) -> None:
        stamp = _load("_environment").Stamp("key", frozenset({"test"}))
        stamp.write(tmp_path / "stamp.json")
        assert stamp.read(tmp_path / "stamp.json") == stamp
        assert [file.name for file in tmp_path.iterdir()] == ["stamp.json"]

    @pytest.mark.parametrize("content", ["", '{"key": "a', "[]", "3", '{"key": "a"}', '{"key": "a", "extras": 1}'])
    def test_unreadable_one_counts_as_none(self, tmp_path: Path, content: str) -> None:
        module = _load("_environment")
        (tmp_path / "stamp.json").write_text(content)
        assert module.Stamp.read(tmp_path / "stamp.json") == module.Stamp()
        assert module.Stamp.read(tmp_path / "none.json") == module.Stamp()

    def test_covers_less_but_not_more(self) -> None:
        stamp = _load("_environment").Stamp("key", frozenset({"test"}))
        assert stamp.covers("key", [])
        assert stamp.covers("key", ["test"])
        assert not stamp.covers("key", ["test", "bench"])
        assert not stamp.covers("other", [])

    def test_keeps_other_extras_until_the_key_changes(self) -> None:
        stamp = _load("_environment").Stamp("key", frozenset({"test"}))
        assert stamp.with_installed("key", ["bench"]).extras == {"test", "bench"}
        assert stamp.with_installed("other", ["bench"]).extras == {"bench"}


class FakeInstaller:
    """Stands for pip and for Python's venv: notes what is asked of them, and fails when told to."""

    def __init__(self, module: ModuleType, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.module, self.root = module, root
        self.calls: list[tuple[str, ...]] = []
        self.fails = False
        (root / ".venv").mkdir()
        self.write_project("numpy")
        monkeypatch.setattr(module, "run_pip", self._run_pip)
        monkeypatch.setattr(module.Environment, "_python_version", lambda _: "3.11")
        monkeypatch.setattr(module.Environment, "_complete_pip", lambda _: None)

    def write_project(self, *dependencies: str) -> None:
        lines = json.dumps([*dependencies, "torch>=2.11", "torchvision>=0.26", "torchmetrics"])
        (self.root / "pyproject.toml").write_text(f"[project]\nname = 'latentlab'\ndependencies = {lines}\n")

    def start(self, extras: tuple[str, ...] = (), **options: Any) -> list[tuple[str, ...]]:
        """What one start of a script asks of pip."""
        self.calls.clear()
        self.module.Environment(self.root, **options).prepare(extras)
        return list(self.calls)

    def _run_pip(self, python: Path, command: str, *arguments: str, only_index: str = "") -> None:
        self.calls.append((command, *arguments, *([f"from {only_index}"] if only_index else [])))
        if self.fails:
            raise self.module.SetupError("pip failed")


class TestEnvironment:
    @pytest.fixture
    def pip(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeInstaller:
        return FakeInstaller(_load("_environment"), tmp_path, monkeypatch)

    def test_second_start_installs_nothing(self, pip: FakeInstaller) -> None:
        assert pip.start() == [("install", "--editable", str(pip.root))]
        assert pip.start() == []

    def test_start_after_the_tests_installs_nothing(self, pip: FakeInstaller) -> None:
        assert pip.start(("test",)) == [("install", "--editable", f"{pip.root}[test]")]
        assert pip.start() == []
        assert pip.start(("test",)) == []

    def test_changed_requirements_are_installed(self, pip: FakeInstaller) -> None:
        pip.start()
        pip.write_project("numpy", "tqdm")
        assert len(pip.start()) == 1
        assert pip.start() == []

    def test_other_python_installs_anew(self, pip: FakeInstaller, monkeypatch: pytest.MonkeyPatch) -> None:
        pip.start()
        monkeypatch.setattr(pip.module.Environment, "_python_version", lambda _: "3.12")
        assert len(pip.start()) == 1

    def test_interrupted_installation_goes_on(self, pip: FakeInstaller) -> None:
        pip.fails = True
        with pytest.raises(pip.module.SetupError):
            pip.start()
        assert not list((pip.root / ".venv").glob("*.json"))
        pip.fails = False
        assert len(pip.start()) == 1
        assert pip.start() == []

    def test_way_back_to_what_was_installed_before_an_interruption(self, pip: FakeInstaller) -> None:
        pip.start(torch_index=CPU_INDEX)
        pip.fails = True
        with pytest.raises(pip.module.SetupError):
            pip.start(torch_index="")
        pip.fails = False
        assert pip.start(torch_index=CPU_INDEX)

    def test_half_installed_package_is_installed_again(self, pip: FakeInstaller) -> None:
        packages = pip.root / ".venv" / "lib" / "python3.11" / "site-packages"
        for name in ("torch-2.11.dist-info", "numpy-2.0.dist-info"):
            (packages / name).mkdir(parents=True)
            (packages / name / "METADATA").touch()
        (packages / "numpy-2.0.dist-info" / "RECORD").touch()
        pip.start()
        assert [file.name for file in packages.iterdir()] == ["numpy-2.0.dist-info"]

    def test_torch_and_torchvision_come_first_and_together_from_the_given_index(self, pip: FakeInstaller) -> None:
        assert pip.start(torch_index=CPU_INDEX)[1:] == [
            ("install", "torch>=2.11", "torchvision>=0.26", f"from {CPU_INDEX}"),
            ("install", "--editable", str(pip.root)),
        ]

    def test_index_is_remembered(self, pip: FakeInstaller) -> None:
        pip.start(torch_index=CPU_INDEX)
        assert pip.start() == []
        assert pip.start(torch_index=CPU_INDEX) == []

    def test_index_is_remembered_by_a_start_that_failed(
        self, pip: FakeInstaller, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as patch:

            def stop_at_torch(python: Path, command: str, *arguments: str, only_index: str = "") -> None:
                if only_index:
                    raise KeyboardInterrupt

            patch.setattr(pip.module, "run_pip", stop_at_torch)
            with pytest.raises(KeyboardInterrupt):
                pip.start(torch_index=CPU_INDEX)
        resumed = pip.start()
        assert resumed[0] == ("install", "torch>=2.11", "torchvision>=0.26", f"from {CPU_INDEX}")

    def test_other_index_replaces_torch(self, pip: FakeInstaller) -> None:
        pip.start()
        uninstall = pip.start(torch_index=CPU_INDEX)[0]
        assert uninstall == ("uninstall", "--yes", "--quiet", "--quiet", "torch", "torchvision")
        assert pip.start(torch_index="")[0][0] == "uninstall"
        assert pip.start() == []

    @pytest.mark.parametrize(
        "platform, index, size",
        [("linux", "", "3 GB"), ("linux", CPU_INDEX, "0.5 GB"), ("darwin", "", "0.5 GB"), ("win32", "", "0.5 GB")],
    )
    def test_download_is_announced(
        self,
        pip: FakeInstaller,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        platform: str,
        index: str,
        size: str,
    ) -> None:
        monkeypatch.setattr(sys, "platform", platform)
        pip.start(torch_index=index)
        assert f"about {size}" in capsys.readouterr().out

    def test_what_stops_a_script_is_one_sentence(self, pip: FakeInstaller, capsys: pytest.CaptureFixture[str]) -> None:
        def fail() -> int:
            raise pip.module.SetupError("the disk is full.")

        def interrupt() -> int:
            raise KeyboardInterrupt

        assert pip.module.run_guarded(fail) == 1
        assert capsys.readouterr().err == "LatentLab: the disk is full.\n"
        assert pip.module.run_guarded(interrupt) == 130
        assert capsys.readouterr().err.strip() == "LatentLab: stopped; start again to go on from here."


class TestPip:
    @pytest.mark.parametrize(
        "complaint, word",
        [
            ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n", "disk"),
            ("WARNING: Retrying after connection broken by 'NewConnectionError(...)': /simple/torch/\n", "network"),
            ("ERROR: No matching distribution found for torch>=99\n", "pip's last lines"),
        ],
    )
    def test_failure_is_explained(self, complaint: str, word: str) -> None:
        assert word in _load("_pip").explanation([complaint, "ERROR: No matching distribution found\n"])

    @pytest.mark.skipif(os.name == "nt", reason="the stand-in for pip is a shell script")
    def test_pip_is_asked_and_heard(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        pip = _load("_pip")
        python = tmp_path / "python"
        python.write_text('#!/bin/sh\necho "$@ $PIP_EXTRA_INDEX_URL" >&2\nexit ${STATUS:-0}\n')
        python.chmod(0o755)
        monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "elsewhere")
        pip.run_pip(python, "install", "torch", only_index=CPU_INDEX)
        command = "-m pip install --disable-pip-version-check --no-input"
        assert capsys.readouterr().err == f"{command} --index-url {CPU_INDEX} torch {CPU_INDEX}\n"
        monkeypatch.setenv("STATUS", "1")
        with pytest.raises(pip.SetupError, match="start again"):
            pip.run_pip(python, "install", "numpy")
        assert capsys.readouterr().err == f"{command} numpy elsewhere\n"


class TestRun:
    def test_no_display_trains_on_the_bundled_data(self) -> None:
        run = _load("run")
        assert run.program_arguments([], display=False) == ["fit", "--data", "mnist", "--model", "vae"]
        assert run.program_arguments([], display=True) == []

    @pytest.mark.parametrize("display", [True, False])
    def test_explicit_arguments_are_passed_on(self, display: bool) -> None:
        run = _load("run")
        assert run.program_arguments(["fit", "--model", "ae"], display) == ["fit", "--model", "ae"]

    def test_own_option_is_taken_from_among_the_others(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("LATENTLAB_TORCH_INDEX", raising=False)
        run = _load("run")
        assert run.parse(["fit", "--help"]) == (None, ["fit", "--help"])
        arguments = ["fit", "--torch-index", CPU_INDEX, "--epochs", "3", "-v"]
        assert run.parse(arguments) == (CPU_INDEX, ["fit", "--epochs", "3", "-v"])
        monkeypatch.setenv("LATENTLAB_TORCH_INDEX", CPU_INDEX)
        assert run.parse([]) == (CPU_INDEX, [])


class TestTest:
    def test_arguments_go_to_pytest(self) -> None:
        options, for_pytest = _load("test").parse(["-k", "lattice", "--slow", "-x", "tests/core"])
        assert options.slow
        assert for_pytest == ["-k", "lattice", "-x", "tests/core"]

    def test_pytest_comes_last_and_slow_is_asked_for(self, tmp_path: Path) -> None:
        test, environment = _load("test"), _load("_environment").Environment(tmp_path)
        commands = test.steps(environment, slow=False, for_pytest=["-x"])
        assert list(commands) == ["ruff", "mypy", "import contracts", "pytest"]
        assert commands["pytest"][1:] == ["-m", "pytest", "-x"]
        slow = test.steps(environment, slow=True, for_pytest=[])["pytest"]
        assert slow[1:] == ["-m", "pytest", "-m", "slow or not slow"]

    def test_failed_step_does_not_stop_the_others(self, monkeypatch: pytest.MonkeyPatch) -> None:
        test = _load("test")
        ran: list[str] = []

        def call(command: list[str], **_: Any) -> int:
            ran.append(command[0])
            return 1 if command[0] == "mypy" else 0

        monkeypatch.setattr(test.subprocess, "call", call)
        assert test.run_all({"ruff": ["ruff"], "mypy": ["mypy"], "pytest": ["pytest"]}, {}) == ["mypy"]
        assert ran == ["ruff", "mypy", "pytest"]
