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
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from latentlab.core import catalogue, film_file, prior_file, run_results
from latentlab.core.atomic import replace_bytes
from latentlab.core.data import DataConfig
from latentlab.core.errors import RunError, reason_of
from latentlab.core.history import HistoryRow
from latentlab.core.prior_training import layout_of
from latentlab.core.run import Run
from latentlab.core.run_config import (
    CONFIG,
    NOT_AS_WRITTEN,
    config_bytes,
    holds_run,
    is_there,
    parse_config,
    parse_name,
    read_config,
    read_settings,
    unreadable,
)

WEIGHTS, TRAINING, HISTORY = "model.safetensors", "training.safetensors", "history.jsonl"


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
        replace_bytes(folder / CONFIG, config_bytes(run))
    except OSError as error:
        raise RunError(f"The run could not be saved in {folder}: {reason_of(error)}. Choose another folder.") from error


def load(folder: Path) -> Run:
    """Reads a run folder.

    Raises:
        RunError: something is missing, damaged, of another version or not safe to read; one sentence says what.
    """
    config = read_config(folder)
    settings, shape, exploration = parse_config(config, folder)
    title, origin = parse_name(config)
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
        raise unreadable(path, error) from error
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
        raise unreadable(folder / HISTORY, error) from error
    except NOT_AS_WRITTEN as error:
        raise RunError(f"{HISTORY} in {folder} cannot be read; the folder is damaged.") from error
    return tuple(row for row in rows if row.step <= last_step)
