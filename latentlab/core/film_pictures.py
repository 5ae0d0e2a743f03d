"""A film as pictures: at every moment the scatter beside the manifold, as an animated GIF or as numbered PNGs."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from latentlab.core import report
from latentlab.core.atomic import replace_bytes
from latentlab.core.corners import Corners
from latentlab.core.errors import Cancelled
from latentlab.core.exploration import Exploration, Rect
from latentlab.core.film import Frame
from latentlab.core.geometry import density_extent
from latentlab.core.gif_colours import in_gif_colours
from latentlab.core.models import Model
from latentlab.core.pictures import decoded, squared
from latentlab.core.plane import Floats, LatentPlane
from latentlab.core.point_cloud import PointCloud
from latentlab.core.report import Scatter
from latentlab.core.serving import LatentServer
from latentlab.core.view_config import ShownImages

_CELLS = 20
# The last moment stays for as long before a GIF begins anew: it is what the others led to.
_LAST_SECONDS = 2.0
# Points are placed, and then pictures drawn: the first takes about this share of the time.
_PLACING = 0.3
_SECONDS_BETWEEN_LOOKS = 0.1

Told = Callable[[str, float | None], None]
Asked = Callable[[], bool]


@dataclass(frozen=True, eq=False)
class FilmReel:
    """All that a film's pictures are drawn from, and how.

    Attributes:
        frames: in the order of their steps.
        model: of the run; its weights are overwritten.
        images: the shown ones.
        full_scale: of the data set.
        class_names: of the data set.
        title: on every picture.
        exploration: whose plane and class are shown.
        aligned: every moment is turned to agree with the next.
    """

    frames: Sequence[Frame]
    model: Model
    images: ShownImages
    full_scale: int
    class_names: Sequence[str]
    title: str
    exploration: Exploration
    aligned: bool = True

    def save(self, path: Path, seconds: float, told: Told, cancelled: Asked) -> list[Path]:
        """Writes the film to ``path``: a GIF of so many ``seconds`` a frame, the last longer, or numbered PNGs.

        Returns:
            the files.

        Raises:
            OSError: it could not be written; no part of it stays.
            Cancelled: ``cancelled`` returned True; no part of it stays.
        """
        pictures = self.pictures(told, cancelled)
        if path.suffix.lower() == ".gif":
            content = io.BytesIO()
            small = (_for_screen(picture) for picture in pictures)
            first = next(small)
            lasts = [round(1000 * seconds)] * (len(self.frames) - 1) + [round(1000 * max(seconds, _LAST_SECONDS))]
            first.save(content, "GIF", save_all=True, append_images=small, duration=lasts, loop=0)
            replace_bytes(path, content.getvalue())
            return [path]
        written: list[Path] = []
        try:
            for number, picture in enumerate(pictures, start=1):
                file = path.with_name(f"{path.stem}-{number:04d}.png")
                report.save_png(picture, file)
                written.append(file)
        except BaseException:
            for file in written:
                with suppress(OSError):
                    file.unlink()
            raise
        return written

    def pictures(self, told: Told, cancelled: Asked) -> Iterator[Image.Image]:
        """A picture of each frame, all of the same part of the plane.

        Raises:
            Cancelled: ``cancelled`` returned True.
        """
        server = LatentServer(self.model, self.full_scale)
        placed = self._placed(server, told, cancelled)
        view = squared(_around([density_extent(positions) for _, positions in placed]))
        labels = self.images.split.labels
        for number, (frame, (plane, positions)) in enumerate(zip(self.frames, placed, strict=True)):
            if cancelled():
                raise Cancelled
            told("Drawing the film", _PLACING + (1 - _PLACING) * number / len(placed))
            server.source.load_state_dict(frame.weights)  # type: ignore[attr-defined]
            server.plane = plane
            images = f"{len(positions):,} {self.images.split_name} images"
            caption = f"{images}, epoch {frame.epoch:.2f}, step {frame.step:,}"
            cells = decoded(server, view, _CELLS, self.exploration.label)
            yield report.moment_picture(Scatter(positions, labels, self.title, caption), self.class_names, cells, view)

    def _placed(self, server: LatentServer, told: Told, cancelled: Asked) -> list[tuple[LatentPlane, Floats]]:
        """Each frame's plane and points; from the last to the first, since each is turned to agree with the next."""
        placed: list[tuple[LatentPlane, Floats]] = []
        for number, frame in enumerate(reversed(self.frames)):
            told("Placing the points of the film", _PLACING * number / len(self.frames))
            server.source.load_state_dict(frame.weights)  # type: ignore[attr-defined]
            latents = self._latents(frame, server, cancelled)
            self._cut(server, latents)
            following = placed[-1][1] if placed and self.aligned else None
            positions = server.place(latents, following, turn=True)
            placed.append((server.plane, positions))
        return placed[::-1]

    def _latents(self, frame: Frame, server: LatentServer, cancelled: Asked) -> Floats:
        if frame.codes is not None:
            return frame.codes.latents
        cloud = PointCloud(self.images.split.images, self.images.split.labels)
        while cloud.stale:
            if cancelled():
                raise Cancelled
            cloud.encode_some(server, _SECONDS_BETWEEN_LOOKS)
        assert cloud.latents is not None, "a cloud that is not stale has latents"
        return cloud.latents

    def _cut(self, server: LatentServer, latents: Floats) -> None:
        shown = self.exploration
        corners: Corners | None = shown.corners
        server.cut(
            shown.axes,
            None if shown.base is None else latents[shown.base],
            None if corners is None else latents[list(corners)],
        )


def _around(extents: Sequence[Rect]) -> Rect:
    edges = np.array(extents)
    (x0, y0), (x1, y1) = edges[:, :2].min(0).tolist(), edges[:, 2:].max(0).tolist()
    return x0, y0, x1, y1


def _for_screen(picture: Image.Image) -> Image.Image:
    """A picture at one pixel a pixel, in as few colours as a GIF may have."""
    return in_gif_colours(picture.convert("RGB").reduce(2))
