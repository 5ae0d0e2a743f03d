"""How the scripts prepare an environment: what is installed when, and what is said of it; nothing is installed here."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.scripts import CPU_INDEX, load, scripts_on_path

__all__ = ["scripts_on_path"]


class TestStamp:
    def test_is_read_as_written(self, tmp_path: Path) -> None:
        stamp = load("_environment").Stamp("key", frozenset({"test"}))
        stamp.write(tmp_path / "stamp.json")
        assert stamp.read(tmp_path / "stamp.json") == stamp
        assert [file.name for file in tmp_path.iterdir()] == ["stamp.json"]

    @pytest.mark.parametrize("content", ["", '{"key": "a', "[]", "3", '{"key": "a"}', '{"key": "a", "extras": 1}'])
    def test_unreadable_one_counts_as_none(self, tmp_path: Path, content: str) -> None:
        module = load("_environment")
        (tmp_path / "stamp.json").write_text(content)
        assert module.Stamp.read(tmp_path / "stamp.json") == module.Stamp()
        assert module.Stamp.read(tmp_path / "none.json") == module.Stamp()

    def test_covers_less_but_not_more(self) -> None:
        stamp = load("_environment").Stamp("key", frozenset({"test"}))
        assert stamp.covers("key", [])
        assert stamp.covers("key", ["test"])
        assert not stamp.covers("key", ["test", "bench"])
        assert not stamp.covers("other", [])

    def test_keeps_other_extras_until_the_key_changes(self) -> None:
        stamp = load("_environment").Stamp("key", frozenset({"test"}))
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
        return FakeInstaller(load("_environment"), tmp_path, monkeypatch)

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
        assert word in load("_pip").explanation([complaint, "ERROR: No matching distribution found\n"])

    @pytest.mark.skipif(os.name == "nt", reason="the stand-in for pip is a shell script")
    def test_pip_is_asked_and_heard(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        pip = load("_pip")
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
