"""The film in a run folder: a file of weights a frame, each written once and whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import torch
from torch import Tensor

from latentlab.core.atomic import remove_unfinished, replace_bytes
from latentlab.core.errors import Cancelled
from latentlab.core.film import Film, Frame
from latentlab.core.frame_weights import FrameWeights

FOLDER = "film"
_PATTERN = "step-*.safetensors"


def write(frames: Iterable[Frame], folder: Path) -> None:
    """Brings the film in a run's ``folder`` up to date: writes what is missing, takes away what is no frame of it.

    Raises:
        OSError: it cannot be written; the frames that stand there are whole.
    """
    from safetensors.torch import save as serialise

    place = folder / FOLDER
    place.mkdir(parents=True, exist_ok=True)
    remove_unfinished(place)
    there = {file.name for file in place.glob(_PATTERN)}
    wanted = {_name(frame.step): frame for frame in frames}
    for name, frame in wanted.items():
        if name not in there:
            described = {"step": str(frame.step), "epoch": repr(frame.epoch)}
            replace_bytes(place / name, serialise(dict(frame.weights), metadata=described))
    for name in there - wanted.keys():
        (place / name).unlink(missing_ok=True)


def read(
    folder: Path,
    weights: Mapping[str, Tensor],
    last_step: int,
    most_bytes: int,
    cancelled: Callable[[], bool] = bool,
) -> tuple[Film, str]:
    """The film in a run's ``folder`` as far as the run goes, and a sentence about frames that are damaged, or nothing.

    Args:
        weights: the run's own, which those of a frame are to fit.
        last_step: of the run; frames of later ones are left out.
        most_bytes: of the film.

    Raises:
        Cancelled: ``cancelled`` returned True.
    """
    film, damaged = Film(most_bytes), 0
    for file in sorted((folder / FOLDER).glob(_PATTERN)):
        if cancelled():
            raise Cancelled
        frame = _read_frame(file, weights)
        if frame is None:
            damaged += 1
        elif frame.step <= last_step:
            film.record(frame)
    if not damaged:
        return film, ""
    what = "1 frame of the film is" if damaged == 1 else f"{damaged:,} frames of the film are"
    return film, f"{what} damaged and left out; the others can be watched."


def delete(folder: Path) -> None:
    """Deletes the film in a run's ``folder``; other files stay.

    Raises:
        OSError: not all of it can be deleted.
    """
    place = folder / FOLDER
    remove_unfinished(place)
    for file in place.glob(_PATTERN):
        file.unlink()
    if place.is_dir() and not any(place.iterdir()):
        place.rmdir()


def _read_frame(file: Path, weights: Mapping[str, Tensor]) -> Frame | None:
    """The frame in a file; None where it is damaged, or another model's."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, framework="pt") as content:
            described = content.metadata() or {}
            step, epoch = int(described["step"]), float(described["epoch"])
            read = {name: content.get_tensor(name) for name in content.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, KeyError, ValueError):
        return None
    fits = read.keys() == weights.keys() and all(
        read[name].shape == tensor.shape and read[name].dtype == tensor.dtype for name, tensor in weights.items()
    )
    # A name that is not its step's would change what a save takes for written.
    if not fits or file.name != _name(step) or not all(bool(torch.isfinite(each).all()) for each in read.values()):
        return None
    return Frame(step, epoch, FrameWeights(read))


def _name(step: int) -> str:
    return f"step-{step:012d}.safetensors"
