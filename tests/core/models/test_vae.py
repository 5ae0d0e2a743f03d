"""The VAE's objective against torch.distributions."""

from __future__ import annotations

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from latentlab.core.models.base import gaussian_kl
from latentlab.core.models.likelihoods import bernoulli_nll
from tests.core.models.making import SHAPES, generator, images, make


class TestVAE:
    def test_kl_is_that_of_torch_distributions(self):
        mean, log_variance = torch.randn(7, 3, generator=generator()), torch.randn(7, 3, generator=generator(1))
        expected = kl_divergence(Normal(mean, torch.exp(0.5 * log_variance)), Normal(0.0, 1.0))
        torch.testing.assert_close(gaussian_kl(mean, log_variance), expected)

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
