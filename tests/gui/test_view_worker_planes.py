"""Where the view's worker lays the points, and the planes that the hand chooses through them or moves off."""

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets")

from latentlab.core.requests import DecodeProbe
from tests.gui.serving import Parts, Shifted, answers, cloud, pixels, serving, weights, worker

__all__ = ["answers", "worker"]


def test_points_are_placed_and_follow_the_weights(worker, qtbot, record):
    placed, points = record(worker.points_placed), cloud()
    worker.serve(3, serving(), points)
    qtbot.waitUntil(lambda: bool(placed) and placed[-1][0].complete)
    expected = points.images.reshape(-1, 2) / np.float32(255)
    where, generation = placed[-1]
    assert generation == 3
    assert where.names == ("z1", "z2")
    np.testing.assert_allclose(where.positions, expected, atol=1e-6)
    worker.adopt(40, weights(0.5))
    qtbot.waitUntil(lambda: placed[-1][0].complete and placed[-1][0] is not where)
    np.testing.assert_allclose(placed[-1][0].positions, expected + 0.5, atol=1e-6)


def test_a_plane_through_a_point_shows_its_image_at_its_place_and_stays_with_it(worker, answers, qtbot, record):
    adopted, points = record(worker.weights_adopted), cloud(pixels=4)
    first, *_, last = points.images[7].ravel()
    worker.serve(1, serving(pixels=4), points)
    worker.cut((0, 3), 7)  # asked for before any point was encoded, as an opened run does
    worker.ask(DecodeProbe((first / 255, last / 255)))
    qtbot.waitUntil(lambda: bool(answers))
    assert pixels(answers[0]) == pixels(points.images[7])
    worker.adopt(40, Shifted(0.5, 4).state_dict())
    qtbot.waitUntil(lambda: bool(adopted))
    worker.ask(DecodeProbe((first / 255 + 0.5, last / 255 + 0.5)))
    qtbot.waitUntil(lambda: len(answers) == 2)
    assert pixels(answers[1]) == pixels(points.images[7])


def test_a_point_that_is_not_there_is_no_base(worker, answers, qtbot, record):
    broke = record(worker.broke)
    worker.serve(1, serving(pixels=4), cloud(pixels=4))
    worker.cut((0, 3), 10_000)
    worker.ask(DecodeProbe((1.0, 1.0)))
    qtbot.waitUntil(lambda: bool(answers))
    assert pixels(answers[0]) == [255, 0, 0, 255]
    assert not broke


def test_a_plane_through_three_points_goes_with_them(worker, answers, qtbot, record):
    adopted, points = record(worker.weights_adopted), cloud(pixels=4)
    worker.serve(1, serving(pixels=4), points)
    worker.cut(None, None, (9, 2, 5))
    first, second = (points.images[point].ravel().astype(np.float64) / 255 for point in (9, 2))
    apart = float(np.linalg.norm(second - first))
    for shift in (0.0, 0.5):
        for place, point in (((0.0, 0.0), 9), ((apart, 0.0), 2)):
            asked = len(answers)
            worker.ask(DecodeProbe(place))
            qtbot.waitUntil(lambda asked=asked: len(answers) > asked)
            assert np.abs(np.subtract(pixels(answers[-1]), pixels(points.images[point]))).max() <= 1
        if not shift:
            worker.adopt(40, Shifted(0.5, 4).state_dict())
            qtbot.waitUntil(lambda: bool(adopted))


def test_a_plane_that_was_moved_shows_what_lies_there_until_another_model_comes(worker, answers, qtbot):
    worker.serve(1, serving(pixels=4), cloud(pixels=4))
    worker.cut((0, 3), None)
    worker.shift(((1, 0.4), (3, 0.9)))  # what is within the plane shows nowhere
    worker.ask(DecodeProbe((0.2, 0.6)))
    qtbot.waitUntil(lambda: bool(answers))
    assert pixels(answers[0]) == [51, 102, 0, 153]
    worker.serve(2, serving(pixels=4), cloud(pixels=4))
    worker.cut((0, 3), None)
    worker.ask(DecodeProbe((0.2, 0.6)))
    qtbot.waitUntil(lambda: len(answers) == 2)
    assert pixels(answers[1]) == [51, 0, 0, 153]


def test_what_is_asked_after_a_move_of_the_plane_lies_there_though_a_long_answer_has_begun(worker, answers, qtbot):
    slow = Parts("slow")
    worker.serve(1, serving(pixels=4), cloud(pixels=4))
    worker.cut((0, 3), None)
    worker.ask(slow)
    slow.let_on()
    slow.wait_for_part()
    slow.wait_for_part()
    worker.shift(((1, 0.4),))
    worker.ask(DecodeProbe((0.2, 0.6)))
    slow.let_on(2)
    qtbot.waitUntil(lambda: len(answers) == 4)
    assert pixels(answers[2]) == [51, 102, 0, 153]
