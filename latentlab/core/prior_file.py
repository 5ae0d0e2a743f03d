"""The file of a run folder that keeps a learned prior: weights, settings and figures in one, so that it is whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

from latentlab.core.atomic import replace_bytes
from latentlab.core.code_prior import CodeLayout, CodePrior, LearnedPrior, PriorConfig, PriorFigures
from latentlab.core.errors import LatentLabError, RunError
from latentlab.core.options import as_values, build

NAME = "prior.safetensors"

_KEY = "prior"
# Priors were once of so many layers at the most, none of them dilated, and the file did not say so.
_FIRST_LAYERS = 3


def write(prior: LearnedPrior | None, folder: Path) -> None:
    """Puts ``prior`` into ``folder``, or takes away what lies there where it is None.

    Raises:
        OSError: it cannot be written; what stood there before stands there still.
    """
    from safetensors.torch import save as serialise

    if prior is None:
        (folder / NAME).unlink(missing_ok=True)
        return
    description = {
        "settings": as_values(prior.config),
        "layout": vars(prior.network.layout),
        "dilations": prior.network.dilations,
        "step": prior.step,
        "epochs": prior.epochs,
        "figures": vars(prior.figures),
    }
    weights = dict(prior.network.state_dict())
    replace_bytes(folder / NAME, serialise(weights, metadata={_KEY: json.dumps(description)}))


def read(folder: Path, step: int, expected: int | None) -> LearnedPrior | None:
    """The prior in ``folder`` that belongs to the weights of ``step``; None where there is none, or it is of others.

    Args:
        expected: the step of the prior that the run was saved with, or None where it had none.

    Raises:
        RunError: there should be one and it is missing, or it is damaged; one sentence says what to do.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(folder / NAME, framework="pt") as file:
            description = json.loads((file.metadata() or {})[_KEY])
            if description["step"] != step:
                return None
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        return _rebuilt(description, weights)
    except FileNotFoundError:
        if expected != step:
            return None
        raise RunError(f"{NAME} in {folder} is missing; train the prior anew to draw samples.") from None
    except (SafetensorError, LatentLabError, OSError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise RunError(f"{NAME} in {folder} is damaged; train the prior anew to draw samples.") from error


def _rebuilt(description: dict[str, Any], weights: dict[str, torch.Tensor]) -> LearnedPrior:
    config = build(PriorConfig, description["settings"])
    layout = CodeLayout(**description["layout"])
    undilated = [1] * min(_FIRST_LAYERS, max(layout.height, layout.width) - 1)
    network = CodePrior(layout, config.width, dilations=description.get("dilations", undilated))
    network.load_state_dict(weights)
    if not all(bool(torch.isfinite(weight).all()) for weight in weights.values()):
        raise ValueError("weights that are not finite")
    figures = PriorFigures(**description["figures"])
    return LearnedPrior(
        network.eval().requires_grad_(False),
        config,
        step=description["step"],
        epochs=description["epochs"],
        figures=figures,
    )
