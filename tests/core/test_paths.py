"""Paths through a model's latent space, beside its own decoder and plain arithmetic."""

import numpy as np
import pytest
import torch

from latentlab.core.interpolation import arc_lengths
from latentlab.core.paths import FRAMES, DecodePlace, GrowGraph, TracePaths
from latentlab.core.pins import PathKind, Pin, free_name
from latentlab.core.point_cloud import PointCloud
from tests.core.sets import digits
from tests.core.test_requests import server_of

PINS = ((-1.0, 0.5), (0.75, 0.5), (0.75, -1.25))


def placed(server, count=200):
    server.cloud = PointCloud(digits().test.images[:count], digits().test.labels[:count])
    while server.cloud.stale:
        server.cloud.encode_some(server, 1.0)
    server.cloud.place(server)
    return server


def traced(server, pins=PINS, label=None):
    *_, graph = GrowGraph().answers(server)
    answers = TracePaths(pins, label, graph).answers(server)
    return {path.kind: path for path in answers if path is not None}


def decoded(server, latents, labels=None):
    with torch.no_grad():
        condition = None if labels is None else torch.full((len(latents),), labels)
        return server.source.decode(torch.from_numpy(latents), condition).numpy()


def test_the_straight_one_is_even_in_latents():
    server = placed(server_of())
    path = traced(server)[PathKind.STRAIGHT]
    assert path.length == pytest.approx(1.75 + 1.75)
    even = np.linspace(0, 3.5, FRAMES)
    expected = np.stack([np.minimum(even - 1, 0.75), 0.5 - np.maximum(even - 1.75, 0)], 1).astype(np.float32)
    assert np.abs(path.frames / 255 - decoded(server, expected)).max() <= 0.5 / 255 + 1e-5
    latent, position = path.at(0.75)
    np.testing.assert_allclose(latent, [0.75, 0.5 - 0.875], rtol=1e-5)
    assert position == pytest.approx((0.75, 0.5 - 0.875))
    (image,) = DecodePlace(latent).answers(server)
    assert np.abs(image / 255 - decoded(server, latent[None])[0]).max() <= 0.5 / 255 + 1e-5


def test_all_of_them_run_from_the_first_pin_to_the_last_in_many_latents():
    server = placed(server_of(latent_dim=6))
    ends = server.lift(np.array(PINS, np.float32))[[0, -1]]
    paths = traced(server)
    assert set(paths) == set(PathKind)
    for path in paths.values():
        np.testing.assert_allclose(path.latents[[0, -1]], ends, atol=1e-5)
        np.testing.assert_allclose(path.positions, server.plane.project(path.latents), atol=1e-5)
        assert path.length == pytest.approx(arc_lengths(path.latents)[-1])
        for share, frame in zip(np.linspace(0, 1, FRAMES), path.frames, strict=True):
            image = decoded(server, path.at(share)[0][None])[0]
            assert np.abs(frame / 255 - image).max() <= 0.5 / 255 + 1e-4
    assert min(paths.values(), key=lambda path: path.length).kind is PathKind.STRAIGHT
    radii = np.linalg.norm(server.lift(np.array(PINS, np.float32)), axis=1)
    arc = np.linalg.norm(paths[PathKind.SPHERICAL].latents, axis=1)
    assert radii.min() - 1e-5 <= arc.min() and arc.max() <= radii.max() + 1e-5


def test_a_conditional_model_decodes_the_chosen_class():
    server = placed(server_of("cvae"))
    path = traced(server, label=7)[PathKind.STRAIGHT]
    expected = decoded(server, path.latents[:1], 7)[0]
    assert np.abs(path.frames[0] / 255 - expected).max() <= 0.5 / 255 + 1e-5


def test_between_blended_code_maps():
    server = server_of("vqvae", grid=2, codes=8, latent_dim=3, channels=4)
    with torch.no_grad():  # codes as the data lie; untrained ones are far from all images and so one alone is used
        z = server.source.continuous(server.input(digits().test.images[:200]))
        server.source.quantiser.start_from(z.flatten(0, 1), torch.Generator().manual_seed(0))
    placed(server)
    assert len(np.unique(server.cloud.latents, axis=0)) > 20
    pins = tuple(map(tuple, server.cloud.positions[:2].tolist()))
    for path in traced(server, pins).values():
        if path.gap is None:
            np.testing.assert_array_equal(path.frames[[0, -1]], server.decode(server.cloud.positions[:2]))


def test_without_a_way_it_names_the_pin():
    server = placed(server_of())
    latents = server.cloud.latents
    latents[:100] = 0.01 * np.random.default_rng(0).normal(size=(100, 2))
    latents[100:] = latents[:100] + 1000.0
    path = traced(server, ((0.0, 0.0), (0.01, 0.0), (1000.0, 1000.0)))[PathKind.DATA]
    assert path.gap == 1 and path.length == np.inf and not len(path.frames)


def test_names_are_letters_that_nobody_has():
    pins = [Pin(name, (0, 0)) for name in "ABD"]
    assert free_name(pins) == "C"
    assert free_name([Pin(chr(65 + index), (0, 0)) for index in range(26)]) == "A2"
