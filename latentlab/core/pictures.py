"""The figures folder of a headless run: the window's views as pictures, drawn without a screen."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from latentlab.core import report
from latentlab.core.data import Dataset
from latentlab.core.evaluation import encode_split
from latentlab.core.history import HistoryRow
from latentlab.core.models import model_info
from latentlab.core.projections import PCA
from latentlab.core.raster import density_extent
from latentlab.core.report import Curves, Scatter
from latentlab.core.runs import Run
from latentlab.core.sampling import EACH, DrawSamples
from latentlab.core.serving import LatentServer, shown
from latentlab.core.view_config import ShownImages, ViewConfig, choose_shown

_CELLS = 20
_RECONSTRUCTED = 12
_MOST_CLASSES = 10


def write(run: Run, dataset: Dataset, folder: Path) -> None:
    """Writes scatter, manifold, reconstructions, pca_vs_MODEL, curves and samples as PNG into ``folder``.

    Raises:
        OSError: a file cannot be written.
        RunError: the weights do not fit the model.
    """
    info = model_info(run.settings.model_name)
    server = LatentServer(run.build_model(), dataset.full_scale)
    images = choose_shown(dataset, ViewConfig())
    positions = server.place(_encoded(server, images))
    title = f"{info.title} on {dataset.title}"
    caption = f"{len(images):,} test images, step {run.step:,}"
    labels = images.split.labels
    report.save_png(
        report.scatter_picture(Scatter(positions, labels, title, caption), dataset.class_names), folder / "scatter.png"
    )
    _write_manifold(server, density_extent(positions), title, folder)
    _write_reconstructions(server, images, title, folder)
    _write_comparison(dataset, images, Scatter(positions, labels, info.short_title, caption), info.name, folder)
    write_samples(run, dataset, folder, server)
    if run.history:
        curves = _curves(run.history, info.model.units(run.settings.model))
        report.save_png(report.curves_picture(curves, title, caption), folder / "curves.png")


def write_samples(run: Run, dataset: Dataset, folder: Path, server: LatentServer | None = None) -> None:
    """Writes samples.png into ``folder``, where the model has something to draw from.

    Raises:
        OSError, RunError: as `write`.
    """
    classes = tuple(range(min(dataset.classes, _MOST_CLASSES)))
    request = DrawSamples(seed=1, classes=classes, prior=run.prior)
    *_, samples = request.answers(server or LatentServer(run.build_model(), dataset.full_scale))
    if samples is None or not samples.sampler:
        return
    title = f"Samples of {model_info(run.settings.model_name).title} on {dataset.title}"
    if samples.sampler == "prior":
        sheets, caption = [("", samples.images)], "Decoded latents from the standard normal prior"
    elif samples.uniform is None:
        sheets, caption = [("", samples.images)], "Decoded uniform codes; latentlab prior learns which go together"
    else:
        sheets, caption = [("Learned prior", samples.images), ("Uniform codes", samples.uniform)], ""
        assert run.prior is not None, "samples beside uniform ones are a prior's"
        caption = f"Test codes: {run.prior.figures.in_words()}"
    picture = report.samples_picture(sheets, EACH if len(samples.classes) > 1 else 8, title, caption)
    report.save_png(picture, folder / "samples.png")


def _encoded(server: LatentServer, images: ShownImages) -> np.ndarray:
    chunks = range(0, len(images), 500)
    return np.concatenate([server.encode(images.split.images[start : start + 500]) for start in chunks])


def _write_manifold(server: LatentServer, extent: tuple[float, float, float, float], title: str, folder: Path) -> None:
    x0, y0, x1, y1 = extent
    # Square cells over the data's part of the plane, as in the window.
    half = max(x1 - x0, y1 - y0) / 2
    centre = ((x0 + x1) / 2, (y0 + y1) / 2)
    steps = (np.arange(_CELLS) + 0.5) / _CELLS * 2 * half - half
    x, y = np.meshgrid(centre[0] + steps, centre[1] - steps)
    cells = server.decode(np.stack([x.ravel(), y.ravel()], 1).astype(np.float32))
    cells = cells.reshape(_CELLS, _CELLS, *cells.shape[1:])
    square = (centre[0] - half, centre[1] - half, centre[0] + half, centre[1] + half)
    report.save_png(report.manifold_picture(cells, square, title, "Decoded images"), folder / "manifold.png")


def _write_reconstructions(server: LatentServer, images: ShownImages, title: str, folder: Path) -> None:
    chosen = images.split.images[:_RECONSTRUCTED]
    inputs, outputs = shown(chosen, server.full_scale), server.reconstruct(chosen)
    picture = report.reconstructions_picture(inputs, outputs, title, "Test images")
    report.save_png(picture, folder / "reconstructions.png")


def _write_comparison(dataset: Dataset, images: ShownImages, model: Scatter, name: str, folder: Path) -> None:
    pca = PCA.fit(dataset.train.images, dataset.full_scale, 2)
    positions = encode_split(pca, images.split, dataset.full_scale)
    explained = f"{float(pca.explained.sum()):.1%} of the training variance"
    left = Scatter(positions, images.split.labels, "PCA", explained)
    report.save_png(report.comparison_picture(left, model, dataset.class_names), folder / f"pca_vs_{name}.png")


def _curves(history: tuple[HistoryRow, ...], units: dict[str, str]) -> list[Curves]:
    names = list(history[0].figures)
    panels = []
    for name in names:
        series = {
            split: [(row.epoch, row.figures.get(name, float("nan"))) for row in history if row.split == split]
            for split in ("train", "test")
        }
        title = "objective" if name == "total" else name
        panels.append(Curves(title, units.get(name, ""), series))
    return panels
