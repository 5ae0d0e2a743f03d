"""Saved and copied pictures of a plane."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from PySide6.QtCore import QByteArray
from PySide6.QtGui import QColor, QGuiApplication, QImage

from latentlab.gui.widgets.plot_picture import copy_picture, render_png, save_png, save_svg
from latentlab.gui.widgets.points_item import PointsItem
from latentlab.gui.widgets.probe_handle import ProbeHandle
from latentlab.gui.widgets.qimages import to_array
from tests.gui.pixels import drawn_svg, shot

HREF = "{http://www.w3.org/1999/xlink}href"


@pytest.fixture
def plane(shown_plane):
    shown_plane.set_axes_visible(False)
    points = PointsItem()
    shown_plane.add_item(points)
    points.set_points(np.array([[1.0, 0.5]], np.float32), np.array([0]), np.array([[200, 0, 0]], np.uint8))
    return shown_plane


def test_a_picture_is_finished_and_as_fine_as_asked(plane):
    image = render_png(plane, 3.0)
    assert (image.width(), image.height()) == (1200, 900)
    assert QColor(image.pixel(900, 300)).red() > QColor(image.pixel(900, 300)).green() + 50
    reds = (to_array(image)[..., 1] < 128).sum()
    assert 9 * 4 < reds < 9 * 60  # a disc drawn at that fineness, not a screen pixel enlarged


def test_the_screen_is_as_before_after_a_picture(plane):
    plane.settle()
    before = to_array(shot(plane))
    render_png(plane, 2.0)
    assert np.array_equal(to_array(shot(plane)), before)


def test_it_can_be_copied(plane):
    copy_picture(plane, 1.0)
    assert QGuiApplication.clipboard().image().size() == plane.size()


def test_a_saved_png_reads_back(plane, tmp_path):
    save_png(plane, tmp_path / "plot.png", 2.0)
    assert QImage(str(tmp_path / "plot.png")).size() == plane.size() * 2
    assert [path.name for path in tmp_path.iterdir()] == ["plot.png"]


def test_a_saved_svg_holds_shapes_and_the_points_as_a_picture(plane, tmp_path):
    plane.set_axes_visible(True)
    plane.add_item(ProbeHandle())
    save_svg(plane, tmp_path / "plot.svg")
    root = ElementTree.parse(tmp_path / "plot.svg").getroot()
    space = "{http://www.w3.org/2000/svg}"
    assert [root.tag, root.get("viewBox")] == [f"{space}svg", "0 0 1200 900"]
    picture = drawn_svg(tmp_path / "plot.svg", plane.size())
    corners = [picture.pixelColor(x, y) for x in (1, 398) for y in (1, 298)]
    assert corners == 4 * [plane.ground()]
    pictures = root.findall(f".//{space}image")
    assert len(pictures) == 1
    embedded = QImage.fromData(QByteArray.fromBase64(pictures[0].get(HREF).partition(",")[2].encode()))
    assert (embedded.width(), embedded.height()) == (1200, 900)
    assert len(root.findall(f".//{space}text")) > 4
    assert root.findall(f".//{space}path") or root.findall(f".//{space}circle")


@pytest.mark.parametrize("save", [save_png, save_svg])
def test_a_folder_that_is_not_there_is_an_error_and_an_old_file_stays(plane, tmp_path, save):
    with pytest.raises(OSError, match="nowhere"):
        save(plane, tmp_path / "nowhere" / "plot")
    assert not list(tmp_path.iterdir())
