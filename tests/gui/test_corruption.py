"""Images spoilt by hand: any trained model restores them in the reconstructions panel."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from latentlab.core.corruption import Corruption
from latentlab.core.requests import Reconstruct
from latentlab.core.serving import LatentServer
from tests.gui.window import opened, save_trained


@pytest.fixture
def window(qtbot, tmp_path):
    with opened(qtbot, run=save_trained(tmp_path / "run", "ae")) as window:
        window.answers = []
        window.session.when_answered(Reconstruct, lambda request, answer: window.answers.append((request, answer)))
        yield window


def newest(window):
    """What the panel shows once everything that was asked is answered."""
    window.wait(
        lambda: (
            window.answers and window.answers[-1][0].corruption == window.main.reconstructions.corruption.corruption()
        )
    )
    return window.answers[-1]


def captions(window):
    return window.main.reconstructions.strip.accessibleDescription().partition("rows: ")[2].partition(";")[0]


def test_images_are_spoilt_and_restored_as_core_does(window):
    panel = window.main.reconstructions
    assert not panel.corruption.isVisible()
    window.click(panel.spoil)
    assert panel.corruption.isVisible()
    request, answer = newest(window)
    assert request.corruption == Corruption("masking", 0.25)
    assert captions(window) == f"Clean, Corrupted, Restored {answer.errors.mean():.4f}, Difference"
    *_, expected = Reconstruct(request.images, request.labels, request.corruption, request.seed).answers(
        window.server()
    )
    np.testing.assert_array_equal(answer.corrupted, expected.corrupted)
    assert np.abs(answer.outputs.astype(int) - expected.outputs.astype(int)).max() <= 1
    assert "to the clean image" in panel.note.text()
    window.click(panel.spoil)
    assert newest(window)[1].corrupted is None and captions(window) == "Input, Output, Difference"


def test_kind_and_level_are_turned_and_the_shuffle_draws_anew(window):
    panel = window.main.reconstructions
    window.click(panel.spoil)
    _, weak = newest(window)
    panel.corruption.level.setFocus()
    QTest.keyClick(panel.corruption.level, Qt.Key.Key_PageUp)
    request, strong = newest(window)
    assert request.corruption == Corruption("masking", 0.3)
    black, blacker = (answer.corrupted != answer.inputs for answer in (weak, strong))
    assert (black <= blacker).all() and blacker.sum() > black.sum()
    panel.corruption.kinds.setFocus()
    QTest.keyClick(panel.corruption.kinds, Qt.Key.Key_Down)
    assert newest(window)[0].corruption == Corruption("gaussian", 0.3)
    seed = newest(window)[0].seed
    panel.shuffle()
    window.wait(lambda: newest(window)[0].seed != seed)


def test_pca_restores_beneath(window):
    panel = window.main.reconstructions
    window.wait(lambda: window.session.pca is not None)
    window.click(panel.spoil)
    window.click(panel.corruption.pca)
    window.wait(lambda: "PCA" in captions(window))
    request, answer = newest(window)
    *_, expected = replace(request, pca=None).answers(LatentServer(window.session.pca, 16))
    np.testing.assert_array_equal(answer.pca_outputs, expected.outputs)
    assert captions(window).endswith(f"PCA {expected.errors.mean():.4f}")


def test_a_corruption_by_hand_goes_along_from_an_autoencoder_to_a_denoising_one(window, tmp_path):
    panel, ae = window.main.reconstructions, window.control.run
    dae = window.open(save_trained(tmp_path / "dae", "dae"))
    learned = panel.corruption.corruption()
    assert learned == window.session.capabilities.corruption is not None
    window.control.choose(ae)
    window.wait(lambda: panel.corruption.corruption() is None)
    window.click(panel.spoil)
    panel.corruption.level.setFocus()
    QTest.keyClick(panel.corruption.level, Qt.Key.Key_Up)
    chosen = panel.corruption.corruption()
    assert chosen is not None and chosen != learned
    for run, own in ((dae, learned), (ae, None)):
        window.answers.clear()
        window.control.choose(run)
        window.wait(lambda: window.answers)
        assert window.session.capabilities.corruption == own
        assert panel.corruption.corruption() == newest(window)[0].corruption == chosen


def test_a_model_begins_with_what_it_learned_to_undo(window):
    panel, session = window.main.reconstructions, window.session

    def look_at(corruption):
        session.capabilities = replace(session.capabilities, corruption=corruption)
        session.capabilities_changed.emit()

    look_at(Corruption("patch", 0.4))
    assert panel.corruption.corruption() == Corruption("patch", 0.4)
    look_at(None)
    assert panel.corruption.corruption() is None and not panel.corruption.isVisible()
    window.click(panel.spoil)
    chosen = panel.corruption.corruption()
    look_at(None)  # what a hand has chosen stays, so that models can be compared
    assert panel.corruption.corruption() == chosen is not None
    look_at(Corruption("masking", 0.5))
    assert panel.corruption.corruption() == chosen
    window.click(panel.spoil)  # off again: each begins with its own
    look_at(Corruption("masking", 0.5))
    assert panel.corruption.corruption() == Corruption("masking", 0.5)
