"""With how many samples an image's log-likelihood is estimated, and where it is integrated exactly besides."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QWidget

from latentlab.gui.text_size import follow, is_large

_SAMPLES = {0: "None", 50: "50", 500: "500", 5000: "5,000"}
_FIRST = 500
_TIP = (
    "How many samples an image to estimate its NLL, −log p(x), with by importance sampling: more come closer to the "
    "truth from above, and take as much longer"
)
_SAMPLED = "an image, for the NLL"
_INTEGRATED = "an image; the NLL by quadrature, too"
_WHY_INTEGRATED = "One or two latents can be integrated on a grid, so Evaluate computes the exact NLL as well"
_NO_BOUND = "{title} gives images no probability: there is no NLL to estimate."


class LikelihoodRow(QWidget):
    """A list of numbers of samples between words; words alone where there is nothing to choose."""

    def __init__(self) -> None:
        super().__init__()
        self.samples = QComboBox()
        for number, text in _SAMPLES.items():
            self.samples.addItem(text, number)
        self.samples.setCurrentIndex(self.samples.findData(_FIRST))
        self.samples.setToolTip(_TIP)
        self.samples.setAccessibleName("Importance samples")
        self._before, self._after = QLabel("Importance samples"), QLabel()
        self._after.setWordWrap(True)
        follow(self, lambda: self._before.setWordWrap(is_large()))
        self._before.setBuddy(self.samples)
        for label in (self._before, self._after):
            label.setProperty("role", "note")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._before)
        row.addWidget(self.samples)
        row.addWidget(self._after, 1)
        self.offer_nothing("")

    def importance_samples(self) -> int:
        """The number chosen; 0 for none."""
        return int(self.samples.currentData())

    def words(self) -> str:
        """What is said beside the list."""
        return self._after.text()

    def offer(self, integrated: bool) -> None:
        """Offers the choice, and says whether the likelihood is also integrated."""
        self._show(True, _INTEGRATED if integrated else _SAMPLED)
        self._after.setToolTip(_WHY_INTEGRATED if integrated else "")

    def offer_nothing(self, title: str) -> None:
        """Says that the model called ``title`` has no likelihood; says nothing without a title."""
        self._show(False, _NO_BOUND.format(title=title) if title else "")
        self._after.setToolTip("")

    def _show(self, choice: bool, words: str) -> None:
        for widget in (self._before, self.samples):
            widget.setVisible(choice)
        self._after.setText(words)
