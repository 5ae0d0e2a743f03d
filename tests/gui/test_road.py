"""The road in the window: hidden until it is asked for, read station by station, set up and trained by hand."""

import pytest

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from latentlab.core.road import ROAD
from latentlab.gui import theme
from latentlab.gui.road import RoadPage
from latentlab.gui.settings import Settings


@pytest.fixture
def window(shared_window):
    yield shared_window
    shared_window.main.road.hide()
    shared_window.forget_runs()
    shared_window.put_back()


@pytest.fixture
def page(window):
    """The road at its first station, shown by the menu."""
    window.main.road.action().trigger()
    page = window.main.road.page
    page.choice.setCurrentIndex(0)
    return page


def in_front(window, name):
    return not window.main.dock(name).widget().visibleRegion().isEmpty()


def test_it_is_hidden_until_the_menu_shows_it_and_its_cross_hides_it(window):
    road = window.main.road
    assert not road.isVisible()
    entry = next(
        entry
        for menu in window.main.menuBar().actions()
        for entry in menu.menu().actions()
        if entry.text() == "The &road from AE to VQ-VAE"
    )
    entry.trigger()
    assert road.isVisible() and entry.isChecked()
    window.click(road.page.close_button)
    assert not road.isVisible() and not entry.isChecked()


def test_the_arrows_go_from_station_to_station(window, page):
    assert page.station is ROAD[0] and not page.back.isEnabled()
    for station in ROAD[1:]:
        window.click(page.on)
        assert page.station is station
        assert all(sentence in page._tries.text() for sentence in station.tries)
        assert page._idea.text() == station.idea
    assert not page.on.isEnabled()
    window.click(page.back)
    assert page.station is ROAD[-2]


@pytest.fixture(params=[80, 100, 175])
def sized(request, page):
    """The road with text of that size."""
    theme.active().text_percent = request.param
    yield page
    theme.active().text_percent = 100


def test_nothing_beneath_moves_and_nothing_is_cut_off_from_one_to_the_next(window, sized):
    heights, page = set(), sized
    for _ in ROAD[1:]:
        window.click(page.on)
        window.qtbot.wait(1)
        heights.add(window.main.road.height())
        for text in (page._idea, page._tries):
            assert text.height() >= text.heightForWidth(text.width())
            assert page.rect().contains(text.geometry())
    assert len(heights) == 1


@pytest.mark.parametrize("station", ROAD, ids=lambda station: station.title)
def test_a_station_is_set_up_as_it_says(window, page, station):
    page.choice.setCurrentIndex(ROAD.index(station))
    data = window.main.experiment.settings().data
    window.click(page.set_up)
    assert window.main.experiment.settings() == station.settings(data)
    window.wait(lambda: in_front(window, "experiment") and in_front(window, station.panels[-1]))
    assert station.title in window.main.statusBar().currentMessage()


def test_what_is_set_up_trains(window, page):
    window.click(page.set_up)
    QTest.keyClick(window.main, Qt.Key.Key_F5)
    window.wait(lambda: window.control.state == "finished")
    assert window.control.run.settings.model_name == ROAD[0].model


def test_the_station_is_known_at_the_next_start(window, page):
    window.click(page.on)
    window.click(page.on)
    next_time = RoadPage(window.main._settings.station)
    assert next_time.station is ROAD[2]
    next_time.deleteLater()


@pytest.mark.parametrize("kept", ["-3", "99", "the third"])
def test_a_station_that_there_is_not_counts_as_the_first(kept):
    settings = Settings()
    settings._store.setValue("road/station", kept)
    page = RoadPage(settings.station)
    assert page.choice.currentIndex() == 0
    page.deleteLater()


@pytest.mark.parametrize("percent", [100, 150, 200])
def test_no_task_is_cut(window, page, percent):
    theme.active().text_percent = percent
    try:
        window.wait(lambda: page.height() <= 0.22 * page.screen().availableGeometry().height() + 1)
        for text in (page._idea, page._tries):
            window.wait(lambda text=text: text.height() >= text.heightForWidth(text.width()))
    finally:
        theme.active().text_percent = 100


def test_the_window_stays_as_large_when_it_comes(window):
    before = window.main.size()
    window.main.road.show()
    window.qtbot.wait(0)
    assert window.main.size() == before
