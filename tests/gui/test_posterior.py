"""The posterior's ellipses in the scatter and the panel that rolls ε, beside the model's own posterior."""

import math

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtTest import QTest

from latentlab.core.posterior import PlanePosterior, standard_noise
from latentlab.gui.widgets.posterior_item import PosteriorItem
from tests.gui.conftest import Hand
from tests.gui.test_panels import lonely_point, pixel_of, window
from tests.gui.window import opened

__all__ = ["window"]


def posterior_of(window, point):
    """μ and σ of a shown image, from an independent server."""
    split = window.session.images.split
    mean, scale = window.server().encode_with_scale(split.images[[point]], split.labels[[point]])
    return mean[0], scale[0]


def shows_posterior_of(window, point):
    shown = window.main.scatter.posterior.item.posterior
    return shown is not None and shown.point == point


def test_ellipses_follow_the_hand_and_else_the_selection(window):
    scatter, positions = window.main.scatter, window.session.placed.positions
    point, hand = lonely_point(scatter.view, positions), Hand(scatter.view.viewport())
    x, y = pixel_of(scatter.view, positions, point)
    hand.move((x - 40, y), (x, y))
    window.wait(lambda: shows_posterior_of(window, point))
    mean, scale = posterior_of(window, point)
    frame = scatter.view.frame
    for sigma in (1.0, 2.0):
        centre, large, small, turn = scatter.posterior.item.ellipse(sigma)
        expected = frame.to_pixels(*map(float, mean))
        assert (centre.x(), centre.y()) == pytest.approx((expected.x(), expected.y()), abs=0.05)
        assert (large, small) == pytest.approx(tuple(sigma * np.sort(scale)[::-1] / frame.unit), rel=1e-3)
        assert abs(math.sin(math.radians(turn))) == pytest.approx(float(scale[1] > scale[0]), abs=1e-3)
    hand.click(x, y)
    other = int(np.argmax(np.linalg.norm(positions - positions[point], axis=1)))
    window.session.hover(other)
    window.wait(lambda: shows_posterior_of(window, other))
    window.session.hover(None)
    window.wait(lambda: shows_posterior_of(window, point))
    QTest.keyClick(window.main, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    assert scatter.posterior.item.posterior is None


def test_the_ellipses_stay_about_their_point_while_the_model_learns(qtbot):
    with opened(qtbot) as window:
        window.train("vae", steps=40)
        window.session.select(5)
        window.wait(lambda: shows_posterior_of(window, 5))
        apart = []

        def compare():
            place = window.session.placed.positions[5]
            apart.append(np.abs(window.main.scatter.posterior.item.posterior.mean - place).max())

        window.session.points_placed.connect(compare)
        window.wait(lambda: len(apart) >= 6)
        window.session.points_placed.disconnect(compare)
        assert max(apart) == 0.0


def test_epsilon_is_rolled_by_button_and_key(window):
    panel, marks = window.main.posterior, window.main.scatter.posterior.item
    window.main.dock("posterior").raise_()
    assert not panel.button.isEnabled() and "Click a point" in panel.nothing.text()
    window.session.select(7)
    window.wait(lambda: panel.rolls is not None)
    mean, scale = posterior_of(window, 7)
    window.click(panel.button)
    QTest.keyClick(window.main, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    window.wait(lambda: len(panel.rolls.noise) == 2)
    rolls = panel.rolls
    assert not np.array_equal(*rolls.noise)
    np.testing.assert_allclose(rolls.latents, mean + scale * rolls.noise, atol=1e-4)
    np.testing.assert_allclose(marks.rolls, rolls.latents, atol=1e-4)
    expected = window.server().decode(np.stack([mean, *rolls.latents]).astype(np.float32))
    shown = np.stack([panel.mean.pixels(), rolls.images[0], panel.newest.pixels()])
    assert np.abs(shown.astype(int) - expected).max() <= 1
    assert panel.earlier.count() == 1
    QTest.mouseClick(panel.earlier.viewport(), Qt.MouseButton.LeftButton, pos=first_image(panel.earlier).center())
    assert window.session.exploration.probe == pytest.approx(tuple(rolls.latents[0]), abs=1e-5)
    for _ in range(9):
        panel.roll()
    newest = standard_noise(2, panel._rolled)
    window.wait(lambda: len(panel.rolls.noise) == 8 and np.array_equal(panel.rolls.noise[-1], newest))
    # The same noise under newer weights.
    noise, step = panel.rolls.noise, window.session.step
    window.click(window.bar.step)
    window.wait(lambda: window.session.step > step)
    window.wait(lambda: np.abs(panel.rolls.mean - posterior_of(window, 7)[0]).max() < 1e-4)
    np.testing.assert_array_equal(panel.rolls.noise, noise)
    window.session.select(8)
    assert not len(marks.rolls)
    window.wait(lambda: panel.rolls is not None)
    assert not len(panel.rolls.noise)


def first_image(grid) -> QRect:
    """Where the first image of a grid lies."""
    return grid.image_rect(0).toRect()


def test_what_has_no_posterior_says_so(qtbot):
    with opened(qtbot) as window:
        panel = window.main.posterior
        window.main.dock("posterior").raise_()
        window.session.select(3)
        assert "PCA encodes an image to a single point" in panel.nothing.text()
        assert panel.nothing.isVisible() and not panel.button.isEnabled()
        panel.roll()
        assert "PCA encodes an image to a single point" in window.main.statusBar().currentMessage()
        window.session.hover(5)
        assert window.main.scatter.posterior.point is None
        window.train("vqvae")
        window.wait(lambda: "encodes an image to codes of its codebook" in panel.nothing.text())


class Watched(PosteriorItem):
    """Notes what it is asked to draw anew."""

    def __init__(self):
        super().__init__()
        self.areas = []

    def draw(self, painter, frame, exposed):
        self.areas.append(QRectF(exposed))
        super().draw(painter, frame, exposed)


def test_only_what_the_ellipses_cover_is_drawn_anew(qtbot, shown_plane):
    item = Watched()
    shown_plane.add_item(item)
    qtbot.waitUntil(lambda: bool(item.areas))
    qtbot.wait(50)
    item.areas.clear()
    item.set_posterior(None)
    item.clear_rolls()
    qtbot.wait(50)
    assert not item.areas
    # Half axes of 0.1 and 0.05, at two standard deviations 20 and 10 pixels.
    item.set_posterior(PlanePosterior(0, np.array([0.5, 0.5]), np.diag([0.01, 0.0025])))
    qtbot.waitUntil(lambda: bool(item.areas))
    assert item.areas[0].contains(QRectF(230, 90, 40, 20)) and item.areas[0].width() < 70
