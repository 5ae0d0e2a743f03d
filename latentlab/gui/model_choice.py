"""The choice of a model as a setting, so that a form shows it like any other."""

from __future__ import annotations

from dataclasses import dataclass

from latentlab.core.models import DEFAULT, registry
from latentlab.core.options import option


@dataclass(frozen=True)
class ModelChoice:
    """Which model of the registry."""

    name: str = option(
        DEFAULT,
        label="Model",
        help="What is trained.",
        choices={info.name: info.title for info in registry()},
    )
