"""Attribute vectors: groups chosen by hand, against NumPy's means and the model's own decoder."""

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.gui.conftest import Hand
from tests.gui.test_panels import window
from tests.gui.window import opened

__all__ = ["window"]


def choose_class(chooser, label):
    """By the keys, as a hand would."""
    chooser.classes.setFocus()
    QTest.keyClick(chooser.classes, Qt.Key.Key_Home)
    for _ in range(label + 1):
        QTest.keyClick(chooser.classes, Qt.Key.Key_Down)


def shown(window, vector, strength, at):
    """What the model draws with so much of the vector added to a place of the plane."""
    server = window.server()
    server.place(server.encode(window.session.images.split.images))
    return server.decode_latents(server.lift(np.array([at], np.float32)) + np.float32(strength) * vector)[0]


def wait_for_vector(window, expected):
    """The list of classes is gone through one by one: the first answers are of others."""
    measuring = window.main.measuring
    window.wait(
        lambda: (
            measuring.vector is not None and np.allclose(measuring.vector.vector, expected, rtol=1e-3, atol=1e-4)
        )
    )


def test_groups_are_chosen_and_their_difference_is_added_to_the_probe(window):
    main, session, panel = window.main, window.session, window.main.attribute
    main.dock("attribute").raise_()
    window.click(panel.having.button)
    assert "Nothing is selected" in main.statusBar().currentMessage()
    session.select_points([3, 8, 21, 40])
    window.click(panel.having.button)
    choose_class(panel.lacking, 1)
    attribute = session.exploration.attribute
    labels = session.images.split.labels
    assert attribute.having.points.tolist() == [3, 8, 21, 40]
    np.testing.assert_array_equal(attribute.lacking.points, np.flatnonzero(labels == 1))
    assert panel.having.classes.currentText() == "4 images" and panel.lacking.classes.currentText() == "1"
    latents = window.server().encode(session.images.split.images)
    expected = latents[[3, 8, 21, 40]].mean(0) - latents[labels == 1].mean(0)
    wait_for_vector(window, expected)
    window.wait(lambda: panel.strip.count() == 9)

    def shows(strength, at):
        wanted = shown(window, expected, strength, at).astype(int)
        ringed = panel.strip.selected() == round(2 * strength) + 4
        return ringed and np.abs(panel.image.pixels() - wanted).max() <= 3

    window.wait(lambda: shows(1.0, session.exploration.probe))
    panel.slider.setFocus()
    QTest.keyClick(panel.slider, Qt.Key.Key_PageUp)
    assert session.exploration.attribute.strength == 1.5
    window.wait(lambda: shows(1.5, session.exploration.probe))
    QTest.mouseClick(panel.strip, Qt.MouseButton.LeftButton, pos=panel.strip.column_rect(1).center().toPoint())
    assert session.exploration.attribute.strength == -1.5

    # Live under the hand, and the line on the scatter with it.
    view = main.scatter.view
    window.wait(lambda: main.scatter.probe.position() == session.exploration.probe)
    start = view.frame.to_pixels(*session.exploration.probe)
    Hand(view.viewport()).drag((start.x(), start.y()), (start.x() + 30, start.y() - 20))
    probe = session.exploration.probe
    window.wait(lambda: shows(-1.5, probe))
    window.wait(lambda: main.attribute_line.item.place == pytest.approx(np.array(probe) - 1.5 * expected, abs=1e-3))

    # Added to a pin, it stays there while the probe moves on.
    QTest.keyClick(window.main, Qt.Key.Key_P)
    panel.target.setFocus()
    QTest.keyClick(panel.target, Qt.Key.Key_Down)
    assert panel.target.currentText() == "to pin A"
    session.move_probe((0.0, 0.0))
    window.wait(lambda: shows(-1.5, probe))
    session.remove_pin(0)
    assert panel.target.currentText() == "to the probe"
    window.wait(lambda: shows(-1.5, (0.0, 0.0)))

    panel.title_field.setFocus()
    QTest.keyClicks(panel.title_field, "slant")
    QTest.keyClick(panel.title_field, Qt.Key.Key_Return)
    assert session.exploration.attribute.name == "slant"
    for _ in range(3):
        QTest.keyClick(window.main, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert session.exploration.attribute.name == "" and session.exploration.probe == probe
    window.click(panel.forget)
    assert not panel.strip.count() and main.measuring.vector is None
    window.wait(lambda: main.attribute_line.item.place is None)


def test_in_many_latents_the_sum_leaves_the_plane(qtbot):
    with opened(qtbot) as window:
        session = window.session
        session.look_at("six latents", lambda: six_latents(session))
        window.wait_for_points()
        panel = window.main.attribute
        window.main.dock("attribute").raise_()
        for chooser, label in ((panel.having, 7), (panel.lacking, 1)):
            choose_class(chooser, label)
        server = six_latents(session)
        latents, labels = server.encode(session.images.split.images), session.images.split.labels
        expected = latents[labels == 7].mean(0) - latents[labels == 1].mean(0)
        wait_for_vector(window, expected)
        window.wait(lambda: panel.strip.count() == 9)
        on_plane = server.place(latents)
        assert server.principal and len(on_plane)
        off = server.lift(server.plane.project(expected[None])) - expected
        assert np.linalg.norm(off) > 0.05 * np.linalg.norm(expected)
        image = server.decode_latents(server.lift(np.array([session.exploration.probe], np.float32)) + expected)[0]
        window.wait(lambda: np.abs(panel.image.pixels().astype(int) - image).max() <= 3)


def six_latents(session):
    """PCA's six leading directions: a model of many latents that needs no training."""
    from latentlab.core.projections import PCA
    from latentlab.core.serving import LatentServer

    images, full_scale = session.dataset.train.images, session.dataset.full_scale
    return LatentServer(PCA.fit(images, full_scale, 6), full_scale)
