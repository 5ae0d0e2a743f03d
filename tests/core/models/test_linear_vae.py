"""The linear VAE against probabilistic PCA and Monte Carlo."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from torch.distributions import MultivariateNormal, Normal, kl_divergence

from tests.core.models.making import generator, images, make
from tests.core.models.oracles import all_digits, converged


def best_likelihood(x, size):
    """The mean log-likelihood of probabilistic PCA at its maximum (Tipping & Bishop 1999, equations 7 and 8)."""
    pixels = x.shape[1]
    values = np.linalg.eigvalsh(np.cov(x.T, bias=True))[::-1]
    noise = values[size:].mean()
    log_determinant = np.log(values[:size]).sum() + (pixels - size) * np.log(noise)
    return -0.5 * (pixels * np.log(2 * np.pi) + log_determinant + pixels)


@pytest.mark.parametrize("size", [2, 10])
def test_its_best_bound_is_the_likelihood_of_probabilistic_pca(size):
    x = all_digits().flatten(1).numpy()
    oracle = best_likelihood(x, size)
    # scikit-learn divides by N - 1, which is a hair below the maximum.
    assert oracle - 1e-4 < PCA(size).fit(x).score(x) < oracle
    model, totals = converged("linear_vae", 600, latent_dim=size)
    assert max(-total for total in totals) <= oracle + 1e-9
    assert -model.objective(all_digits()).total.item() > oracle - 1e-3


@pytest.mark.parametrize("size, known", [(2, 0.00571), (20, 27.2773)])
def test_the_likelihood_it_is_held_against_is_the_one_that_is_known(size, known):
    assert best_likelihood(all_digits().flatten(1).numpy(), size) == pytest.approx(known, abs=5e-5)


def test_the_analytic_bound_is_the_mean_of_sampled_ones():
    model = make("linear_vae", latent_dim=3).double()
    x = images(model.shape).double()
    model.prepare(x)
    with torch.no_grad():
        model.log_variance.copy_(torch.tensor([-1.0, 0.3, -2.0]))
        encoding = model.encode(x)
        posterior = Normal(encoding.mean, encoding.scale)
        drawn = torch.stack(
            [
                model.neg_log_likelihood(
                    encoding.mean + encoding.scale * torch.randn(5, 3, generator=generator(seed), dtype=x.dtype), x
                )
                for seed in range(4000)
            ]
        ).mean(1)
        objective = model.objective(x)
    error = (drawn.std() / len(drawn) ** 0.5).item()
    assert objective.terms["reconstruction"].item() == pytest.approx(drawn.mean().item(), abs=4 * error)
    kl = kl_divergence(posterior, Normal(0.0, 1.0)).sum(1).mean().item()
    assert objective.terms["kl"].item() == pytest.approx(kl, rel=1e-9)


def test_the_bound_is_below_the_exact_likelihood():
    """log p(x) is that of N(μ, WWᵀ + σ²I)."""
    model = make("linear_vae", latent_dim=3).double()
    x = images(model.shape).double()
    weight, variance = model.decoder.weight, model.pixel_log_variance.exp()
    covariance = weight @ weight.T + variance * torch.eye(model.shape.pixels, dtype=x.dtype)
    exact = MultivariateNormal(model.decoder.bias, covariance).log_prob(x.flatten(1)).mean().item()
    assert -model.objective(x).total.item() < exact
