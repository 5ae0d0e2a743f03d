"""The reparameterisation trick by hand: latents drawn from the posterior of the selected image, decoded one by one."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QSizePolicy, QStackedLayout, QWidget

from latentlab.core.posterior import RollNoise, Rolls
from latentlab.gui.panels.base import Panel
from latentlab.gui.session import Session
from latentlab.gui.widgets.image_grid import ImageGrid
from latentlab.gui.widgets.image_view import ImageView
from latentlab.gui.widgets.throttle import Throttle

_EXPLANATION = (
    "A VAE encodes an image not to a point but to a normal distribution q(z|x), drawn in the scatter as ellipses of "
    "one and two standard deviations. Training never sees its middle μ alone: at each step it decodes z = μ + σ·ε, "
    "with ε drawn anew from the standard normal distribution. Roll ε and see what the decoder is asked to make of the "
    "same image each time. Where the images hardly change, look at σ: a small one means a precise code, one near 1 a "
    "latent that the decoder takes no notice of."
)
_NO_POINT = "Click a point in the scatter; its posterior is drawn from here."
_NO_POSTERIOR = (
    "{title} encodes an image to a single point: there is no posterior to draw from, and no ε to roll. A VAE also says "
    "how sure it is of each code."
)
_CODES = (
    "{title} encodes an image to codes of its codebook, the nearest ones: there is no posterior to draw from, and no ε "
    "to roll. A VAE also says how sure it is of each code."
)
_TIP = "Draw ε anew and decode z = μ + σ·ε for the selected image (Ctrl+E)"
_MOST_ROLLS = 8
# So many latents are written out; of more, their number and lengths.
_WRITTEN = 2
_FOLLOW_MS = 250
_LEAST, _LARGEST = 24, 84


class PosteriorPanel(Panel):
    """The selected image, its mean decoded, and what is drawn about the mean.

    Attributes:
        rolls: what is shown, or None.
        button: rolls ε.
        image, mean, newest: the large images.
        earlier: the rolls before the newest, newest first.
        nothing: says why there are none.
    """

    def __init__(self, session: Session) -> None:
        super().__init__("posterior", "Posterior", _EXPLANATION)
        self._session = session
        self.rolls: Rolls | None = None
        self._point: int | None = None
        self._seeds: tuple[int, ...] = ()
        self._rolled = 0
        self.button = QPushButton("Roll ε")
        self.button.setToolTip(_TIP)
        self.button.clicked.connect(self.roll)
        self._note = self.add_note()
        self.image, self.mean, self.newest = ImageView(), ImageView(), ImageView()
        self.earlier = ImageGrid(_LEAST, _LARGEST)
        self.earlier.setToolTip("Earlier rolls, the newest first; click one to put the probe there")
        self.figures = QLabel()
        self.figures.setProperty("role", "note")
        self.figures.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.figures.setToolTip("μ + σ × ε = z of the newest roll, a line for each latent")
        self.figures.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.nothing = QLabel()
        self.nothing.setWordWrap(True)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.nothing.setProperty("role", "note")
        self._pictures = self._lay_out()
        self.picture_area = self._pictures
        self._follows = Throttle(self._ask_again, _FOLLOW_MS, self)
        self.earlier.image_clicked.connect(self._clicked)
        session.selection_changed.connect(self._follow_selection)
        session.source_changed.connect(self._begin)
        session.dataset_changed.connect(self._begin)
        session.capabilities_changed.connect(self._begin)
        session.points_placed.connect(self._take_points)
        session.model_updated.connect(self._follows.request)
        session.when_answered(RollNoise, self._take)
        self._begin()

    def _lay_out(self) -> QWidget:
        pictures = QWidget()
        grid = QGridLayout(pictures)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(4)
        for column, (words, tip, view) in enumerate(
            (
                ("x", "The selected image", self.image),
                ("μ", "What the posterior's mean decodes to", self.mean),
                ("μ + σ·ε", "What the newest roll decodes to", self.newest),
            )
        ):
            caption = QLabel(words)
            caption.setProperty("role", "note")
            caption.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            caption.setToolTip(tip)
            view.setToolTip(tip)
            view.setMinimumWidth(_LEAST)
            grid.addWidget(caption, 0, column)
            grid.addWidget(view, 1, column)
            grid.setColumnStretch(column, 1)
        grid.addWidget(self.button, 2, 0, 1, 3, Qt.AlignmentFlag.AlignHCenter)
        grid.addWidget(self.figures, 3, 0, 1, 3)
        grid.addWidget(self.earlier, 4, 0, 1, 3)
        grid.setRowStretch(1, 1)
        grid.setRowStretch(4, 1)
        self.earlier.set_empty_text("Earlier rolls gather here.")
        self._stack = QStackedLayout()
        self._stack.addWidget(pictures)
        self._stack.addWidget(self.nothing)
        self.column.addLayout(self._stack, 1)
        return pictures

    @Slot()
    def roll(self) -> None:
        """Draws ε once more for the selected image."""
        if not self._session.capabilities.posterior_variance:
            self.said.emit(self._no_posterior())
        elif self._point is None:
            self.said.emit(_NO_POINT)
        else:
            self._rolled += 1
            self._seeds = (*self._seeds, self._rolled)[-_MOST_ROLLS:]
            self._ask()

    @Slot()
    def _follow_selection(self) -> None:
        if self._session.exploration.selected != self._point:
            self._begin()

    @Slot()
    def _begin(self) -> None:
        """Shows the selected image, nothing drawn yet, or says why there is none."""
        self.rolls, self._seeds = None, ()
        able = self._session.capabilities.posterior_variance
        self._point = self._session.exploration.selected if able else None
        self.button.setEnabled(self._point is not None)
        self._note.setText("")
        self.nothing.setText(_NO_POINT if able else self._no_posterior())
        self._stack.setCurrentIndex(1 if self._point is None else 0)
        if self._point is not None:
            self.image.set_image(self._session.shown_image(self._point))
            self.mean.set_image(None)
            self._ask()

    @Slot()
    def _take_points(self) -> None:
        # Only with its points is it known what a model cannot do.
        if self._point is None:
            self._begin()
        else:
            self._follows.request()

    def _no_posterior(self) -> str:
        session = self._session
        words = _CODES if session.capabilities.codebook else _NO_POSTERIOR
        return _NO_POINT if session.placed is None else words.format(title=session.source_title)

    def _ask_again(self) -> None:
        # Marks of what was drawn stand in the scatter too.
        if self._point is not None and (self._seeds or self.is_seen()):
            self._ask()

    def _ask(self) -> None:
        assert self._point is not None
        self._session.ask(RollNoise(self._point, self._seeds))

    def _take(self, request: RollNoise, rolls: Rolls) -> None:
        if request.point != self._point:
            return
        self.rolls = rolls
        self.mean.set_image(rolls.mean_image)
        self.newest.set_image(rolls.images[-1] if len(rolls.images) else None)
        self.earlier.set_images(rolls.images[-2::-1] if len(rolls.images) > 1 else None)
        self.earlier.set_selected(None)
        self.figures.setText(_in_words(rolls))
        self._note.setText(self._title(request.point))

    def _title(self, point: int) -> str:
        images = self._session.images
        return "" if images is None else images.title(point)

    @Slot(int)
    def _clicked(self, column: int) -> None:
        rolls = self.rolls
        if rolls is not None and 0 <= column < len(rolls.latents) - 1 and rolls.latents.shape[1] == 2:
            x, y = rolls.positions[-2 - column]
            self._session.move_probe((float(x), float(y)))


def _in_words(rolls: Rolls) -> str:
    """μ + σ × ε = z of each latent, or, of many, the range of σ and the length of ε."""
    size = len(rolls.mean)
    if size > _WRITTEN:
        words = f"{size} latents, σ from {rolls.scale.min():.2f} to {rolls.scale.max():.2f}"
        if len(rolls.noise):
            length = float(np.linalg.norm(rolls.noise[-1]))
            words += f"\nlength of ε {length:.1f}; about √{size} = {math.sqrt(size):.1f} is usual"
        return words
    return "\n".join(_of_latent(rolls, latent) for latent in range(size))


def _of_latent(rolls: Rolls, latent: int) -> str:
    mean, scale = _figure(rolls.mean[latent]), f"{rolls.scale[latent]:.3f}"
    if not len(rolls.noise):
        return f"μ = {mean}, σ = {scale}"
    noise, drawn = _figure(rolls.noise[-1, latent]), _figure(rolls.latents[-1, latent])
    return f"{mean} + {scale} × {noise} = {drawn}"


def _figure(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")
