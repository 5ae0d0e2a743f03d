"""Downloads, from a server on this machine that plays the published ones, and all that can go wrong with them."""

import errno
import gzip
import hashlib
import http.server
import io
import os
import socket
import ssl
import sys
import tarfile
import tempfile
import threading
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

import pytest
from torchvision import datasets as torchvision_datasets

from latentlab.core import downloads
from latentlab.core.errors import Cancelled, DataError

MNIST_FILES = [
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
]


def md5(content):
    return hashlib.md5(content).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves `server.files`; those of `server.cut` break off after half, those of `server.slow` never go on."""

    def do_GET(self):
        self.server.asked.append((self.path, self.headers["User-Agent"]))
        if self.path in self.server.moved:
            self.send_response(302)
            self.send_header("Location", self.server.moved[self.path])
            self.end_headers()
            return
        content = self.server.files.get(self.path)
        if content is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        try:
            if self.path in self.server.cut | self.server.slow:
                self.wfile.write(content[: len(content) // 2])
                if self.path in self.server.slow:
                    self.server.over.wait(20)
            else:
                self.wfile.write(content)
        except ConnectionError:
            pass  # the client has gone, as one that cancels does

    def log_message(self, *arguments):
        pass


class Server(http.server.HTTPServer):
    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.moved, self.cut, self.slow, self.asked = {}, {}, set(), set(), []
        self.over = threading.Event()
        self.host = f"127.0.0.1:{self.server_port}"
        self.url = f"http://{self.host}/"


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.over.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def closed():
    """The address of a port where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{free.getsockname()[1]}"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("LATENTLAB_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def fashion(server, monkeypatch):
    """Fashion-MNIST as the server publishes it: the contents of its files by name."""
    contents = {name: os.urandom(200_000 if "images" in name else 500) for name in MNIST_FILES}
    server.files.update({f"/{name}": content for name, content in contents.items()})
    monkeypatch.setattr(torchvision_datasets.FashionMNIST, "mirrors", [server.url])
    resources = [(name, md5(content)) for name, content in contents.items()]
    monkeypatch.setattr(torchvision_datasets.FashionMNIST, "resources", resources)
    return contents


@pytest.fixture
def emnist(server, monkeypatch):
    """EMNIST's archive as the server publishes it, with the set by class that LatentLab has no use for."""
    contents = {
        f"gzip/emnist-{part}-{split}-{kind}-ubyte.gz": gzip.compress(f"{part} {split} {kind}".encode())
        for part in ("digits", "letters", "balanced", "byclass")
        for split in ("train", "test")
        for kind in ("images-idx3", "labels-idx1")
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.mkdir("gzip")
        for name, content in contents.items():
            archive.writestr(name, content)
    server.files["/gzip.zip"] = file.getvalue()
    monkeypatch.setattr(torchvision_datasets.EMNIST, "url", f"{server.url}gzip.zip")
    monkeypatch.setattr(torchvision_datasets.EMNIST, "md5", md5(file.getvalue()))
    return contents


def publish_cifar10(server, monkeypatch, members):
    """Publishes an archive of (tar entry, content)."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for entry, content in members:
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    server.files["/cifar-10-binary.tar.gz"] = file.getvalue()
    monkeypatch.setattr(torchvision_datasets.CIFAR10, "url", f"{server.url}cifar-10-python.tar.gz")
    monkeypatch.setattr(downloads, "_CIFAR10_BINARY_MD5", md5(file.getvalue()))


def cifar10_members():
    names = ["batches.meta.txt", *(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin"]
    return [(tarfile.TarInfo(f"cifar-10-batches-bin/{name}"), name.encode()) for name in names]


def fetch_fashion(**arguments):
    downloads.fetch("fashion-mnist", "Fashion-MNIST", 0.401, **arguments)


def sentence(call=fetch_fashion):
    with pytest.raises(DataError) as caught:
        call()
    return str(caught.value)


def files_in(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


class TestWhatArrives:
    def test_the_files_as_published(self, fashion, home, server):
        assert not downloads.is_downloaded("fashion-mnist")
        fetch_fashion()
        assert downloads.is_downloaded("fashion-mnist")
        folder = home / "datasets" / "fashion-mnist"
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == fashion
        assert files_in(home) == sorted(f"datasets/fashion-mnist/{name}" for name in MNIST_FILES)
        assert server.asked[0][1].startswith("LatentLab/")

    def test_kmnist(self, server, monkeypatch, home):
        server.files.update({f"/k/{name}": name.encode() for name in MNIST_FILES})
        monkeypatch.setattr(torchvision_datasets.KMNIST, "mirrors", [f"{server.url}k/"])
        resources = [(name, md5(name.encode())) for name in MNIST_FILES]
        monkeypatch.setattr(torchvision_datasets.KMNIST, "resources", resources)
        downloads.fetch("kmnist", "KMNIST", 0.001)
        assert downloads.is_downloaded("kmnist")
        assert not downloads.is_downloaded("fashion-mnist")

    def test_one_archive_brings_all_of_emnist(self, emnist, home, server):
        downloads.fetch("emnist-letters", "EMNIST letters", 0.01)
        assert all(downloads.is_downloaded(f"emnist-{part}") for part in ("digits", "letters", "balanced"))
        wanted = {Path(name).name: content for name, content in emnist.items() if "byclass" not in name}
        assert {path.name: path.read_bytes() for path in home.rglob("*") if path.is_file()} == wanted
        assert (home / "datasets/emnist-digits/emnist-digits-train-images-idx3-ubyte.gz").is_file()
        assert len(server.asked) == 1

    def test_cifar10_in_its_binary_version(self, server, monkeypatch, home):
        publish_cifar10(server, monkeypatch, cifar10_members())
        downloads.fetch("cifar10", "CIFAR-10", 0.01)
        assert downloads.is_downloaded("cifar10")
        assert (home / "datasets/cifar10/data_batch_3.bin").read_bytes() == b"data_batch_3.bin"
        assert [path for path, _ in server.asked] == ["/cifar-10-binary.tar.gz"]
        assert not list(home.rglob("*.txt"))

    def test_what_torchvision_publishes_today_is_understood(self):
        for name, source in downloads.SOURCES.items():
            for remote in source.remotes():
                assert remote.urls[0].startswith(("https://", "http://")), name
                assert len(remote.md5) == 32
        assert downloads.SOURCES["cifar10"].remotes()[0].urls[0].endswith("/cifar-10-binary.tar.gz")

    def test_a_file_that_was_removed_is_fetched_again(self, fashion, home):
        fetch_fashion()
        (home / "datasets/fashion-mnist/train-labels-idx1-ubyte.gz").unlink()
        assert not downloads.is_downloaded("fashion-mnist")
        fetch_fashion()
        assert downloads.is_downloaded("fashion-mnist")

    def test_a_file_that_has_moved_is_followed(self, fashion, server):
        server.files["/new"] = server.files.pop(f"/{MNIST_FILES[0]}")
        server.moved[f"/{MNIST_FILES[0]}"] = "/new"
        fetch_fashion()
        assert downloads.is_downloaded("fashion-mnist")

    def test_the_next_mirror_is_tried(self, fashion, server, closed, home, monkeypatch):
        server.files.update({f"/damaged/{name}": bytes(300_000) for name in MNIST_FILES})
        mirrors = [f"http://{closed}/", f"{server.url}missing/", f"{server.url}damaged/", server.url]
        monkeypatch.setattr(torchvision_datasets.FashionMNIST, "mirrors", mirrors)
        shares = []
        fetch_fashion(progress=lambda text, share: shares.append(share))
        assert {path.name: path.read_bytes() for path in (home / "datasets/fashion-mnist").iterdir()} == fashion
        assert shares[:-1] != sorted(shares[:-1])  # the damaged files do not count as done

    def test_progress(self, fashion):
        seen = []
        fetch_fashion(progress=lambda text, share: seen.append((text, share)))
        shares = [share for _, share in seen[:-1]]
        assert shares == sorted(shares)
        assert 0 < shares[0] < 0.5
        assert shares[-1] == 1.0
        assert seen[-2][0] == "Downloading Fashion-MNIST: 0 of 0 MB"
        assert seen[-1] == ("Unpacking Fashion-MNIST", None)

    def test_progress_is_not_shown_for_every_block(self, fashion, server, monkeypatch):
        monkeypatch.setattr(downloads, "_BLOCK", 100)
        seen = []
        fetch_fashion(progress=lambda text, share: seen.append(share))
        assert len(seen) <= 102


class TestTheNetwork:
    def test_no_connection(self, fashion, closed, monkeypatch, home):
        monkeypatch.setattr(torchvision_datasets.FashionMNIST, "mirrors", [f"http://{closed}/"])
        expected = (
            f"Fashion-MNIST could not be downloaded: there is no connection to {closed}. The bundled MNIST needs none."
        )
        assert sentence() == expected
        assert files_in(home) == []

    def test_no_such_host(self, fashion, monkeypatch):
        monkeypatch.setattr(torchvision_datasets.FashionMNIST, "mirrors", ["http://nowhere.invalid/"])
        assert "there is no connection to nowhere.invalid." in sentence()

    def test_an_answer_that_is_none(self, fashion, server):
        del server.files[f"/{MNIST_FILES[2]}"]
        expected = f"Fashion-MNIST could not be downloaded: {server.host} answers 404 (Not Found); try again later."
        assert sentence() == expected

    def test_a_connection_that_breaks_off(self, fashion, server, home):
        server.cut.add(f"/{MNIST_FILES[0]}")
        expected = f"Fashion-MNIST could not be downloaded: the connection to {server.host} broke off; try again."
        assert sentence() == expected
        assert files_in(home) == []

    def test_a_connection_that_goes_silent(self, fashion, server, monkeypatch):
        monkeypatch.setattr(downloads, "_PATIENCE", 0.2)
        server.slow.add(f"/{MNIST_FILES[0]}")
        expected = f"Fashion-MNIST could not be downloaded: the connection to {server.host} broke off; try again."
        assert sentence() == expected

    def test_a_certificate_that_cannot_be_verified(self, fashion, server, monkeypatch):
        def refuse(*arguments, **keywords):
            raise urllib.error.URLError(ssl.SSLCertVerificationError("certificate verify failed"))

        monkeypatch.setattr(urllib.request, "urlopen", refuse)
        expected = (
            f"Fashion-MNIST could not be downloaded: the certificate of {server.host} cannot be verified; "
            "check this computer's date and its certificates."
        )
        assert sentence() == expected

    def test_a_wrong_checksum(self, fashion, server, home):
        server.files[f"/{MNIST_FILES[3]}"] = b"<html>Sign in to this network</html>"
        what = f"{MNIST_FILES[3]} arrived damaged (its checksum is wrong); try again."
        expected = f"Fashion-MNIST could not be downloaded: {what}"
        assert sentence() == expected
        assert files_in(home) == []

    def test_an_archive_without_the_file(self, server, monkeypatch, home):
        publish_cifar10(server, monkeypatch, cifar10_members()[:-1])
        expected = (
            "CIFAR-10 is no longer published as it was (cifar-10-batches-bin/test_batch.bin is missing); "
            "update LatentLab."
        )
        assert sentence(lambda: downloads.fetch("cifar10", "CIFAR-10", 0.01)) == expected
        assert not downloads.is_downloaded("cifar10")

    def test_an_archive_that_reaches_outside(self, server, monkeypatch, home, tmp_path):
        link = tarfile.TarInfo("cifar-10-batches-bin/test_batch.bin")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/hostname"
        outside = tarfile.TarInfo("../../../evil.bin")
        publish_cifar10(server, monkeypatch, [*cifar10_members()[:-1], (link, b""), (outside, b"evil")])
        assert "test_batch.bin is missing" in sentence(lambda: downloads.fetch("cifar10", "CIFAR-10", 0.01))
        assert not list(tmp_path.rglob("evil*"))
        assert not list(tmp_path.rglob("test_batch*"))


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
