"""More than two latents by hand: sliders, traversals, and the plane through three points."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets")

import torch
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from scipy.spatial.distance import pdist

from latentlab.core.lattice import cell_centres
from latentlab.core.requests import DecodeCells
from latentlab.gui import theme
from latentlab.gui.panels import latents as latents_panel
from tests.core.test_requests import server_of
from tests.gui.conftest import Hand
from tests.gui.pixels import pixel, shot
from tests.gui.window import opened, save_trained

LATENTS = 5


@pytest.fixture
def window(shared_window, tmp_path, monkeypatch):
    """The window that the tests share, with a run of the test's own that has learned a little."""
    monkeypatch.setattr(latents_panel, "_SURVEY_MS", 50)
    shared_window.main.bring_up("latents")
    shared_window.open(save_trained(tmp_path / "run", "vae-5"))
    shared_window.wait(lambda: len(shared_window.main.latents.rows.latents) == LATENTS)
    shared_window.wait(lambda: settled(shared_window))
    yield shared_window
    shared_window.forget_runs()
    shared_window.put_back()


def settled(window):
    """The rows show where the probe is now."""
    rows, latent = window.main.latents.rows, latent_of(window)
    return rows._values is not None and np.allclose(rows._values, latent, atol=1e-4)


def latent_of(window):
    """The latent that the probe stands for, by linear algebra of its own."""
    exploration, plane = window.session.exploration, window.session.placed.section.plane
    amounts = np.zeros(plane.size)
    for latent, amount in exploration.offset:
        amounts[latent] = amount
    axes = plane.axes.astype(np.float64)
    return plane.centre + np.array(exploration.probe) @ axes + amounts - axes.T @ (axes @ amounts)


def decoded(window, latents):
    """What a model of the test's own decodes them to, 0 to 255."""
    with torch.no_grad():
        images = window.server().source.decode(torch.tensor(np.atleast_2d(latents), dtype=torch.float32))
    return 255 * images.numpy()


def shows_probe_at(window, latent):
    pixels = window.main.probe.image.pixels()
    return pixels is not None and np.abs(pixels.astype(float) - decoded(window, latent)[0]).max() <= 1


def test_the_most_telling_latent_comes_first_and_its_slider_moves_it_alone(window):
    assert_the_most_telling_comes_first(window)
    rows, session = window.main.latents.rows, window.session
    latent = rows.latents[1]
    before, state = latent_of(window), session.exploration
    cells = {}
    start, row = rows.handle(latent), rows._rows[1]
    stop = start.x() + (25 if row.share(before[latent]) < 0.5 else -25)
    session.when_answered(DecodeCells, lambda request, part: cells.update({request.version: part}))
    Hand(rows.viewport()).drag((start.x(), start.y()), (stop, start.y() + 40))
    begin, end = rows._layout.track
    expected = before.copy()
    expected[latent] = row.low + (stop - begin) / (end - begin) * (row.high - row.low)
    np.testing.assert_allclose(latent_of(window), expected, atol=1e-4)
    assert abs(row.share(expected[latent]) - row.share(before[latent])) > 0.05 and session.exploration.offset
    window.wait(lambda: shows_probe_at(window, expected))
    window.wait(lambda: session.version in cells)
    keys, images = cells[session.version]
    section = session.placed.section
    cell = section.lift(cell_centres(keys), session.exploration.offset)
    assert np.abs(images - decoded(window, cell)).max() <= 1
    undo(window)
    assert session.exploration == state
    window.wait(lambda: shows_probe_at(window, before))
    window.wait(lambda: settled(window))


def test_a_swept_image_is_what_is_decoded_there_and_a_click_goes_there(window):
    rows = window.main.latents.rows
    latent = rows.latents[0]
    place = 0 if latent_of(window)[latent] > np.mean([rows._rows[0].low, rows._rows[0].high]) else rows.columns - 1
    window.wait(lambda: latent in rows._pictures)
    expected = latent_of(window)
    expected[latent] = np.linspace(rows._rows[0].low, rows._rows[0].high, rows.columns)[place]
    centre = rows.image_rect(latent, place).center()
    Hand(rows.viewport()).click(centre.x(), centre.y())
    np.testing.assert_allclose(latent_of(window), expected, atol=1e-4)
    window.wait(lambda: shows_probe_at(window, expected))

    def swept():
        if rows.latents[1] not in rows._pictures:
            return False
        picture = rows._pictures[rows.latents[1]][0]
        latent = expected.copy()
        latent[rows.latents[1]] = rows._rows[1].low
        grey = np.array([[picture.pixelColor(x, y).red() for x in range(8)] for y in range(8)])
        return np.abs(grey - decoded(window, latent)[0, 0]).max() <= 1

    window.wait(swept)


def test_carets_mark_a_value_that_is_none_of_the_swept_images(window):
    rows = window.main.latents.rows
    latent = rows.latents[1]
    window.wait(lambda: latent in rows._pictures)
    hand, ring = Hand(rows.viewport()), QColor(theme.active().colours.ring)
    first, second = rows.image_rect(latent, 2), rows.image_rect(latent, 3)
    between = (first.center().x() + second.center().x()) / 2

    def is_marked():
        """Both carets stand above and beneath the images, at the handle's place."""
        picture = shot(rows.viewport())
        x = rows.handle(latent).x()
        return all(pixel(picture, x, height) == ring for height in (first.top() + 0.5, first.bottom() - 0.5))

    hand.click(second.center().x(), second.center().y())
    window.wait(lambda: settled(window))
    assert not is_marked()
    handle = rows.handle(latent)
    hand.drag((handle.x(), handle.y()), (between, handle.y()))
    window.wait(lambda: settled(window))
    assert rows.handle(latent).x() == pytest.approx(between, abs=1)
    assert is_marked()
    hand.click(first.center().x(), first.center().y())
    window.wait(lambda: settled(window))
    assert not is_marked()


def test_what_was_moved_is_taken_back_and_keys_do_what_the_mouse_does(window):
    follow_the_probe(window)
    rows, session = window.main.latents.rows, window.session
    before, hand = latent_of(window), Hand(rows.viewport())
    first, second = rows.latents[:2]
    assert not window.main.latents.reset.isEnabled()
    for latent in (first, second):
        handle = rows.handle(latent)
        hand.drag((handle.x(), handle.y()), (handle.x() + (20 if handle.x() < 300 else -20), handle.y()))
    handle = rows.handle(first)
    hand.double_click(handle.x(), handle.y())
    assert [latent for latent, _ in session.exploration.offset] == [second]
    expected = latent_of(window)
    assert expected[first] == pytest.approx(before[first], abs=1e-4)
    assert abs(rows._rows[1].share(expected[second]) - rows._rows[1].share(before[second])) > 0.05
    window.wait(window.main.latents.reset.isEnabled)
    window.click(window.main.latents.reset)
    assert session.exploration.offset == ()
    np.testing.assert_allclose(latent_of(window), before, atol=1e-4)
    window.wait(lambda: shows_probe_at(window, before) and settled(window))
    rows.setFocus()
    QTest.keyClick(rows, Qt.Key.Key_Up)
    QTest.keyClick(rows, Qt.Key.Key_Down)
    QTest.keyClick(rows, Qt.Key.Key_End)
    expected = before.copy()
    expected[rows.latents[1]] = rows._rows[1].high
    np.testing.assert_allclose(latent_of(window), expected, atol=1e-4)
    QTest.keyClick(rows, Qt.Key.Key_Delete)
    np.testing.assert_allclose(latent_of(window), before, atol=1e-4)


def test_the_plane_through_three_selected_points(window):
    chooser, session = window.main.scatter.plane_chooser, window.session
    tips = [chooser.kind.itemData(2, Qt.ItemDataRole.ToolTipRole)]
    model = chooser.kind.model()
    assert not model.item(2).isEnabled() and "exactly three" in tips[0]
    points = [4, 11, 30]
    session.select_points(points)
    assert model.item(2).isEnabled()
    chooser.kind.setFocus()
    QTest.keyClick(chooser.kind, Qt.Key.Key_End)
    window.wait(lambda: session.exploration.corners == tuple(points))
    window.wait(lambda: session.placed.section.plane.names == ("u", "v"))
    latents = window.server().encode(session.images.split.images[points])
    np.testing.assert_allclose(pdist(session.placed.positions[points]), pdist(latents), rtol=1e-3)
    session.move_probe(tuple(map(float, session.placed.positions[30])))
    window.wait(lambda: shows_probe_at(window, latents[2]))
    assert chooser.kind.currentText() == "Three points" and not chooser.through.isVisible()
    window.click(window.bar.train)
    trained_on = session.step
    window.wait(lambda: session.step > trained_on)
    window.pause()
    latents = window.server().encode(session.images.split.images[points])
    np.testing.assert_allclose(pdist(session.placed.positions[points]), pdist(latents), rtol=1e-3)
    QTest.keyClick(window.main, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(window.main, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    window.wait(lambda: session.placed.section.plane.names == ("PC 1", "PC 2"))
    window.wait(lambda: chooser.kind.currentText() == "Principal plane")
    # Where a model has collapsed they span nothing.
    collapsed = {name: torch.zeros_like(tensor) for name, tensor in window.weights().items()}
    session.adopt(10_000, collapsed)
    window.wait(lambda: session.step == 10_000)
    session.select_points(points)
    state = session.exploration
    chooser.kind.setFocus()
    QTest.keyClick(chooser.kind, Qt.Key.Key_End)
    window.wait(lambda: "on a line" in window.main.statusBar().currentMessage())
    assert session.exploration == state and chooser.kind.currentText() == "Principal plane"


def test_two_latents_have_the_sliders_that_move_the_probe_and_codes_have_none(qtbot):
    with opened(qtbot) as window:
        panel, session = window.main.latents, window.session
        assert panel.rows._empty_text
        window.main.dock("latents").raise_()
        window.wait(lambda: panel.rows.latents == (0, 1) and settled(window))
        handle = panel.rows.handle(1)
        beside = QPoint(round(handle.x()) + 20, round(handle.y()))
        QTest.mouseClick(panel.rows.viewport(), Qt.MouseButton.LeftButton, pos=beside)
        x, y = session.exploration.probe
        assert x == 0 and y > 0 and session.exploration.offset == ()
        session.look_at("VQ-VAE", lambda: server_of("vqvae", channels=4, grid=2, codes=8, latent_dim=4))
        window.wait(lambda: session.capabilities.codebook)
        window.wait_for_points()
        assert not panel.rows.latents and "Codebook panel" in panel.rows.accessibleDescription()


def follow_the_probe(window):
    """The probe dragged in the scatter takes the sliders along."""
    scatter = window.main.scatter.view
    centre = scatter.frame.to_pixels(*window.session.exploration.probe)
    Hand(scatter.viewport()).drag((centre.x(), centre.y()), (centre.x() + 30, centre.y() + 20))
    window.wait(lambda: settled(window))


def assert_the_most_telling_comes_first(window):
    panel = window.main.latents
    split = window.session.images.split
    with torch.no_grad():
        encoding = window.server().encode_fully(split.images[:1000])
    mean, scale = encoding.mean.numpy(), encoding.scale.numpy()
    kl = (0.5 * (mean**2 + scale**2 - 1) - np.log(scale)).mean(0)
    window.wait(lambda: np.allclose(panel.survey.kl, kl, atol=1e-4))
    assert panel.rows.latents == tuple(np.argsort(-kl).tolist())


def undo(window):
    QTest.keyClick(window.main, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
