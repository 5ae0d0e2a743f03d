"""The prior over the aggregate posterior, and the decoder's stretch: switched by hand, and what core computes."""

import numpy as np
import pytest
import torch

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton

from latentlab.core.aggregate import MapAggregate, PlanePrior
from latentlab.core.models import Capabilities
from latentlab.core.point_cloud import PointCloud
from latentlab.core.stretch import MapStretch
from latentlab.gui.overlays.map_overlay import covers, with_margin
from latentlab.gui.overlays.prior import crosses
from latentlab.gui.widgets.heat_item import rounded_up
from tests.gui.conftest import Hand
from tests.gui.test_panels import window
from tests.gui.window import opened

__all__ = ["window"]

CTRL = Qt.KeyboardModifier.ControlModifier


def press(window, overlay):
    """A click of the button in the panel's title bar."""
    buttons = window.main.findChildren(QToolButton)
    window.click(next(button for button in buttons if button.defaultAction() is overlay.action))


def narrowed(weights, share=0.2):
    """The weights of a VAE that encodes every image near the middle, and is sure of it."""
    weights = {name: tensor.clone() for name, tensor in weights.items()}
    weight, bias = [name for name in weights if name.startswith("encoder")][-2:]
    assert weights[bias].shape == (4,)
    weights[weight] *= share
    weights[bias] = torch.tensor([0.0, 0.0, -5.0, -5.0])
    return weights


def adopt(window, weights, step):
    window.session.adopt(step, weights)
    window.wait(lambda: window.session.step == step)
    window.wait_for_points()


def test_prior_and_holes(window, monkeypatch):
    scatter, session, overlay = window.main.scatter, window.session, window.main.scatter.prior
    weights = narrowed(window.weights())
    monkeypatch.setattr(window, "weights", lambda: weights)
    newest = window.control.newest
    adopt(window, weights, newest.step + 1)
    session.set_view((-3.0, -3.0, 3.0, 3.0))
    press(window, overlay)
    window.wait(lambda: overlay.map is not None)
    shown, server = overlay.map, window.server()
    server.cloud = PointCloud(session.images.split.images, session.images.split.labels)
    while server.cloud.stale:
        server.cloud.encode_some(server, 1.0)
    *_, expected = MapAggregate(shown.rect).answers(server)
    np.testing.assert_allclose(shown.density, expected.density, atol=1e-2 * expected.density.max())
    assert shown.empty == pytest.approx(expected.empty) and shown.empty > 0.3
    assert f"{shown.empty:.0%} of p within 2 σ; {shown.images:,} images" in overlay.key.text
    # A click into a hole decodes it; the selection stays.
    session.select(3)
    place = next((x, y) for x in (1.2, -1.2) for y in (1.2, -1.2) if is_free(scatter, x, y))
    assert shown.is_hole(*place)
    pixel = scatter.view.frame.to_pixels(*place)
    Hand(scatter.view.viewport()).click(pixel.x(), pixel.y())
    assert session.exploration.probe == pytest.approx(place, abs=scatter.view.frame.unit)
    assert session.exploration.selected == 3
    window.wait(lambda: np.abs(window.main.probe.image.pixels().astype(int) - window.server().decode(
        np.array([session.exploration.probe], np.float32))[0]).max() <= 1)
    # A map of a part far from here is asked for when the view goes there.
    session.set_view((2.0, 2.0, 3.0, 3.0))
    window.wait(lambda: covers(overlay.map.rect, scatter.view.view_rect()))
    QTest.keyClick(window.main, Qt.Key.Key_P, CTRL)
    assert overlay.map is None and not overlay.key.isVisible()
    adopt(window, newest.weights, newest.step)  # the window's other tests look at what it has learned


def test_over_a_collapsed_model_the_view_reaches_out_to_the_prior(window, monkeypatch):
    view, overlay, newest = window.main.scatter.view, window.main.scatter.prior, window.control.newest
    weights = narrowed(window.weights(), share=0.001)
    monkeypatch.setattr(window, "weights", lambda: weights)
    adopt(window, weights, newest.step + 1)
    assert view.following
    before = view.view_rect()
    assert max(map(abs, before)) < 1  # the innermost circle lies outside
    press(window, overlay)
    window.wait(lambda: all(abs(edge) > 2 for edge in view.view_rect()))
    window.wait(lambda: overlay.map is not None)
    assert "in view" not in overlay.key.text and view.following

    # Where a hand has put the view it stays, and the key says so.
    centre = view.frame.to_pixels(0.0, 0.0)
    while max(map(abs, view.view_rect())) > 0.6:  # its corners, too, lie within the first circle
        Hand(view.viewport()).turn_wheel(centre.x(), centre.y(), 240)
    assert "None of its circles is in view" in overlay.key.text and not view.following
    Hand(view.viewport()).double_click(centre.x() + 60, centre.y() + 60)
    window.wait(lambda: all(abs(edge) > 2 for edge in view.view_rect()))
    assert "in view" not in overlay.key.text

    press(window, overlay)
    window.wait(lambda: view.view_rect() == pytest.approx(before, abs=0.05))
    adopt(window, newest.weights, newest.step)


@pytest.mark.parametrize(
    "rect, flat, seen",
    [
        ((-0.5, -0.5, 0.5, 0.5), False, False),
        ((-0.8, -0.8, 0.8, 0.8), False, True),  # its corners lie beyond the first circle
        ((0.5, -0.1, 0.9, 0.1), False, False),
        ((0.5, 5.0, 1.5, 6.0), False, False),
        ((0.5, 5.0, 1.5, 6.0), True, True),
        ((2.2, -0.1, 2.8, 0.1), False, False),
        ((2.2, -0.1, 3.1, 0.1), False, True),
    ],
)
def test_whether_a_circle_of_the_prior_is_in_view(rect, flat, seen):
    assert crosses(PlanePrior(np.zeros(2, np.float32), flat), rect) is seen
    moved = PlanePrior(np.array([10.0, -20.0], np.float32), flat)
    assert crosses(moved, tuple(edge + by for edge, by in zip(rect, (10, -20, 10, -20), strict=True))) is seen


def is_free(scatter, x, y):
    """Whether no handle stands at a position of the scatter."""
    pixel = scatter.view.frame.to_pixels(x, y)
    return scatter.view.itemAt(QPoint(round(pixel.x()), round(pixel.y()))) is None


def test_stretch_is_autograds_and_costs_nothing_while_off(window, monkeypatch):
    manifold, overlay = window.main.manifold, window.main.manifold.stretch
    asked, ask = [], window.session.ask
    monkeypatch.setattr(window.session, "ask", lambda request: (asked.append(type(request)), ask(request)))
    step = window.session.step
    window.click(window.bar.step)
    window.wait(lambda: window.session.step > step)
    window.wait_for_points()
    assert not {MapStretch, MapAggregate} & set(asked)
    QTest.keyClick(window.main, Qt.Key.Key_J, CTRL)
    window.wait(lambda: overlay.item.values is not None and not overlay.awaits)
    values, rect, server = overlay.item.values, overlay.item.extent, window.server()
    rows, columns = values.shape
    assert covers(rect, manifold.view.view_rect()) and max(rows, columns) == 48
    errors = []
    for row, column in np.random.default_rng(0).integers((rows, columns), size=(24, 2)):
        x = rect[0] + (column + 0.5) * (rect[2] - rect[0]) / columns
        y = rect[1] + (row + 0.5) * (rect[3] - rect[1]) / rows
        z = torch.tensor([[x, y]], dtype=torch.float32)
        jacobian = torch.autograd.functional.jacobian(lambda z: server.decode_exactly(z).flatten(), z)
        expected = np.linalg.svd(jacobian[:, 0].numpy(), compute_uv=False)[0]
        errors.append(abs(values[row, column] / expected - 1.0))
    # Its differences span a kink of the network here and there, where a derivative is that of one side.
    assert np.median(errors) < 0.02 and max(errors) < 0.25
    assert "per latent unit" in overlay.key.text
    press(window, overlay)
    assert overlay.item.values is None and not overlay.key.isVisible()
    window.session.capabilities = Capabilities(codebook=True)
    assert "jumps from code to code" in overlay.refusal()


def test_pca_has_no_prior_and_stretches_nothing(qtbot):
    with opened(qtbot) as window:
        prior, stretch = window.main.scatter.prior, window.main.manifold.stretch
        press(window, prior)
        assert "PCA has no prior over its latents" in prior.key.text and prior.key.isVisible()
        press(window, stretch)
        window.wait(lambda: stretch.item.values is not None and not stretch.awaits)
        np.testing.assert_allclose(stretch.item.values, 1.0, rtol=0.01)


def test_a_map_reaches_beyond_the_view_but_not_too_far():
    view = (0.0, 0.0, 4.0, 2.0)
    assert covers(with_margin(view), view) and covers(with_margin(view), (0.5, 0.2, 4.5, 2.2))
    assert not covers(with_margin(view), (2.0, 0.0, 6.0, 2.0))
    assert not covers(with_margin(view), (1.0, 1.0, 2.0, 1.5))


@pytest.mark.parametrize("value, end", [(0.93, 1.0), (1.0, 1.0), (1.2, 1.5), (7.1, 8.0), (23.0, 30.0), (0.0, 1.0)])
def test_ends_of_scales_are_round(value, end):
    assert rounded_up(value) == pytest.approx(end)
