"""The weights of a filmed moment: in memory at first, and in a file that the process maps once they are settled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, cast

import torch
from torch import Tensor

SUFFIX = ".frame"

# What torch gives a tensor in memory, so that a settled one begins at such a place, too, and computes the same bits.
_ALIGNMENT = 64


class FrameWeights(Mapping[str, Tensor]):
    """A state dict that nobody writes to, on the CPU. Two of them are equal only where they are the same.

    Once settled, its pages are the system's cache of a file: they take memory only after they were looked at, and only
    for as long as nothing else needs it.

    Attributes:
        bytes: how much it takes, wherever it lies.
    """

    def __init__(self, tensors: Mapping[str, Tensor]) -> None:
        self._tensors = dict(tensors)
        self.bytes = sum(tensor.untyped_storage().nbytes() for tensor in self._tensors.values())
        self.settled = False

    def __getitem__(self, name: str) -> Tensor:
        return self._tensors[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tensors)

    def __len__(self) -> int:
        return len(self._tensors)

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = object.__hash__

    def settle(self, folder: Path) -> Path:
        """Moves the tensors to a new file in ``folder`` and returns it; others may read them meanwhile.

        The file may be deleted at once where the system deletes files that are in use; elsewhere it must stay for as
        long as any of the tensors.

        Raises:
            OSError: it cannot be written, or not mapped; the tensors stay where they are, and no file is left.
        """
        with NamedTemporaryFile(dir=folder, suffix=SUFFIX, delete=False) as out:
            file = Path(out.name)
            try:
                begins = _write(self._tensors.values(), out)
                out.close()  # a disk over a network may say only now that it is full
                mapped = _map(file)
            except OSError:
                out.close()
                file.unlink(missing_ok=True)
                raise
        parts = zip(self._tensors.items(), begins, strict=True)
        self._tensors = {name: _at(mapped, begin, tensor) for (name, tensor), begin in parts}
        self.settled = True
        return file


def _write(tensors: Iterable[Tensor], out: IO[bytes]) -> list[int]:
    """Writes all that each tensor lies in, so that its strides stay what they are, and returns where those begin."""
    parts: list[bytes | memoryview] = []
    begins, end = [], 0
    for tensor in tensors:
        data = _bytes(tensor.untyped_storage()).numpy().data
        begin = end + -end % _ALIGNMENT
        parts += [bytes(begin - end), data]
        begins.append(begin)
        end = begin + data.nbytes
    out.writelines(parts)  # in one call, beside which nobody has to wait for Python
    return begins


def _map(file: Path) -> Tensor:
    """The bytes of a file, read as they are looked at. Whatever is written to them stays in memory."""
    try:
        storage = torch.UntypedStorage.from_file(str(file), shared=False, nbytes=file.stat().st_size)
    except RuntimeError as error:
        raise OSError(f"{file} cannot be mapped: {error}") from error
    return _bytes(cast(torch.UntypedStorage, storage))


def _bytes(storage: torch.UntypedStorage) -> Tensor:
    return torch.empty(0, dtype=torch.uint8).set_(storage)


def _at(mapped: Tensor, begin: int, like: Tensor) -> Tensor:
    """The tensor that was ``like`` when it was written at ``begin``."""
    size = like.untyped_storage().nbytes()
    typed = mapped[begin : begin + size].view(like.dtype)
    return typed.as_strided(like.shape, like.stride(), begin // like.itemsize + like.storage_offset())
