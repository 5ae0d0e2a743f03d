"""Images beside what the model makes of them, also of images that were spoilt on the way."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Slot

from latentlab.core.projections import PCA
from latentlab.core.requests import Reconstruct, Reconstructed
from latentlab.core.selection import Indices, Selection
from latentlab.gui.panels.base import Panel
from latentlab.gui.session import Session
from latentlab.gui.widgets.class_box import ClassBox
from latentlab.gui.widgets.corruption_chooser import CorruptionChooser
from latentlab.gui.widgets.image_strip import ImageStrip, StripRow
from latentlab.gui.widgets.patient_timer import PatientTimer

_EXPLANATION = (
    "Each column is an image, what the model draws after squeezing it through the latent space, and the difference of "
    "the two: where one colour shows, the model drew too much ink, where the other, too little. Click a column to find "
    "its point in the scatter. Selected points come first, underlined. Spoil the images before the model sees "
    "them by the button of specks: one that has learned what images look like puts back what is missing. Difference "
    "and error are then to the clean image; PCA, which only knows straight lines, can be shown beneath."
)
_ALL = "All"
# As many as a wide panel shows; the strip cuts off what does not fit.
_COLUMNS = 24
# Snapshots come five times a second; pictures that flicker at that rate cannot be compared. Filmed ones are asked for.
_REFRESH_MS, _FILM_REFRESH_MS = 400, 0
_LONGEST_WAIT = 2.0  # seconds, while the hand drags


class ReconstructionsPanel(Panel):
    """A strip of inputs, outputs and differences; shuffled, or of one class."""

    def __init__(self, session: Session) -> None:
        super().__init__("reconstructions", "Reconstructions", _EXPLANATION)
        self._session = session
        self.strip = ImageStrip()
        self.strip.set_empty_text("Loading images…")
        self.picture_area = self.strip
        self.subject = "reconstructions"
        self.corruption = CorruptionChooser()
        self._by_hand = False
        self.column.addWidget(self.corruption)
        self.column.addWidget(self.strip, 1)
        self.classes = ClassBox("Class", "Show images of every class, or of one")
        self.add_control(self.classes)
        button = self.add_tool("shuffle", "Show other images")
        self.spoil = self.add_tool("corrupt", "Spoil the images before the model sees them, to see what it restores")
        self.spoil.setCheckable(True)
        self.note = self.add_note()
        self._seed = 0
        self._points: list[int] = []
        self._selected = 0
        self._order: NDArray[np.intp] | None = None  # of the points that may be shown
        self._request: Reconstruct | None = None
        self._timer = PatientTimer(self._refresh, session.hand_is_busy, _LONGEST_WAIT, self)
        button.clicked.connect(self.shuffle)
        self.classes.activated.connect(self._choose)
        self.spoil.toggled.connect(self.corruption.setVisible)
        self.spoil.clicked.connect(self._corrupt)
        self.corruption.chosen.connect(self._corrupt)
        self.strip.image_clicked.connect(self._clicked)
        self.strip.image_hovered.connect(self._hovered)
        session.dataset_changed.connect(self._take_dataset)
        session.source_changed.connect(self._ask)
        session.capabilities_changed.connect(self._take_capabilities)
        session.model_updated.connect(self._schedule)
        session.when_answered(Reconstruct, self._show)
        session.selection_changed.connect(self._follow_selection)

    @property
    def points(self) -> list[int]:
        """Which of the shown points the columns are."""
        return list(self._points)

    @Slot()
    def _take_dataset(self) -> None:
        dataset = self._session.dataset
        self.classes.set_names([_ALL, *(dataset.class_names if dataset else ())])
        self.classes.setVisible(bool(dataset and dataset.classes))
        self._choose()

    @Slot()
    def _take_capabilities(self) -> None:
        # What a hand has chosen stays, so that models can be compared; else each begins with what it learned to undo.
        learned = self._session.capabilities.corruption
        if not self._by_hand:
            if learned is not None:
                self.corruption.show_corruption(learned)
            self.spoil.setChecked(learned is not None)
            self._ask()

    @Slot()
    def _corrupt(self) -> None:
        self._by_hand = self.spoil.isChecked()
        self._ask()

    @Slot()
    def shuffle(self) -> None:
        """Shows other images, corrupted anew."""
        self._seed += 1
        self._choose()

    @Slot()
    def _choose(self) -> None:
        images = self._session.images
        if images is None:
            return
        candidates = np.arange(len(images))
        wanted = self.classes.currentIndex() - 1
        if wanted >= 0 and images.split.labels is not None:
            candidates = np.flatnonzero(images.split.labels == wanted)
        self._order = np.random.default_rng(self._seed).permutation(candidates)
        self._take_points()
        self._ask()

    @Slot()
    def _follow_selection(self) -> None:
        self._take_points()
        if self.is_seen():
            self._ask()
        else:  # once somebody comes to see them
            self._request = None
            self._schedule()

    def _take_points(self) -> None:
        images, chosen = self._session.images, self._order
        if images is None or chosen is None:
            return
        first = _selected_first(self._session.exploration.selection.within(len(images)))[:_COLUMNS]
        others = chosen[: _COLUMNS + len(first)]  # of which at most so many are the selected ones
        others = others[~np.isin(others, first)]
        self._points = np.concatenate([first, others])[:_COLUMNS].tolist()
        self._selected = len(first)

    @Slot()
    def _schedule(self) -> None:
        if not self._timer.is_active():
            self._timer.start(_REFRESH_MS if self._session.filmed is None else _FILM_REFRESH_MS)

    @Slot()
    def _refresh(self) -> None:
        if self.is_seen() and self._request is not None and self._request.pca is self._pca():
            self._session.ask(self._request)  # the same once more, so that its answer may be known already
        elif self.is_seen():
            self._ask()
        else:
            self._timer.start(_REFRESH_MS)  # behind another tab they wait for whoever comes to see them

    @Slot()
    def _ask(self) -> None:
        images = self._session.images
        if images is None or not self._points:
            return
        chosen = images.split.take(np.array(self._points))
        corruption = self.corruption.corruption()
        self._request = Reconstruct(chosen.images, chosen.labels, corruption, self._seed, self._pca())
        self._session.ask(self._request)

    def _pca(self) -> PCA | None:
        beside = self.corruption.corruption() is not None and self.corruption.pca.isChecked()
        return self._session.pca if beside else None

    def _show(self, request: Reconstruct, answer: Reconstructed) -> None:
        difference = answer.outputs.astype(np.float32) / 255.0 - answer.inputs.astype(np.float32) / 255.0
        if answer.corrupted is None:
            rows = [StripRow("Input", answer.inputs), StripRow("Output", answer.outputs)]
        else:
            rows = [
                StripRow("Clean", answer.inputs),
                StripRow("Corrupted", answer.corrupted),
                # With the error to the clean image, where it can be compared with PCA's.
                StripRow(f"Restored {answer.errors.mean():.4f}", answer.outputs),
            ]
        rows.append(StripRow("Difference", difference))
        if answer.pca_outputs is not None and answer.pca_errors is not None:
            rows.append(StripRow(f"PCA {answer.pca_errors.mean():.4f}", answer.pca_outputs))
        self.strip.set_rows(rows)
        focus = self._session.exploration.selected
        self.strip.set_selected(0 if focus is not None and self._points[:1] == [focus] else None)
        self.strip.set_marked(self._selected)
        images = self._session.images
        which = "test" if images is not None and images.split_name == "test" else "training"
        error, count = f"error {answer.errors.mean():.4f} per pixel", len(answer.errors)
        if answer.corrupted is not None:
            error += " to the clean image"
        self.note.setText(f"{self._session.source_title} · {error} · {count} {which} image{'s' * (count > 1)}")

    @Slot(int)
    def _clicked(self, column: int) -> None:
        if 0 <= column < len(self._points):
            self._session.select(self._points[column])

    @Slot(int)
    def _hovered(self, column: int) -> None:
        self._session.hover(self._points[column] if 0 <= column < len(self._points) else None)


def _selected_first(selection: Selection) -> Indices:
    """As many of the selected points as there are columns, the focus at their head."""
    some = selection.points[: _COLUMNS + 1]
    others = some[some != selection.focus][:_COLUMNS]
    return others if selection.focus is None else np.concatenate([[selection.focus], others])
