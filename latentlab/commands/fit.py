"""``latentlab fit``: trains a model without a window and writes the run folder with its pictures."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from latentlab import paths
from latentlab.commands import DONE, FAILED, Parser, UsageError, moved_data, settings
from latentlab.commands.interruption import Interruption
from latentlab.commands.progress import LoadingLine, TrainingBar
from latentlab.core import catalogue, devices, headless, run_config, run_results, summary, threads
from latentlab.core.atomic import replace_bytes
from latentlab.core.data import DataConfig
from latentlab.core.errors import LatentLabError, RunError
from latentlab.core.fit import Diverged, EpochEnded
from latentlab.core.headless import HeadlessRun
from latentlab.core.models import DEFAULT, ModelInfo, model_info, registry
from latentlab.core.options import Option, Value, as_values, build
from latentlab.core.run import RunSettings
from latentlab.core.training_config import TrainingConfig

_RESUME = (
    "go on with the run in --out as if it had never stopped; --data says where its folder or file lies now, if it has "
    "moved"
)


def declare(parser: argparse.ArgumentParser, words: list[str]) -> None:
    """Adds the arguments; the settings are those of the model that ``words`` name, or that the resumed run has."""
    model = _model_of(words)
    parser.epilog = f"The settings are those of {model.name}; see another model's with --model NAME --help."
    names = ", ".join(info.name for info in registry())
    parser.add_argument("--model", default=model.name, metavar="NAME", help=f"{names} (default {DEFAULT})")
    parser.add_argument("--out", type=Path, metavar="RUN", help="the run's folder (default: a new one, printed)")
    parser.add_argument("--resume", action="store_true", help=_RESUME)
    cores = threads.available_cores()
    setting = Option(
        "threads", int, cores, "Threads", "Threads to compute with; another number rounds differently.", 1, cores
    )
    settings.add(parser, "--threads", "threads", setting, cores, cores)
    settings.declare(parser, model)
    parser.set_defaults(body=run)


def run(options: argparse.Namespace) -> int:
    """Trains, saves after every epoch, and at the end evaluates and draws; returns the exit status."""
    threads.limit_numpy()
    threads.use_threads(options.threads)
    with Interruption() as interruption:
        training = _start(options, interruption)
        moved_data.warn(training.data_changed)
        try:
            status = _train(training, interruption)
            interruption.release()
            if status == DONE:
                _conclude(training)
        except LatentLabError as error:
            _say(f"latentlab: {error}")
            status = FAILED
        finally:
            training.close()
    print(training.folder)
    return status


def _start(options: argparse.Namespace, interruption: Interruption) -> HeadlessRun:
    values = settings.given(options)
    model = model_info(options.model)
    with LoadingLine() as line:
        if options.resume:
            chosen, place = _resumed_training(options.out, model, values), str(values[settings.DATA].get("name", ""))
            with moved_data.asked_for(place):
                return headless.resume(options.out, chosen, line.show, interruption.asked, place)
        settings.refuse_idle(model, values)
        begun = RunSettings(
            build(DataConfig, values[settings.DATA]),
            model.name,
            build(model.config, values[settings.MODEL]),
            build(TrainingConfig, {**model.training, **values[settings.TRAINING]}),
        )
        folder = options.out or _new_folder(begun)
        if run_config.holds_run(folder):
            raise UsageError(f"{folder} already holds a run; go on with it by --resume, or choose another --out.")
        return headless.begin(begun, folder, line.show, interruption.asked)


def _train(training: HeadlessRun, interruption: Interruption) -> int:
    """Trains to the goal or until interrupted; what was learned is saved in any case."""
    trainer, reason = training.trainer, ""
    images, device = f"{len(trainer.feed):,} training images", devices.describe(trainer.device)
    _say(f"{trainer.model_name} on {trainer.dataset.title}, {images}, {device}: {training.folder}")
    with TrainingBar(trainer) as bar:
        for event in training.train():
            bar.update()
            if isinstance(event, EpochEnded):
                bar.say_epoch(event)
                try:
                    training.save()
                except RunError as error:
                    # The next epoch may find room again; the training is worth more than this save.
                    bar.say(str(error))
            elif isinstance(event, Diverged):
                reason = event.reason
            if interruption.asked() and not trainer.awaits_test:
                break
    training.save()
    if reason:
        _say(f"{reason} The run is saved in {training.folder}.")
        return FAILED
    if not trainer.done:
        _say(
            f"Stopped at epoch {trainer.epoch:.2f} of {trainer.goal:g}; what was learned is saved. "
            f"Go on with: latentlab fit --out {training.folder} --resume"
        )
        return interruption.status
    return DONE


def _conclude(training: HeadlessRun) -> None:
    from latentlab.core import pictures

    _say("Evaluating and drawing.")
    run, dataset = training.moment(), training.trainer.dataset
    figures = {**summary.figures(run, dataset), **summary.circumstances(training.trainer)}
    try:
        replace_bytes(training.folder / run_results.SUMMARY, (json.dumps(figures, indent=2) + "\n").encode())
        pictures.write(run, dataset, training.folder / run_results.FIGURES)
    except OSError as error:
        raise RunError(f"The figures could not be written in {training.folder}: {error.strerror}.") from error
    _say(", ".join(summary.in_words(figures)) + ".")


def _resumed_training(folder: Path, model: ModelInfo, values: dict[str, dict[str, Value]]) -> TrainingConfig:
    """The training settings to go on with: the run's, but for those on the command line.

    Raises:
        UsageError: the command line has a setting that a run cannot change.
    """
    there = run_config.read_settings(folder)
    if model.name != there.model_name:
        raise UsageError(
            f"The model of the run in {folder} is {there.model_name}; leave out --model, or begin another run."
        )
    present = {settings.DATA: there.data, settings.MODEL: there.model, settings.TRAINING: there.training}
    for group, setting in settings.every(model):
        old = getattr(present[group], setting.name)
        # What the model's own settings are is part of the folder: with others it is another run, forked in the window.
        fixed = group == settings.MODEL or not setting.retunable
        if group == settings.DATA and setting.name == "name" and not catalogue.is_known(str(old)):
            continue  # where the user's own data lie now
        if fixed and values[group].get(setting.name, old) != old:
            raise UsageError(
                f"{settings.flag(group, setting)} is {old} in the run in {folder} and cannot change; "
                "leave it out, or begin another run."
            )
    return build(TrainingConfig, {**as_values(there.training), **values[settings.TRAINING]})


def _model_of(words: list[str]) -> ModelInfo:
    peek = Parser(add_help=False)
    peek.add_argument("--model")
    peek.add_argument("--out", type=Path)
    peek.add_argument("--resume", action="store_true")
    known, _ = peek.parse_known_args(words)
    if known.resume and known.out is None:
        raise UsageError("--resume needs the run's folder: --out RUN.")
    if known.model is None and known.resume:
        return model_info(run_config.read_settings(known.out).model_name)
    return model_info(known.model or DEFAULT)


def _new_folder(chosen: RunSettings) -> Path:
    stem = f"{time.strftime('%Y%m%d-%H%M%S')}-{chosen.model_name}-{Path(chosen.data.name).name}"
    folder, number = paths.runs() / stem, 1
    while run_config.is_there(folder):
        number += 1
        folder = paths.runs() / f"{stem}-{number}"
    return folder


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr)
