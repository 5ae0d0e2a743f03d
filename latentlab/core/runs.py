"""The run folder: a training that can be looked at again, evaluated, and gone on with.

    config.json             what was trained on what: data and their fingerprint, model, settings, format version
    model.safetensors       the weights, for looking
    training.safetensors    the weights and all else that going on needs, as of one step
    prior.safetensors       where there is one: a prior learned over the codes of the weights as of one step
    film/                   where it is wanted: a file of weights for each of some moments of the training
    history.jsonl           a row of figures a line
    summary.json, figures/  written by a headless run; after more training, under the name of their step

Every file is replaced atomically, and training.safetensors is whole in itself: a save that is killed between two
files leaves a folder that opens at the older or the newer step, never at a mixture. A prior of another step than
training.safetensors is taken for none, and so are the film's frames of later ones.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from latentlab import __version__
from latentlab.core import catalogue, film_file, prior_file, run_results
from latentlab.core.atomic import replace_bytes
from latentlab.core.code_prior import LearnedPrior
from latentlab.core.data import LARGEST_SIDE, DataConfig
from latentlab.core.errors import OptionError, RunError, reason_of
from latentlab.core.exploration import Exploration
from latentlab.core.exploration_file import as_plain, parse_exploration
from latentlab.core.film import Frame
from latentlab.core.history import HistoryRow
from latentlab.core.models import ImageShape, Model, create, model_info
from latentlab.core.options import as_values, build
from latentlab.core.prior_training import layout_of
from latentlab.core.training import Trainer
from latentlab.core.training_config import TrainingConfig

FORMAT = 1
CONFIG, WEIGHTS, TRAINING, HISTORY = "config.json", "model.safetensors", "training.safetensors", "history.jsonl"

# The fully connected network of runs that were saved before it had these settings.
_FIRST_BODY = {"depth": 2, "taper": "halve"}

# What JSON that somebody changed by hand raises where it is read, and where it is taken apart.
_NO_JSON = (ValueError, RecursionError)
_NOT_AS_WRITTEN = (*_NO_JSON, KeyError, TypeError, AttributeError, OverflowError)


class Content(NamedTuple):
    """What tells two moments of one run apart.

    Attributes:
        place: of the data.
        film: the steps of its frames, or None where those that lie in the folder are not to be touched.
    """

    step: int
    exploration: Exploration
    prior: LearnedPrior | None
    title: str
    place: str
    film: tuple[int, ...] | None

    def covers(self, other: Content) -> bool:
        """Whether a folder that holds this need not be written for ``other``."""
        return self[:-1] == other[:-1] and other.film in (None, self.film)

    def followed_by(self, other: Content) -> Content:
        """What a folder that held this holds once ``other`` is written there."""
        return other._replace(film=self.film) if other.film is None else other


@dataclass(frozen=True)
class RunSettings:
    """Everything that was chosen before training began."""

    data: DataConfig
    model_name: str
    model: Any
    training: TrainingConfig


@dataclass(frozen=True)
class Origin:
    """The moment at which a run was forked from another.

    Attributes:
        title: what that run was called then.
        step, epoch: where its training stood.
    """

    title: str
    step: int
    epoch: float


@dataclass(frozen=True)
class Run:
    """A run at one moment, ready to be written, or as it was read.

    Attributes:
        settings: what was chosen.
        shape: the images the model is built for.
        tensors, numbers: `Trainer.state`; empty tensors where only the weights were kept.
        weights: the model's state dict.
        history: every row up to this moment.
        exploration: where the hand and the eye were.
        prior: learned over the codes of these very weights, or None.
        prior_problem: why the prior that was saved cannot be had, in a sentence; usually empty.
        title: what its user calls it; empty where the folder's name says it.
        origin: where it was forked from another run, or None.
        fingerprint: of the data that its weights learned from (`Dataset.fingerprint`); empty where nobody noted it.
        film: its frames, or None where those that lie in the folder are not to be touched; `load` does not read them.
    """

    settings: RunSettings
    shape: ImageShape
    tensors: dict[str, Tensor] = field(repr=False)
    numbers: dict[str, float] = field(repr=False)
    weights: dict[str, Tensor] = field(repr=False)
    history: tuple[HistoryRow, ...] = field(repr=False)
    exploration: Exploration = field(default_factory=Exploration)
    prior: LearnedPrior | None = field(default=None, repr=False)
    prior_problem: str = ""
    title: str = ""
    origin: Origin | None = None
    fingerprint: str = ""
    film: tuple[Frame, ...] | None = field(default=None, repr=False)

    @classmethod
    def of(
        cls,
        trainer: Trainer,
        data: DataConfig,
        model_config: Any,
        exploration: Exploration,
        prior: LearnedPrior | None = None,
    ) -> Run:
        """The present moment of a training; copies, so that training may go on while it is written.

        A ``prior`` of other weights is left behind.
        """
        tensors, numbers = trainer.state()
        settings = RunSettings(data, trainer.model_name, model_config, trainer.config)
        weights = {name[6:]: tensor for name, tensor in tensors.items() if name.startswith("model.")}
        own = prior if prior is not None and prior.step == trainer.step else None
        history, fingerprint = tuple(trainer.history), trainer.dataset.fingerprint
        return cls(
            settings, trainer.shape, tensors, numbers, weights, history, exploration, own, fingerprint=fingerprint
        )

    @property
    def step(self) -> int:
        """Optimizer steps taken."""
        return int(self.numbers.get("step", 0))

    @property
    def content(self) -> Content:
        """What tells this moment from others of its run."""
        film = None if self.film is None else tuple(frame.step for frame in self.film)
        return Content(self.step, self.exploration, self.prior, self.title, self.settings.data.name, film)

    def build_model(self) -> Model:
        """The model with this run's weights, in evaluation mode, on the CPU."""
        model = create(self.settings.model_name, self.settings.model, self.shape)
        try:
            model.load_state_dict(self.weights)
        except RuntimeError as error:
            raise RunError("The saved weights do not fit the model in config.json; the folder was changed.") from error
        return model.eval()


def save(run: Run, folder: Path) -> None:
    """Writes ``run`` into ``folder``, which is made where it is missing.

    Raises:
        RunError: the folder holds another run, cannot be written, or the disk is full; what stood there before still
            opens.
    """
    from safetensors.torch import save as serialise

    _refuse_another_run(run, folder)
    numbers = {name: repr(value) for name, value in run.numbers.items()}
    lines = "".join(json.dumps(row.as_json()) + "\n" for row in run.history)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        replace_bytes(folder / HISTORY, lines.encode())
        replace_bytes(folder / TRAINING, serialise(run.tensors, metadata=numbers))
        replace_bytes(folder / WEIGHTS, serialise(run.weights, metadata={"step": str(run.step)}))
        prior_file.write(run.prior, folder)
        run_results.set_aside(folder, run.step)
        if run.film is not None:
            film_file.write(run.film, folder)
        # Last, so that a first save that is killed leaves no folder that claims to be a run.
        replace_bytes(folder / CONFIG, _config_bytes(run))
    except OSError as error:
        raise RunError(f"The run could not be saved in {folder}: {reason_of(error)}. Choose another folder.") from error


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
        raise _unreadable(path, error) from error
    return True


def holds_run(folder: Path) -> bool:
    """True where a run was saved in ``folder``.

    Raises:
        RunError: as `is_there`.
    """
    return is_there(folder / CONFIG)


def load(folder: Path) -> Run:
    """Reads a run folder.

    Raises:
        RunError: something is missing, damaged, of another version or not safe to read; one sentence says what.
    """
    config = _read_config(folder)
    settings, shape, exploration = _parse_config(config, folder)
    title, origin = _parse_name(config)
    tensors, numbers = _read_tensors(folder / TRAINING) if is_there(folder / TRAINING) else ({}, {})
    if tensors:
        weights = {name[6:]: tensor for name, tensor in tensors.items() if name.startswith("model.")}
    else:
        weights, _ = _read_tensors(folder / WEIGHTS)
    for name, tensor in weights.items():
        if not bool(torch.isfinite(tensor).all()):
            raise RunError(f"The run in {folder} holds weights that are not finite ({name}); it cannot be opened.")
    history = _read_history(folder, int(numbers.get("step", 2**62)))
    fingerprint = config.get("fingerprint", "")
    run = Run(
        settings, shape, tensors, numbers, weights, history, exploration, title=title, origin=origin,
        fingerprint=fingerprint if isinstance(fingerprint, str) else "",
    )
    try:
        prior = prior_file.read(folder, run.step, expected=config.get("prior_step"))
        if prior is not None and layout_of(run.build_model()) != prior.network.layout:
            raise RunError(f"{prior_file.NAME} in {folder} is another model's; train the prior anew.")
    except RunError as error:
        return replace(run, prior_problem=str(error))
    return replace(run, prior=prior)


def read_settings(folder: Path) -> RunSettings:
    """What a run folder's training was begun with.

    Raises:
        RunError: as `load`.
    """
    settings, _, _ = _parse_config(_read_config(folder), folder)
    return settings


def _refuse_another_run(run: Run, folder: Path) -> None:
    """A save replaces several files one after the other, which is safe only among moments of the same run."""
    if not holds_run(folder):
        return
    there, ours = read_settings(folder), run.settings
    known = (there.model_name, there.model) == (ours.model_name, ours.model)
    if not (known and _may_be_the_same(there.data, ours.data)):
        raise RunError(f"{folder} already holds another run; choose another folder.")


def _may_be_the_same(there: DataConfig, ours: DataConfig) -> bool:
    """False for what cannot be the data of one run; a folder or file of the user's own may have moved meanwhile."""
    own = not (catalogue.is_known(there.name) or catalogue.is_known(ours.name))
    return there == ours or (own and replace(there, name=ours.name) == ours)


def _config_bytes(run: Run) -> bytes:
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


def _unreadable(path: Path, error: OSError) -> RunError:
    return RunError(f"{path} cannot be read: {reason_of(error)}. Choose another folder.")


def _read_config(folder: Path) -> dict[str, Any]:
    try:
        config = json.loads((folder / CONFIG).read_text("utf-8"))
    except FileNotFoundError:
        if not is_there(folder):
            raise RunError(f"{folder} does not exist; check the path, or choose another run folder.") from None
        raise RunError(f"{folder} is not a run folder: it has no {CONFIG}.") from None
    except NotADirectoryError:
        raise RunError(f"{folder} is a file; open the run's folder instead.") from None
    except OSError as error:
        raise _unreadable(folder / CONFIG, error) from error
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


def _parse_config(config: dict[str, Any], folder: Path) -> tuple[RunSettings, ImageShape, Exploration]:
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
    except _NOT_AS_WRITTEN as error:
        raise RunError(f"{CONFIG} in {folder} is incomplete ({error}); the folder is damaged.") from error


def _parse_name(config: dict[str, Any]) -> tuple[str, Origin | None]:
    """What a run is called and where it comes from; of no weight, so that what is wrong there is left out."""
    title = config.get("title", "")
    try:
        values = config.get("origin")
        origin = None if values is None else Origin(str(values["title"]), int(values["step"]), float(values["epoch"]))
    except _NOT_AS_WRITTEN:
        origin = None
    return title if isinstance(title, str) else "", origin


def _parse_shape(values: dict[str, int]) -> ImageShape:
    shape = ImageShape(**values)
    sides = (shape.channels, shape.height, shape.width)
    if not all(isinstance(side, int) and 0 < side <= LARGEST_SIDE for side in sides) or shape.classes < 0:
        raise ValueError("shape")
    return shape


def _read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, float]]:
    from safetensors import SafetensorError, safe_open

    try:
        path.open("rb").close()  # safetensors says of every file it cannot open that it is missing
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            metadata = file.metadata() or {}
        return tensors, {name: float(value) for name, value in metadata.items()}
    except FileNotFoundError:
        raise RunError(f"The run in {path.parent} is incomplete: {path.name} is missing.") from None
    except OSError as error:
        raise _unreadable(path, error) from error
    except (SafetensorError, ValueError) as error:
        raise RunError(
            f"{path.name} in {path.parent} is damaged or is no safetensors file; LatentLab opens nothing else, "
            "since other formats can run code."
        ) from error


def _read_history(folder: Path, last_step: int) -> tuple[HistoryRow, ...]:
    try:
        lines = (folder / HISTORY).read_text("utf-8").splitlines()
        rows = tuple(HistoryRow.from_json(json.loads(line)) for line in lines)
    except FileNotFoundError:
        raise RunError(f"The run in {folder} is incomplete: {HISTORY} is missing.") from None
    except OSError as error:
        raise _unreadable(folder / HISTORY, error) from error
    except _NOT_AS_WRITTEN as error:
        raise RunError(f"{HISTORY} in {folder} cannot be read; the folder is damaged.") from error
    return tuple(row for row in rows if row.step <= last_step)
