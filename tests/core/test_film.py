"""The film of a training: its bound, its evenness, and how its moments are turned."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.linalg import orthogonal_procrustes

from latentlab.core.film import Codes, Film, Foreseen, Frame
from latentlab.core.film_alignment import Alignment
from latentlab.core.frame_weights import FrameWeights
from latentlab.core.lattice import CellKey
from latentlab.core.placed import Placed
from latentlab.core.plane import LatentPlane
from latentlab.core.requests import DecodeProbe, Reconstruct, Reconstructed
from latentlab.core.section import Section

MEGABYTE = 2**20
PROBED, RESTORED = np.zeros((1, 4, 4), np.uint8), np.zeros((2, 1, 4, 4), np.uint8)
ANSWERS = {
    DecodeProbe((0.0, 0.0)): PROBED,
    Reconstruct(RESTORED): Reconstructed(RESTORED, None, RESTORED, np.zeros(2, np.float32)),
}


def frame(step, codes=None, size=2048):
    return Frame(step, step / 100, FrameWeights({"w": torch.full((size,), float(step))}), codes)


def codes_of(points=150, seed=0):
    draws = np.random.default_rng(seed)
    latents = draws.normal(size=(points, 2)).astype(np.float32)
    return Codes(latents, None, latents.copy())


def memory_of(film):
    """What the frames take, counted from their tensors and arrays alone."""
    storages = {}
    for each in film.frames:
        for tensor in each.weights.values():
            storages[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
    arrays = []
    for codes in (each.codes for each in film.frames if each.codes is not None):
        arrays += [codes.latents, codes.scales, codes.positions]
        if codes.foreseen is not None:
            answers = [PROBED, RESTORED, RESTORED, np.zeros(2, np.float32)]
            arrays += [codes.foreseen.images, codes.foreseen.placed.positions, *answers]
    return sum(storages.values()) + sum(part.nbytes for part in arrays if part is not None)


def foreseen_at(codes):
    section = Section(LatentPlane.of_axes(2), None)
    placed = Placed(codes.positions.copy(), (-1, -1, 1, 1), ("z1", "z2"), None, 2, section, False, False, True, 0)
    return Foreseen(b"", placed, (), 0, (CellKey(0, 0, 0),), np.zeros((1, 1, 8, 8), np.uint8), ANSWERS)


@pytest.mark.parametrize("interval", [(10, 10), (7, 13)])
def test_ten_thousand_snapshots_stay_under_the_bound_and_evenly_apart(interval):
    film, step = Film(MEGABYTE), 20
    draws = np.random.default_rng(0)
    for number in range(10_000):
        film.record(frame(step))
        newest = step
        step += int(draws.integers(interval[0], interval[1] + 1))
        assert film.bytes <= MEGABYTE
        if number % 100 == 0:
            assert film.bytes == memory_of(film)
            gaps = np.diff(film.steps)[:-1]  # the newest stands wherever training is
            assert len(gaps) < 2 or gaps.max() <= gaps.min() + 2 * interval[1]
            assert (film.frames[0].step, film.frames[-1].step) == (20, newest)
    assert len(film) > MEGABYTE / (2048 * 4) / 2  # no more was thinned than had to be


def test_a_bound_of_nothing_keeps_no_film():
    film = Film(MEGABYTE)
    for step in (1, 2, 3):
        film.record(frame(step))
    assert film.bytes == 3 * 2048 * 4 == memory_of(film)
    film.set_bound(0)
    assert (film.bytes, film.frames) == (0, ())
    film.record(frame(4))
    assert not len(film)


def test_a_branch_has_its_parents_frames_and_they_are_counted_once():
    parent = Film(9 * 2048 * 4)
    for step in range(0, 60, 10):
        parent.record(frame(step))
    branch = parent.branch(30)
    assert [each.step for each in branch.frames] == [0, 10, 20, 30]
    assert all(one.weights["w"] is other.weights["w"] for one, other in zip(branch.frames, parent.frames, strict=False))
    assert (parent.bytes, branch.bytes) == (6 * 2048 * 4, 0)
    branch.record(frame(40))
    parent.record(frame(60))
    together = {each.weights["w"].data_ptr() for film in (parent, branch) for each in film.frames}
    assert parent.bytes + branch.bytes == len(together) * 2048 * 4
    parent.set_bound(4 * 2048 * 4)  # what it lets go, the branch still has
    together = {each.weights["w"].data_ptr() for film in (parent, branch) for each in film.frames}
    assert parent.bytes + branch.bytes == len(together) * 2048 * 4
    parent.set_bound(0)
    assert (parent.bytes, branch.bytes) == (0, memory_of(branch)) and len(branch) == 5
    branch.set_bound(3 * 2048 * 4)
    assert branch.bytes == memory_of(branch) <= branch.most_bytes


def test_the_first_and_the_newest_frame_stay_even_beyond_the_bound():
    film = Film(10)
    for step in range(5):
        film.record(frame(step))
    assert film.steps.tolist() == [0, 4]


def test_frames_after_the_step_that_training_went_back_to_are_dropped():
    film = Film()
    for step in (10, 20, 30):
        film.record(frame(step))
    film.record(frame(20))
    assert film.steps.tolist() == [10, 20]
    assert film.bytes == memory_of(film)


def test_codes_count_and_the_ones_known_longest_give_way():
    one = frame(0)
    film = Film(4 * 2048 * 4 + 2 * codes_of().bytes + 32)
    for step in (0, 1, 2, 3):
        film.record(frame(step))
    for step in (2, 1, 3, 0, 3, 2):
        film.know(step, codes_of())
        assert film.bytes == memory_of(film) <= film.most_bytes
    assert [each.step for each in film.frames if each.codes is not None] == [2, 3]
    film.forget_positions()
    assert film.bytes == memory_of(film)
    assert all(each.codes is None or each.codes.positions is None for each in film.frames)
    film.forget_codes()
    assert film.bytes == 4 * 2048 * 4 and one.codes is None
    film.know(17, codes_of())  # of a frame that is there no more
    assert film.bytes == 4 * 2048 * 4


def test_what_is_foreseen_counts_and_is_forgotten_with_the_plane_or_alone():
    film = Film(2**20)
    film.record(frame(0))
    plain = codes_of()
    film.know(0, replace(plain, foreseen=foreseen_at(plain)))
    assert film.bytes == memory_of(film) == 2048 * 4 + plain.bytes + plain.positions.nbytes + 64 + 16 + 2 * 32 + 8
    film.forget_foreseen()
    assert film.bytes == memory_of(film) == 2048 * 4 + plain.bytes
    film.know(0, replace(plain, foreseen=foreseen_at(plain)))
    film.forget_positions()
    assert film.bytes == memory_of(film) == 2048 * 4 + plain.latents.nbytes


def test_codes_give_way_before_frames_do():
    film = Film(4 * 2048 * 4 + 4832)
    for step in (0, 1, 2):
        film.record(frame(step))
    film.know(1, codes_of(points=400))
    film.record(frame(3))
    assert film.steps.tolist() == [0, 1, 2, 3]
    assert all(each.codes is None for each in film.frames)


def test_the_nearest_frame_is_found():
    film = Film()
    assert film.nearest(3) is None
    for step in (10, 20, 40):
        film.record(frame(step))
    brute = [int(np.abs(film.steps - step).argmin()) for step in range(60)]
    assert [film.nearest(step) for step in range(60)] == brute
    assert (film.index_of(20), film.index_of(21)) == (1, None)


def spinning(count=6, seed=1):
    """A cloud that spins by half a turn and flips on the way."""
    draws = np.random.default_rng(seed)
    cloud = draws.normal(size=(500, 2)) * [3, 1]
    for number in range(count):
        angle = number * 0.6
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        if number == 3:
            turn[:, 0] *= -1
        yield (cloud @ turn + 0.01 * draws.normal(size=cloud.shape)).astype(np.float32)


def test_each_frame_is_turned_to_the_next_as_scipy_would():
    places = list(spinning())
    frames = [frame(step, Codes(each, None, each)) for step, each in enumerate(places)]
    seen = places[-1]
    alignment = Alignment()
    for step in reversed(range(len(places) - 1)):
        # scipy's answer, one frame after the other from the end.
        assert alignment.reference(frames, step) == pytest.approx(seen, abs=1e-4)
        turn, _ = orthogonal_procrustes(places[step].astype(np.float64), seen.astype(np.float64))
        seen = places[step] @ turn
    assert np.abs(seen - places[-1]).max() < 0.2  # nothing has spun or flipped all the way
    assert alignment.reference(frames, 5) is not None and (alignment.reference(frames, 9) == places[-1]).all()


def test_a_frame_that_becomes_known_takes_its_place_in_the_chain():
    places = list(spinning())
    frames = [frame(step, Codes(each, None, each)) for step, each in enumerate(places)]
    unknown = [*frames[:3], frame(3), *frames[4:]]
    fresh, used = Alignment(), Alignment()
    used.reference(unknown, 0)
    assert used.reference(frames, 0) == pytest.approx(fresh.reference(frames, 0), abs=1e-6)
    assert Alignment().reference([frame(3)], 0) is None
