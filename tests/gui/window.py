"""The real window for tests: opened on the small digits, driven by real events, closed without a trace."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from latentlab.core import runs
from latentlab.core.data import DataConfig
from latentlab.core.exploration import Exploration
from latentlab.core.models import model_info
from latentlab.core.options import build
from latentlab.core.run import Run, RunSettings
from latentlab.core.training import Trainer
from latentlab.core.training_config import TrainingConfig
from tests.core.sets import digits

DIGITS = DataConfig("digits")
SHARED = "shared by tests"
SMALL = {
    "linear_ae": {},
    "ae": {"hidden": 32},
    "dae": {"hidden": 32},
    "vae": {"hidden": 32, "depth": 2, "taper": "halve"},
    "cvae": {"hidden": 32, "depth": 2, "taper": "halve"},
    "beta_vae": {"hidden": 32, "depth": 2, "taper": "halve", "beta": 3.0},
    "vae-5": {"hidden": 32, "depth": 2, "taper": "halve", "latent_dim": 5},
    "vqvae": {"channels": 8, "grid": 2, "codes": 16, "latent_dim": 4},
    "vqvae-1x1": {"grid": 1, "codes": 16, "latent_dim": 2, "body": "mlp", "hidden": 32},
}


def config_of(model):
    """The settings of one of the small models."""
    return build(model_info(kind_of(model)).config, SMALL[model])


def kind_of(model):
    """The program's name of one of the small models."""
    return model.partition("-")[0]


def save_trained(folder, model, steps=60):
    """Saves a small model that has learned a little of the digits, trained without a window; returns the folder."""
    config = config_of(model)
    training = TrainingConfig(epochs=2000, batch_size=50, seed=3, device="cpu")
    trainer = Trainer(digits(), kind_of(model), config, training)
    trainer.advance(steps)
    runs.save(Run.of(trainer, DIGITS, config, Exploration()), folder)
    return folder


class Window:
    """A `MainWindow` and the waits that tests need."""

    def __init__(self, qtbot, data=DIGITS, run=None, late=False):
        from latentlab.gui import theme
        from latentlab.gui.main_window import MainWindow
        from latentlab.gui.settings import Settings

        theme.active().apply(self._application())
        self.qtbot = qtbot
        self.main = MainWindow(Settings())
        if not late:
            self.main.make_the_rest()
        # Deleted at the test's end, since every style sheet visits every widget there is; closed before by this class,
        # which asks nothing, also where a test failed.
        qtbot.addWidget(self.main, before_close_func=lambda _: self.close())
        self.session, self.control = self.main.session, self.main.control
        self._served = self._model = None
        self.main.resize(1280, 800)
        with qtbot.waitExposed(self.main):
            self.main.show()
        if run is not None:
            self.main.start(run)
        elif data is not None:
            self.main.experiment.show_settings(replace(self.main.experiment.settings(), data=data))
            self.control.load_data(data, self.main.experiment.view_config())
        if run is not None or data is not None:
            self.wait_for_points()

    def wait(self, check, seconds=30):
        """Runs the window until ``check`` holds."""
        self.qtbot.waitUntil(lambda: bool(check()), timeout=1000 * seconds)

    def wait_for_points(self):
        """Waits until every point is where the newest weights put it."""
        self.wait(lambda: self.session.placed is not None and self.session.placed.complete)

    def choose(self, model, epochs=2000, **training):
        """Fills in the form."""
        config = TrainingConfig(**{"epochs": epochs, "batch_size": 50, "seed": 3, **training})
        data = self.main.experiment.settings().data
        settings = RunSettings(data, kind_of(model), config_of(model), config)
        self.main.experiment.show_settings(settings)

    def click(self, button):
        """A click of the left mouse button."""
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    @property
    def bar(self):
        """The training's buttons."""
        return self.main.experiment.training_bar

    def train(self, model, steps=40, **training):
        """Chooses a model, clicks Train, and waits for some steps."""
        self.choose(model, **training)
        self.click(self.bar.train)
        self.wait(lambda: self.control.newest is not None and self.control.newest.step >= steps)

    def pause(self):
        """Clicks Pause and waits until everything shows the weights that training rests at."""
        self.click(self.bar.pause)
        self.wait(lambda: self.control.state in ("resting", "finished"))
        self.wait(lambda: self.session.step == self.control.newest.step)
        self.wait_for_points()

    def open(self, folder):
        """Opens a run folder beside what is open and waits until everything shows it; returns the run."""
        self.main.actions_.open_folder(folder)
        self.wait(lambda: self.control.run is not None and self.control.run.folder == folder)
        self.wait(lambda: self.session.step == self.control.newest.step)
        self.wait_for_points()
        return self.control.run

    def forget_runs(self):
        """Takes all runs out of the window; none is asked about."""
        for run in list(self.control.runs):
            self.control.forget(run)

    def put_back(self):
        """Has the hand's things where they were, for the next test of a window that several share."""
        if self.control.state == "running":
            self.pause()
        self.session.restore(Exploration())
        self.session.hover(None)
        self.main.scatter.view.fit()
        self.main.manifold.view.fit()
        while self.main.messages.texts():
            self.main.messages.dismiss()
        self.wait_for_points()

    def weights(self):
        """The newest published weights."""
        return self.control.newest.weights

    def server(self):
        """An independent server of the newest weights, with nothing of the window's own."""
        from latentlab.core.models import ImageShape, create
        from latentlab.core.serving import LatentServer

        settings, dataset = self.control.run.settings, self.session.dataset
        if self._served is not self.control.newest:  # who waits asks for it a hundred times a second
            self._model = create(settings.model_name, settings.model, ImageShape(*dataset.shape, dataset.classes))
            self._model.load_state_dict(self.weights())
            self._served = self.control.newest
        return LatentServer(self._model.eval(), dataset.full_scale)

    def close(self):
        """Closes the window, giving up a run that has no name."""
        self.main.actions_.may_close = lambda: True
        self.main.close()

    @staticmethod
    def _application():
        from PySide6.QtWidgets import QApplication

        return QApplication.instance()


@contextmanager
def opened(qtbot, **how):
    """A window that is closed whatever happens."""
    window = Window(qtbot, **how)
    try:
        yield window
    finally:
        window.close()


@contextmanager
def opened_for_all(request, home, **how):
    """A window that the tests of a file share, each of which puts it back and forgets the runs that it began itself.

    Its runs and settings are in ``home``. Its timers may run on from one test to the next.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LATENTLAB_HOME", str(home))
        with opened(QtBot(request), **how) as window:
            for owner in (window.main, window.session, window.control):
                owner.setProperty(SHARED, True)
            yield window
        window.main.deleteLater()
        request.node.qt_widgets.clear()  # where pytest-qt would hold the window to the end of all tests
