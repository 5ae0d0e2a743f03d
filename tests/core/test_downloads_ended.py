"""Downloads that are cancelled, that cannot be stored, or that lack what they need: a sentence, and nothing is left."""

import errno
import io
import os
import sys
import tempfile
import threading

import pytest

from latentlab.core import downloads
from latentlab.core.errors import Cancelled
from tests.core.published import MNIST_FILES, emnist, fashion, fetch_fashion, files_in, home, sentence, server

__all__ = ["emnist", "fashion", "home", "server"]


class TestCancelling:
    def test_midway(self, fashion, server, home):
        content = os.urandom(8_000_000)
        server.files[f"/{MNIST_FILES[0]}"] = content
        blocks = 0

        def cancelled():
            nonlocal blocks
            blocks += 1
            return blocks > 5

        with pytest.raises(Cancelled, match=r"^The download of Fashion-MNIST was cancelled\.$"):
            fetch_fashion(cancelled=cancelled)
        assert len(server.asked) == 1
        assert files_in(home) == []

    def test_before_it_starts(self, fashion, server, home):
        with pytest.raises(Cancelled):
            fetch_fashion(cancelled=lambda: True)
        assert server.asked == []
        assert not home.exists()

    def test_while_unpacking(self, emnist, home):
        unpacking = threading.Event()

        def progress(text, share):
            if text.startswith("Unpacking"):
                unpacking.set()

        with pytest.raises(Cancelled):
            downloads.fetch("emnist-digits", "EMNIST digits", 0.01, progress, unpacking.is_set)
        assert files_in(home) == []


class TestStoring:
    @pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
    def test_a_full_disk_while_fetching(self, fashion, home, monkeypatch, number):
        class FullDisk(io.BytesIO):
            def write(self, block):
                raise OSError(number, os.strerror(number))

        monkeypatch.setattr(tempfile, "TemporaryFile", lambda **arguments: FullDisk())
        folder = home / "datasets"
        assert sentence() == f"Fashion-MNIST could not be stored: the disk is full; free 1 MB for {folder}."

    def test_a_full_disk_while_putting_in_place(self, fashion, home, monkeypatch):
        def full(number):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(os, "fsync", full)
        assert "the disk is full" in sentence()
        assert files_in(home) == []

    def test_a_folder_that_cannot_be_made(self, fashion, home, monkeypatch):
        home.write_text("a file where the folder should be")
        expected = (
            f"Fashion-MNIST could not be stored: the folder {home / 'datasets'} cannot be written (Not a directory); "
            "set LATENTLAB_HOME to another."
        )
        assert sentence() == expected

    def test_a_folder_that_cannot_be_written(self, fashion, home, monkeypatch):
        def refuse(**arguments):
            raise PermissionError(errno.EACCES, "Permission denied")

        monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
        assert f"the folder {home / 'datasets'} cannot be written (Permission denied)" in sentence()


class TestTorchvision:
    def replace_torchvision(self, monkeypatch, folder, source):
        for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
            monkeypatch.delitem(sys.modules, name)
        (folder / "torchvision").mkdir()
        (folder / "torchvision" / "__init__.py").write_text(source)
        monkeypatch.syspath_prepend(str(folder))

    @pytest.mark.parametrize(
        "source",
        [
            "raise RuntimeError('operator torchvision::nms does not exist')",
            "raise ImportError('libtorch_cuda.so: cannot open shared object file')",
            "raise ModuleNotFoundError('No module named torchvision._C', name='torchvision._C')",
            "raise AttributeError('partially initialized module torchvision has no attribute extension')",
        ],
    )
    def test_that_does_not_fit_torch(self, monkeypatch, tmp_path, source):
        self.replace_torchvision(monkeypatch, tmp_path, source)
        versions = {"torchvision": "0.26.0", "torch": "2.11.0+cpu"}
        monkeypatch.setattr("importlib.metadata.version", versions.__getitem__)
        expected = (
            "torchvision 0.26.0 does not fit torch 2.11.0+cpu, and downloading data sets needs it; "
            "reinstall both together: pip install --force-reinstall torch torchvision"
        )
        assert sentence() == expected

    def test_that_is_not_there(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "torchvision", None)
        expected = "Downloading data sets needs torchvision; install it with: pip install torch torchvision"
        assert sentence() == expected
