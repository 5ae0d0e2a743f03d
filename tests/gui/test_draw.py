"""What a hand draws or opens is framed, encoded while it is drawn, and seen in every view."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets")

from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from sklearn.neighbors import NearestNeighbors

from latentlab.core.class_requests import ClassScores, CompareClasses
from latentlab.core.drawing import Framing
from latentlab.core.drawing_requests import DrawnDetail, EncodeDrawing
from latentlab.gui.class_row import ClassRow
from tests import conditional
from tests.gui import window as windows
from tests.gui.conftest import Hand
from tests.gui.test_panels import window
from tests.gui.window import opened

__all__ = ["window"]

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def panel(window):
    return brought_up(window)


@pytest.fixture
def untrained(qtbot):
    with opened(qtbot) as window:
        yield window


def brought_up(window):
    QTest.keyClick(window.main, Qt.Key.Key_I, CTRL | SHIFT)
    window.wait(window.main.draw.canvas.isVisible)
    assert window.main.draw.canvas.hasFocus()
    return window.main.draw


def at(canvas, x, y):
    """A pixel of the widget at shares of the sheet."""
    rect = canvas.sheet_rect()
    return rect.left() + x * rect.width(), rect.top() + y * rect.height()


def stroke(canvas, *stops, button=Qt.MouseButton.LeftButton):
    Hand(canvas).drag(*(at(canvas, *stop) for stop in stops), button=button)


def draw_one(canvas):
    stroke(canvas, (0.4, 0.3), (0.55, 0.15), (0.55, 0.5), (0.55, 0.85))


def settle(window):
    """Waits for all that is answered about what is on the sheet now, and the class chosen now."""
    session, image, answered = window.session, framed(window)[0], []
    session.when_answered(EncodeDrawing, lambda request, answer: answered.append((request, answer)))
    session.drawing._ask()

    def of_now(request, answer):
        seen = request.framing.image(request.sheet)
        is_last = isinstance(answer, DrawnDetail) and request.label == session.exploration.label
        return is_last and np.array_equal(seen, image)

    window.wait(lambda: answered and of_now(*answered[-1]))


def framed(window):
    return Framing.of(window.session.dataset).image(window.main.draw.canvas.pixels())[None]


def test_a_drawing_is_encoded_and_seen_everywhere(window, panel):
    session, server = window.session, window.server()
    places = []
    session.drawing.placed.connect(lambda: places.append(session.drawing.place))
    canvas = panel.canvas
    Hand(canvas).press(*at(canvas, 0.4, 0.3))
    window.wait(lambda: places)  # while the button is held
    Hand(canvas).release(*at(canvas, 0.4, 0.3))
    draw_one(canvas)
    settle(window)
    image = framed(window)
    latent = server.encode(image)
    expected = server.plane.project(latent)[0]
    mark = window.main.scatter.drawn.mark
    assert mark.isVisible()
    np.testing.assert_allclose(mark.position(), expected, atol=1e-4)
    window.wait(lambda: np.array_equal(panel.seen.pixels(), session.drawing.place.image))
    assert np.abs(panel.seen.pixels().astype(int) - image[0].astype(int) * 255 // 16).max() <= 1
    rebuilt = server.reconstruct(image)[0].astype(int)  # which follows the pen a moment later
    window.wait(lambda: np.abs(panel.reconstruction.pixels().astype(int) - rebuilt).max() <= 1)

    left, right = window.main.comparison.drawn.marks
    np.testing.assert_allclose(right.position(), expected, atol=1e-4)
    pca = (image.reshape(1, -1) / 16 - session.pca.mean.numpy()) @ session.pca.components.numpy().T
    np.testing.assert_allclose(left.position(), pca[0], atol=1e-4)

    latents = server.encode(session.images.split.images)
    _, nearest = NearestNeighbors(n_neighbors=8).fit(latents).kneighbors(latent)
    assert session.drawing.detail.neighbours.tolist() == nearest[0].tolist()
    most = np.bincount(session.images.split.labels[nearest[0]]).max()
    words = "All 8 neighbours are" if most == 8 else f"{most} of 8 neighbours are"
    window.wait(lambda: panel.verdict.text().startswith(words))

    window.wait(lambda: panel.neighbours.points.tolist() == nearest[0].tolist())
    column = panel.neighbours.column_rect(2).center()
    Hand(panel.neighbours).move((column.x(), column.y()))
    assert session.hovered == nearest[0][2]
    Hand(panel.neighbours).click(column.x(), column.y())
    assert session.exploration.selected == nearest[0][2] and panel.neighbours.selected() == 2
    window.click(panel.probe)
    assert session.exploration.probe == pytest.approx(expected, abs=1e-4)


def test_strokes_are_undone_erased_cleared_and_dropped(untrained):
    window, panel = untrained, brought_up(untrained)
    canvas, session = panel.canvas, window.session
    session.move_probe((0.1, 0.2))
    assert not panel.undo.isEnabled()
    draw_one(canvas)
    one = canvas.pixels()
    stroke(canvas, (0.2, 0.8), (0.9, 0.8))
    two = canvas.pixels()
    assert (one != two).any()
    QTest.keyClick(canvas, Qt.Key.Key_Z, CTRL)
    np.testing.assert_array_equal(canvas.pixels(), one)
    assert session.undo_act == "moving the probe"  # which another sheet's undo has not touched
    QTest.keyClick(canvas, Qt.Key.Key_Z, CTRL | SHIFT)
    np.testing.assert_array_equal(canvas.pixels(), two)
    stroke(canvas, (0.2, 0.8), (0.9, 0.8), button=Qt.MouseButton.RightButton)
    assert canvas.pixels().sum() < two.sum()
    window.click(panel.undo)
    np.testing.assert_array_equal(canvas.pixels(), two)
    hand = Hand(canvas)
    hand.press(*at(canvas, 0.1, 0.1))
    hand.move(at(canvas, 0.9, 0.1))
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    hand.release(*at(canvas, 0.9, 0.1))
    np.testing.assert_array_equal(canvas.pixels(), two)

    QTest.keyClick(canvas, Qt.Key.Key_E)
    assert panel.eraser.isChecked()
    QTest.keyClick(canvas, Qt.Key.Key_BracketRight)
    assert panel.pen.value() == 9
    stroke(canvas, (0.2, 0.8), (0.9, 0.8))
    assert canvas.pixels().sum() < two.sum()
    window.click(panel.eraser)
    assert not canvas.erasing
    window.wait(window.main.scatter.drawn.mark.isVisible)
    QTest.keyClick(canvas, Qt.Key.Key_Delete)
    assert canvas.pixels() is None and session.drawing.place is None
    assert not window.main.scatter.drawn.mark.isVisible()
    window.wait(lambda: not panel.probe.isEnabled())
    QTest.keyClick(canvas, Qt.Key.Key_Z, CTRL)
    window.wait(window.main.scatter.drawn.mark.isVisible)


def test_an_image_is_opened_and_seen_as_the_data_are_and_no_image_is_a_sentence(untrained, tmp_path):
    window, panel = untrained, brought_up(untrained)
    # Dark ink on nothing, in a corner, as a drawing program saves it.
    digit = window.session.dataset.test.images[5, 0]
    large = np.kron(digit, np.ones((24, 24), np.uint8))
    rgba = np.zeros((300, 400, 4), np.uint8)
    rgba[50:242, 100:292, 3] = np.rint(large * (255 / 16))
    file = tmp_path / "digit.png"
    Image.fromarray(rgba).save(file)
    panel.open_file(file)
    window.wait(lambda: panel.canvas.pixels() is not None)
    settle(window)
    seen = window.session.drawing.place.image[0].astype(float)
    assert np.corrcoef(seen.ravel(), digit.ravel())[0, 1] > 0.9
    assert panel.undo.isEnabled()
    opened_before = panel.canvas.pixels()

    file, messages = tmp_path / "notes.png", window.main.messages
    file.write_text("no picture")
    panel.open_file(file)
    window.wait(lambda: "notes.png cannot be read as a picture" in messages.text())
    huge = tmp_path / "huge.png"
    Image.new("1", (20_000, 6_000)).save(huge)
    panel.open_file(huge)
    window.wait(lambda: "20,000×6,000" in messages.text())
    blank = tmp_path / "blank.jpg"
    Image.new("L", (2000, 1500), 255).save(blank)
    panel.open_file(blank)
    window.wait(lambda: "nothing to be seen" in messages.text())
    np.testing.assert_array_equal(panel.canvas.pixels(), opened_before)


def test_a_drawing_follows_the_model_and_goes_with_the_data_set(window, panel):
    draw_one(panel.canvas)
    settle(window)
    before = window.main.scatter.drawn.mark.position()
    window.click(window.bar.step)
    mark = window.main.scatter.drawn.mark
    window.wait(lambda: mark.position() != before)
    server = window.server()
    expected = server.plane.project(server.encode(framed(window)))[0]
    window.wait(lambda: np.allclose(mark.position(), expected, atol=1e-4))
    dataset = window.session.dataset
    window.control.load_data(window.control.data, window.main.experiment.view_config())
    window.wait(lambda: window.session.dataset is not dataset)
    assert panel.canvas.pixels() is None and not mark.isVisible()
    window.wait_for_points()


def test_a_conditional_model_is_told_the_chosen_class(qtbot, monkeypatch):
    conditional.register(monkeypatch)
    monkeypatch.setitem(windows.SMALL, conditional.NAME, {})
    with opened(qtbot) as window:
        panel = window.main.draw
        window.main.dock("draw").raise_()
        window.train(conditional.NAME, steps=30)
        window.pause()
        draw_one(panel.canvas)
        panel.classes.setFocus()
        for _ in range(3):
            QTest.keyClick(panel.classes, Qt.Key.Key_Down)
        settle(window)
        server, image = window.server(), framed(window)
        latent = server.encode(image, np.array([3]))
        np.testing.assert_allclose(window.session.drawing.place.latent, latent[0], atol=1e-4)
        expected = server.decode_latents(latent, 3)[0]
        window.wait(lambda: np.array_equal(panel.reconstruction.pixels(), window.session.drawing.detail.reconstruction))
        assert np.abs(panel.reconstruction.pixels().astype(int) - expected.astype(int)).max() <= 1


@pytest.mark.parametrize("model", ["cvae", conditional.NAME])
def test_a_drawing_under_every_class(qtbot, monkeypatch, model):
    conditional.register(monkeypatch)
    monkeypatch.setitem(windows.SMALL, conditional.NAME, {})
    with opened(qtbot) as window:
        panel, session = window.main.draw, window.session
        row = panel.row
        window.main.dock("draw").raise_()
        assert not row.isVisible() and not panel.encoded_as.isVisible() and panel.neighbours.isVisible()
        window.train(model, steps=30)
        window.pause()
        window.wait(row.isVisible)
        assert panel.encoded_as.isVisible() and panel.encoded_as.text() == "Encoded as"
        assert not panel.neighbours.isVisible() and row.strip.count() == 0
        draw_one(panel.canvas)
        settle(window)

        def shows_all_classes():
            """The row is what an independent server makes of what is on the sheet now."""
            sheet, framing = panel.canvas.pixels(), Framing.of(session.dataset)
            *_, wanted = CompareClasses(sheet, framing, 10).answers(window.server())
            scores = row.scores
            return scores is not None and np.allclose(scores.figures, wanted.figures, rtol=1e-4)

        window.wait(shows_all_classes)
        scores = row.scores
        assert scores.bounds == session.capabilities.bound == (model == "cvae")
        assert row.strip.count() == row.strip.columns() == 10 and row.strip.best() == scores.figures.argmin()
        figures = [float(label) for label in row.strip.labels()]
        assert figures == pytest.approx(scores.figures.tolist(), abs=0.5 if scores.bounds else 5e-4)
        what = "−ELBO in nats" if scores.bounds else "Squared error per pixel"
        assert row.caption.text() == f"{what} as each class · best as {scores.best}"
        first, again = server_images(window, range(10)), scores.images.astype(int)
        assert np.abs(first.astype(int) - again).max() <= 1

        assert row.strip.selected() == session.exploration.label == 0
        row._scroller.ensureVisible(round(row.strip.column_rect(7).center().x()), 0)
        column = row.strip.column_rect(7).center()
        Hand(row.strip).move((column.x(), column.y()))
        assert row.caption.text() == f"{what} as 7: {row.strip.labels()[7]}"
        Hand(row.strip).click(column.x(), column.y())
        assert session.exploration.label == 7 and panel.classes.currentText() == "Class 7"
        assert row.strip.selected() == 7

        stroke(panel.canvas, (0.2, 0.85), (0.9, 0.85))
        window.wait(shows_all_classes)
        before = row.scores.figures
        window.click(window.bar.step)
        window.wait(lambda: not np.array_equal(row.scores.figures, before))
        window.wait(shows_all_classes)
        QTest.keyClick(panel.canvas, Qt.Key.Key_Delete)
        assert row.scores is None and row.strip.count() == 0 and row.caption.text() == ""


def server_images(window, labels):
    """What is on the sheet, rebuilt by an independent server as each class."""
    server, image = window.server(), framed(window)
    return np.concatenate([server.reconstruct(image, np.array([label])) for label in labels])


def test_a_narrow_row_of_classes_scrolls(qtbot):
    with opened(qtbot, data=None) as window:
        row = ClassRow(window.session)
        qtbot.addWidget(row)
        images = np.zeros((10, 1, 28, 28), np.uint8)
        row.resize(200, 80)
        row.show()
        row._show(ClassScores(images, np.arange(100, 110, dtype=np.float32), True))
        window.wait(lambda: row.strip.width() >= 300 and row.strip.columns() == 10)
        assert row._scroller.horizontalScrollBar().maximum() > 0
        assert row.strip.column_rect(9).width() > row.strip.fontMetrics().horizontalAdvance("109")
