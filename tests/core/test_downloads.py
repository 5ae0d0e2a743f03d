"""Downloads, from a server on this machine that plays the published ones, and all that can go wrong with them."""

import ssl
import tarfile
import urllib.error
import urllib.request
from pathlib import Path

from torchvision import datasets as torchvision_datasets

from latentlab.core import downloads
from tests.core.published import (
    MNIST_FILES,
    cifar10_members,
    closed,
    emnist,
    fashion,
    fetch_fashion,
    files_in,
    home,
    md5,
    publish_cifar10,
    sentence,
    server,
)

__all__ = ["closed", "emnist", "fashion", "home", "server"]


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
