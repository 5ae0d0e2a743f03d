"""The panels that stand behind others at first: imported and made when the window is usable, which it is sooner so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from latentlab.gui.main_window import MainWindow
    from latentlab.gui.panels.base import Panel


@dataclass(frozen=True)
class Later:
    """A panel to come.

    Attributes:
        name: the panel's own; it becomes an attribute of the window too.
        title: on its dock.
        make: imports and makes it for a window.
    """

    name: str
    title: str
    make: Callable[[MainWindow], Panel]


def _comparison(window: MainWindow) -> Panel:
    from latentlab.gui.errands import Errands
    from latentlab.gui.panels.comparison import ComparisonPanel

    fitting = Errands()
    window.at_close(fitting.close)
    return ComparisonPanel(window.control, fitting)


def _runs(window: MainWindow) -> Panel:
    from latentlab.gui.errands import Errands
    from latentlab.gui.panels.runs import RunsPanel

    drawing = Errands()
    window.at_close(drawing.close)
    return RunsPanel(window.control, window.actions_, drawing)


def _codebook(window: MainWindow) -> Panel:
    from latentlab.gui.panels.codebook import CodebookPanel

    return CodebookPanel(window.session)


def _samples(window: MainWindow) -> Panel:
    from latentlab.gui.panels.samples import SamplesPanel
    from latentlab.gui.prior_control import PriorControl

    window.prior = PriorControl(window.control)
    window.narrator.hear(window.prior)
    window.at_close(window.prior.close)
    return SamplesPanel(window.session, window.prior)


def _diagnostics(window: MainWindow) -> Panel:
    from latentlab.gui.evaluating import Evaluating
    from latentlab.gui.panels.diagnostics import DiagnosticsPanel

    window.evaluating = Evaluating(window.control)
    window.at_close(window.evaluating.close)
    return DiagnosticsPanel(window.control, window.evaluating)


def _latents(window: MainWindow) -> Panel:
    from latentlab.gui.panels.latents import LatentsPanel

    return LatentsPanel(window.session)


def _posterior(window: MainWindow) -> Panel:
    from latentlab.gui.panels.posterior import PosteriorPanel

    return PosteriorPanel(window.session)


def _selection(window: MainWindow) -> Panel:
    from latentlab.gui.panels.selection import SelectionPanel

    return SelectionPanel(window.session, window.errands)


def _draw(window: MainWindow) -> Panel:
    from latentlab.gui.panels.draw import DrawPanel

    return DrawPanel(window.session, window.errands)


def _path(window: MainWindow) -> Panel:
    from latentlab.gui.overlays.path_lines import PathLines
    from latentlab.gui.overlays.pins import PinsOverlay
    from latentlab.gui.panels.path import PathPanel
    from latentlab.gui.path_tracing import PathTracing

    planes = (window.scatter.view, window.manifold.view)
    window.tracing = PathTracing(window.session, window)
    window.pins = [PinsOverlay(window.session, view) for view in planes]
    window.path_lines = [PathLines(window.session, window.tracing, view) for view in planes]
    return PathPanel(window.session, window.tracing)


def _attribute(window: MainWindow) -> Panel:
    from latentlab.gui.attribute_measuring import AttributeMeasuring
    from latentlab.gui.overlays.attribute_line import AttributeLine
    from latentlab.gui.panels.attribute import AttributePanel

    window.measuring = AttributeMeasuring(window.session, window)
    window.attribute_line = AttributeLine(window.session, window.measuring, window.scatter.view)
    return AttributePanel(window.session, window.measuring)


LATER = (
    Later("selection", "Selection", _selection),
    Later("comparison", "Comparison", _comparison),
    Later("runs", "Runs", _runs),
    Later("codebook", "Codebook", _codebook),
    Later("samples", "Samples", _samples),
    Later("diagnostics", "Diagnostics", _diagnostics),
    Later("latents", "Latents", _latents),
    Later("posterior", "Posterior", _posterior),
    Later("path", "Path", _path),
    Later("attribute", "Attribute", _attribute),
    Later("draw", "Draw", _draw),
)
