"""The film as pictures: what each shows is what its moment's model has, and no part of one stays where it fails."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from latentlab.core.errors import Cancelled
from latentlab.core.exploration import Exploration
from latentlab.core.film import Frame
from latentlab.core.film_pictures import FilmReel
from latentlab.core.frame_weights import FrameWeights
from latentlab.core.models import ImageShape, create, model_info
from latentlab.core.options import build
from latentlab.core.pictures import decoded
from latentlab.core.report import SCALE
from latentlab.core.serving import LatentServer
from latentlab.core.view_config import ViewConfig, choose_shown
from tests.core.sets import digits

CONFIG = build(model_info("vae").config, {"hidden": 16})
TURN = torch.tensor([[0.0, 1.0], [-1.0, 0.0]])


def new_model():
    return create("vae", CONFIG, ImageShape(1, 8, 8, 10)).eval()


@pytest.fixture
def reel():
    """Three moments of an untrained model, drawn from three seeds."""
    frames = []
    for step in (0, 50, 200):
        torch.manual_seed(step)
        frames.append(Frame(step, step / 50, FrameWeights(new_model().state_dict())))
    images = choose_shown(digits(), ViewConfig(points_shown=60))
    return FilmReel(frames, new_model(), images, 16, digits().class_names, "VAE on digits", Exploration())


def save(reel, path, cancelled=bool):
    told = []
    files = reel.save(path, 0.1, lambda text, share: told.append(share), cancelled)
    assert told == sorted(told) and 0 <= told[0] <= told[-1] <= 1
    return files


def test_numbered_pictures_show_what_each_moment_decodes(reel, tmp_path):
    files = save(reel, tmp_path / "film.png")
    assert [file.name for file in files] == [f"film-000{number}.png" for number in (1, 2, 3)]
    pictures = [np.asarray(Image.open(file)) for file in files]
    assert len({picture.shape for picture in pictures}) == 1
    assert not np.array_equal(pictures[0], pictures[1])


def test_the_manifold_beside_the_scatter_is_decoded_by_the_moment_itself(reel, monkeypatch):
    # The cells that are drawn, against a model that is loaded by itself.
    from latentlab.core import report

    drawn = []
    draw = report.moment_picture
    monkeypatch.setattr(report, "moment_picture", lambda *what: (drawn.append(what), draw(*what))[1])
    raw = FilmReel(**{**vars(reel), "aligned": False})
    list(raw.pictures(lambda *_: None, bool))
    for frame, (scatter, _, cells, view) in zip(reel.frames, drawn, strict=True):
        model = new_model()
        model.load_state_dict(frame.weights)
        server = LatentServer(model, 16)
        assert np.array_equal(cells, decoded(server, view, 20))
        expected = server.encode(reel.images.split.images)
        assert scatter.points == pytest.approx(expected, abs=1e-5)
    drawn.clear()
    list(reel.pictures(lambda *_: None, bool))
    for frame, (scatter, *_) in zip(reel.frames, drawn, strict=True):
        model = new_model()
        model.load_state_dict(frame.weights)
        # Turned, or mirrored, about the origin: lengths stay.
        latents = LatentServer(model, 16).encode(reel.images.split.images)
        assert np.linalg.norm(scatter.points, axis=1) == pytest.approx(np.linalg.norm(latents, axis=1), abs=1e-4)


def test_a_gif_has_every_moment_at_one_pixel_a_pixel(reel, tmp_path):
    (file,) = save(reel, tmp_path / "film.gif")
    (png, *_) = save(reel, tmp_path / "film.png")
    with Image.open(file) as gif, Image.open(png) as still:
        assert (gif.n_frames, gif.info["duration"], gif.info["loop"]) == (3, 100, 0)
        assert gif.size == (still.width // SCALE, still.height // SCALE)
        gif.seek(2)
        assert gif.info["duration"] == 2000  # what it led to


def test_a_gif_has_the_colours_of_the_classes_beside_many_greys(reel, tmp_path):
    images = choose_shown(digits(), ViewConfig(points_shown=300))
    (file,) = save(replace(reel, images=images), tmp_path / "film.gif")
    pngs = save(replace(reel, images=images), tmp_path / "film.png")
    with Image.open(file) as gif:
        for moment, png in enumerate(pngs):
            gif.seek(moment)
            seen = np.asarray(gif.convert("RGB")).astype(int)
            with Image.open(png) as still:
                true = np.asarray(still.convert("RGB").reduce(SCALE)).astype(int)
            assert len(np.unique(true.reshape(-1, 3), axis=0)) > 256
            assert np.abs(seen - true).max() < 32
            ground = (true == true[0, 0]).all(2)
            assert (seen[ground] == true[0, 0]).all()


@pytest.mark.parametrize("name", ["film.gif", "film.png"])
def test_no_part_of_a_film_stays_that_was_cancelled(reel, tmp_path, name):
    looks = iter([False] * 5)
    with pytest.raises(Cancelled):
        save(reel, tmp_path / name, lambda: next(looks, True))
    assert not list(tmp_path.iterdir())
