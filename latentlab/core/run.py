"""A run at one moment: what was trained on what, its weights, and where the hand and the eye were."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from torch import Tensor

from latentlab.core.code_prior import LearnedPrior
from latentlab.core.data import DataConfig
from latentlab.core.errors import RunError
from latentlab.core.exploration import Exploration
from latentlab.core.film import Frame
from latentlab.core.history import HistoryRow
from latentlab.core.models import ImageShape, Model, create
from latentlab.core.training import Trainer
from latentlab.core.training_config import TrainingConfig


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
