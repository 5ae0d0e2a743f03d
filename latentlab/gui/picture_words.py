"""What a picture says of what it shows: the run, its model and data, the moment, the plane, and the classes."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QFont

from latentlab.gui.open_run import OpenRun
from latentlab.gui.run_control import RunControl
from latentlab.gui.session import Session
from latentlab.gui.widgets.picture_key import ClassKey
from latentlab.gui.widgets.picture_sheet import Heading


class PictureWords:
    """Names what is looked at."""

    def __init__(self, control: RunControl) -> None:
        self._control, self._session = control, control.session

    def heading(self, *more: str) -> Heading:
        """The run's title, or what PCA is of; beneath it model and data where that does not say them, the moment, and
        what ``more`` there is to say; nothing before anything is looked at.
        """
        session, run = self._session, self._control.run
        if session.dataset is None or not session.source_title:
            return Heading()
        subject = f"{session.source_title} on {session.dataset.title}"
        if run is None or session.source_title == "PCA":
            return Heading(subject, more)
        named = () if run.title.startswith(subject) else (subject,)
        return Heading(run.title, (*named, *self._moment(run), *more))

    def _moment(self, run: OpenRun) -> tuple[str, ...]:
        placed = self._session.placed
        step = self._session.step if placed is None else placed.step
        epoch = f"{epoch_at(run, step):,.1f}".removesuffix(".0")
        return f"epoch {epoch}", f"step {step:,}"


def epoch_at(run: OpenRun, step: int) -> float:
    """The epoch of a step of a run, between those that are known."""
    known = {0: 0.0} | {frame.step: frame.epoch for frame in run.film.frames}
    for moment in (run.origin, run.newest):
        if moment is not None:
            known[moment.step] = moment.epoch
    steps = sorted(known)
    return float(np.interp(step, steps, [known[each] for each in steps]))


def images_in_words(session: Session) -> str:
    """Whose points are shown, e.g. ``10,000 test images``."""
    images = session.images
    if images is None:
        return ""
    return f"{len(images):,} {'test' if images.split_name == 'test' else 'training'} images"


def plane_in_words(session: Session) -> tuple[str, ...]:
    """Which plane of more than two latents is looked at, and through which image; nothing where it is all there is."""
    placed, exploration, images = session.placed, session.exploration, session.images
    if placed is None or placed.latent_size <= 2:
        return ()
    if exploration.corners is not None:
        which = "plane through three points"
    elif exploration.axes is not None:
        which = "plane of z{} and z{}".format(*(axis + 1 for axis in exploration.axes))
    else:
        which = "principal plane"
    which = f"{which} of {placed.latent_size} latents"
    if exploration.base is None or images is None:
        return (which,)
    title = images.title(exploration.base)
    return which, f"through {title[0].lower()}{title[1:]}"


def axes_in_words(session: Session) -> tuple[str, str]:
    """What the axes of the plane are called; those of PCA by what its latents are."""
    if session.placed is None:
        return "", ""
    return ("PC 1", "PC 2") if session.source_title == "PCA" else session.placed.names


def class_key(session: Session, font: QFont) -> ClassKey | None:
    """The classes of the points, or None where they have none."""
    dataset, images = session.dataset, session.images
    if dataset is None or not dataset.classes or images is None or images.split.labels is None:
        return None
    return ClassKey(dataset.class_names, session.colours, session.exploration.dimmed, font)
