"""What a view may ask of a model with a codebook: how its codes are used, how an image is written, what a map draws."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from latentlab.core.code_patches import CodePatches
from latentlab.core.exploration import Point
from latentlab.core.portions import in_parts
from latentlab.core.requests import Request
from latentlab.core.serving import Codes, Images, Labels, LatentServer

# Enough to tell how often a code is used. With one code an image that is every shown image; with 7×7, the first
# thousand, which stand in random order: reading all would keep the scatter waiting for seconds.
_ENOUGH_CELLS = 50_000


@dataclass(frozen=True)
class CodebookRead:
    """Answer of `ReadCodebook`.

    Attributes:
        counts: K, how often each code stands in the code maps of the images that were read.
        images_read: how many they were.
        images: uint8 K×C×H×W, what a map of nothing but that code decodes to.
        patches: uint8 K×C×P×Q, the mean of what is decoded about its cells in those images, as `CodePatches` has it,
            and of a code that they do not use the middle of its image; None where cells have no place in the image.
    """

    counts: NDArray[np.int64]
    images_read: int
    images: Images
    patches: Images | None

    @property
    def used(self) -> int:
        """How many codes are used at all."""
        return int((self.counts > 0).sum())

    @property
    def perplexity(self) -> float:
        """exp of the entropy of code use: K when all are used alike, 1 when one is used alone."""
        share = self.counts[self.counts > 0] / self.counts.sum()
        return float(np.exp(-(share * np.log(share)).sum()))


@dataclass(frozen=True, eq=False)
class ReadCodebook(Request):
    """How the codes are used over the first of uint8 images N×C×H×W (and their labels N), and what each decodes to.

    In parts; only the last part is the answer, the others None. There must be a codebook.
    """

    urgency: ClassVar[int] = 6
    images: Images
    labels: Labels | None = None

    def answers(self, server: LatentServer) -> Iterator[CodebookRead | None]:
        codebook = server.source.codebook()
        assert codebook is not None, "asked only where there is a codebook"
        counts = np.zeros(len(codebook), np.int64)
        patches = CodePatches(len(codebook)) if server.source.capabilities.codes_in_place else None
        grid, images_read = (1, 1), 0
        for part in in_parts(len(self.images), clock=server.clock):
            codes = server.codes(self.images[part], None if self.labels is None else self.labels[part])
            grid = codes.shape[1:]
            counts += np.bincount(codes.ravel(), minlength=len(counts))
            images_read = part.stop
            yield None
            if patches is not None:
                patches.add(server.decode_codes(codes), codes)
                yield None
            if counts.sum() >= _ENOUGH_CELLS:
                break
        images: list[Images] = []
        for part in in_parts(len(counts), clock=server.clock):
            code = np.arange(len(counts))[part]
            images.append(server.decode_codes(np.broadcast_to(code[:, None, None], (len(code), *grid)).copy()))
            yield None
        alone = np.concatenate(images)
        yield CodebookRead(counts, images_read, alone, None if patches is None else _patches(patches, counts, alone))


def _patches(gathered: CodePatches, counts: NDArray[np.int64], alone: Images) -> Images:
    patches = gathered.means(counts)
    height, width = patches.shape[2:]
    top, left = (alone.shape[2] - height) // 2, (alone.shape[3] - width) // 2
    patches[counts == 0] = alone[counts == 0, :, top : top + height, left : left + width]
    return patches


@dataclass(frozen=True, eq=False)
class ReadCodeMap(Request):
    """The code map h×w of a uint8 image C×H×W and its label, or, without one, of a position of the plane.

    Attributes:
        image: the image, whose shape alone counts where ``position`` is given.
        label: of the image, which a conditional model needs.
        position: the place whose map is wanted, or None for the image's.
    """

    urgency: ClassVar[int] = 2
    image: Images
    label: int | None = None
    position: Point | None = None

    def answers(self, server: LatentServer) -> Iterator[Codes]:
        labels = None if self.label is None else np.array([self.label], np.int64)
        codes = server.codes(self.image[None], labels)
        if self.position is not None:
            codes = server.codes_at(np.array([self.position], np.float32), codes.shape[1:])
        yield codes[0]


@dataclass(frozen=True, eq=False)
class DecodeCodes(Request):
    """The image that a code map h×w decodes to; answers uint8 C×H×W."""

    urgency: ClassVar[int] = 0
    codes: Codes

    def answers(self, server: LatentServer) -> Iterator[Images]:
        yield server.decode_codes(self.codes[None])[0]
