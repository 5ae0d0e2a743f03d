"""The figures folder of a headless run: the window's views as pictures, drawn without a screen."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from latentlab.core import report
from latentlab.core.batches import encode_split
from latentlab.core.curve_figures import curve_figures, weighted_bounds
from latentlab.core.data import Dataset
from latentlab.core.exploration import Rect, moved_to
from latentlab.core.history import HistoryRow
from latentlab.core.models import model_info
from latentlab.core.projections import PCA
from latentlab.core.raster import density_extent
from latentlab.core.report import Curves, Scatter
from latentlab.core.run import Run, RunSettings
from latentlab.core.sampling import EACH, DrawSamples
from latentlab.core.serving import Images, LatentServer, shown
from latentlab.core.view_config import ShownImages, ViewConfig, choose_shown

_CELLS = 20
_RECONSTRUCTED = 12
_MOST_CLASSES = 10
# Of a conditional model: the manifold of each class in fewer cells, and of how many classes.
_CELLS_A_CLASS, _MOST_MANIFOLDS = 10, 50


def write(run: Run, dataset: Dataset, folder: Path) -> None:
    """Writes scatter, manifold, reconstructions, pca_vs_MODEL, curves and samples as PNG into ``folder``.

    Raises:
        OSError: a file cannot be written.
        RunError: the weights do not fit the model.
    """
    info = model_info(run.settings.model_name)
    server = LatentServer(run.build_model(), dataset.full_scale)
    images = choose_shown(dataset, ViewConfig())
    positions = server.place(encode_split(server.source, images.split, dataset.full_scale))
    title = f"{info.title} on {dataset.title}"
    caption = f"{len(images):,} test images, step {run.step:,}"
    labels = images.split.labels
    report.save_png(
        report.scatter_picture(Scatter(positions, labels, title, caption), dataset.class_names), folder / "scatter.png"
    )
    _write_manifold(server, density_extent(positions), title, dataset, folder)
    _write_reconstructions(server, images, title, folder)
    _write_comparison(dataset, images, Scatter(positions, labels, info.short_title, caption), info.name, folder)
    write_samples(run, dataset, folder, server)
    if run.history:
        curves = _curves(run.history, run.settings)
        report.save_png(report.curves_picture(curves, title, caption), folder / "curves.png")


def write_samples(run: Run, dataset: Dataset, folder: Path, server: LatentServer | None = None) -> None:
    """Writes samples.png into ``folder``, where the model has something to draw from.

    Raises:
        OSError, RunError: as `write`.
    """
    classes = tuple(range(min(dataset.classes, _MOST_CLASSES)))
    request = DrawSamples(seed=1, classes=classes, prior=run.prior)
    server = server or LatentServer(run.build_model(), dataset.full_scale)
    if not server.source.capabilities.sampler:
        return
    *_, samples = request.answers(server)
    assert samples is not None, "the last part is the answer"
    title = f"Samples of {model_info(run.settings.model_name).title} on {dataset.title}"
    if samples.sampler == "prior":
        sheets, caption = [("", samples.images)], "Decoded latents from the standard normal prior"
    elif samples.uniform is None:
        sheets, caption = [("", samples.images)], "Decoded uniform codes; latentlab prior learns which go together"
    else:
        sheets, caption = [("Learned prior", samples.images), ("Uniform codes", samples.uniform)], ""
        assert run.prior is not None, "samples beside uniform ones are a prior's"
        caption = f"Test codes: {run.prior.figures.in_words()}"
    picture = report.samples_picture(sheets, EACH if len(samples.classes) > 1 else 10, title, caption)
    report.save_png(picture, folder / "samples.png")


def _write_manifold(server: LatentServer, extent: Rect, title: str, dataset: Dataset, folder: Path) -> None:
    """Decodes the data's part of the plane; with a conditional model as every class, as far as there is room."""
    square = squared(extent)
    if not server.conditional:
        picture = report.manifold_picture(decoded(server, square, _CELLS), square, title, "Decoded images")
    else:
        names = dataset.class_names[:_MOST_MANIFOLDS]
        manifolds = [(name, decoded(server, square, _CELLS_A_CLASS, label)) for label, name in enumerate(names)]
        whole = len(names) == dataset.classes
        which = "each class" if whole else f"the first {len(names)} of {dataset.classes} classes"
        x0, y0, x1, y1 = square
        caption = f"The same latents decoded as {which}: {x0:.2g} to {x1:.2g} across, {y0:.2g} to {y1:.2g} up"
        picture = report.manifolds_picture(manifolds, title, caption)
    report.save_png(picture, folder / "manifold.png")


def squared(extent: Rect) -> Rect:
    """The square about an extent, so that its cells are square as in the window."""
    x0, y0, x1, y1 = extent
    half = max(x1 - x0, y1 - y0) / 2
    return moved_to((-half, -half, half, half), ((x0 + x1) / 2, (y0 + y1) / 2))


def decoded(server: LatentServer, square: Rect, cells: int, label: int | None = None) -> Images:
    """uint8 cells×cells×C×H×W, the images at the middles of so many cells a side, the first row at the top."""
    x0, y0, x1, y1 = square
    steps = (np.arange(cells) + 0.5) / cells
    x, y = np.meshgrid(x0 + steps * (x1 - x0), y1 - steps * (y1 - y0))
    images = server.decode(np.stack([x.ravel(), y.ravel()], 1).astype(np.float32), label)
    return images.reshape(cells, cells, *images.shape[1:])


def _write_reconstructions(server: LatentServer, images: ShownImages, title: str, folder: Path) -> None:
    chosen = images.split.images[:_RECONSTRUCTED]
    labels = None if images.split.labels is None else images.split.labels[:_RECONSTRUCTED]
    inputs, outputs = shown(chosen, server.full_scale), server.reconstruct(chosen, labels)
    picture = report.reconstructions_picture(inputs, outputs, title, "Test images")
    report.save_png(picture, folder / "reconstructions.png")


def _write_comparison(dataset: Dataset, images: ShownImages, model: Scatter, name: str, folder: Path) -> None:
    pca = PCA.fit(dataset.train.images, dataset.full_scale, 2)
    positions = encode_split(pca, images.split, dataset.full_scale)
    explained = f"{float(pca.explained.sum()):.1%} of the training variance"
    left = Scatter(positions, images.split.labels, "PCA", explained)
    report.save_png(report.comparison_picture(left, model, dataset.class_names), folder / f"pca_vs_{name}.png")


def _curves(history: tuple[HistoryRow, ...], settings: RunSettings) -> list[Curves]:
    panels = []
    for figure in curve_figures(settings, list(history[0].figures), weighted_bounds([settings])):
        series = {}
        for split, names in figure.sums.items():
            rows = [row for row in history if row.split == split]
            series[split] = [(row.epoch, sum(row.figures.get(name, float("nan")) for name in names)) for row in rows]
        title = "objective" if figure.name == "total" else figure.name
        panels.append(Curves(title, figure.unit, series))
    return panels
