"""What the scatter's points are coloured by, the card of the point under the hand, and images at points."""

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets")

import torch
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from latentlab.core.density import density
from latentlab.core.disc import disc_style
from latentlab.core.models import Capabilities
from latentlab.core.palette import sequential_colours
from latentlab.core.quantity import Quantity
from latentlab.gui.overlays.point_colours import SHADES, shades
from latentlab.gui.widgets.qimages import to_array
from latentlab.gui.widgets.thumbnails_item import PITCH
from tests.gui.conftest import Hand
from tests.gui.pixels import colour_at, shot
from tests.gui.test_panels import lonely_point, pixel_of


@pytest.fixture
def window(trained):
    trained.put_back()
    trained.session.colour_by(None)
    trained.session.show_images(False)
    return trained


def choose(window, title):
    """Chooses in the title bar as a hand does, and waits until all points are measured."""
    box, colours = window.main.scatter.colours.box, window.main.scatter.colours
    box.setFocus()
    box.showPopup()
    row = box.findText(title)
    entry = box.view().visualRect(box.model().index(row, 0)).center()
    QTest.mouseClick(box.view().viewport(), Qt.MouseButton.LeftButton, pos=entry)
    window.wait(lambda: np.isfinite(colours.values).all())
    window.wait(lambda: window.main.scatter.points.is_up_to_date)


def expected(window, quantity):
    server, split = window.server(), window.session.images.split
    x = torch.tensor(split.images / 16, dtype=torch.float32)
    with torch.no_grad():
        encoding = server.source.encode(x)
        if quantity is Quantity.ERROR:
            return (server.source.decode(encoding.mean) - x).square().mean((1, 2, 3)).numpy()
        posterior = torch.distributions.Normal(encoding.mean, encoding.scale)
        return torch.distributions.kl_divergence(posterior, torch.distributions.Normal(0, 1)).sum(1).numpy()


@pytest.mark.parametrize("title, quantity", [("Error", Quantity.ERROR), ("KL", Quantity.KL)])
def test_points_are_coloured_by_what_the_model_says_of_them(window, title, quantity):
    scatter = window.main.scatter
    choose(window, title)
    values = scatter.colours.values
    np.testing.assert_allclose(values, expected(window, quantity), rtol=2e-3, atol=1e-4)
    assert scatter.colours.bar.range() == pytest.approx(np.percentile(values, (2, 98)))
    assert scatter.colours.bar.isVisible() and not scatter.legend.isVisible()
    positions = window.session.placed.positions
    point = lonely_point(scatter.view, positions)
    low, high = np.percentile(values, (2, 98))
    share = np.clip((values[point] - low) / (high - low), 0, 1)
    _, opacity = disc_style(len(positions), (scatter.view.frame.width, scatter.view.frame.height))
    on_white = 255 + opacity * (sequential_colours(SHADES).astype(float) - 255)
    seen = colour_at(scatter.view, *pixel_of(scatter.view, positions, point)).getRgb()[:3]
    assert abs(np.abs(on_white - seen).sum(1).argmin() / (SHADES - 1) - share) < 0.1


def test_density_and_back_to_the_classes(window):
    scatter = window.main.scatter
    choose(window, "Density")
    np.testing.assert_allclose(scatter.colours.values, density(window.session.placed.positions), rtol=1e-5)
    choose_class = scatter.colours.menu(window.main).actions()[0]
    choose_class.trigger()
    assert scatter.legend.isVisible() and not scatter.colours.bar.isVisible()
    assert scatter.colours.box.currentText() == "Class" and choose_class.isChecked()


def test_a_model_without_a_posterior_has_no_kl_and_goes_back_to_the_classes(window):
    colours, session = window.main.scatter.colours, window.session
    choose(window, "KL")
    able = session.capabilities
    session.capabilities = Capabilities()
    session.capabilities_changed.emit()
    assert colours.quantity is None and colours.box.findText("KL") == -1
    session.capabilities = able
    session.capabilities_changed.emit()
    assert colours.box.findText("KL") == 2


def test_dimming_and_picking_still_go_by_class(window):
    scatter = window.main.scatter
    choose(window, "Error")
    positions, labels = window.session.placed.positions, window.session.images.split.labels
    point = lonely_point(scatter.view, positions)
    hand = Hand(scatter.view.viewport())
    window.session.dim(frozenset({int(labels[point])}))
    hand.click(*pixel_of(scatter.view, positions, point))
    picked = window.session.exploration.selected  # a point of another class, where one is near enough
    assert picked is None or labels[picked] != labels[point]
    window.session.select(None)
    window.session.dim(frozenset())
    hand.click(*pixel_of(scatter.view, positions, point))
    assert window.session.exploration.selected == point


def test_values_fall_into_even_shades():
    values = np.array([np.nan, -5.0, 0.0, 0.5, 1.0, 9.0], np.float32)
    assert shades(values, 0.0, 1.0).tolist() == [-1, 0, 0, SHADES // 2, SHADES - 1, SHADES - 1]
    assert shades(np.array([np.nan, 2.0], np.float32), 2.0, 2.0).tolist() == [-1, SHADES // 2]


def test_the_card_shows_image_reconstruction_and_figure_without_moving(window):
    choose(window, "Error")
    scatter, positions = window.main.scatter, window.session.placed.positions
    point = lonely_point(scatter.view, positions)
    x, y = pixel_of(scatter.view, positions, point)
    card = scatter.hovering.card
    Hand(scatter.view.viewport()).move((x - 40, y), (x, y))
    assert scatter.points.ring == point and not card.isVisible()
    window.wait(card.isVisible)
    stood = card.geometry()
    window.wait(lambda: card.reconstruction.pixels() is not None)
    assert card.geometry() == stood and card.parentWidget() is window.main
    split = window.session.images.split
    np.testing.assert_array_equal(card.image.pixels(), window.session.shown_image(point))
    np.testing.assert_array_equal(card.reconstruction.pixels(), window.server().reconstruct(split.images[[point]])[0])
    name, title, place, figure = card.lines()
    assert name == str(split.labels[point]) and title == window.session.images.title(point)
    assert place == f"({positions[point, 0]:.2f}, {positions[point, 1]:.2f})".replace("-", "−")
    assert float(figure.split()[1]) == pytest.approx(expected(window, Quantity.ERROR)[point], rel=0.01)
    for picture in (card.image, card.reconstruction):  # nothing is in front of them
        inside = picture.image_rect()
        there = inside.translated(picture.pos() + card.pos())
        np.testing.assert_array_equal(to_array(shot(window.main).copy(there)), to_array(shot(picture).copy(inside)))


def overlaps(places):
    near = (np.abs(places[:, None] - places[None]) < PITCH - 0.01).all(2)
    return int(near.sum()) - len(places)


def test_images_stand_at_points_without_overlap_and_more_of_them_closer(window):
    scatter = window.main.scatter
    view, item = scatter.view, scatter.thumbnails.item
    view.setFocus()  # a list that has the focus takes letters for itself
    QTest.keyClick(window.main, Qt.Key.Key_I)
    window.wait(lambda: item.has_levels and len(item.shown(view.frame)) > 0)
    assert scatter.thumbnails.action.isChecked() and item.isVisible()
    far, positions = item.shown(view.frame), window.session.placed.positions
    assert len(far) > 1 and overlaps(view.frame.points_to_pixels(positions[far])) == 0
    view.pan(13, -7)
    np.testing.assert_array_equal(item.shown(view.frame), far)
    view.zoom(2.5)
    near = item.shown(view.frame)
    assert len(near) > len(far) and set(far) <= set(near)
    assert overlaps(view.frame.points_to_pixels(positions[near])) == 0
    # The densest point of all has its image at every scale.
    densest = int(density(positions).argmax())
    assert densest in far
    view.zoom(1 / 2.5 / 12)
    few = item.shown(view.frame)
    assert densest in few and len(few) < len(far) and set(few) <= set(far)
    assert overlaps(view.frame.points_to_pixels(positions[few])) == 0


def test_images_show_what_they_are_of_and_dimmed_classes_are_left_out(window):
    scatter, split = window.main.scatter, window.session.images.split
    view, item = scatter.view, scatter.thumbnails.item
    scatter.thumbnails.action.trigger()
    window.wait(lambda: item.has_levels and len(item.shown(view.frame)) > 0)
    positions = window.session.placed.positions
    room = view.viewport().rect().adjusted(60, 40, -60, -40)
    point = next(
        int(point)
        for point in item.shown(view.frame)
        if room.contains(QPoint(*map(round, pixel_of(view, positions, point))))
        and view.itemAt(QPoint(*map(round, pixel_of(view, positions, point)))) is None
    )
    image = window.session.shown_image(point)[0]
    scatter.points.set_class_names(())  # one may be written across the image
    window.wait(lambda: scatter.points.is_up_to_date)
    x, y = pixel_of(view, positions, point)
    scale = 32 // image.shape[0]
    half = scale * image.shape[0] / 2
    grabbed = shot(view.viewport())
    scatter.points.set_class_names(window.session.dataset.class_names)
    corner = round(x - half - 1.5) + 1.5, round(y - half - 1.5) + 1.5
    drawn = [
        [
            grabbed.pixelColor(round(corner[0] + (j + 0.5) * scale), round(corner[1] + (i + 0.5) * scale)).red()
            for j in range(image.shape[1])
        ]
        for i in range(image.shape[0])
    ]
    assert np.corrcoef(np.ravel(drawn), image.ravel())[0, 1] > 0.9
    gone = int(split.labels[point])
    window.session.dim(frozenset({gone}))
    window.wait(lambda: not (split.labels[item.shown(view.frame)] == gone).any())
    assert len(item.shown(view.frame)) > 0
