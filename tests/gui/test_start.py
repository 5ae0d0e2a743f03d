"""The start: a splash that is painted before anything slow begins, and the log of what a user waits for."""

import gc
import logging

import numpy as np
from PySide6.QtGui import QColor, QPixmap
from PySide6.QtWidgets import QApplication

from latentlab.gui.app import freeze_heap
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
        assert gc.isenabled()
        assert gc.get_freeze_count() > before
    finally:
        gc.enable()
        gc.unfreeze()


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
