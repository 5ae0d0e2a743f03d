"""The VAE's objective against torch.distributions."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
import torch
from torch.distributions import Normal, kl_divergence

from latentlab.core.models import importance
from latentlab.core.models.base import gaussian_kl
from latentlab.core.models.likelihoods import bernoulli_nll
from latentlab.core.models.reparameterisation import by_hand, plainly
from tests.core.models.making import SHAPES, generator, images, make


class TestVAE:
    def test_kl_is_that_of_torch_distributions(self):
        mean, log_variance = torch.randn(7, 3, generator=generator()), torch.randn(7, 3, generator=generator(1))
        expected = kl_divergence(Normal(mean, torch.exp(0.5 * log_variance)), Normal(0.0, 1.0))
        torch.testing.assert_close(gaussian_kl(mean, log_variance), expected)

    @pytest.mark.parametrize("reparameterised", [plainly, by_hand])
    @pytest.mark.parametrize("samples", [(), (4,)])
    def test_latents_and_divergence_have_the_gradients_of_their_formulae(self, samples, reparameterised):
        output = torch.randn(7, 6, generator=generator(), dtype=torch.float64)
        output[2, 3:5] = torch.tensor([20.0, -30.0])  # out of bounds
        noise = torch.randn(*samples, 7, 3, generator=generator(2), dtype=torch.float64)
        output.requires_grad_()
        ours = reparameterised(output, noise)
        mean, log_variance = output[:, :3], output[:, 3:].clamp(-15.0, 15.0)
        posterior = Normal(mean, torch.exp(0.5 * log_variance))
        divergence = kl_divergence(posterior, Normal(0.0, 1.0))
        expected = mean + posterior.stddev * noise, log_variance, divergence, divergence.sum(1).mean()
        torch.testing.assert_close(ours, expected)
        # Whatever a bound is made of.
        pulls = [torch.randn(value.shape, generator=generator(3), dtype=torch.float64) for value in ours]
        every = [used for count in (1, 2, 3, 4) for used in combinations(range(4), count)]
        for used in every:
            gradients, theirs = (
                torch.autograd.grad([values[n] for n in used], output, [pulls[n] for n in used], retain_graph=True)
                for values in (ours, expected)
            )
            torch.testing.assert_close(gradients, theirs)

    def test_objective_is_the_negative_bound(self):
        model = make("vae", SHAPES[1], latent_dim=4)
        x = images(SHAPES[1])
        objective = model.objective(x, None, generator(5))
        encoding = model.encode(x)
        posterior = Normal(encoding.mean, encoding.scale)
        z = encoding.mean + encoding.scale * torch.randn(encoding.mean.shape, generator=generator(5))
        kl = kl_divergence(posterior, Normal(0.0, 1.0)).sum(1).mean()
        nll = torch.nn.functional.binary_cross_entropy(model.decode(z), x, reduction="sum") / len(x)
        assert objective.total.item() == pytest.approx((nll + kl).item(), rel=1e-5)
        assert objective.terms["kl"].item() == pytest.approx(kl.item(), rel=1e-5)
        assert objective.terms["reconstruction"].item() == pytest.approx(nll.item(), rel=1e-5)

    def test_fresh_binarisation_has_the_grey_objective_as_its_mean(self):
        grey, fresh = (make("vae", binarisation=how, latent_dim=1).eval() for how in ("grey", "fresh"))
        fresh.load_state_dict(grey.state_dict())
        assert (grey.capabilities.binarisation, fresh.capabilities.binarisation) == ("grey", "fresh")
        # Bound to the prior's mean, so that the targets are the only noise: E[loss(binary x)] is not loss(x) for the
        # encoder, which is not linear, but the decoder's share of it is.
        x = torch.full((2000, 1, 8, 8), 0.3)
        logits = grey.decoder(torch.zeros(1, 1)).expand(2000, -1, -1, -1)
        drawn = (torch.rand(x.shape, generator=generator()) < x).float()
        assert bernoulli_nll(logits, drawn).mean().item() == pytest.approx(
            bernoulli_nll(logits, x).mean().item(), rel=0.005
        )
        first, second = (fresh.objective(x[:8], None, generator(seed)).total.item() for seed in (0, 1))
        assert first != second

    def test_a_posterior_far_out_stays_finite(self):
        model = make("vae")
        for parameter in model.encoder.parameters():
            parameter.data.mul_(1e3)
        objective = model.objective(images(model.shape), None, generator())
        assert torch.isfinite(objective.total)


def evidence_of(model, x, seed, samples):
    """log p(x|z), log p(z) and log q(z|x) of the latents that a generator with ``seed`` draws, each S×N."""
    encoding = model.encode(x)
    noise = torch.randn(samples, *encoding.mean.shape, generator=generator(seed), dtype=x.dtype)
    z = encoding.mean + encoding.scale * noise
    likelihood = torch.stack([-model.neg_log_likelihood(each, x) for each in z])
    prior = Normal(0.0, 1.0).log_prob(z).sum(-1)
    return likelihood, prior, Normal(encoding.mean, encoding.scale).log_prob(z).sum(-1)


class TestSamples:
    @pytest.mark.parametrize("decoder", ["bernoulli", "gaussian", "gaussian_learned", "gaussian_pixels"])
    def test_reconstruction_is_a_mean_over_samples(self, decoder):
        model = make("vae", SHAPES[4], latent_dim=4, samples=7, decoder=decoder)
        x = images(SHAPES[4])
        likelihood, _, _ = evidence_of(model, x, 5, 7)
        objective = model.objective(x, None, generator(5))
        assert objective.terms["reconstruction"].item() == pytest.approx(-likelihood.mean().item(), rel=1e-5)

    @pytest.mark.parametrize("decoder", ["gaussian", "gaussian_learned", "gaussian_pixels"])
    def test_only_a_bernoulli_decoder_has_binary_targets(self, decoder):
        model = make("vae", decoder=decoder, binarisation="fresh")
        assert not model.binarise and model.capabilities.binarisation == ""
        assert model.decode(torch.zeros(2, 2)).shape == (2, 1, 8, 8)


class TestImportanceWeightedBound:
    def test_is_that_of_the_paper(self):
        """Equation 8 of Burda et al. 2016 from torch's own densities."""
        model = make("vae", SHAPES[1], latent_dim=4, samples=6, bound="iwae")
        x = images(SHAPES[1])
        likelihood, prior, posterior = evidence_of(model, x, 3, 6)
        bound = torch.logsumexp(likelihood + prior - posterior, 0) - math.log(6)
        assert model.objective(x, None, generator(3)).total.item() == pytest.approx(-bound.mean().item(), rel=1e-5)

    def test_rises_with_the_samples_from_the_elbo_to_the_likelihood(self):
        """Means over many draws; the likelihood by quadrature over the plane."""
        model = make("vae", hidden=16).double().eval()
        x = images(model.shape, 3).double()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.mul_(2.0)  # a posterior worth weighting
            means, errors = [], []
            for samples in (1, 4, 32):
                bounds = make("vae", hidden=16, samples=samples, bound="iwae").double().eval()
                bounds.load_state_dict(model.state_dict())
                drawn = [-bounds.objective(x, None, generator(seed)).total.item() for seed in range(400)]
                means.append(np.mean(drawn))
                errors.append(np.std(drawn) / 20)
            elbo = np.mean([-model.objective(x, None, generator(seed)).total.item() for seed in range(400)])
            side = torch.linspace(-7, 7, 201, dtype=torch.float64)
            grid = torch.cartesian_prod(side, side)
            joint = [Normal(0.0, 1.0).log_prob(grid).sum(1) - model.neg_log_likelihood(grid, each[None]) for each in x]
            evidence = (torch.logsumexp(torch.stack(joint), 1) + 2 * (side[1] - side[0]).log()).mean().item()
        assert means[0] == pytest.approx(elbo, abs=4 * errors[0])
        assert means[0] < means[1] < means[2] < evidence + 4 * errors[2]
        assert evidence - means[2] < 0.25 * (evidence - elbo)


def gradients(draws, samples=4, **settings):
    """An importance-weighted bound and its gradient, flat, for the encoder and the decoder; a row a draw."""
    model = make("vae", hidden=8, depth=1, samples=samples, bound="iwae", **settings).double()
    x = images(model.shape, 2).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(2.0)  # weights that differ
    model.begin_step(torch.tensor(1.0))
    found = []
    for seed in range(draws):
        total = model.objective(x, None, generator(seed)).total
        parts = [
            torch.autograd.grad(total, list(part.parameters()), retain_graph=True)
            for part in (model.encoder, model.decoder)
        ]
        found.append((total.item(), *(torch.cat([g.flatten() for g in part]).numpy() for part in parts)))
    return [np.array(column) for column in zip(*found, strict=True)]


def assert_same_mean(found, expected):
    """Gradients, a row a draw of the same samples: the same within the standard error, over all of the weights."""
    differences = found - expected
    errors = differences.std(0) / math.sqrt(len(found))
    # One number of all the weights, whose deviations go together: how far the mean has strayed along the gradient.
    along = expected.mean(0) / np.linalg.norm(expected.mean(0))
    strayed, error = (differences @ along).mean(), (differences @ along).std() / math.sqrt(len(found))
    assert abs(strayed) < 4 * error < 0.3 * np.linalg.norm(expected.mean(0))
    assert (np.abs(differences.mean(0)) < 5 * errors + 1e-12).all()


class TestDoublyReparameterisedGradient:
    """Tucker et al. 2019: another gradient of the same bound, for the encoder."""

    @pytest.mark.parametrize("settings", [{}, {"warm_up": 4.0}, {"samples": 1}])
    def test_has_the_same_mean(self, settings):
        """Within the standard error of many draws, over all of the encoder's weights; the decoder's is the same."""
        total, doubly = (gradients(1500, gradient=name, **settings) for name in ("total", "doubly"))
        np.testing.assert_allclose(doubly[0], total[0], rtol=1e-12)
        np.testing.assert_allclose(doubly[2], total[2], rtol=1e-9, atol=1e-12)
        assert_same_mean(doubly[1], total[1])

    def test_is_quieter(self):
        total, doubly = (gradients(400, samples=16, gradient=name) for name in ("total", "doubly"))
        assert doubly[1].var(0).sum() < 0.8 * total[1].var(0).sum()

    def test_is_silent_where_the_posterior_is_exact(self):
        """With p(x|z) the same for every z the posterior is the prior, and no draw has anything to say."""
        found = {}
        for gradient in ("total", "doubly"):
            model = make("vae", samples=5, bound="iwae", gradient=gradient)
            with torch.no_grad():
                for part in (model.encoder, model.decoder):
                    for parameter in part.parameters():
                        parameter.zero_()
            model.objective(images(model.shape), None, generator()).total.backward()
            found[gradient] = max(float(p.grad.abs().max()) for p in model.encoder.parameters())
        assert found["doubly"] < 1e-7 < found["total"]

    def test_evaluates_as_ever(self):
        plain, doubly = (make("vae", samples=3, bound="iwae", gradient=name).eval() for name in ("total", "doubly"))
        doubly.load_state_dict(plain.state_dict())
        x = images(plain.shape)
        with torch.no_grad():
            expected, found = (model.objective(x, None, generator()).total.item() for model in (plain, doubly))
        assert found == expected


class TestGradientThroughSome:
    """Burda et al. 2016, section 3: the gradient's way back through samples drawn by their weights."""

    @pytest.mark.parametrize("settings", [{}, {"gradient": "doubly"}, {"gradient": "doubly", "warm_up": 4.0}])
    def test_has_the_same_mean(self, settings):
        every, some = (gradients(1000, samples=6, gradient_samples=few, **settings) for few in (0, 2))
        np.testing.assert_allclose(some[0], every[0], rtol=1e-12)
        for found, expected in zip(some[1:], every[1:], strict=True):
            assert_same_mean(found, expected)

    def test_comes_nearer_with_more_samples(self):
        every, one, three = (gradients(300, samples=8, gradient_samples=few) for few in (0, 1, 3))
        assert 0 < np.square(three[2] - every[2]).sum() < 0.6 * np.square(one[2] - every[2]).sum()

    @pytest.mark.parametrize("few", [4, 9])
    def test_through_all_there_are_is_the_plain_gradient(self, few):
        for found, expected in zip(gradients(2, gradient_samples=few), gradients(2), strict=True):
            np.testing.assert_array_equal(found, expected)

    def test_evaluates_all(self):
        every, some = (make("vae", samples=5, bound="iwae", gradient_samples=few).eval() for few in (0, 1))
        some.load_state_dict(every.state_dict())
        expected, found = (
            model.objective(images(model.shape), None, generator()).total.item() for model in (every, some)
        )
        assert found == expected

    def test_draws_each_by_its_share(self):
        weights = torch.rand(7, 5, generator=generator(), dtype=torch.float64)
        weights /= weights.sum(0)
        draw, counts = generator(1), torch.zeros_like(weights)
        for _ in range(4000):
            drawn = importance.drawn_by_weight(weights, 3, draw)
            counts.scatter_add_(0, drawn, torch.ones_like(drawn, dtype=counts.dtype))
        np.testing.assert_allclose(counts / 4000, 3 * weights, atol=4 * 0.5 / math.sqrt(4000))

    def test_draws_in_even_steps(self):
        """n of m draws for certain where the share is n/m, and never what has no weight."""
        weights = torch.tensor([[0.5, 0.0], [0.25, 1.0], [0.25, 0.0]])
        for seed in range(50):
            drawn = importance.drawn_by_weight(weights, 4, generator(seed))
            assert drawn.t().tolist() == [[0, 0, 1, 2], [1, 1, 1, 1]]


class TestWeightsOfTraining:
    def test_free_bits_are_free_per_latent_of_the_batch(self):
        """λ nats a latent (Kingma et al. 2016), of the mean over the batch."""
        model = make("vae", SHAPES[1], latent_dim=6, free_bits=0.3, depth=2)
        for parameter in model.encoder.parameters():
            parameter.data.mul_(2.0)
        x = images(SHAPES[1])
        objective = model.objective(x, None, generator(1))
        encoding = model.encode(x)
        divergence = kl_divergence(Normal(encoding.mean, encoding.scale), Normal(0.0, 1.0)).mean(0)
        assert divergence.min() < 0.3 < divergence.max()
        paid = np.maximum(divergence.detach().numpy(), 0.3).sum()
        total = objective.terms["reconstruction"].item() + paid
        assert objective.total.item() == pytest.approx(total, rel=1e-5)
        assert objective.terms["kl"].item() == pytest.approx(divergence.sum().item(), rel=1e-5)

    @pytest.mark.parametrize("bound", ["elbo", "iwae"])
    def test_warm_up_weighs_the_kl(self, bound):
        model = make("vae", warm_up=4.0, bound=bound)
        x = images(model.shape)
        totals = {}
        for epoch in (0.0, 1.0, 4.0, 9.0):
            model.begin_step(torch.tensor(epoch))
            totals[epoch] = model.train().objective(x, None, generator(2)).total.item()
        likelihood, prior, posterior = (part.mean().item() for part in evidence_of(model, x, 2, 1))
        rate = posterior - prior if bound == "iwae" else model.objective(x, None, generator(2)).terms["kl"].item()
        for epoch, weight in ((0.0, 0.0), (1.0, 0.25), (4.0, 1.0), (9.0, 1.0)):
            assert totals[epoch] == pytest.approx(weight * rate - likelihood, rel=1e-5)

    def test_the_weight_stays_in_its_place_and_is_not_saved(self):
        model = make("vae", warm_up=4.0)
        place = model.kl_weight.data_ptr()
        model.begin_step(torch.tensor(1.0))
        assert model.kl_weight.data_ptr() == place and model.kl_weight.item() == 0.25
        assert model.state_dict().keys() == make("vae").state_dict().keys()
