"""What a view asks of a model: NumPy in, NumPy out, on a copy of the weights that nobody else touches."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from latentlab.core import precision
from latentlab.core.exploration import Directions, Offset
from latentlab.core.geometry import nearest_turn
from latentlab.core.models.base import Capabilities, Encoding, Model
from latentlab.core.plane import Anchors, Floats, LatentPlane
from latentlab.core.portions import Portion, clock_of
from latentlab.core.section import Section

if TYPE_CHECKING:
    from latentlab.core.point_cloud import PointCloud

Images = NDArray[np.uint8]
Labels = NDArray[np.int64]
Codes = NDArray[np.int64]

# Between two parts of a long answer the hand is served, so a part is a fraction of a frame: hundreds of images for an
# MLP, a dozen for a convolutional decoder.
_PART_SECONDS = 0.004
_FIRST_PART, _LARGEST_PART = 32, 512
# Encoding the scatter's points is never urgent and nobody hears of a part: a hand that moves waits half as long. Where
# none does, more at a time take a quarter less work each, and ask for the interpreter's lock less often.
_ENCODED_SECONDS, _ENCODED_ALONE_SECONDS = 0.002, 0.006
# Beside a busy window a convolutional encoder's call takes two milliseconds for one image, and half of one more for so
# many: without a bound there would come to be one a call, and a scatter that stands still while the hand drags.
_FEWEST_ENCODED = 16

# Blending needs enough anchors to cover the plane; more only make the search slower.
_MOST_ANCHORS = 2000


class Explorable(Protocol):
    """Anything with a latent space that can be shown: a model, or PCA."""

    latent_size: int
    capabilities: Capabilities

    def encode(self, x: Tensor, label: Tensor | None = None) -> Encoding: ...

    def decode(self, z: Tensor, label: Tensor | None = None) -> Tensor: ...

    def codebook(self) -> Tensor | None: ...


class LatentServer:
    """Encodes images, keeps the plane they are seen on, and decodes the plane's points.

    Attributes:
        source: the model or projection that is served.
        plane: the plane of the present view.
        axes: the two latents that span the plane, or None for the default plane.
        base: a latent D that the plane is cut through, or None for the plane's own centre.
        spanned: the plane is the one through three latents.
        offset: how far the hand has moved the plane off where the data have it.
        turn: where the principal plane's axes are to lie, as far as may be, while nothing was placed before; or None.
        device: where the model computes.
        cloud: the points that are shown of it, for requests that look at them, or None.
        decoded_at_once, encoded_at_once: how many images to ask for at a time where the hand must not wait long.
        encoded_alone: how many where no hand moves.
        clock: what tells how long they took.
        rounds: points that newer weights are about to move may be encoded with rounded factors (precision.py).
    """

    def __init__(self, source: Explorable, full_scale: int, rounds: bool = False) -> None:
        """``rounds``: where the device gains by it."""
        self.source, self.full_scale = source, full_scale
        self.cloud: PointCloud | None = None
        parameters = source.parameters() if isinstance(source, nn.Module) else iter(())
        self.device = next((parameter.device for parameter in parameters), torch.device("cpu"))
        self.rounds = rounds and precision.gains(self.device)
        self.clock = clock_of(self.device)
        self.decoded_at_once = Portion(_PART_SECONDS, _FIRST_PART, _LARGEST_PART)
        self.encoded_at_once = Portion(_ENCODED_SECONDS, _FIRST_PART, _LARGEST_PART, _FEWEST_ENCODED)
        self.encoded_alone = Portion(_ENCODED_ALONE_SECONDS, _FIRST_PART, _LARGEST_PART, _FEWEST_ENCODED)
        self.offset: Offset = ()
        self.turn: Directions | None = None
        self._own_weights: dict[str, Tensor] | None = None  # the model's parameters and buffers, once they took others'
        self.cut(None, None)

    def cut(self, axes: tuple[int, int] | None, base: Floats | None, corners: Floats | None = None) -> None:
        """Chooses the plane: two latents (None: the default plane), and a latent that it goes through.

        Args:
            corners: three latents 3×D that span the plane instead, as far as they do.
        """
        size = self.source.latent_size
        # Axes of a run that was opened may be those of another model.
        self.axes = axes if axes is not None and max(axes) < size else None
        self.plane = self._straight = LatentPlane.of_axes(size, *(self.axes or (0, min(1, size - 1))))
        self.spanned = False
        self.follow(base, corners)

    def follow(self, base: Floats | None, corners: Floats | None) -> None:
        """Lays the chosen plane through where its points lie under newer weights."""
        self.base = base
        if not self.principal:
            self.plane = self._straight
        if corners is not None and self.source.latent_size > 2:
            # Where a model has collapsed they span nothing for a while, and the plane waits where it was.
            with suppress(ValueError):
                self.plane = self._straight = LatentPlane.through(corners)
                self.spanned = True

    def take_weights(self, weights: Mapping[str, Tensor]) -> None:
        """Serves the model with these weights from now on; nobody may write to them.

        Raises:
            RuntimeError: they are not those of such a model.
        """
        model = cast(nn.Module, self.source)  # no projection learns
        taken, on_cpu = dict(weights), self.device.type == "cpu"
        own = model.state_dict(keep_vars=True) if self._own_weights is None else self._own_weights
        if not on_cpu or _shapes(own) != _shapes(taken):
            model.load_state_dict(taken, assign=on_cpu)
            return
        # The tensors themselves are taken up: a film is scrubbed faster than they can be copied. And past
        # `load_state_dict`, whose two hundred lines for each module a training would have to wait for.
        for name, tensor in own.items():
            tensor.data = taken[name]
        self._own_weights = own

    @property
    def principal(self) -> bool:
        """True where the plane follows the data because nobody chose another one."""
        return self.source.latent_size > 2 and self.axes is None and not self.spanned

    @property
    def blends(self) -> bool:
        """True where points are lifted between real codes: a grid of codes has no meaning off the data."""
        return self.source.capabilities.codebook and self.principal

    @property
    def conditional(self) -> bool:
        """True where encoding and decoding need labels; elsewhere those that are given change nothing."""
        return self.source.capabilities.conditional

    @torch.inference_mode()
    def encode(self, images: Images, labels: Labels | None = None) -> Floats:
        """uint8 images N×C×H×W and their labels N to latents N×D."""
        return _floats(self.encode_fully(images, labels).mean)

    @torch.inference_mode()
    def encode_with_scale(
        self, images: Images, labels: Labels | None = None, rounded: bool = False
    ) -> tuple[Floats, Floats | None]:
        """As `encode`, and the posterior's standard deviations N×D where the model has them.

        Args:
            rounded: a three-hundredth of their spread is near enough, where it `rounds`.
        """
        with precision.rounded(rounded and self.rounds):
            encoding = self.encode_fully(images, labels)
        return _floats(encoding.mean), None if encoding.scale is None else _floats(encoding.scale)

    @torch.inference_mode()
    def encode_fully(self, images: Images, labels: Labels | None = None) -> Encoding:
        """uint8 images N×C×H×W and their labels N to all that the encoder says of them."""
        return self.source.encode(self.input(images), self._condition(labels, len(images)))

    def place(self, latents: Floats, previous: Floats | None = None, turn: bool = False) -> Floats:
        """Lays the plane through latents N×D and returns their positions N×2.

        Args:
            previous: where the same points lay before, which the plane is turned to agree with where it follows them.
            turn: turns a plane that somebody chose, too.
        """
        if self.principal:
            if previous is None and self.turn is not None and len(self.turn[0]) == latents.shape[1]:
                # Where the data lay about their middle: as good as where they lay, for a turn.
                previous = np.asarray((latents - latents.mean(0)) @ np.array(self.turn, np.float32).T, np.float32)
            self.plane = LatentPlane.principal(latents, previous)
            positions = self.plane.project(latents)
            if self.blends:
                chosen = slice(None, None, max(1, len(latents) // _MOST_ANCHORS))
                anchors = Anchors(positions[chosen], latents[chosen])
                self.plane = LatentPlane(self.plane.axes, self.plane.centre, self.plane.names, anchors)
            return positions
        self.plane = self._straight
        if turn and previous is not None:
            self.plane = self._straight.turned(nearest_turn(self._straight.project(latents), previous))
        return self.plane.project(latents)

    def placed_straight(self, latents: Floats) -> Floats:
        """Where latents N×D would lie on a plane laid through them and turned to agree with nothing; lays none."""
        plane = LatentPlane.principal(latents) if self.principal else self._straight
        return plane.project(latents)

    @torch.inference_mode()
    def decode(self, positions: Floats, labels: Labels | int | None = None) -> Images:
        """Plane positions N×2, of the classes N or all of one class, to uint8 images N×C×H×W of 0 to 255."""
        return self.decode_latents(self.lift(positions), labels)

    @torch.inference_mode()
    def decode_latents(self, latents: Floats, labels: Labels | int | None = None) -> Images:
        """Latents N×D, of the classes N or all of one class, to uint8 images N×C×H×W of 0 to 255."""
        return to_bytes(self.decode_exactly(torch.from_numpy(latents).to(self.device), labels))

    def decode_exactly(self, z: Tensor, labels: Labels | int | None = None) -> Tensor:
        """Latents N×D on `device`, of classes as in `decode`, to images N×C×H×W in [0, 1]; can be differentiated."""
        return self.source.decode(z, self._condition(labels, len(z)))

    def lift(self, positions: Floats) -> Floats:
        """Plane positions N×2 to the latents N×D that they stand for."""
        return self.section.lift(np.asarray(positions, np.float32), self.offset)

    @property
    def section(self) -> Section:
        """The plane and what it passes through, the offset left out."""
        return Section(self.plane, self.base)

    @torch.inference_mode()
    def reconstruct(self, images: Images, labels: Labels | None = None) -> Images:
        """uint8 images N×C×H×W and their labels N to their reconstructions, 0 to 255."""
        return to_bytes(self.reconstruct_exactly(self.input(images), labels))

    @torch.inference_mode()
    def reconstruct_exactly(self, x: Tensor, labels: Labels | None = None) -> Tensor:
        """The model's input N×C×H×W and its labels N to its reconstruction, both in [0, 1] and on `device`."""
        condition = self._condition(labels, len(x))
        return self.source.decode(self.source.encode(x, condition).mean, condition)

    @torch.inference_mode()
    def codebook_positions(self) -> Floats | None:
        """K×2 positions of the codes where the plane shows the codebook itself, else None."""
        codebook = self.source.codebook()
        if codebook is None or codebook.shape[1] != self.source.latent_size or self.principal:
            return None
        return self.plane.project(_floats(codebook))

    @torch.inference_mode()
    def codes(self, images: Images, labels: Labels | None = None) -> Codes:
        """uint8 images N×C×H×W and their labels N to code maps N×h×w; only where there is a codebook."""
        codes = self.encode_fully(images, labels).codes
        assert codes is not None, "a model with a codebook encodes to codes"
        return codes.cpu().numpy()

    @torch.inference_mode()
    def codes_at(self, positions: Floats, grid: tuple[int, int]) -> Codes:
        """Plane positions N×2 to the code maps N×h×w of ``grid`` that `decode` draws there."""
        codebook = self.source.codebook()
        assert codebook is not None, "only a model with a codebook has code maps"
        places = torch.from_numpy(self.lift(positions)).to(codebook).view(-1, codebook.shape[1])
        return torch.cdist(places, codebook).argmin(1).view(-1, *grid).cpu().numpy()

    @torch.inference_mode()
    def decode_codes(self, codes: Codes) -> Images:
        """Code maps N×h×w to uint8 images N×C×H×W of 0 to 255; only where there is a codebook."""
        model = cast(Model, self.source)  # no projection has a codebook
        return to_bytes(model.decode_codes(torch.from_numpy(codes).to(self.device)))

    def _condition(self, labels: Labels | int | None, count: int) -> Tensor | None:
        """``count`` labels as the model takes them, or None where it takes none."""
        if not self.conditional:
            return None
        if labels is None:
            raise ValueError("A conditional model encodes and decodes with labels; none were given.")
        return torch.from_numpy(np.full(count, labels, np.int64)).to(self.device)

    def input(self, images: Images) -> Tensor:
        """uint8 images N×C×H×W as the model takes them: in [0, 1], on `device`."""
        # As bytes, where the model is on a GPU: they are converted faster there, and a quarter as many travel.
        return torch.from_numpy(np.array(images)).to(self.device).float().div_(self.full_scale)


def to_bytes(images: Tensor) -> Images:
    """Images in [0, 1] (clipped) to uint8 of 0 to 255, rounded to nearest."""
    rounded: Images = (images.clamp(0.0, 1.0) * 255.0).round().to(torch.uint8).cpu().numpy()
    return rounded


def shown(images: Images, full_scale: int) -> Images:
    """A data set's own images on the scale 0 to 255 that a screen shows."""
    if full_scale == 255:
        return images
    return (images.astype(np.uint16) * 255 // full_scale).astype(np.uint8)


def _shapes(tensors: Mapping[str, Tensor]) -> dict[str, torch.Size]:
    return {name: tensor.shape for name, tensor in tensors.items()}


def _floats(tensor: Tensor) -> Floats:
    # A copy: latents outlive the weights that they were made with.
    result: Floats = tensor.detach().cpu().numpy().astype(np.float32, copy=True)
    return result
