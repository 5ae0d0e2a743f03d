"""Linear discriminant analysis: the plane on which the classes stand furthest apart."""

from __future__ import annotations

from dataclasses import dataclass

from latentlab.core.options import option
from latentlab.core.projections.apart import fit_apart
from latentlab.core.projections.base import EstimatorProjection, ProjectionError, ProjectionInfo, Sample, Watch

# Time and memory grow with the images (about two seconds here), and the plane hardly changes with more.
_IMAGES = 10_000
_TITLE = "LDA"


@dataclass(frozen=True)
class LDAConfig:
    """Settings of linear discriminant analysis."""

    shrinkage: str = option(
        "none",
        label="Shrinkage",
        help="Pulls the classes' common covariance toward a round one, which steadies it where images are few.",
        choices={"none": "None", "auto": "Ledoit–Wolf"},
    )
    images: int = option(
        _IMAGES,
        label="Fitted to",
        help="How many training images it is fitted to.",
        minimum=50,
        maximum=50_000,
        unit="images",
    )


def fit(config: LDAConfig, sample: Sample, watch: Watch) -> EstimatorProjection:
    """The two directions of greatest spread between classes beside that within; one where there are two classes.

    Raises:
        ProjectionError: the sample has no labels, or those of a single class.
    """
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    if sample.labels is None or len(set(sample.labels.tolist())) < 2:
        raise ProjectionError("LDA needs images of two classes at least; choose another projection.")
    size = min(2, len(set(sample.labels.tolist())) - 1)
    shrinks = config.shrinkage == "auto"
    estimator = LinearDiscriminantAnalysis(
        n_components=size, solver="eigen" if shrinks else "svd", shrinkage="auto" if shrinks else None
    )
    return EstimatorProjection(_TITLE, fit_apart(_TITLE, estimator, sample, watch), size, sample.shape)


INFO = ProjectionInfo(
    name="lda",
    title=_TITLE,
    config=LDAConfig,
    fit=fit,
    summary="The flat view that parts the classes best. It is told the labels, unlike the other projections.",
    paper="Fisher, The Use of Multiple Measurements in Taxonomic Problems, 1936; Rao 1948",
    invertible=False,
    places_new_images=True,
    uses_labels=True,
    most_images=_IMAGES,
)
