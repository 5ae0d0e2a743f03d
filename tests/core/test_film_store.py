"""Where films lie: what stays is moved in the background, what cannot be stays in memory, and nothing is left."""

import logging
import os
import shutil
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from latentlab.core.film import Film, Frame
from latentlab.core.film_store import FilmStore
from latentlab.core.frame_weights import FrameWeights

MAPS = Path("/proc/self/maps")
SIZE = 2**16  # numbers in a frame


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "films"


@pytest.fixture
def store(folder):
    store = FilmStore(folder)
    yield store
    store.close()


def weights(value=1.0, size=SIZE):
    return FrameWeights({"w": torch.full((size,), value)})


def wait(check):
    deadline = time.monotonic() + 10
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def finish(store):
    """Waits until all is done that the store was told so far."""
    done = threading.Event()
    store._work.put(done.set)
    assert done.wait(10)


def test_what_stays_is_moved_and_its_file_has_no_name(store, folder):
    many = [weights(float(value)) for value in range(20)]
    for each in many:
        store.settle(each)
    finish(store)
    assert all(each.settled for each in many) and list(folder.iterdir()) == []
    assert all(bool((each["w"] == value).all()) for value, each in enumerate(many))
    store.settle(many[0])  # once more: it is where it is
    place = many[0]["w"].data_ptr()
    finish(store)
    assert many[0]["w"].data_ptr() == place


def test_what_is_small_and_what_comes_after_the_end_stay_in_memory(store, folder):
    small, late = weights(size=100), weights()
    store.settle(small)
    finish(store)
    store.close()
    store.settle(late)
    assert not small.settled and not late.settled and not folder.exists()


def test_what_is_gone_when_its_turn_comes_is_not_written(store, monkeypatch):
    goes_on, asked, written, settle = threading.Event(), threading.Event(), [], FrameWeights.settle

    def settle_later(self, folder):
        asked.set()
        goes_on.wait(10)
        written.append(float(self["w"][0]))
        return settle(self, folder)

    monkeypatch.setattr(FrameWeights, "settle", settle_later)
    kept = [weights(1.0), weights(2.0), weights(3.0)]
    for each in kept:
        store.settle(each)
    assert asked.wait(10)
    del kept[1], each
    goes_on.set()
    finish(store)
    assert written == [1.0, 3.0] and all(each.settled for each in kept)


@pytest.mark.parametrize("what", ["full", "no folder"])
def test_where_there_is_no_room_all_stays_in_memory_with_one_line_in_the_log(store, folder, what, monkeypatch, caplog):
    if what == "full":
        monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=2**20))
    else:
        folder.write_bytes(b"")
    many = [weights(), weights()]
    with caplog.at_level(logging.WARNING):
        for each in many:
            store.settle(each)
        finish(store)
        store.settle(weights())
    assert len(caplog.records) == 1 and "stay in memory" in caplog.text
    assert not any(each.settled for each in many)


def test_what_a_killed_program_left_is_deleted_and_what_another_one_writes_is_not(store, folder):
    store.close()
    folder.mkdir()
    left, young, other = folder / "a.frame", folder / "b.frame", folder / "notes.txt"
    for file in (left, young, other):
        file.write_bytes(b"x")
    for file in (left, other):
        os.utime(file, (1, 1))
    FilmStore(folder).close()
    assert sorted(folder.iterdir()) == [young, other]


@pytest.mark.skipif(not MAPS.exists(), reason="only Linux tells what is mapped")
def test_where_files_in_use_cannot_be_deleted_they_go_once_nobody_uses_them(store, folder, monkeypatch):
    unlink = Path.unlink

    def refuse(file, missing_ok=False):
        if str(file) in MAPS.read_text():
            raise PermissionError  # as Windows does
        unlink(file, missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    first, second = weights(), weights()
    for each in (first, second):
        store.settle(each)
    finish(store)
    assert len(list(folder.iterdir())) == 2 and first.settled and second.settled
    del first, each
    third = weights()
    store.settle(third)
    finish(store)
    assert len(list(folder.iterdir())) == 2
    looked_at = second["w"]
    del second, third
    store.close()
    assert len(list(folder.iterdir())) == 1  # of what somebody still looks at
    assert bool((looked_at == 1).all())


def test_a_film_in_files_keeps_its_bound_and_its_fork_shares_them(store):
    size = 4 * SIZE
    film = Film(10 * size)
    for step in range(0, 400, 10):
        before = film.frames
        film.record(Frame(step, step / 100, weights(float(step))))
        if len(film) > 1:
            store.settle(film.frames[-2].weights)
        store.let_go(before)
        assert film.bytes == len(film) * size <= film.most_bytes
    finish(store)
    assert all(frame.weights.settled for frame in film.frames[:-1])
    fork = film.branch(film.frames[3].step)
    assert (fork.bytes, len(fork)) == (0, 4)
    film.set_bound(0)
    assert (film.bytes, fork.bytes) == (0, 4 * size)
    assert all(bool((frame.weights["w"] == frame.step).all()) for frame in fork.frames)
