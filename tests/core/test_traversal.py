"""Sweeps along latents, beside plain calls of the model."""

import numpy as np
import torch

from latentlab.core.traversal import Sweep, Traverse
from tests.core.sets import digits
from tests.core.test_requests import direct, server_of


def test_a_sweep_changes_one_latent_of_the_probes():
    server = server_of("vae", latent_dim=5)
    server.place(server.encode(digits().test.images[:80]))
    server.offset = ((4, 0.75),)
    sweeps = Sweep(3, -2.0, 2.0, 9), Sweep(0, 0.5, 1.0, 5)
    parts = list(Traverse((0.6, -0.3), sweeps).answers(server))
    assert tuple(sweep for sweep, _ in parts) == sweeps
    here = server.plane.centre + np.array([0.6, -0.3]) @ server.plane.axes
    amount = np.array([0, 0, 0, 0, 0.75])
    here = here + amount - server.plane.axes.T @ (server.plane.axes @ amount)
    for sweep, images in parts:
        for step, value in enumerate(np.linspace(sweep.low, sweep.high, sweep.steps)):
            latent = here.copy()
            latent[sweep.latent] = value
            assert np.abs(images[step] / 255 - direct(server, latent[None])[0]).max() <= 0.5 / 255 + 1e-4


def test_a_conditional_model_sweeps_one_class():
    server = server_of("cvae", latent_dim=3)
    ((_, images),) = Traverse((0.1, 0.2), (Sweep(2, 0.0, 1.0, 2),), 7).answers(server)
    here = server.lift(np.array([[0.1, 0.2]]))
    here[0, 2] = 1.0
    with torch.no_grad():
        expected = server.source.decode(torch.from_numpy(here), torch.tensor([7])).numpy()[0]
    assert np.abs(images[1] / 255 - expected).max() <= 0.5 / 255 + 1e-4
