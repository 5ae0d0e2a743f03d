"""What a user does: train, drag, pan, zoom, pause, stop, close; with real events on the real window."""

import threading

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from latentlab.core.data import DataConfig
from latentlab.core.lattice import cell_centres
from latentlab.core.requests import DecodeCells, DecodeProbe
from tests.gui.conftest import Hand, shared_window
from tests.gui.window import SMALL, Window, opened

__all__ = ["shared_window"]

# A displayed byte may be a rounding apart from core's own.
_ROUNDING = 1


@pytest.fixture
def window(shared_window):
    """The window that tests share, without a run."""
    shared_window.control.look_at_none()
    shared_window.wait_for_points()
    yield shared_window
    shared_window.forget_runs()
    shared_window.put_back()


def drag_probe(window, dx, dy):
    """Drags the ring by pixels and returns the plane position it ends at."""
    view = window.main.scatter.view
    start = view.frame.to_pixels(*window.session.exploration.probe)
    hand = Hand(view.viewport())
    hand.drag((start.x(), start.y()), (start.x() + dx / 2, start.y() + dy / 2), (start.x() + dx, start.y() + dy))
    return window.session.exploration.probe


@pytest.mark.parametrize("model", SMALL)
def test_train_then_drag_the_probe_then_pan_the_manifold(window, model):
    before = window.session.placed.positions.copy()
    window.train(model)
    assert window.control.newest.step >= 20
    window.wait(lambda: window.session.source_title != "PCA" and window.session.placed is not None)
    window.pause()
    assert not np.allclose(window.session.placed.positions, before, atol=0.01)
    # The probe: what is shown equals core's decode at that point.
    split, server = window.session.images.split, window.server()
    chosen = window.session.exploration.label  # of which only a conditional model takes notice
    positions = server.place(server.encode(split.images, split.labels), window.session.placed.positions)
    np.testing.assert_allclose(positions, window.session.placed.positions, atol=2e-3)
    window.main.scatter.view.fit()
    shown = []
    window.session.when_answered(DecodeProbe, lambda _, image: shown.append(image))
    drag_probe(window, 40, -25)
    target = drag_probe(window, 24, 13)
    expected = server.decode(np.array([target], np.float32), chosen)[0].astype(int)
    window.wait(lambda: shown and np.abs(shown[-1].astype(int) - expected).max() <= _ROUNDING)
    assert np.array_equal(window.main.probe.image.pixels(), shown[-1])
    window.wait(lambda: abs(window.main.probe.horizontal.value() - target[0]) <= 1e-3)
    # The manifold: panning brings cells into view that are decoded where they lie.
    manifold = window.main.manifold
    window.wait(lambda: not manifold.tiles.wanted())
    decoded = {}
    window.session.when_answered(DecodeCells, lambda _, part: decoded.update(zip(*part, strict=True)))
    width, height = manifold.view.viewport().width(), manifold.view.viewport().height()
    Hand(manifold.view.viewport()).drag((width - 20, height - 20), (width / 2, height - 40), (30, 30))
    window.wait(lambda: decoded and not manifold.tiles.wanted())
    keys = list(decoded)[:20]
    expected = server.decode(cell_centres(keys), chosen).astype(int)
    for key, image in zip(keys, expected, strict=True):
        assert np.abs(decoded[key].astype(int) - image).max() <= _ROUNDING
    # The wheel zooms about the cursor, and the scatter's rectangle follows.
    unit = manifold.view.frame.unit
    Hand(manifold.view.viewport()).turn_wheel(width / 2, height / 2, 240)
    assert manifold.view.frame.unit < unit
    window.wait(lambda: window.main.scatter.window_rect.extent() == manifold.view.view_rect())


def test_voronoi_cells_show_the_codebook(window):
    window.train("vqvae-1x1")
    window.pause()
    placed = window.session.placed
    np.testing.assert_allclose(placed.codebook, window.weights()["quantiser.vectors"].numpy())
    assert window.main.scatter.voronoi.isVisible()


def test_pause_step_continue_and_stop(window):
    window.train("vae")
    window.pause()
    resting = window.control.newest.step
    window.click(window.bar.step)
    window.wait(lambda: window.control.newest.step == resting + 1 and window.control.state == "resting")
    QTest.keyClick(window.main, Qt.Key.Key_F5)
    window.wait(lambda: window.control.newest.step > resting + 50)
    window.click(window.bar.stop)
    window.wait(lambda: window.control.state == "resting")  # and not "finished", thousands of epochs later
    assert window.bar.train.text() == "Continue"


def test_trains_on_after_the_last_epoch(window):
    window.train("ae", steps=1, epochs=1)
    window.wait(lambda: window.control.state == "finished")
    done = window.control.newest.step
    assert window.bar.train.text() == "Train on"
    window.click(window.bar.train)
    window.wait(lambda: window.control.state == "finished" and window.control.newest.step == 2 * done)


def test_closing_while_training_ends_cleanly(qtbot):
    before = set(threading.enumerate())
    window = Window(qtbot)
    window.train("vae")
    assert window.control.state == "running"
    window.close()
    left = {thread.name for thread in set(threading.enumerate()) - before}
    assert not any(name.startswith("latentlab") for name in left)


def test_exploring_while_training_changes_no_weight(qtbot):
    """The same training, once left alone and once explored with both hands, ends at the same weights, bit for bit."""
    ends = []
    for explores in (False, True):
        with opened(qtbot) as window:
            window.train("vae", steps=1, epochs=10)
            while window.control.state != "finished":
                if explores:
                    drag_probe(window, 30, 10)
                    drag_probe(window, -30, -10)
                    Hand(window.main.manifold.view.viewport()).turn_wheel(50, 50, 120)
                    Hand(window.main.scatter.view.viewport()).click(100, 100)
                    window.main.reconstructions.shuffle()
                qtbot.wait(10)
            ends.append(window.weights())
    for name, tensor in ends[0].items():
        assert np.array_equal(tensor.numpy(), ends[1][name].numpy()), name


def test_mnist_moves_within_the_window(qtbot):
    """The program's default: all of MNIST, the default VAE, PCA before it."""
    with opened(qtbot, data=DataConfig()) as window:
        assert window.session.source_title == "PCA" and len(window.session.dataset.train) == 60_000
        window.click(window.bar.train)
        window.wait(lambda: window.session.source_title == "VAE" and window.session.step >= 20)
        window.wait(lambda: window.session.placed is not None)
        first = window.session.placed.positions
        window.wait(lambda: not np.array_equal(window.session.placed.positions, first, equal_nan=True))
        window.pause()
        server = window.server()
        target = drag_probe(window, 33, 21)
        expected = server.decode(np.array([target], np.float32))[0].astype(int)
        window.wait(lambda: np.abs(window.main.probe.image.pixels().astype(int) - expected).max() <= _ROUNDING)


def test_images_of_another_size_take_over_without_a_word(qtbot, tmp_path):
    generator = np.random.default_rng(0)
    for name, count in (("train", 300), ("t10k", 100)):
        header = bytes([0, 0, 8, 3]) + np.array([count, 12, 12], ">u4").tobytes()
        pixels = generator.integers(0, 256, (count, 12, 12), dtype=np.uint8)
        (tmp_path / f"{name}-images-idx3-ubyte").write_bytes(header + pixels.tobytes())
    failures = []
    with opened(qtbot) as window:
        window.session.failed.connect(failures.append)
        window.train("vae")
        window.control.load_data(DataConfig(str(tmp_path)), window.main.experiment.view_config())
        window.wait(lambda: window.session.source_title == "PCA" and window.session.dataset.shape == (1, 12, 12))
        window.wait_for_points()
        assert failures == []
        assert np.isfinite(window.session.placed.positions).all()
