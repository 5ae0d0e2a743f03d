"""The codebook panel: use, images and code maps as core computes them, and a map that is rewritten by hand."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from latentlab.core.code_requests import ReadCodebook
from latentlab.core.palette import class_colours
from latentlab.gui.panels import codebook as codebook_panel
from latentlab.gui.widgets.qimages import to_array
from tests.gui.conftest import Hand
from tests.gui.window import save_trained


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Runs that the tests open copies of: model -> folder."""
    home = tmp_path_factory.mktemp("runs")
    return {model: save_trained(home / model, model, steps=40) for model in ("vqvae", "vqvae-1x1")}


@pytest.fixture
def fresh(shared_window, monkeypatch):
    """The window that the tests share, without a run."""
    monkeypatch.setattr(codebook_panel, "_BUSY_SECONDS", 0.0)
    shared_window.main.bring_up("codebook")
    yield shared_window
    shared_window.forget_runs()
    shared_window.put_back()


@pytest.fixture
def rest(fresh, folders, tmp_path):
    """Opens a model that has learned a little and rests, and selects an image; returns the window."""

    def open_run(model):
        fresh.open(shutil.copytree(folders[model], tmp_path / model))
        fresh.session.select(5)
        fresh.wait(lambda: is_true(fresh))
        return fresh

    return open_run


@pytest.fixture
def window(rest):
    return rest("vqvae")


def test_the_curves_follow_perplexity_and_the_codes_in_use(fresh):
    fresh.train("vqvae", steps=80)
    fresh.pause()
    curves = fresh.main.curves
    for split in ("train", "test"):
        rows = [row for row in fresh.control.history if row.split == split]
        assert rows
        for name in ("perplexity", "codes_used"):
            fresh.wait(lambda name=name, split=split, rows=rows: len(curves.drawn(name, split)[1]) == len(rows))
            np.testing.assert_allclose(curves.drawn(name, split)[1], [row.figures[name] for row in rows], rtol=1e-6)
            assert all(1 <= row.figures[name] <= 16 for row in rows)


def codes_of(window, point):
    return window.server().codes(window.session.images.split.images[[point]])[0]


def is_true(window):
    """The panel shows the selected image's own map under the newest weights, and what it decodes to."""
    panel = window.main.codebook
    codes = panel.map.codes()
    return codes is not None and np.array_equal(codes, codes_of(window, 5)) and shows(window, codes)


def shows(window, codes):
    """The image is what the model itself decodes ``codes`` to."""
    pixels = window.main.codebook.image.pixels()
    model = window.server().source
    with torch.no_grad():
        expected = model.decode_codes(torch.tensor(codes)[None])[0].numpy()
    return pixels is not None and np.abs(pixels / 255 - expected).max() <= 1.5 / 255


def pick(window, row, column):
    panel = window.main.codebook
    place = panel.map.cell_rect((row, column)).center()
    Hand(panel.map).click(place.x(), place.y())
    assert panel.map.picked() == (row, column)


def click_code(window, place):
    grid = window.main.codebook.codes
    centre = grid.image_rect(place).center()
    Hand(grid.viewport()).click(centre.x(), centre.y())


def test_without_a_codebook_there_is_a_sentence(fresh):
    panel = fresh.main.codebook
    assert "VQ-VAE" in panel.codes.accessibleDescription()
    assert not panel.map.isVisible() and not panel.image.isVisible()


def test_codes_stand_by_their_use(window):
    panel, server = window.main.codebook, window.server()
    counts = np.bincount(server.codes(window.session.images.split.images).ravel(), minlength=16)
    # What was read under weights before may have the same order, or say the same.
    used = f"{(counts > 0).sum()} of 16 codes used"
    window.wait(lambda: used in panel.note.text() and counts[panel.order].tolist() == sorted(counts, reverse=True))
    assert panel.codes.count() == 16


def test_codes_stand_as_images_use_them_or_alone(window):
    panel, server = window.main.codebook, window.server()
    images = window.session.images.split.images
    *_, read = ReadCodebook(images).answers(server)

    def drawn(expected):
        pictures = [to_array(picture)[..., :1].transpose(2, 0, 1) for picture in panel.codes._pictures]
        return all(np.array_equal(*pair) for pair in zip(pictures, expected[panel.order], strict=True))

    window.wait(lambda: panel.order.tolist() == np.argsort(-read.counts, kind="stable").tolist())
    assert panel.alone.isVisible() and not panel.alone.isChecked()
    window.wait(lambda: drawn(read.patches))
    window.click(panel.alone)
    assert drawn(read.images)
    window.click(panel.alone)
    assert drawn(read.patches)


def test_the_maps_cells_are_pictures_of_their_codes_where_wanted(window):
    panel = window.main.codebook
    *_, read = ReadCodebook(window.session.images.split.images).answers(window.server())
    window.wait(lambda: panel.order.tolist() == np.argsort(-read.counts, kind="stable").tolist())
    colours = class_colours(len(read.counts))

    def cell(row, column):
        """A cell as it is painted, without the gap around it: H×W×3."""
        return to_array(panel.map.grab(panel.map.cell_rect((row, column)).toRect().adjusted(1, 1, -2, -2)).toImage())

    def is_picture(row, column, images):
        image = images[panel.map.codes()[row, column]][0]
        # The mean is that of the picture, however it is enlarged.
        return abs(float(cell(row, column).mean()) - float(image.mean())) < 24

    def is_colour(row, column):
        return (cell(row, column) == colours[panel.map.codes()[row, column]]).all()

    cells = list(np.ndindex(panel.map.codes().shape))
    assert panel.pictures.isVisible() and all(is_colour(*each) for each in cells)
    window.click(panel.pictures)
    assert not any(is_colour(*each) for each in cells) and all(is_picture(*each, read.patches) for each in cells)
    window.click(panel.alone)  # as in the grid beside it
    assert all(is_picture(*each, read.images) for each in cells)
    window.click(panel.alone)

    # Number and colour are there under the mouse.
    code, place = panel.map.codes()[0, 1], panel.map.cell_rect((0, 1))
    Hand(panel.map).move((place.center().x(), place.center().y()))
    assert f"code {code}," in panel._hint.text()
    ring = to_array(panel.map.grab(place.toRect().adjusted(-1, -1, 1, 1)).toImage()).reshape(-1, 3).tolist()
    assert colours[code].tolist() in ring

    # A code's cells are framed where it is marked: its picture may be as dark as the ground.
    Hand(panel.map).move((-1, -1))
    click_code(window, int(np.flatnonzero(panel.order == code)[0]))
    assert colours[code].tolist() in cell(0, 1).reshape(-1, 3).tolist()
    click_code(window, int(np.flatnonzero(panel.order == code)[0]))
    assert colours[code].tolist() not in cell(0, 1).reshape(-1, 3).tolist()

    pick(window, 1, 0)
    click_code(window, next(place for place, each in enumerate(panel.order) if each != panel.map.codes()[1, 0]))
    window.click(panel.reset)
    window.click(panel.pictures)
    assert all(is_colour(*each) for each in cells if each != (0, 1))


def test_a_click_on_a_code_marks_where_the_image_uses_it(window):
    panel = window.main.codebook
    click_code(window, 0)
    assert panel.map.marked() == panel.order[0]
    click_code(window, 0)
    assert panel.map.marked() is None
    assert is_true(window)


def test_a_cell_is_rewritten_by_a_click_on_a_code_and_put_back(window):
    panel, own = window.main.codebook, codes_of(window, 5)
    pick(window, 1, 0)
    place = next(place for place, code in enumerate(panel.order) if code != own[1, 0])
    click_code(window, place)
    expected = own.copy()
    expected[1, 0] = panel.order[place]
    np.testing.assert_array_equal(panel.map.codes(), expected)
    window.wait(lambda: shows(window, expected))
    assert panel.reset.isEnabled()
    window.click(panel.reset)
    assert not panel.reset.isEnabled()
    window.wait(lambda: is_true(window))


def test_wheel_and_arrows_step_through_the_codes(window):
    panel, own = window.main.codebook, codes_of(window, 5)
    order = panel.order.tolist()
    place = panel.map.cell_rect((0, 1)).center()
    Hand(panel.map).turn_wheel(place.x(), place.y(), -120)
    after = (order.index(own[0, 1]) + 1) % len(order)
    assert panel.map.picked() == (0, 1) and panel.map.codes()[0, 1] == order[after]
    for _ in range(2):
        QTest.keyClick(panel.map, Qt.Key.Key_Right)
    assert panel.map.codes()[0, 1] == order[(after + 2) % len(order)]
    for _ in range(3):
        QTest.keyClick(panel.map, Qt.Key.Key_Left)
    np.testing.assert_array_equal(panel.map.codes(), own)
    QTest.keyClick(panel.map, Qt.Key.Key_Down, Qt.KeyboardModifier.ControlModifier)
    assert panel.map.picked() == (1, 1)
    QTest.keyClick(panel.map, Qt.Key.Key_Escape)
    assert panel.map.picked() is None


def test_another_image_drops_what_was_written(window):
    panel = window.main.codebook
    pick(window, 0, 0)
    QTest.keyClick(panel.map, Qt.Key.Key_Right)
    assert panel.reset.isEnabled()
    window.session.select(9)
    window.wait(lambda: np.array_equal(panel.map.codes(), codes_of(window, 9)))
    assert not panel.reset.isEnabled() and panel.map.picked() is None


def keys(window, key, modifiers=Qt.KeyboardModifier.ControlModifier):
    QTest.keyClick(window.main, key, modifiers)


def written(window):
    return {(row, column): code for row, column, code in window.session.exploration.code_edits}


def test_cells_are_undone_one_by_one_and_written_again(window):
    panel, session, own = window.main.codebook, window.session, codes_of(window, 5)
    maps = [own]
    for cell in ((1, 0), (0, 1), (1, 1)):
        pick(window, *cell)
        click_code(window, next(place for place, code in enumerate(panel.order) if code != own[cell]))
        maps.append(panel.map.codes())
    undo = window.main.explore_menu.undo_actions.undo
    for number in (2, 1, 0):
        assert undo.text() == "&Undo editing the code map"
        keys(window, Qt.Key.Key_Z)
        np.testing.assert_array_equal(panel.map.codes(), maps[number])
        assert panel.reset.isEnabled() == bool(number) and session.exploration.selected == 5
    for expected in maps[1:]:
        keys(window, Qt.Key.Key_Y)
        np.testing.assert_array_equal(panel.map.codes(), expected)
    window.wait(lambda: shows(window, maps[-1]))
    window.click(panel.reset)
    assert undo.text() == "&Undo putting the code map back" and not written(window)
    keys(window, Qt.Key.Key_Z)
    np.testing.assert_array_equal(panel.map.codes(), maps[-1])


def test_what_was_written_outlasts_other_acts_and_their_undo(window):
    panel, session = window.main.codebook, window.session
    session.dim(frozenset({1}))
    pick(window, 0, 0)
    QTest.keyClick(panel.map, Qt.Key.Key_Right)
    rewritten = panel.map.codes()
    session.dim(frozenset({2}))
    session.move_probe((0.1, 0.2))
    for _ in range(2):
        keys(window, Qt.Key.Key_Z)
        np.testing.assert_array_equal(panel.map.codes(), rewritten)
    assert session.undo_act == "editing the code map"
    session.select(9)
    window.wait(lambda: np.array_equal(panel.map.codes(), codes_of(window, 9)))
    keys(window, Qt.Key.Key_Z)
    window.wait(lambda: np.array_equal(panel.map.codes(), rewritten))
    assert "1 changed" in panel._whose.text()


def test_what_was_written_is_saved_with_the_run(window, tmp_path):
    panel = window.main.codebook
    pick(window, 0, 0)
    QTest.keyClick(panel.map, Qt.Key.Key_Right)
    rewritten, edits = panel.map.codes(), written(window)
    window.control.save(tmp_path / "kept")
    window.wait(lambda: window.control.run.folder == tmp_path / "kept")
    window.forget_runs()
    window.open(tmp_path / "kept")
    window.wait(lambda: panel.map.codes() is not None and np.array_equal(panel.map.codes(), rewritten))
    assert written(window) == edits
    # What a folder says of cells and codes that there are not is left out.
    window.session.restore(replace(window.session.exploration, code_edits=((0, 0, 99), (90, 0, 1))))
    window.wait(lambda: is_true(window))


def test_without_a_selection_it_is_the_probes_map(window):
    panel = window.main.codebook
    window.session.select(None)
    window.session.move_probe((0.1, 0.2))
    window.wait(lambda: window.main.probe.image.pixels() is not None and panel.image.pixels() is not None)
    window.wait(lambda: np.array_equal(panel.image.pixels(), window.main.probe.image.pixels()))
    assert shows(window, panel.map.codes())


def test_it_follows_training_and_keeps_what_was_written(window):
    panel = window.main.codebook
    pick(window, 0, 0)
    QTest.keyClick(panel.map, Qt.Key.Key_Right)
    written = panel.map.codes()[0, 0]
    step = window.control.newest.step
    window.click(window.bar.train)
    window.wait(lambda: window.control.newest.step > step + 40)
    window.pause()

    def follows():
        expected = codes_of(window, 5)
        expected[0, 0] = written
        return np.array_equal(panel.map.codes(), expected) and shows(window, expected)

    window.wait(follows)


def test_another_model_empties_it(window):
    window.train("ae", steps=5)
    window.pause()
    panel = window.main.codebook
    window.wait(lambda: not panel.map.isVisible())
    assert panel.codes.count() == 0 and "VQ-VAE" in panel.codes.accessibleDescription()


def test_one_code_an_image(rest):
    window = rest("vqvae-1x1")
    assert window.main.codebook.map.codes().shape == (1, 1)
