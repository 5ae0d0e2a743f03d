"""The film in a run folder: whole frames come back bit for bit, and what a killed process left is left out."""

import subprocess
import sys
import textwrap

import pytest
import torch

from latentlab.core import film_file
from latentlab.core.errors import Cancelled
from latentlab.core.film import DEFAULT_BYTES, Frame
from latentlab.core.frame_weights import FrameWeights

WEIGHTS = {"encoder": torch.zeros(8, 4), "count": torch.zeros(1, dtype=torch.int64)}


def frame(step):
    draws = torch.Generator().manual_seed(step)
    weights = {"encoder": torch.randn(8, 4, generator=draws), "count": torch.tensor([step])}
    return Frame(step, step / 10, FrameWeights(weights))


def read(folder, last_step=10**9, most_bytes=DEFAULT_BYTES, **how):
    return film_file.read(folder, WEIGHTS, last_step, most_bytes, **how)


def test_frames_come_back_bit_for_bit(tmp_path):
    frames = [frame(step) for step in (20, 40, 1_000_000)]
    film_file.write(frames, tmp_path)
    film, problem = read(tmp_path)
    assert problem == ""
    for ours, theirs in zip(frames, film.frames, strict=True):
        assert (ours.step, ours.epoch) == (theirs.step, theirs.epoch)
        assert all(torch.equal(ours.weights[name], theirs.weights[name]) for name in WEIGHTS)


def test_a_save_writes_what_is_new_and_takes_away_what_is_thinned(tmp_path):
    film_file.write([frame(1), frame(2)], tmp_path)
    kept = tmp_path / film_file.FOLDER / "step-000000000002.safetensors"
    before = kept.stat().st_mtime_ns
    film_file.write([frame(2), frame(3)], tmp_path)
    assert read(tmp_path)[0].steps.tolist() == [2, 3]
    assert kept.stat().st_mtime_ns == before


def test_a_process_that_is_killed_in_a_frame_leaves_all_before_it(tmp_path):
    # It dies when half of the third frame is written, as a kill would have it.
    script = f"""
        import os, pathlib
        from latentlab.core import film_file
        from tests.core.test_film_file import frame
        opening, count = pathlib.Path.open, 0

        class Dying:
            def __init__(self, file): self.file = file
            def __enter__(self): return self
            def __exit__(self, *_): pass
            def write(self, content):
                self.file.write(content[: len(content) // 2])
                self.file.flush()
                os._exit(9)

        def dying(path, *how, **more):
            global count
            file = opening(path, *how, **more)
            count += "step" in path.name
            return Dying(file) if count == 3 else file

        pathlib.Path.open = dying
        film_file.write([frame(step) for step in (1, 2, 3, 4)], pathlib.Path({str(tmp_path)!r}))
    """
    assert subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=False).returncode == 9
    assert len(list((tmp_path / film_file.FOLDER).iterdir())) == 3  # the third is there in part, under another name
    film, problem = read(tmp_path)
    assert (film.steps.tolist(), problem) == ([1, 2], "")
    film_file.write([frame(step) for step in (1, 2, 3, 4)], tmp_path)
    assert len(list((tmp_path / film_file.FOLDER).iterdir())) == 4


def test_damaged_frames_are_left_out_with_a_sentence(tmp_path):
    film_file.write([frame(step) for step in range(1, 6)], tmp_path)
    files = sorted((tmp_path / film_file.FOLDER).iterdir())
    files[1].write_bytes(files[1].read_bytes()[:-7])
    film, problem = read(tmp_path)
    assert film.steps.tolist() == [1, 3, 4, 5]
    assert problem == "1 frame of the film is damaged and left out; the others can be watched."
    files[2].write_bytes(files[3].read_bytes())  # another step's
    assert read(tmp_path)[1].startswith("2 frames of the film are damaged")


@pytest.mark.parametrize(
    "weights",
    [
        {"encoder": torch.zeros(8, 5), "count": torch.zeros(1, dtype=torch.int64)},
        {"encoder": torch.zeros(8, 4)},
        {"encoder": torch.full((8, 4), torch.nan), "count": torch.zeros(1, dtype=torch.int64)},
    ],
)
def test_weights_that_the_run_cannot_have_are_damaged(tmp_path, weights):
    film_file.write([frame(1), Frame(2, 0.2, FrameWeights(weights))], tmp_path)
    film, problem = read(tmp_path)
    assert film.steps.tolist() == [1] and problem


def test_what_the_run_has_not_reached_is_left_out(tmp_path):
    film_file.write([frame(step) for step in (10, 20, 30)], tmp_path)
    assert read(tmp_path, last_step=20)[0].steps.tolist() == [10, 20]


def test_a_film_is_read_within_its_bound_and_can_be_cancelled(tmp_path):
    film_file.write([frame(step) for step in range(1, 101)], tmp_path)
    film, _ = read(tmp_path, most_bytes=2000)
    assert 2 < len(film) < 50 and film.bytes <= 2000
    with pytest.raises(Cancelled):
        read(tmp_path, cancelled=lambda: True)
    assert read(tmp_path / "elsewhere")[0].frames == ()
