"""A conditional model in the window: one chosen class, the same in every panel."""

import json
import shutil

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from latentlab.core.lattice import cell_centres
from latentlab.core.requests import DecodeCells, DecodeClasses, Reconstruct
from tests import conditional
from tests.gui import window as windows
from tests.gui.conftest import Hand
from tests.gui.window import save_trained


@pytest.fixture(scope="module")
def registered():
    """The model is there before the window is made, which lists all models."""
    with pytest.MonkeyPatch.context() as patch:
        conditional.register(patch)
        patch.setitem(windows.SMALL, conditional.NAME, {})
        yield


@pytest.fixture(scope="module", params=[conditional.NAME, "cvae"])
def folder(registered, tmp_path_factory, request):
    """A run of it, or of the CVAE, that the tests open copies of."""
    return save_trained(tmp_path_factory.mktemp("runs") / "run", request.param)


@pytest.fixture
def window(registered, shared_window, folder, tmp_path):
    shared_window.open(shutil.copytree(folder, tmp_path / "run"))
    yield shared_window
    shared_window.forget_runs()
    shared_window.put_back()


def decoded(window, positions, label):
    return window.server().decode(np.array(positions, np.float32), label).astype(int)


def shows_probe_of(window, label):
    """The probe panel shows what a server of its own decodes there."""
    pixels = window.main.probe.image.pixels()
    expected = decoded(window, [window.session.exploration.probe], label)[0]
    return pixels is not None and np.abs(pixels.astype(int) - expected).max() <= 1


def test_a_class_is_chosen_in_the_manifold_and_seen_in_the_probe(window):
    manifold, answered = window.main.manifold, []
    assert manifold.classes.isVisible() and manifold.classes.currentText() == "Class 0"
    window.wait(lambda: shows_probe_of(window, 0))
    window.session.when_answered(DecodeCells, lambda request, part: answered.append((*part, request.version)))
    manifold.classes.setFocus()
    for _ in range(4):
        QTest.keyClick(manifold.classes, Qt.Key.Key_Down)
    assert window.session.exploration.label == 4
    window.wait(lambda: shows_probe_of(window, 4))
    assert not shows_probe_of(window, 0)
    window.wait(lambda: answered and answered[-1][2] == window.session.version)
    keys, images, _ = answered[-1]
    assert np.abs(images.astype(int) - decoded(window, cell_centres(keys), 4)).max() <= 1
    assert window.main.probe.classes.selected() == 4


def test_the_probes_latent_as_every_class_and_a_click_chooses_one(window):
    grid = window.main.probe.classes
    window.session.move_probe((0.25, -0.5))
    shown = []
    window.session.when_answered(DecodeClasses, lambda _, images: shown.append(images))
    expected = window.server().decode(np.array([[0.25, -0.5]] * 10, np.float32), np.arange(10)).astype(int)
    # The answer to an earlier place of the probe may still be on its way.
    window.wait(lambda: shown and np.abs(shown[-1].astype(int) - expected).max() <= 1)
    assert grid.isVisible() and grid.count() == 10
    place = grid.image_rect(7).center()
    Hand(grid.viewport()).click(place.x(), place.y())
    assert window.session.exploration.label == 7
    assert window.main.manifold.classes.currentText() == "Class 7"
    window.wait(lambda: shows_probe_of(window, 7))


def test_the_probe_at_an_image_shows_its_style_in_every_class(window):
    shown = []
    window.session.when_answered(DecodeClasses, lambda _, images: shown.append(images))
    window.session.select(23)
    panel = window.main.selection
    panel.ask_for_number()
    assert "its style in every class" in panel.probe.toolTip()
    window.click(panel.probe)
    server, split = window.server(), window.session.images.split
    latent = server.encode(split.images[[23]], split.labels[[23]])  # with its own label
    expected = server.decode_latents(np.repeat(latent, 10, 0), np.arange(10)).astype(int)
    window.wait(lambda: shown and np.abs(shown[-1].astype(int) - expected).max() <= 1)


def test_points_and_reconstructions_know_their_own_labels(window):
    split, server = window.session.images.split, window.server()
    np.testing.assert_allclose(window.session.placed.positions, server.encode(split.images, split.labels), atol=1e-4)
    panel, answers = window.main.reconstructions, []
    window.session.when_answered(Reconstruct, lambda *answered: answers.append(answered))
    panel.shuffle()
    chosen = split.take(np.array(panel.points))
    window.wait(lambda: answers and np.array_equal(answers[-1][0].images, chosen.images))
    expected = server.reconstruct(chosen.images, chosen.labels)
    assert np.abs(answers[-1][1].outputs.astype(int) - expected.astype(int)).max() <= 1


def test_the_chosen_class_is_saved_with_the_run_and_comes_back(window):
    run = window.control.run
    window.session.choose_class(6)
    window.control.save_now()
    window.wait(lambda: json.loads((run.folder / "config.json").read_text())["exploration"]["label"] == 6)
    window.control.forget(run)
    window.put_back()
    assert window.session.exploration.label == 0
    window.open(run.folder)
    assert window.main.manifold.classes.isVisible() and window.main.manifold.classes.currentText() == "Class 6"
    window.wait(lambda: shows_probe_of(window, 6))


def test_a_class_that_the_data_lack_is_not_taken_up(window):
    from dataclasses import replace

    window.session.restore(replace(window.session.exploration, label=99))
    assert window.session.exploration.label == 0


def test_other_models_offer_no_class(window):
    window.train("ae", steps=10)
    window.pause()
    window.wait(lambda: not window.session.capabilities.conditional)
    assert not window.main.manifold.classes.isVisible() and not window.main.probe.classes.isVisible()
