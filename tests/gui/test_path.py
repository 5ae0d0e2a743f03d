"""Pins that are dropped, dragged and named, and the ways between them, by mouse and keys."""

from itertools import pairwise

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton

from latentlab.core import undo as undo_of_acts
from latentlab.core.paths import FRAMES, NEIGHBOURS
from latentlab.core.pins import PathKind
from tests.core.test_neighbour_graph import brute_force
from tests.gui.conftest import Hand
from tests.gui.test_panels import window

__all__ = ["window"]


def pin_at(window, x, y):
    """Moves the probe, as its panel does, and presses P."""
    window.session.move_probe((x, y))
    QTest.keyClick(window.main, Qt.Key.Key_P)


def undo(window):
    QTest.keyClick(window.main, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)


def handles(window):
    """What stands on the scatter and on the manifold."""
    return [
        {handle.name(): handle.position() for handle in overlay.handles if handle.isVisible()}
        for overlay in window.main.pins
    ]


def type_name(field, name):
    QTest.mouseDClick(field, Qt.MouseButton.LeftButton, pos=QPoint(8, field.height() // 2))
    QTest.keyClicks(field, name)
    QTest.keyClick(field, Qt.Key.Key_Return)


def test_pins_are_dropped_dragged_named_and_removed(window):
    main, session = window.main, window.session
    main.dock("path").raise_()
    assert "press P" in main.path._hint.text() and main.path._hint.isVisible()
    view, hand = main.scatter.view, Hand(main.scatter.view.viewport())
    frame, start = view.frame, QPointF(200, 100)
    here = frame.to_data(start)
    pin_at(window, *here)
    assert "from A" in main.path._hint.text()
    window.click(main.path.drop)
    elsewhere = frame.to_data(QPointF(100, 60))
    session.move_probe(elsewhere)
    assert handles(window) == [{"A": here, "B": here}] * 2
    window.wait(lambda: main.scatter.probe.position() == session.exploration.probe)

    # The upper one of two is taken hold of; Esc puts it back, and so does undo.
    hand.press(start.x(), start.y())
    hand.move((start.x() + 30, start.y() + 20), (start.x() + 40, start.y() + 30))
    QTest.keyClick(view, Qt.Key.Key_Escape)
    hand.release(start.x() + 40, start.y() + 30)
    assert view.frame == frame  # nothing has moved aside for the filmstrips
    assert handles(window)[0] == {"A": here, "B": here}
    hand.drag((start.x(), start.y()), (start.x() + 30, start.y() + 20), (start.x() + 40, start.y() + 30))
    moved = (here[0] + 40 * frame.unit, here[1] - 30 * frame.unit)
    assert session.exploration.pins[1].position == pytest.approx(moved)
    window.wait(lambda: handles(window)[1]["B"] == pytest.approx(moved))  # in the other view a moment later
    assert session.exploration.probe == elsewhere

    # Names are each once and not empty.
    first, second = (field.name for field in main.path.pins.fields[:2])
    type_name(first, "three")
    type_name(second, "three")
    assert [pin.name for pin in session.exploration.pins] == ["three", "B"] == [first.text(), second.text()]
    assert "Another pin" in main.statusBar().currentMessage()
    type_name(first, "p")
    assert [pin.name for pin in session.exploration.pins] == ["p", "B"]  # the key was the field's, not the menu's

    # Removed by a key on the plane, by the field's cross, from the menu; all of it undone.
    place = view.frame.to_pixels(*session.exploration.pins[1].position)
    hand.click(place.x(), place.y())
    QTest.keyClick(view, Qt.Key.Key_Delete)
    assert list(handles(window)[0]) == ["p"] == list(handles(window)[1])
    window.click(first.findChild(QToolButton))
    assert not session.exploration.pins and handles(window) == [{}, {}]
    undo(window)
    undo(window)
    assert handles(window) == [{"p": here, "B": pytest.approx(moved)}] * 2
    session.look_at("again", window.server)
    assert not session.exploration.pins and handles(window) == [{}, {}]


def test_pins_change_places_by_grip_and_by_keys(window, monkeypatch):
    monkeypatch.setattr(undo_of_acts, "_ONE_ACT_SECONDS", 60.0)  # two moves by keys are one act
    main, session = window.main, window.session
    main.dock("path").raise_()
    places = [(-1.0, 0.0), (0.0, 1.0), (1.0, 0.0)]
    for place in places:
        pin_at(window, *place)
    main.measuring.add_to(1)
    first = main.path.pins.fields[0].name

    def order():
        names = "".join(pin.name for pin in session.exploration.pins)
        assert [field.name.text() for field in main.path.pins.fields[:3]] == list(names)
        assert sorted(main.path.pins.fields[:3], key=lambda field: field.x()) == main.path.pins.fields[:3]
        assert main.measuring.target == places[1]  # it goes with its pin
        return names

    first.setFocus()
    QTest.keyClick(first, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert order() == "BAC" and first.hasFocus()
    QTest.keyClick(first, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    QTest.keyClick(first, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)  # there is no further place
    assert order() == "BCA"
    undo(window)
    assert [pin.name for pin in session.exploration.pins] == ["A", "B", "C"]
    grip = main.path.pins.fields[2].grip
    far = main.path.pins.fields[0].x() - main.path.pins.fields[2].x()
    Hand(grip).drag((4, 8), (4 + far // 2, 8), (4 + far // 2, 8))  # it has come along half the way
    assert order() == "CAB"
    paths = main.tracing.paths  # once they are traced
    window.wait(lambda: paths and np.allclose(paths[PathKind.STRAIGHT].positions[0], places[2], atol=1e-4))


def test_the_ways_between_pins_are_cores(window):
    main, session, tracing = window.main, window.session, window.main.tracing
    main.dock("path").raise_()
    latents = session.placed.positions
    # Far apart, so that none is taken hold of for another.
    x0, y0, x1, y1 = main.scatter.view.view_rect()
    places = [(x0 + across * (x1 - x0), y0 + up * (y1 - y0)) for across, up in ((0.35, 0.6), (0.65, 0.6), (0.5, 0.3))]
    nearest = [int(np.linalg.norm(latents - place, axis=1).argmin()) for place in places]
    pins = [tuple(map(float, latents[point])) for point in nearest]
    for pin in pins:
        pin_at(window, *pin)
    window.wait(lambda: len(tracing.paths) == 3 and all(strip.count() == FRAMES for strip in main.path.strips.values()))
    server = window.server()

    # Straight: along the sides of the triangle, at even steps.
    sides = [np.linalg.norm(np.subtract(a, b)) for a, b in zip(pins[1:], pins, strict=False)]
    straight = tracing.paths[PathKind.STRAIGHT]
    window.wait(lambda: straight.length == pytest.approx(sum(sides), rel=1e-4))
    share = sides[0] / sum(sides)
    steps = [
        np.interp(at, [0, share, 1], [pin[axis] for pin in pins])
        for axis in (0, 1)
        for at in np.linspace(0, 1, FRAMES)
    ]
    expected = server.decode(np.array(steps, np.float32).reshape(2, FRAMES).T)
    assert np.abs(straight.frames.astype(int) - expected).max() <= 1

    # Along the data: as long as the shortest way that brute force finds, leg by leg.
    images = session.images.split.images
    encoded = np.unique(server.encode(images), axis=0)
    shortest = [brute_force(encoded, np.array(a), np.array(b), NEIGHBOURS) for a, b in pairwise(pins)]
    window.wait(lambda: tracing.paths[PathKind.DATA].length == pytest.approx(sum(shortest), rel=1e-3))
    window.wait(lambda: main.path_lines[0].item.followed is tracing.paths[PathKind.STRAIGHT].positions)

    # A click on an image follows that way and takes the probe along; keys and Play go on from there.
    strip = main.path.strips[PathKind.DATA]
    QTest.mouseClick(strip, Qt.MouseButton.LeftButton, pos=strip.column_rect(4).center().toPoint())
    assert session.exploration.path is PathKind.DATA and session.exploration.along == pytest.approx(4 / (FRAMES - 1))
    latent, position = tracing.place()
    np.testing.assert_allclose(session.exploration.probe, position)
    np.testing.assert_allclose(session.exploration.probe, latent, rtol=1e-5)
    window.wait(lambda: main.path.image.pixels() is not None)
    frame = tracing.paths[PathKind.DATA].frames[4].astype(int)
    window.wait(lambda: np.abs(main.path.image.pixels() - frame).max() <= 1)
    assert strip.selected() == 4 and main.path.strips[PathKind.STRAIGHT].selected() is None
    assert main.path_lines[0].item.place == pytest.approx(position)
    main.path.walk.slider.setFocus()
    QTest.keyClick(main.path.walk.slider, Qt.Key.Key_End)
    assert session.exploration.probe == pytest.approx(pins[-1], abs=1e-4)
    main.path.walk.speed.setCurrentIndex(3)
    seen = []
    session.path_followed.connect(lambda: seen.append(session.exploration.along))
    QTest.keyClick(window.main, Qt.Key.Key_P, Qt.KeyboardModifier.ShiftModifier)
    window.wait(lambda: seen and min(seen) == 0 and seen[-1] > 0.1)
    window.click(main.path.walk.button)
    assert not main.path.walk.playing
    while session.undo_act == "following the path":
        undo(window)
    assert session.exploration.along == 0 and session.exploration.path is PathKind.DATA
    undo(window)
    assert session.exploration.path is PathKind.STRAIGHT
    window.click(main.path.choices[PathKind.SPHERICAL])
    assert main.path_lines[1].item.followed is tracing.paths[PathKind.SPHERICAL].positions

    # A pin that is dragged takes the ways along.
    view = main.scatter.view
    handle = view.frame.to_pixels(*pins[0])
    session.move_probe((9.0, 9.0))
    window.wait(lambda: main.scatter.probe.position() == (9.0, 9.0))
    Hand(view.viewport()).drag((handle.x(), handle.y()), (handle.x() - 25, handle.y() + 10))
    moved = session.exploration.pins[0].position
    assert moved != pins[0]
    window.wait(lambda: all(path.positions[0] == pytest.approx(moved, abs=1e-5) for path in tracing.paths.values()))
    session.clear_pins()
    assert not tracing.paths and main.path_lines[0].item.followed is None
