"""A server on this machine that plays those of the published data sets, for tests of downloads."""

import gzip
import hashlib
import http.server
import io
import os
import socket
import tarfile
import threading
import zipfile

import pytest
from torchvision import datasets as torchvision_datasets

from latentlab.core import downloads
from latentlab.core.errors import DataError

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
