"""The linear autoencoder against scikit-learn's PCA."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.linalg import subspace_angles
from sklearn.decomposition import PCA

from tests.core.models.making import SHAPES, generator, images, make
from tests.core.models.oracles import all_digits, converged


@pytest.mark.parametrize("size", [2, 10])
def test_finds_the_floor_and_the_subspace_of_pca(size):
    x = all_digits().flatten(1).numpy()
    pca = PCA(size).fit(x)
    floor = ((pca.inverse_transform(pca.transform(x)) - x) ** 2).sum(1).mean()
    model, totals = converged("linear_ae", 300, latent_dim=size)
    assert min(totals) >= floor * (1 - 1e-12)
    assert model.objective(all_digits()).total.item() < floor * (1 + 1e-3)
    angles = subspace_angles(model.decoder.weight.detach().numpy(), pca.components_.T)
    assert np.cos(angles).min() > 0.999


@pytest.mark.parametrize("size, known", [(2, 0.052426), (10, 0.019196), (20, 0.007751), (30, 0.003), (50, 0.000033)])
def test_the_floor_it_is_held_against_is_the_one_that_is_known(size, known):
    x = all_digits().flatten(1).numpy()
    pca = PCA(size).fit(x)
    assert np.mean((pca.inverse_transform(pca.transform(x)) - x) ** 2) == pytest.approx(known, abs=6e-7)


def test_what_leaves_the_range_of_images_is_neither_cut_off_nor_free():
    model = make("linear_ae")
    x = images(model.shape)
    with torch.no_grad():
        model.decoder.weight.mul_(50.0)
    z = model.encode(x).mean
    linear = z @ model.decoder.weight.T + model.decoder.bias
    assert linear.min() < 0 and linear.max() > 1
    assert model.objective(x).total.item() == pytest.approx(
        ((linear - x.flatten(1)) ** 2).sum(1).mean().item(), rel=1e-5
    )
    torch.testing.assert_close(model.decode(z), linear.view(x.shape))


def test_is_affine_both_ways():
    model = make("linear_ae", SHAPES[4], latent_dim=4)
    one, other = images(SHAPES[4]), images(SHAPES[4], seed=1)
    torch.testing.assert_close(
        model.encode(one).mean + model.encode(other).mean, 2 * model.encode((one + other) / 2).mean
    )
    z = 0.01 * torch.randn(2, 4, generator=generator())
    torch.testing.assert_close(model.decoder(z[:1]) + model.decoder(z[1:]), 2 * model.decoder(z.mean(0, keepdim=True)))
