"""The errors whose message is written for the user."""

import os


class LatentLabError(Exception):
    """Something the user can act on; ``str(error)`` is one sentence in the user's words."""


class DataError(LatentLabError):
    """A data set cannot be found, fetched or read."""


class LostDataError(DataError):
    """The folder or file that a run was trained on is gone, cannot be read, or holds other data.

    Attributes:
        place: where it was looked for.
    """

    def __init__(self, sentence: str, place: str) -> None:
        super().__init__(sentence)
        self.place = place


class OptionError(LatentLabError):
    """A setting has a value outside what it may be."""


class RunError(LatentLabError):
    """A run folder cannot be written or read."""


class TrainingError(LatentLabError):
    """Training cannot start or go on."""


class EvaluationError(LatentLabError):
    """A model's figures cannot be computed."""


class Cancelled(LatentLabError):
    """The user cancelled slow work; nothing was changed."""


def reason_of(error: OSError) -> str:
    """What the system said, e.g. "Permission denied"; some libraries' errors have a number or a text alone."""
    return error.strerror or (os.strerror(error.errno) if error.errno else str(error))
