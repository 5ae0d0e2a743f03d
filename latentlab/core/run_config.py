"""config.json of a run folder: what was trained on what, with which settings, and where the hand and the eye were."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from latentlab import __version__
from latentlab.core.data import LARGEST_SIDE, DataConfig
from latentlab.core.errors import OptionError, RunError, reason_of
from latentlab.core.exploration import Exploration
from latentlab.core.exploration_file import as_plain, parse_exploration
from latentlab.core.models import ImageShape, model_info
from latentlab.core.options import as_values, build
from latentlab.core.run import Origin, Run, RunSettings
from latentlab.core.training_config import TrainingConfig

FORMAT = 1
CONFIG = "config.json"

# The fully connected network of runs that were saved before it had these settings.
_FIRST_BODY = {"depth": 2, "taper": "halve"}

# What JSON that somebody changed by hand raises where it is read, and where it is taken apart.
_NO_JSON = (ValueError, RecursionError)
NOT_AS_WRITTEN = (*_NO_JSON, KeyError, TypeError, AttributeError, OverflowError)


def is_there(path: Path) -> bool:
    """True where there is a file or folder of that name.

    Raises:
        RunError: nobody can tell, as where a name is too long or a folder is another user's.
    """
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise unreadable(path, error) from error
    return True


def holds_run(folder: Path) -> bool:
    """True where a run was saved in ``folder``.

    Raises:
        RunError: as `is_there`.
    """
    return is_there(folder / CONFIG)


def read_settings(folder: Path) -> RunSettings:
    """What a run folder's training was begun with.

    Raises:
        RunError: as `load`.
    """
    settings, _, _ = parse_config(read_config(folder), folder)
    return settings


def config_bytes(run: Run) -> bytes:
    """What config.json says of a run."""
    settings, exploration = run.settings, run.exploration
    config = {
        "format": FORMAT,
        "latentlab": __version__,
        "data": as_values(settings.data),
        "fingerprint": run.fingerprint,
        "model": settings.model_name,
        "model_settings": as_values(settings.model),
        "training": as_values(settings.training),
        "shape": vars(run.shape),
        "exploration": as_plain(exploration),
        "prior_step": None if run.prior is None else run.prior.step,
        "title": run.title,
        "origin": None if run.origin is None else asdict(run.origin),
    }
    return (json.dumps(config, indent=2) + "\n").encode()


def unreadable(path: Path, error: OSError) -> RunError:
    """What to say of a file that the system does not let be read."""
    return RunError(f"{path} cannot be read: {reason_of(error)}. Choose another folder.")


def read_config(folder: Path) -> dict[str, Any]:
    """What config.json in ``folder`` holds.

    Raises:
        RunError: it is missing, damaged, or of another format.
    """
    try:
        config = json.loads((folder / CONFIG).read_text("utf-8"))
    except FileNotFoundError:
        if not is_there(folder):
            raise RunError(f"{folder} does not exist; check the path, or choose another run folder.") from None
        raise RunError(f"{folder} is not a run folder: it has no {CONFIG}.") from None
    except NotADirectoryError:
        raise RunError(f"{folder} is a file; open the run's folder instead.") from None
    except OSError as error:
        raise unreadable(folder / CONFIG, error) from error
    except _NO_JSON as error:
        raise RunError(f"{CONFIG} in {folder} cannot be read; the folder is damaged.") from error
    if not isinstance(config, dict) or config.get("format") != FORMAT:
        found = config.get("format") if isinstance(config, dict) else None
        raise RunError(
            f"The run in {folder} was written in format {found!r} and this LatentLab reads format {FORMAT}; "
            "open it with the version that wrote it."
        )
    return config


def _complete(settings: dict[str, Any]) -> dict[str, Any]:
    """Model settings with those that were not yet settings when the run was saved, as the network was then."""
    return _FIRST_BODY | settings if "hidden" in settings else settings


def parse_config(config: dict[str, Any], folder: Path) -> tuple[RunSettings, ImageShape, Exploration]:
    """What was chosen, the images' shape, and where the hand and the eye were.

    Raises:
        RunError: something is missing, or this LatentLab does not know it.
    """
    try:
        name = config["model"]
        settings = RunSettings(
            build(DataConfig, config["data"]),
            name,
            build(model_info(name).config, _complete(config["model_settings"])),
            build(TrainingConfig, config["training"]),
        )
        shape = _parse_shape(config["shape"])
        return settings, shape, parse_exploration(config.get("exploration", {}))
    except OptionError as error:
        raise RunError(f"{CONFIG} in {folder} has a setting this LatentLab does not know: {error}") from error
    except NOT_AS_WRITTEN as error:
        raise RunError(f"{CONFIG} in {folder} is incomplete ({error}); the folder is damaged.") from error


def parse_name(config: dict[str, Any]) -> tuple[str, Origin | None]:
    """What a run is called and where it comes from; of no weight, so that what is wrong there is left out."""
    title = config.get("title", "")
    try:
        values = config.get("origin")
        origin = None if values is None else Origin(str(values["title"]), int(values["step"]), float(values["epoch"]))
    except NOT_AS_WRITTEN:
        origin = None
    return title if isinstance(title, str) else "", origin


def _parse_shape(values: dict[str, int]) -> ImageShape:
    shape = ImageShape(**values)
    sides = (shape.channels, shape.height, shape.width)
    if not all(isinstance(side, int) and 0 < side <= LARGEST_SIDE for side in sides) or shape.classes < 0:
        raise ValueError("shape")
    return shape
