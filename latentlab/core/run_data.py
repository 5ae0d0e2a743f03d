"""A saved run and its data: where they lie now, whether they fit, and whether they are what it learned from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from latentlab.core import catalogue
from latentlab.core.data import DataConfig, Dataset, select
from latentlab.core.downloads import Progress
from latentlab.core.errors import DataError, LostDataError
from latentlab.core.models import ImageShape
from latentlab.core.run import Run, RunSettings

Asked = Callable[[], bool]

THE_RUN = "The run"
"""What sentences call a run whose name is of no interest."""


def with_data(
    run: Run,
    progress: Progress | None = None,
    cancelled: Asked | None = None,
    place: str = "",
    called: str = THE_RUN,
) -> tuple[Run, Dataset]:
    """A saved run as it goes on with its data, and these data; see `changed` for whether they are what they were.

    The run's settings say where the data lie now, and it has their fingerprint where it had none.

    Args:
        progress, cancelled: as in `catalogue.load`.
        place: where the folder or file that it was trained on lies now; empty where it has not moved.
        called: what sentences call the run.

    Raises:
        DataError: the data cannot be had, or the run does not fit them.
        LostDataError: they are the user's own, which may be elsewhere.
        Cancelled: ``cancelled`` returned True.
    """
    if place:
        run = replace(run, settings=_moved(run.settings, place))
    config: DataConfig = run.settings.data
    if catalogue.is_known(config.name):
        dataset = select(catalogue.load(config.name, progress, cancelled), config)
        if _shape_of(dataset) != run.shape:
            raise DataError(
                f"{dataset.title} has changed since the run was trained on it; the run cannot go on with it."
            )
    else:
        dataset = _own_data(run, config, progress, cancelled, called)
    run = replace(run, numbers=_within_epoch(run.numbers, len(dataset.train)))
    return replace(run, fingerprint=run.fingerprint or dataset.fingerprint), dataset


def changed(run: Run, dataset: Dataset, called: str = THE_RUN) -> str:
    """A sentence that says that ``dataset`` is not what the run learned from; empty where it is, or nobody can tell.

    Args:
        called: what the sentence calls the run.
    """
    if run.fingerprint in ("", dataset.fingerprint):
        return ""
    where = dataset.title if catalogue.is_known(dataset.name) else dataset.name
    return (
        f"{called} was trained on other images or labels than {where} holds now; "
        "what is shown and measured is of the new ones, and training on would learn from them."
    )


def _moved(settings: RunSettings, place: str) -> RunSettings:
    """``settings`` whose data lie at ``place``."""
    name, there = settings.data.name, catalogue.from_anywhere(place)
    if catalogue.is_known(name) and there != name:
        raise DataError(f"The run was trained on {name}, which is found by its name; leave out where it lies.")
    if there != name and (catalogue.is_known(there) or not catalogue.is_available(there)):
        sentence = f"There is no folder or .npz file {place}; choose the data that the run was trained on."
        raise LostDataError(sentence, name)
    return replace(settings, data=replace(settings.data, name=there))


def _own_data(
    run: Run, config: DataConfig, progress: Progress | None, cancelled: Asked | None, called: str
) -> Dataset:
    """The data in a folder or file of the user's own."""
    name = config.name
    if not catalogue.is_available(name):
        raise LostDataError(f"{called} was trained on {name}, which cannot be found.", name)
    try:
        dataset = select(catalogue.load(name, progress, cancelled), config)
    except DataError as error:
        raise LostDataError(str(error), name) from error
    shape = _shape_of(dataset)
    if shape != run.shape:
        raise LostDataError(
            f"{called} was trained on {_in_words(run.shape)}, but {name} holds {_in_words(shape)}; "
            "choose the data that it was trained on.",
            name,
        )
    return dataset


def _shape_of(dataset: Dataset) -> ImageShape:
    return ImageShape(*dataset.shape, dataset.classes)


def _in_words(shape: ImageShape) -> str:
    colour = "grey" if shape.channels == 1 else "colour"
    classes = f"in {shape.classes} class{'' if shape.classes == 1 else 'es'}" if shape.classes else "without classes"
    return f"{colour} images of {shape.height}×{shape.width} pixels {classes}"


def _within_epoch(numbers: dict[str, float], images: int) -> dict[str, float]:
    """`Trainer.state`'s numbers; where fewer images are left than had been seen of the epoch, it is over."""
    if not numbers or numbers.get("position", 0) < images:
        return numbers
    return {**numbers, "epochs_done": numbers["epochs_done"] + 1, "position": 0}
