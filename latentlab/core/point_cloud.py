"""The points of a live scatter: encoded a few at a time, so that whoever encodes them can do urgent things between."""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from latentlab.core.film import Codes
from latentlab.core.image_search import ImageSearch
from latentlab.core.plane import Floats
from latentlab.core.serving import Images, Labels, LatentServer

# With fewer points than this the plane of greatest variance would be laid through chance.
_FEWEST_FOR_PLANE = 50

# Codes that take more are encoded anew rather than kept: as much again would be copied at each look.
_MOST_BYTES = 16 * 2**20

Chosen = slice | list[int] | NDArray[np.intp]


class PointCloud:
    """The latents of a fixed set of images under a model that keeps changing.

    Encoding goes round and round: each chunk uses the newest weights, and after a change of weights as many points
    are stale as there are, until the round is complete.

    Attributes:
        images: uint8 N×C×H×W.
        labels: N, which a conditional model encodes each image with, or None.
        positions: N×2 as of the last `place`; NaN for points that were never encoded.
        stale: how many points were encoded with older weights than the newest, or never.
        rounded: some were encoded with rounded factors since the last `settle`.
        filmed: the weights are a filmed moment's: its plane agrees with ``reference`` alone.
        reference: N×2, which a filmed moment's plane is turned to agree with, or None.
        search: finds images that are alike, once somebody has asked for them.
    """

    def __init__(self, images: Images, labels: Labels | None = None) -> None:
        self.images, self.labels = images, labels
        self.positions: Floats = np.full((len(images), 2), np.nan, np.float32)
        self.stale = len(images)
        self.rounded = False
        self.filmed = False
        self.reference: Floats | None = None
        self.search: ImageSearch | None = None
        self._latents: Floats | None = None
        self._scales: Floats | None = None
        self._cursor = 0
        self._encoded = np.zeros(len(images), bool)

    @property
    def latents(self) -> Floats | None:
        """N×D, not to be written to, each of the weights it was encoded with; None before there are any."""
        return self._latents

    @property
    def scales(self) -> Floats | None:
        """N×D, the posteriors' standard deviations, as `latents`; None where the model has none."""
        return self._scales

    @property
    def encoded(self) -> NDArray[np.bool_]:
        """N, which of the points were encoded at all; not to be written to."""
        return self._encoded

    def weights_changed(self) -> None:
        """Marks every point as stale; encoding goes on from where it is."""
        self.stale = len(self.images)

    def settle(self) -> None:
        """The newest weights stay: marks every point as stale where some are not where those have them exactly."""
        if self.rounded:
            self.rounded = False
            self.weights_changed()

    def take(self, codes: Codes) -> None:
        """Has the points where they are known to be under the newest weights; nothing of them is stale."""
        # Copies, for what is known is kept elsewhere, and these are written to.
        self._latents = codes.latents.copy()
        self._scales = None if codes.scales is None else codes.scales.copy()
        self._encoded[:] = True
        self.stale, self.rounded = 0, False

    def codes(self) -> Codes | None:
        """Where the points are, as copies; None where some are stale or rounded, or they take more memory than is
        worth it.
        """
        latents, scales = self._latents, self._scales
        if self.stale or self.rounded or latents is None or latents.nbytes > _MOST_BYTES:
            return None
        return Codes(latents.copy(), None if scales is None else scales.copy(), self.positions.copy())

    def encode(self, server: LatentServer, points: Chosen) -> Floats:
        """The latents n×D of some of the points, each with its own label."""
        return self.encode_with_scale(server, points)[0]

    def encode_with_scale(
        self, server: LatentServer, points: Chosen, rounded: bool = False
    ) -> tuple[Floats, Floats | None]:
        """As `encode`, and the posteriors' standard deviations n×D where the model has them."""
        labels = None if self.labels is None else self.labels[points]
        return server.encode_with_scale(self.images[points], labels, rounded)

    def encode_some(
        self,
        server: LatentServer,
        seconds: float,
        most: int | None = None,
        alone: bool = False,
        passing: bool = False,
    ) -> int:
        """Encodes a few at a time, once at least, for about ``seconds`` or until nothing is stale; returns how many.

        Args:
            most: no more than so many in all.
            alone: more at a time, since no hand moves that would wait for it.
            passing: newer weights are about to come; until `settle`, points may lie a three-hundredth of their spread
                beside where they belong.
        """
        rounds = passing and server.rounds
        self.rounded = self.rounded or rounds
        now, before = time.perf_counter(), self.stale
        least = 0 if most is None else max(0, before - most)
        until, lasted = now + seconds, 0.0
        clock, portion = server.clock, server.encoded_alone if alone else server.encoded_at_once
        while self.stale > least and (before == self.stale or now + lasted < until):
            # Rounded products are compiled for each number of images anew, which takes as long as a hundred of them.
            few = _round_number(min(portion.size, len(self.images))) if rounds else portion.size
            count = few if rounds else min(few, self.stale - least, len(self.images) - self._cursor)
            began = clock()
            self._encode_next(server, count, rounds)
            if count == few:  # fewer cost more each
                portion.took(few, clock() - began)
            self.stale = max(self.stale - count, least)
            lasted, now = time.perf_counter() - now, time.perf_counter()
        return before - self.stale

    def _encode_next(self, server: LatentServer, count: int, rounded: bool) -> None:
        """Encodes the next ``count`` points; after the last one comes the first."""
        begin, end = self._cursor, self._cursor + count
        points: Chosen = slice(begin, end) if end <= len(self.images) else np.arange(begin, end) % len(self.images)
        latents, scales = self.encode_with_scale(server, points, rounded)
        if self._latents is None or self._latents.shape[1] != latents.shape[1]:
            self._latents = np.zeros((len(self.images), latents.shape[1]), np.float32)
            self._scales = None if scales is None else np.zeros_like(self._latents)
        self._latents[points] = latents
        if self._scales is not None and scales is not None:
            self._scales[points] = scales
        self._encoded[points] = True
        self._cursor = end % len(self.images)

    def forget_places(self) -> None:
        """Has the next `place` lay a plane that need not agree with where the points lay before."""
        self.positions.fill(np.nan)

    def place(self, server: LatentServer) -> Floats:
        """Lays the server's plane through the encoded points and returns a copy of all positions N×2."""
        known = self._encoded
        if self._latents is None or (server.principal and known.sum() < min(_FEWEST_FOR_PLANE, len(known))):
            return self.positions.copy()
        before = self.reference if self.filmed else self.positions
        previous = None if before is None else before[known]
        comparable = previous is not None and len(previous) > 0 and bool(np.isfinite(previous).all())
        self.positions[known] = server.place(self._latents[known], previous if comparable else None, turn=self.filmed)
        return self.positions.copy()


def _round_number(count: int) -> int:
    """The greatest power of two that is no more than ``count``."""
    return 1 << (count.bit_length() - 1)
