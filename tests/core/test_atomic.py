"""A file is the old or the new one; a write that was killed leaves nothing that stays."""

import subprocess
import sys

import pytest

from latentlab.core.atomic import remove_unfinished, replace_bytes
from latentlab.core.run_store import RunLock


def test_a_file_is_replaced(tmp_path):
    file = tmp_path / "run.json"
    for content in (b"old", b"new"):
        replace_bytes(file, content)
        assert file.read_bytes() == content
    assert list(tmp_path.iterdir()) == [file]


def test_a_write_that_fails_leaves_the_old_file_alone(tmp_path, monkeypatch):
    file = tmp_path / "run.json"
    replace_bytes(file, b"old")
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        replace_bytes(file, b"new")
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]


def test_what_a_killed_write_left_goes_when_the_folder_is_taken(tmp_path):
    file = tmp_path / "model.safetensors"
    replace_bytes(file, b"old")
    code = (
        "import os, signal, sys; from pathlib import Path; from latentlab.core.atomic import replace_bytes\n"
        "os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)\n"
        "replace_bytes(Path(sys.argv[1]), b'new')"
    )
    if sys.platform != "win32":
        subprocess.run([sys.executable, "-c", code, str(file)], check=False)
        assert len(list(tmp_path.iterdir())) == 2
    lock = RunLock(tmp_path)
    assert lock.take()
    lock.release()
    assert list(tmp_path.iterdir()) == [file]
    assert file.read_bytes() == b"old"


def test_other_hidden_files_are_nobodys_leavings(tmp_path):
    for name in (".lock", ".gitignore", ".DS_Store", ".notes.txt", "model.safetensors.0123abcd"):
        (tmp_path / name).touch()
    before = set(tmp_path.iterdir())
    remove_unfinished(tmp_path)
    assert set(tmp_path.iterdir()) == before
