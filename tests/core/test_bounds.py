"""Estimates of log p(x) against a model whose log p(x) is known, against each other, and torch.distributions."""

import math

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from latentlab.core import quadrature
from latentlab.core.bounds import binarised, bound_terms, importance_nll
from latentlab.core.models import ImageShape, create, model_info
from latentlab.core.options import build
from latentlab.core.quadrature import quadrature_nll
from tests.core.test_evaluation import digit_pixels, trained
from tests.core.toys import LinearGaussian


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def ignore(share):
    assert 0 <= share <= 1.000001


@pytest.fixture(autouse=True)
def _no_gradients():
    with torch.no_grad():
        yield


@pytest.fixture(scope="module")
def vae():
    return trained("vae", hidden=128, epochs=40).eval()


@pytest.fixture(scope="module")
def images():
    return digit_pixels()[:200]


@pytest.mark.parametrize("latents", [1, 2])
def test_quadrature_is_the_closed_form(latents):
    model = LinearGaussian(latents)
    x, nll = model.draw(40)
    found = quadrature_nll(model, x, None, ignore)
    assert found.converged
    torch.testing.assert_close(found.nll, nll, atol=2e-3, rtol=0)


def test_quadrature_knows_labels():
    model = LinearGaussian(2, conditional=True)
    labels = torch.arange(30) % 3
    x, nll = model.draw(30, labels)
    torch.testing.assert_close(quadrature_nll(model, x, labels, ignore).nll, nll, atol=2e-3, rtol=0)


def test_quadrature_covers_posteriors_that_lie_far_out():
    model = LinearGaussian(1)
    x = model.decode(torch.tensor([[9.0]]))
    covariance = model.weight @ model.weight.T + model.sigma**2 * torch.eye(16)
    true = torch.distributions.MultivariateNormal(torch.full((16,), 0.5), covariance).log_prob(x.flatten(1))
    found = quadrature_nll(model, x, None, ignore)
    assert found.half_width > 9
    torch.testing.assert_close(found.nll, -true, atol=5e-3, rtol=0)


def test_quadrature_refines_until_it_no_longer_changes():
    narrow = LinearGaussian(1, sigma=0.004)
    x, nll = narrow.draw(20)
    found = quadrature_nll(narrow, x, None, ignore)
    assert found.converged and found.points > 160
    torch.testing.assert_close(found.nll, nll, atol=0.06, rtol=0)


@pytest.mark.parametrize("latents", [1, 2])
def test_quadrature_of_the_widest_posteriors_is_bounded_and_says_how_sure_it_is(latents, monkeypatch):
    """As of a model whose KL weighs nothing; the bound is lowered, so that the test is quick."""
    most = {1: 400, 2: 200}
    monkeypatch.setattr(quadrature, "_LARGEST", most)
    model = LinearGaussian(latents)
    x = model.decode(torch.full((3, latents), 5000.0))
    found = quadrature_nll(model, x, None, ignore)
    assert found.half_width > 4000 and found.points == most[latents]
    assert 0 <= found.change < float("inf") and not found.converged


def test_quadrature_refuses_three_latents():
    model = LinearGaussian(3)
    with pytest.raises(ValueError, match="3 latents"):
        quadrature_nll(model, model.draw(2)[0], None, ignore)


def test_pairs_one_by_one_say_what_matrix_products_do(vae, images, monkeypatch):
    from latentlab.core import quadrature

    gaussian = LinearGaussian(2)
    drawn, _ = gaussian.draw(10)
    for model, x, table in (
        (vae, images[:10], quadrature._bernoulli_nll),
        (gaussian, drawn, quadrature._gaussian_nll),
    ):
        assert quadrature._table_for(model, x, None) is table
        with monkeypatch.context() as patched:
            patched.setattr(quadrature, "_table_for", lambda *_: quadrature._paired_nll)
            slow = quadrature_nll(model, x, None, ignore)
        torch.testing.assert_close(quadrature_nll(model, x, None, ignore).nll, slow.nll, atol=1e-3, rtol=0)


def test_variances_that_are_nearly_alike_are_not_taken_for_one():
    """Taken for one, they give every pair's likelihood to 1 %, and log p(x) tenths of a nat off."""
    sigmas = torch.linspace(0.96, 1.04, 64)

    class Uneven(LinearGaussian):
        def neg_log_likelihood(self, z, x, label=None):
            return -Normal(self.decode(z, label).flatten(1), sigmas).log_prob(x.flatten(1)).sum(1)

    model = Uneven(2, side=8, sigma=1.0)
    covariance = model.weight @ model.weight.T + sigmas.square().diag()
    marginal = torch.distributions.MultivariateNormal(torch.full((64,), model.offset), covariance)
    x = marginal.loc + torch.randn(20, 64, generator=generator()) @ marginal.scale_tril.T
    found = quadrature_nll(model, x.view(-1, 1, 8, 8), None, ignore)
    assert found.converged
    torch.testing.assert_close(found.nll, -marginal.log_prob(x), atol=2e-3, rtol=0)


def test_a_decoder_of_another_kind_is_asked_pair_by_pair():
    class Laplace(LinearGaussian):
        def neg_log_likelihood(self, z, x, label=None):
            return ((x - self.decode(z, label)).abs() / 0.2 + math.log(0.4)).flatten(1).sum(1)

    model = Laplace(1)
    x, _ = model.draw(5)
    z = torch.linspace(-7, 7, 20_001)[:, None]
    joint = [
        Normal(0.0, 1.0).log_prob(z[:, 0]) - model.neg_log_likelihood(z, one.expand(len(z), -1, -1, -1)) for one in x
    ]
    expected = -(torch.logsumexp(torch.stack(joint), 1) + math.log(14 / 20_000))
    torch.testing.assert_close(quadrature_nll(model, x, None, ignore).nll, expected, atol=0.02, rtol=0)


@pytest.mark.parametrize("latents", [2, 6])
def test_importance_sampling_comes_to_the_closed_form(latents):
    model = LinearGaussian(latents)
    x, nll = model.draw(100)
    found = importance_nll(model, x, None, 5000, generator(), ignore)
    difference = found - nll
    assert abs(float(difference.mean())) < 2 * float(difference.std()) / 10 + 5e-3


def test_importance_sampling_in_parts_is_the_same_estimate(monkeypatch):
    from latentlab.core import bounds

    model = LinearGaussian(2)
    x, nll = model.draw(10)
    labels = torch.zeros(10, dtype=torch.int64)
    monkeypatch.setattr(bounds, "rows_at_once", lambda numbers: 64)
    for samples in (7, 1000):
        found = importance_nll(model, x, labels, samples, generator(), ignore)
        assert float((found - nll).abs().max()) < 4 / samples**0.5


def test_grid_importance_and_bound_are_in_order(vae, images):
    """On the same images: grid NLL ≤ importance-sampled NLL ≤ −ELBO, and the first two agree with enough samples."""
    exact = quadrature_nll(vae, images, None, ignore).nll
    sampled = importance_nll(vae, images, None, 500, generator(), ignore)
    few = importance_nll(vae, images, None, 5, generator(), ignore)
    reconstruction, kl = bound_terms(vae, images, None, 200, generator(), ignore)
    bound = reconstruction + kl.sum(1)

    def error(values):
        return float(values.std()) / len(values) ** 0.5

    assert abs(float((sampled - exact).mean())) < 2 * error(sampled - exact) + 1e-3
    assert float((few - sampled).mean()) > 0 > float((few - bound).mean())
    assert float((bound - exact).mean()) > 2 * error(bound - exact)


def test_kl_per_latent_is_torchs(vae, images):
    _, kl = bound_terms(vae, images, None, 1, generator(), ignore)
    encoding = vae.encode(images)
    torch.testing.assert_close(kl, kl_divergence(Normal(encoding.mean, encoding.scale), Normal(0.0, 1.0)))


def test_bound_of_a_model_whose_posterior_is_exact_is_log_p():
    model = LinearGaussian(1, widening=1.0)
    x, nll = model.draw(50)
    reconstruction, kl = bound_terms(model, x, None, 2000, generator(), ignore)
    torch.testing.assert_close(reconstruction + kl.sum(1), nll, atol=0.1, rtol=0)


def test_fresh_targets_are_drawn_and_estimate_the_same_bound(images):
    config = build(model_info("vae").config, {"binarisation": "fresh", "hidden": 16})
    model = create("vae", config, ImageShape(1, 8, 8))
    drawn = binarised(model, images, generator())
    assert set(drawn.unique().tolist()) == {0.0, 1.0}
    assert float((drawn - images).mean()) == pytest.approx(0, abs=0.01)
    torch.testing.assert_close(binarised(model, drawn, generator(1)), drawn)
    grey = create("vae", build(model_info("vae").config, {"hidden": 16}), ImageShape(1, 8, 8))
    assert binarised(grey, images, generator()) is images


def test_progress_is_told_and_may_end_the_work(images):
    model, shares = LinearGaussian(2), []
    x, _ = model.draw(300)
    importance_nll(model, x, None, 4000, generator(), shares.append)
    assert shares == sorted(shares) and shares[-1] == pytest.approx(1) and len(shares) > 5

    def end(share):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        quadrature_nll(model, x, None, end)
