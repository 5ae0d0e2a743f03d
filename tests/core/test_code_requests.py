"""What a view asks of a codebook, beside plain calls of the model and plain counting."""

import numpy as np
import pytest
import torch

from latentlab.core import code_requests
from latentlab.core.code_requests import DecodeCodes, ReadCodebook, ReadCodeMap
from latentlab.core.models import Model
from tests.core.sets import digits
from tests.core.test_requests import server_of

OPTIONS = {"grid": 2, "codes": 8, "latent_dim": 3, "channels": 4}


@pytest.fixture(params=["conv", "mlp"])
def server(request):
    server = server_of("vqvae", body=request.param, hidden=16, **OPTIONS)
    x = server.input(digits().train.images)
    server.source.prepare(x, torch.Generator().manual_seed(0))
    return server


def codes_of(server, images):
    with torch.no_grad():
        return server.source.encode(torch.tensor(images).float() / 16).codes.numpy()


def decoded(server, codes):
    """By way of the code vectors themselves, which `Model.decode` takes."""
    vectors = server.source.codebook()[torch.tensor(codes).flatten(1)].flatten(1)
    with torch.no_grad():
        return server.source.decode(vectors).numpy()


def test_codebook_is_counted_over_every_place_of_every_image(server):
    images = digits().test.images[:90]
    *parts, read = ReadCodebook(images).answers(server)
    assert parts and not any(parts)
    counts = [(codes_of(server, images) == code).sum() for code in range(8)]
    assert read.counts.tolist() == counts and read.counts.sum() == 4 * 90
    share = np.array(counts) / 360
    entropy = -sum(p * np.log(p) for p in share if p > 0)
    assert read.perplexity == pytest.approx(np.exp(entropy)) and read.used == np.count_nonzero(counts)


def test_it_stops_where_it_has_counted_enough(server, monkeypatch):
    monkeypatch.setattr(code_requests, "_ENOUGH_CELLS", 100)
    images = digits().test.images
    *_, read = ReadCodebook(images).answers(server)
    assert 25 <= read.images_read < len(images) and read.counts.sum() == 4 * read.images_read
    codes = codes_of(server, images[: read.images_read])
    assert read.counts.tolist() == np.bincount(codes.ravel(), minlength=8).tolist()


def test_a_codes_image_is_that_of_a_map_of_nothing_else(server):
    *_, read = ReadCodebook(digits().test.images[:20]).answers(server)
    expected = decoded(server, np.repeat(np.arange(8), 4).reshape(8, 2, 2))
    assert np.abs(read.images / 255 - expected).max() <= 0.5 / 255 + 1e-5


@pytest.mark.parametrize("grid", [1, 2, 4])
def test_a_codes_patch_is_the_mean_of_what_is_decoded_about_its_cells(grid):
    server = server_of("vqvae", body="conv", hidden=16, **{**OPTIONS, "grid": grid})
    images = digits().test.images[:60]
    server.source.prepare(server.input(images), torch.Generator().manual_seed(0))
    *_, read = ReadCodebook(images).answers(server)
    if grid == 1:  # there is but one place
        assert read.patches is None
        return
    codes = codes_of(server, images)
    cell = 8 // grid
    side = min(3 * cell, 8)
    assert read.patches.shape == (8, 1, side, side)
    pixels = decoded(server, codes) * 255
    used = np.unique(codes)
    assert len(used) > 1
    for code in used:
        seen = []
        for image, row, column in np.argwhere(codes == code):
            top, left = ((place + 0.5) * cell - side / 2 for place in (row, column))
            rows, columns = ((np.arange(side) + round(start)).clip(0, 7) for start in (top, left))
            seen.append(pixels[image, 0][np.ix_(rows, columns)])
        assert np.abs(read.patches[code, 0] - np.mean(seen, axis=0)).max() <= 1
    # One that no image uses has the middle of its image alone.
    start = (8 - side) // 2
    for code in set(range(8)) - set(used):
        middle = read.images[code, :, start : start + side, start : start + side]
        np.testing.assert_array_equal(read.patches[code], middle)


def test_cells_without_a_place_have_no_patches():
    server = server_of("vqvae", body="mlp", hidden=16, **OPTIONS)
    *_, read = ReadCodebook(digits().test.images[:20]).answers(server)
    assert read.patches is None


def test_map_of_an_image(server):
    image = digits().test.images[3]
    (codes,) = ReadCodeMap(image).answers(server)
    np.testing.assert_array_equal(codes, codes_of(server, image[None])[0])


def test_map_of_a_place_draws_what_the_probe_draws(server):
    images = digits().test.images[:60]
    positions = server.place(server.encode(images))
    for position in [tuple(map(float, positions[7])), (0.05, -0.1)]:
        (codes,) = ReadCodeMap(images[0], None, position).answers(server)
        (image,) = DecodeCodes(codes).answers(server)
        np.testing.assert_array_equal(image, server.decode(np.array([position], np.float32))[0])


def test_any_map_decodes_as_its_code_vectors_do(server):
    codes = np.array([[5, 0], [7, 2]])
    (image,) = DecodeCodes(codes).answers(server)
    assert np.abs(image / 255 - decoded(server, codes[None])[0]).max() <= 0.5 / 255 + 1e-5


def test_a_model_without_a_codebook_says_so():
    with pytest.raises(NotImplementedError):
        server_of("vae").decode_codes(np.zeros((1, 2, 2), np.int64))


def test_every_quantising_model_decodes_codes():
    from latentlab.core.models import registry

    for info in registry():
        able = server_of(info.name).source.capabilities.codebook
        assert (info.model.decode_codes is not Model.decode_codes) == able, info.name
