"""The start: a splash that is painted before anything slow begins, and the log of what a user waits for."""

import gc
import logging

import numpy as np
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor, QPixmap
from PySide6.QtWidgets import QApplication, QMenu, QWhatsThis

from latentlab.gui.app import freeze_heap
from latentlab.gui.later import LATER
from latentlab.gui.start_log import PLACED, USABLE, StartLog
from latentlab.gui.widgets.qimages import to_array
from latentlab.gui.widgets.splash import Splash
from tests.gui.pixels import shot
from tests.gui.window import opened


def test_the_splash_is_painted_when_show_now_returns(qtbot):
    picture = QPixmap(200, 150)
    picture.fill(QColor("#204060"))
    splash = Splash(picture, "Starting…")
    qtbot.addWidget(splash)
    splash.show_now()
    assert splash.isVisible()
    assert splash._painted
    assert (splash.width(), splash.height()) == (200, 150)
    colours = {tuple(colour[:3]) for colour in to_array(shot(splash)).reshape(-1, 4)}
    assert len(colours) > 3  # the words, too


def test_what_exists_is_left_out_of_the_collectors_rounds():
    before = gc.get_freeze_count()
    gc.disable()
    try:
        freeze_heap()
        assert gc.get_freeze_count() > before
    finally:
        gc.enable()


def test_the_start_is_logged_once_with_train_answering(qtbot, caplog):
    caplog.set_level(logging.INFO)
    with opened(qtbot) as window:
        log = StartLog(window.main)
        with qtbot.waitSignal(log.became_usable):
            window.control.state_changed.emit(window.control.state)
        assert window.bar.train.isEnabled()
        points = window.main.scatter.points
        points.set_positions(np.array(points.points))
        window.wait(lambda: PLACED in caplog.messages)
        points.set_positions(np.array(points.points))
        window.wait(lambda: points.is_up_to_date)
        QApplication.processEvents()
    assert caplog.messages.count(USABLE) == caplog.messages.count(PLACED) == 1


def test_where_the_run_to_begin_with_does_not_open_there_are_data_all_the_same(qtbot, tmp_path):
    with opened(qtbot, data=None) as window:
        window.main.start(tmp_path / "gone")
        window.wait(lambda: window.session.dataset is not None)
        window.wait_for_points()
        assert window.session.dataset.name == window.main.experiment.settings().data.name
        assert window.bar.train.isEnabled()
        assert str(tmp_path / "gone") in window.main.messages.text()


def test_a_panel_that_is_not_made_yet_can_be_explained(qtbot):
    with opened(qtbot, data=None, late=True) as window:
        main = window.main
        asked = next(action for action in looking_at(main) if action.text() == "Draw")
        asked.trigger()
        (said,) = (widget for widget in QApplication.topLevelWidgets() if widget.inherits("QWhatsThat"))
        window.wait(said.isVisible)
        panel = main.draw
        window.wait(panel.is_seen)
        place = panel.mapToGlobal(QPoint(8, 8))
        assert said.geometry().adjusted(0, -8, 0, 0).contains(place)
        QWhatsThis.hideText()


def looking_at(main):
    """The entries of the Help menu's "What am I looking at?"."""
    (menu,) = (menu for menu in main.findChildren(QMenu) if "looking at" in menu.title())
    return menu.actions()


def test_panels_made_later_know_what_the_others_were_told(qtbot, tmp_path):
    with opened(qtbot) as window:
        window.train("vqvae", steps=20)
        window.pause()
        window.session.select(7)
        window.session.dim(frozenset({2}))
        window.control.save(tmp_path / "run")
        window.wait(lambda: (tmp_path / "run" / "config.json").exists() and not window.control.unsaved)
    with opened(qtbot, run=tmp_path / "run", late=True) as window:
        main, session = window.main, window.session
        assert not hasattr(main, "comparison") and main.dock("comparison").windowTitle() == "Comparison"
        before = session.exploration
        main.make_the_rest_in_turns()
        window.wait(lambda: len(main.panels) == len(LATER) + 6)
        window.wait_for_points()
        # As they were, and shown so by early and late ones alike.
        assert session.exploration == before
        assert main.scatter.points.selected.tolist() == [7]
        left, right = main.comparison.sides
        for points in (left.points, right.points, main.scatter.points):
            window.wait(lambda points=points: np.isfinite(points.points).all())
            assert points.selected.tolist() == [7]
        np.testing.assert_array_equal(main.scatter.points.points, session.placed.positions)
        main.dock("codebook").raise_()
        window.wait(lambda: main.codebook.codes.count() == 16)
        main.dock("samples").raise_()
        window.wait(lambda: main.samples.beside.grid.count() > 0 or main.samples.sheet.grid.count() > 0)
        window.wait(lambda: main.evaluating.newest is not None)
