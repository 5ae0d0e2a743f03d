"""t-SNE: a map on which images that are alike lie side by side."""

from __future__ import annotations

import re
from dataclasses import dataclass

from latentlab.core.options import option
from latentlab.core.projections.apart import fit_apart
from latentlab.core.projections.base import EstimatorProjection, ProjectionError, ProjectionInfo, Sample, Watch

# Barnes–Hut takes n·log n steps an iteration: twenty seconds on one core here, some two minutes for 10,000.
_IMAGES = 2000
_TITLE = "t-SNE"
_ITERATION = re.compile(r"Iteration (\d+):")
# Says every 50th iteration.
_VERBOSE = 2


@dataclass(frozen=True)
class TSNEConfig:
    """Settings of t-SNE."""

    perplexity: float = option(
        30.0,
        label="Perplexity",
        help="About how many neighbours each image keeps in mind: few show detail, many the whole.",
        minimum=2.0,
        maximum=500.0,
    )
    images: int = option(
        _IMAGES,
        label="Placed",
        help="How many of the shown images it places; it can place no others afterwards.",
        minimum=50,
        maximum=10_000,
        unit="images",
    )
    iterations: int = option(
        1000,
        label="Iterations",
        help="Steps of gradient descent; the first 250 exaggerate, to part the clusters.",
        minimum=250,
        maximum=10_000,
        advanced=True,
    )


def fit(config: TSNEConfig, sample: Sample, watch: Watch) -> EstimatorProjection:
    """A map of the sample's images, begun at their PCA; `EstimatorProjection.estimator` holds it as ``embedding_``.

    Raises:
        ProjectionError: the perplexity asks for more neighbours than there are images.
    """
    from sklearn.manifold import TSNE

    if config.perplexity >= len(sample.images):
        raise ProjectionError(
            f"A perplexity of {config.perplexity:g} needs more than the {len(sample.images):,} images there are; "
            "choose a smaller one."
        )

    def share_done(line: str) -> float | None:
        # scikit-learn offers no callback; what it prints for people tells as much.
        found = _ITERATION.search(line)
        return int(found[1]) / config.iterations if found else None

    estimator = TSNE(
        n_components=2,
        perplexity=config.perplexity,
        max_iter=config.iterations,
        init="pca",
        random_state=0,
        verbose=_VERBOSE,
    )
    fitted = fit_apart(_TITLE, estimator, sample, watch, share_done)
    return EstimatorProjection(_TITLE, fitted, 2, sample.shape)


INFO = ProjectionInfo(
    name="t-sne",
    title=_TITLE,
    config=TSNEConfig,
    fit=fit,
    summary="Keeps neighbours together; distances between clusters, and their sizes, mean little.",
    paper="van der Maaten & Hinton, Visualizing Data using t-SNE, JMLR 2008",
    invertible=False,
    places_new_images=False,
    uses_labels=False,
    most_images=_IMAGES,
)
