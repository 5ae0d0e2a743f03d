"""The work folder: every finished measurement and every training, so that an interrupted run goes on where it was.

    results/CASE-SEED.json   the figures of one case with one seed, or how far it got
    runs/MODEL-DIGEST        run folders, as `latentlab fit` writes them

Cases that need the same training share its run folder.
"""

from __future__ import annotations

import datetime
import hashlib
import inspect
import json
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path
from types import ModuleType
from typing import Any

from benchmarks.report import machine

import latentlab
from latentlab.core import devices, headless, run_config, run_data, runs
from latentlab.core.atomic import replace_bytes
from latentlab.core.data import DataConfig, Dataset
from latentlab.core.errors import TrainingError
from latentlab.core.fit import Diverged, EpochEnded
from latentlab.core.headless import HeadlessRun
from latentlab.core.models import Model, model_info
from latentlab.core.options import Value, as_values, build
from latentlab.core.run import Run, RunSettings
from latentlab.core.training_config import TrainingConfig
from quality_gates.gates import Figure

_SAVE_SECONDS = 20.0
_BEGUN_BY = "program.txt"

Settings = Mapping[str, Value]


class Stopped(Exception):
    """The measurement was asked to stop; what was trained is kept, and the message says how far it got."""


@dataclass(frozen=True)
class Result:
    """What one case gave with one seed.

    Attributes:
        figures: by gate; empty while it is unfinished.
        reached: how far an unfinished one got.
        seconds: spent training, however often it was taken up.
        date: of the measurement.
        machine: that measured, in words.
        measure: digest of the code that measured.
        program: digest of the program's core that trained; of the oldest, where one training was taken up by another.
    """

    figures: dict[str, Figure]
    reached: str
    seconds: float
    date: str
    machine: str
    measure: str
    program: str


@dataclass(frozen=True)
class Trained:
    """A finished training: the model in evaluation mode on the device, and its run."""

    model: Model
    run: Run
    dataset: Dataset


class Work:
    """The folder, and what is asked of whoever works in it.

    Attributes:
        folder: where everything is kept.
        asked: whether to stop.
        say: takes a line on the progress.
    """

    def __init__(
        self, folder: Path, asked: Callable[[], bool] = lambda: False, say: Callable[[str], None] = lambda _: None
    ) -> None:
        self.folder, self.asked, self.say = folder, asked, say

    def result(self, case: str, seed: int) -> Result | None:
        """What is kept of a case; None where there is nothing, or nothing that can be read."""
        try:
            values = json.loads(self._result_file(case, seed).read_text(encoding="utf-8"))
            figures = {name: Figure(**figure) for name, figure in values.pop("figures").items()}
            return Result(figures=figures, **values)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def keep(self, case: str, seed: int, result: Result) -> None:
        """Writes ``result`` whole or not at all."""
        file = self._result_file(case, seed)
        file.parent.mkdir(parents=True, exist_ok=True)
        replace_bytes(file, (json.dumps(asdict(result), indent=2) + "\n").encode())

    def run_folder(self, settings: RunSettings) -> Path:
        """Where a training is kept: its own place for each choice of settings."""
        chosen = {
            "data": as_values(settings.data),
            "model": [settings.model_name, as_values(settings.model)],
            "training": as_values(settings.training),
        }
        digest = hashlib.sha256(json.dumps(chosen, sort_keys=True).encode()).hexdigest()[:10]
        return self.folder / "runs" / f"{settings.model_name}-{digest}"

    def _result_file(self, case: str, seed: int) -> Path:
        return self.folder / "results" / f"{case}-{seed}.json"


class Measurement:
    """One case with one seed, while it is measured.

    Attributes:
        seed: of all that is random in it.
        device: where models are trained and, unless the case says otherwise, measured.
    """

    def __init__(self, work: Work, case: str, seed: int, device: str = "auto", anew: bool = False) -> None:
        """``anew``: what another state of the program has trained is trained once more."""
        self.seed = seed
        self.device = devices.resolve(device)
        self._anew = anew
        self._work, self._case, self._choice = work, case, device
        self._seconds = 0.0
        self._programs: list[str] = []

    def train(self, model: str, settings: Settings, training: Settings, data: str = "mnist") -> Trained:
        """The model trained with these settings over its defaults; taken up or taken from the folder where it can be.

        Raises:
            Stopped: asked to; the run is saved, and goes on bitwise (on a CPU).
            LatentLabError: it diverged, or cannot be kept.
        """
        info = model_info(model)
        chosen = RunSettings(
            DataConfig(name=data),
            model,
            build(info.config, dict(settings)),
            build(TrainingConfig, {**info.training, **training, "seed": self.seed, "device": self._choice}),
        )
        folder = self._work.run_folder(chosen)
        if self._anew and folder.exists() and _begun_by(folder) != program_digest():
            shutil.rmtree(folder)
        run = self._kept(folder)
        if run is None:
            run = self._train(chosen, folder)
        self._seconds += float(run.numbers["seconds"])
        self._programs.append(_begun_by(folder))
        return Trained(run.build_model().to(self.device), run, run_data.with_data(run)[1])

    def check(self, where: str) -> None:
        """To be called now and then during long measuring.

        Raises:
            Stopped: asked to.
        """
        if self._work.asked():
            raise Stopped(where)

    def result(self, figures: dict[str, Figure], reached: str, measure: str) -> Result:
        """The result as of now."""
        return Result(
            figures,
            reached,
            self._seconds,
            f"{datetime.date.today():%d %B %Y}",
            machine(),
            measure,
            next((program for program in self._programs if program != program_digest()), program_digest()),
        )

    def _kept(self, folder: Path) -> Run | None:
        """The finished run in ``folder``, or None."""
        if not (folder / run_config.CONFIG).exists():
            return None
        run = runs.load(folder)
        return run if run.numbers["epochs_done"] >= run.numbers["goal"] else None

    def _train(self, settings: RunSettings, folder: Path) -> Run:
        if (folder / run_config.CONFIG).exists():
            training = headless.resume(folder, settings.training)
        else:
            training = headless.begin(settings, folder)
            (folder / _BEGUN_BY).write_text(program_digest(), encoding="utf-8")
        try:
            self._to_the_goal(training)
            return training.moment()
        finally:
            training.close()

    def _to_the_goal(self, training: HeadlessRun) -> None:
        trainer, saved = training.trainer, time.monotonic()
        for event in training.train():
            if isinstance(event, Diverged):
                raise TrainingError(event.reason)
            if isinstance(event, EpochEnded):
                self._work.say(f"{self._case}, seed {self.seed}: {_progress(training)}")
                if time.monotonic() - saved > _SAVE_SECONDS:
                    training.save()
                    saved = time.monotonic()
            if self._work.asked() and not trainer.awaits_test:
                training.save()
                raise Stopped(_progress(training))
        training.save()


@cache
def program_digest() -> str:
    """Names the state of the program's core, the code that trains and evaluates, as it was when first asked for."""
    core = Path(latentlab.__file__).parent / "core"
    digest = hashlib.sha256()
    for file in sorted(core.rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:10]


def measure_digest(function: Callable[..., Any]) -> str:
    """Names the state of the module that measures; ``function`` may have arguments bound to it."""
    module = inspect.getmodule(function.func if isinstance(function, partial) else function)
    assert module is not None
    return _source_digest(module)


@cache
def _source_digest(module: ModuleType) -> str:
    return hashlib.sha256(inspect.getsource(module).encode()).hexdigest()[:10]


def _begun_by(folder: Path) -> str:
    """The digest of the program that began the training in ``folder``; empty where that is not known."""
    file = folder / _BEGUN_BY
    return file.read_text(encoding="utf-8") if file.exists() else ""


def _progress(training: HeadlessRun) -> str:
    trainer = training.trainer
    rows = [row for row in trainer.history if row.split == "test"]
    figure = ""
    if rows:
        unit = trainer.model.term_units["total"]
        figure = f", {rows[-1].figures['total']:.2f} {unit} on the test images"
    return f"epoch {trainer.epoch:.4g} of {trainer.goal:g}{figure}"
