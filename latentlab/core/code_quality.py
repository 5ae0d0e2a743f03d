"""How well codes tell images apart: neighbours, a linear probe, trustworthiness; scikit-learn's, on bounded samples."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from latentlab.core.batches import evenly
from latentlab.core.figures import Figure, share_and_error
from latentlab.core.neighbours import KS, knn_accuracy
from latentlab.core.plane import Floats

CODES = "Codes"
"""The heading of what is said of codes."""

TOLD_CODES = "Codes that were told the class"
"""The heading of figures that say how well classes part, of codes whose encoder was told the class of each image."""

_TOLD = "; the encoder was told the class of each, so this is not what it finds in images"
_MOST_PROBED = 5_000
_MOST_QUERIES = 2_000
# Trustworthiness compares every image with every other: several small samples tell of chance what one cannot.
_SAMPLES, _SAMPLE_IMAGES, _TRUST_NEIGHBOURS = 4, 500, 5

Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Labelled:
    """Codes N×D and the classes N of their images.

    Attributes:
        told: the encoder, a conditional model's, was given the classes beside the images.
    """

    codes: Floats
    labels: Labels
    told: bool = False

    def some(self, most: int) -> Labelled:
        """Up to ``most`` of them."""
        chosen = evenly(len(self.codes), most)
        return replace(self, codes=self.codes[chosen], labels=self.labels[chosen])


def neighbour_figures(train: Labelled, test: Labelled, where: str, title: str) -> list[Figure]:
    """The accuracy of test codes among training codes for k = 1, 5, 15.

    Args:
        where: ends the figures' names, e.g. ``full``; may be empty.
        title: ends their titles, e.g. ``full codes``.
    """
    accuracy = knn_accuracy(train.codes, train.labels, test.codes, test.labels, KS)
    note = f"accuracy of {len(test.codes):,} test among {len(train.codes):,} training images"
    return [
        _accuracy(f"knn_{k}{where}", f"{k}-NN, {title}", value, test, note) for k, value in accuracy.items()
    ]


def full_code_figures(train: Labelled, test: Labelled) -> list[Figure]:
    """`neighbour_figures` among codes of all dimensions, where every distance has to be looked at."""
    return neighbour_figures(train, test.some(_MOST_QUERIES), "_full", "full codes")


def probe_figure(train: Labelled, test: Labelled) -> Figure | None:
    """Accuracy of a logistic regression from codes to classes; None where only one class was seen.

    The share of the classes that straight borders in the latent space part (Alain & Bengio 2016).
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    some = train.some(_MOST_PROBED)
    if len(np.unique(some.labels)) < 2:
        return None
    probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=300))
    with warnings.catch_warnings():
        # Classes that a line parts without fault have no best line; the accuracy has settled long before.
        warnings.simplefilter("ignore", ConvergenceWarning)
        probe.fit(some.codes, some.labels)
    accuracy = float(probe.score(test.codes, test.labels))
    note = f"accuracy of a logistic regression on the codes of {len(some.codes):,} training images"
    return _accuracy("linear_probe", "Linear probe", accuracy, test, note)


def trustworthiness_figure(images: NDArray[np.uint8], positions: Floats) -> Figure | None:
    """How far the nearest neighbours on the plane are near in the images too, 0 to 1 (Venna & Kaski 2001).

    The mean over small samples of the images N×C×H×W and its standard error; None of too few images.
    """
    from sklearn.manifold import trustworthiness

    size = min(_SAMPLE_IMAGES, len(images) // _SAMPLES)
    if size <= 2 * _TRUST_NEIGHBOURS:
        return None
    values = []
    chosen = evenly(len(images), _SAMPLES * size)
    for number in range(_SAMPLES):
        few = chosen[number::_SAMPLES]
        pixels = images[few].reshape(size, -1).astype(np.float32)
        values.append(trustworthiness(pixels, positions[few], n_neighbors=_TRUST_NEIGHBOURS))
    error = float(np.std(values, ddof=1) / np.sqrt(_SAMPLES))
    note = f"of the plane, {_TRUST_NEIGHBOURS} neighbours, mean of {_SAMPLES} samples of {size} test images"
    return Figure("trustworthiness", "Trustworthiness", CODES, float(np.mean(values)), error, "", note)


def _accuracy(name: str, title: str, accuracy: float, test: Labelled, note: str) -> Figure:
    group, told = (TOLD_CODES, _TOLD) if test.told else (CODES, "")
    return Figure(name, title, group, *share_and_error(accuracy, len(test.codes)), "", note + told)
