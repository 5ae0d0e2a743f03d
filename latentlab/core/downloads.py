"""Fetching published data sets into the user's data folder, checked and cancellable.

torchvision knows where they are published and their checksums; its own downloader can neither be cancelled nor
followed, so the transfer is made here.
"""

from __future__ import annotations

import errno
import hashlib
import http.client
import importlib.metadata
import os
import ssl
import tarfile
import tempfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Generator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from latentlab import __version__, paths
from latentlab.core.errors import Cancelled, DataError

Progress = Callable[[str, float | None], None]
"""Called with what is being done, in words, and the share that is done, 0 to 1 (None where it is not known)."""

Contents = Generator[tuple[str, IO[bytes]], None, None]
"""The name and the stream of each file in a fetched file, in turn."""

_BLOCK = 1 << 16  # bytes between two looks at whether the user has cancelled
_PATIENCE = 20.0  # seconds without a byte after which a connection counts as broken
_CIFAR10_BINARY_MD5 = "c32a1d4ab5d03f1284b67883e8d87530"


@dataclass(frozen=True)
class Remote:
    """A published file: its addresses, the first one preferred, and its md5."""

    urls: tuple[str, ...]
    md5: str


@dataclass(frozen=True)
class Source:
    """Where a data set comes from.

    Attributes:
        remotes: asks torchvision what to fetch.
        contents: opens a fetched file.
        places: the names wanted of its contents, and the place of each under `paths.datasets`.
    """

    remotes: Callable[[], tuple[Remote, ...]]
    contents: Callable[[Remote, IO[bytes]], Contents]
    places: dict[str, str]


class _MirrorError(DataError):
    """One address could not deliver the file; another may."""


def _mnist_like(name: str, torchvision_class: str) -> Source:
    def remotes() -> tuple[Remote, ...]:
        published = getattr(_torchvision_datasets(), torchvision_class)
        return tuple(Remote(tuple(host + file for host in published.mirrors), md5) for file, md5 in published.resources)

    files = [f"{split}-{kind}-ubyte.gz" for split in ("train", "t10k") for kind in ("images-idx3", "labels-idx1")]
    return Source(remotes, _the_file_itself, {file: f"{name}/{file}" for file in files})


def _emnist() -> Source:
    def remotes() -> tuple[Remote, ...]:
        published = _torchvision_datasets().EMNIST
        return (Remote((published.url,), published.md5),)

    # One archive of half a gigabyte holds them all, so that whoever fetches one has the others too.
    places = {}
    for name in ("emnist-digits", "emnist-letters", "emnist-balanced"):
        for split in ("train", "test"):
            for kind in ("images-idx3", "labels-idx1"):
                file = f"{name}-{split}-{kind}-ubyte.gz"
                places[f"gzip/{file}"] = f"{name}/{file}"
    return Source(remotes, _zip_members, places)


def _cifar10() -> Source:
    def remotes() -> tuple[Remote, ...]:
        # torchvision takes the pickled version, which could run code as it is read; the binary one lies beside it.
        python_version: str = _torchvision_datasets().CIFAR10.url
        return (Remote((python_version.replace("-python", "-binary"),), _CIFAR10_BINARY_MD5),)

    files = [*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin"]
    return Source(remotes, _tar_members, {f"cifar-10-batches-bin/{file}": f"cifar10/{file}" for file in files})


def _torchvision_datasets() -> Any:
    try:
        from torchvision import datasets
    except (ImportError, RuntimeError, AttributeError, OSError) as error:
        # A torchvision built for another torch fails in any of these ways, by platform and by how far it got.
        if isinstance(error, ModuleNotFoundError) and error.name == "torchvision":
            raise DataError(
                "Downloading data sets needs torchvision; install it with: pip install torch torchvision"
            ) from error
        versions = [importlib.metadata.version(name) for name in ("torchvision", "torch")]
        raise DataError(
            f"torchvision {versions[0]} does not fit torch {versions[1]}, and downloading data sets needs it; "
            "reinstall both together: pip install --force-reinstall torch torchvision"
        ) from error
    return datasets


def _the_file_itself(remote: Remote, file: IO[bytes]) -> Contents:
    yield Path(urlsplit(remote.urls[0]).path).name, file


def _zip_members(remote: Remote, file: IO[bytes]) -> Contents:
    with zipfile.ZipFile(file) as archive:
        for name in archive.namelist():
            with archive.open(name) as stream:
                yield name, stream


def _tar_members(remote: Remote, file: IO[bytes]) -> Contents:
    with tarfile.open(fileobj=file, mode="r|gz") as archive:
        for member in archive:
            if member.isfile() and (stream := archive.extractfile(member)):
                yield member.name, stream


SOURCES = {
    "fashion-mnist": _mnist_like("fashion-mnist", "FashionMNIST"),
    "kmnist": _mnist_like("kmnist", "KMNIST"),
    "emnist-digits": _emnist(),
    "emnist-letters": _emnist(),
    "emnist-balanced": _emnist(),
    "cifar10": _cifar10(),
}


def is_downloaded(name: str) -> bool:
    """True where all the files of a data set of `SOURCES` lie in the user's folder."""
    places = [place for place in SOURCES[name].places.values() if Path(place).parts[0] == name]
    return all((paths.datasets() / place).is_file() for place in places)


@dataclass
class _Job:
    """One download as the user sees it: its title, how much of it is done, and whether it is still wanted."""

    title: str
    megabytes: float
    progress: Progress | None
    cancelled: Callable[[], bool] | None
    done: int = 0
    shown: int = -1

    def check(self) -> None:
        """Raises `Cancelled` once the user has cancelled."""
        if self.cancelled is not None and self.cancelled():
            raise Cancelled(f"The download of {self.title} was cancelled.")

    def received(self, count: int) -> None:
        """Adds to what is done, and shows it whenever a hundredth more has arrived."""
        self.done += count
        done = self.done / 1e6
        share = min(1.0, done / self.megabytes)
        if self.progress is not None and int(100 * share) != self.shown:
            self.shown = int(100 * share)
            self.progress(f"Downloading {self.title}: {done:.0f} of {self.megabytes:.0f} MB", share)

    def unpacking(self) -> None:
        """Shows that all has arrived and is being put in place."""
        if self.progress is not None:
            self.progress(f"Unpacking {self.title}", None)


def fetch(
    name: str,
    title: str,
    megabytes: float,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> None:
    """Downloads a data set of `SOURCES` into its folder under `paths.datasets`.

    All of it is fetched and checked before the first file takes its place, and each does so by renaming; what is
    fetched until then vanishes by itself, even where the program is killed.

    Args:
        name: the catalogue's name.
        title: what the sentences call it.
        megabytes: how much is to be fetched, for the progress shown.
        progress: called from this thread.
        cancelled: asked whenever something has arrived, every 64 kB at the latest. A connection that has gone silent
            is given up after 20 seconds.

    Raises:
        DataError: there is no connection, the file arrived damaged, it cannot be stored, or torchvision is unfit.
        Cancelled: ``cancelled`` returned True.
    """
    source, folder, job = SOURCES[name], paths.datasets(), _Job(title, megabytes, progress, cancelled)
    job.check()
    remotes = source.remotes()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            fetched = []
            for remote in remotes:
                file = stack.enter_context(tempfile.TemporaryFile(dir=folder))
                _retrieve(remote, file, job)
                fetched.append((remote, file))
            job.unpacking()
            missing = set(source.places)
            for remote, file in fetched:
                with closing(source.contents(remote, file)) as contents:
                    for member, stream in contents:
                        if member in missing:
                            _install(stream, folder / source.places[member], job)
                            missing.remove(member)
    except OSError as error:
        raise _cannot_store(title, folder, megabytes, error) from error
    if missing:
        raise DataError(f"{title} is no longer published as it was ({min(missing)} is missing); update LatentLab.")


def _retrieve(remote: Remote, file: IO[bytes], job: _Job) -> None:
    """Fetches a file from the first of its addresses that delivers it whole, and rewinds it."""
    done, failures = job.done, []
    for url in remote.urls:
        job.done = done
        file.seek(0)
        file.truncate()
        digest = hashlib.md5(usedforsecurity=False)
        try:
            with closing(_blocks(url, job)) as blocks:
                for block in blocks:
                    file.write(block)
                    digest.update(block)
                    job.received(len(block))
            if digest.hexdigest() == remote.md5:
                file.seek(0)
                return
            what = f"{Path(urlsplit(url).path).name} arrived damaged (its checksum is wrong); try again."
            failures.append(_MirrorError(f"{job.title} could not be downloaded: {what}"))
        except _MirrorError as failure:
            failures.append(failure)
    raise failures[0]


def _blocks(url: str, job: _Job) -> Generator[bytes, None, None]:
    """The bytes at an address as they arrive; what goes wrong with the network is a `_MirrorError`."""
    failed, host = f"{job.title} could not be downloaded", urlsplit(url).netloc
    broke_off = f"{failed}: the connection to {host} broke off; try again."
    request = urllib.request.Request(url, headers={"User-Agent": f"LatentLab/{__version__}"})
    job.check()
    try:
        response = urllib.request.urlopen(request, timeout=_PATIENCE)
    except urllib.error.HTTPError as error:
        error.close()
        what = f"{host} answers {error.code} ({error.reason})"
        raise _MirrorError(f"{failed}: {what}; try again later.") from error
    except (OSError, http.client.HTTPException) as error:
        if isinstance(getattr(error, "reason", None), ssl.SSLCertVerificationError):
            what = f"the certificate of {host} cannot be verified; check this computer's date and its certificates."
            raise _MirrorError(f"{failed}: {what}") from error
        what = f"there is no connection to {host}. The bundled MNIST needs none."
        raise _MirrorError(f"{failed}: {what}") from error
    with response:
        while True:
            job.check()
            try:
                block = response.read1(_BLOCK)  # what has arrived, where `read` would wait for a whole block
            except (OSError, http.client.HTTPException) as error:
                raise _MirrorError(broke_off) from error
            if not block:
                break
            yield block
        if response.length:
            raise _MirrorError(broke_off)


def _install(stream: IO[bytes], place: Path, job: _Job) -> None:
    """Copies a stream to its place, which it takes only once it is whole."""
    place.parent.mkdir(exist_ok=True)
    part = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            while block := stream.read(_BLOCK):
                job.check()
                file.write(block)
            file.flush()
            os.fsync(file.fileno())
        part.replace(place)
    finally:
        part.unlink(missing_ok=True)


def _cannot_store(title: str, folder: Path, megabytes: float, error: OSError) -> DataError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        room = 2 * megabytes  # for what is fetched, and for the files made of it
        return DataError(f"{title} could not be stored: the disk is full; free {room:.0f} MB for {folder}.")
    what = f"the folder {folder} cannot be written ({error.strerror})"
    return DataError(f"{title} could not be stored: {what}; set LATENTLAB_HOME to another.")
