"""The manifold beside a training: what the hand brings into view comes first, what is only older when there is time."""

import time

import pytest

pytest.importorskip("PySide6.QtWidgets")

from latentlab.core.requests import DecodeCells, RefreshCells
from tests.gui.conftest import Hand


@pytest.fixture
def window(shared_window):
    shared_window.main.bring_up("manifold")
    yield shared_window
    shared_window.forget_runs()
    shared_window.put_back()


@pytest.fixture
def asked(window, monkeypatch):
    """Each request for cells, with those of its cells that had no image yet."""
    requests, ask = [], window.session.worker.ask

    def noted(request, awaited=False):
        if isinstance(request, DecodeCells):
            tiles = window.main.manifold.tiles
            requests.append((request, {key for key in request.keys if not tiles.is_decoded(key)}))
        ask(request, awaited)

    monkeypatch.setattr(window.session.worker, "ask", noted)
    return requests


def pan(view, dx, dy):
    x, y = view.viewport().width() // 2, view.viewport().height() // 2
    Hand(view.viewport()).drag((x, y), (x + dx, y + dy))


def is_fresh(window):
    return not window.main.manifold.tiles.wanted()


def test_under_the_hand_new_cells_come_first_and_older_ones_when_there_is_time(window, asked):
    window.train("vae")
    view, tiles = window.main.manifold.view, window.main.manifold.tiles
    window.wait(lambda: tiles.wanted() == [] or all(tiles.is_decoded(key) for key in tiles.wanted()))
    asked.clear()
    for _ in range(4):
        for way in ((90, 60), (-90, -60)):
            pan(view, *way)
            window.qtbot.wait(150)
    window.wait(lambda: any(type(request) is RefreshCells for request, _ in asked))
    at_once = [(request, lacking) for request, lacking in asked if type(request) is DecodeCells]
    assert at_once and all(set(request.keys) == lacking for request, lacking in at_once)
    window.pause()
    window.wait(lambda: is_fresh(window))


def test_where_nothing_trains_what_a_pan_brings_up_again_is_made_fresh(window, asked):
    window.train("vae")
    window.pause()
    manifold = window.main.manifold
    window.wait(lambda: is_fresh(window))
    window.session.version += 1  # as by weights whose map was never asked for
    manifold.tiles.generation = window.session.version
    asked.clear()
    pan(manifold.view, 70, 0)
    window.wait(lambda: is_fresh(window))
    assert any(type(request) is RefreshCells for request, _ in asked)


def test_a_map_that_the_hand_itself_changes_is_awaited(window, asked):
    window.train("cvae")
    window.pause()
    window.wait(lambda: is_fresh(window))
    asked.clear()
    window.session.note_hand()
    window.session.choose_class(5)
    window.wait(lambda: asked and is_fresh(window))
    assert type(asked[0][0]) is DecodeCells and not asked[0][1]


def test_rests_beside_the_hand_are_not_taken_for_what_a_cell_takes(window):
    """Else the map would be refreshed as seldom long after the hand has let go."""
    window.train("vae")
    window.pause()
    manifold, session = window.main.manifold, window.session
    window.wait(lambda: is_fresh(window))
    before = manifold._cell_seconds
    session._pace.thrift = 12.0
    session.version += 1

    def is_fresh_beside_the_hand():
        session._hand_moved_at = time.monotonic()
        return is_fresh(window)

    session.note_hand()
    manifold._refresh()
    window.wait(is_fresh_beside_the_hand)
    assert manifold._cell_seconds == before > 0
