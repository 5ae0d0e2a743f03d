"""The reconstruction terms against torch.distributions, autograd and plain formulae."""

from __future__ import annotations

import math

import pytest
import torch
from torch import distributions
from torch.distributions import Normal

from latentlab.core.models.likelihoods import (
    Bernoulli,
    Gaussian,
    PixelGaussian,
    _BernoulliNLL,
    bernoulli_nll,
    gaussian_nll,
    softly_above,
)
from tests.core.models.making import generator


@pytest.fixture(params=["of a processor", "of a GPU"])
def nll(request):
    """Both ways to the same number; that of a GPU computes on any device."""
    return bernoulli_nll if request.param == "of a processor" else _BernoulliNLL.apply


class TestBernoulli:
    def test_likelihood_of_binary_targets_is_that_of_torch_distributions(self, nll):
        logits = 3 * torch.randn(4, 3, 5, 6, generator=generator())
        targets = (torch.rand(4, 3, 5, 6, generator=generator(1)) < 0.5).float()
        expected = -distributions.Bernoulli(logits=logits).log_prob(targets).sum((1, 2, 3))
        torch.testing.assert_close(nll(logits, targets), expected)

    def test_likelihood_of_grey_targets_is_the_cross_entropy(self, nll):
        logits = torch.randn(4, 1, 5, 6, generator=generator(), dtype=torch.float64)
        targets = torch.rand(4, 1, 5, 6, generator=generator(1), dtype=torch.float64)
        ink = torch.sigmoid(logits)
        expected = -(targets * ink.log() + (1 - targets) * (1 - ink).log()).sum((1, 2, 3))
        torch.testing.assert_close(nll(logits, targets), expected)

    def test_gradient_of_the_likelihood_is_ink_less_target(self, nll):
        logits = (20 * torch.randn(3, 1, 5, 6, generator=generator(), dtype=torch.float64)).requires_grad_()
        targets = torch.rand(3, 1, 5, 6, generator=generator(1), dtype=torch.float64)
        weights = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
        (ours,) = torch.autograd.grad((weights * nll(logits, targets)).sum(), logits)
        expected = weights.view(3, 1, 1, 1) * (torch.sigmoid(logits.detach()) - targets)
        torch.testing.assert_close(ours, expected)

    def test_likelihood_of_certain_pixels_is_finite(self, nll):
        logits = torch.tensor([[-1e4, 1e4, 0.0]]).view(1, 1, 1, 3)
        targets = torch.tensor([[0.0, 1.0, 1.0]]).view(1, 1, 1, 3)
        assert nll(logits, targets).item() == pytest.approx(math.log(2.0))
        assert nll(logits, 1.0 - targets).item() == pytest.approx(2e4 + math.log(2.0))


class TestGaussian:
    def test_is_that_of_torch_distributions(self):
        mean = torch.rand(4, 3, 5, 6, generator=generator(), dtype=torch.float64)
        x = torch.rand(4, 3, 5, 6, generator=generator(1), dtype=torch.float64)
        spread = torch.randn(4, 3, 5, 6, generator=generator(2), dtype=torch.float64)
        for log_variance in (torch.tensor(-1.3, dtype=torch.float64), spread):
            expected = -Normal(mean, torch.exp(0.5 * log_variance)).log_prob(x).sum((1, 2, 3))
            torch.testing.assert_close(gaussian_nll(mean, log_variance, x), expected)

    @pytest.mark.parametrize("learned", [False, True])
    def test_of_one_sigma(self, learned):
        likelihood = Gaussian(0.3, learned)
        output, x = torch.randn(4, 1, 5, 6, generator=generator()), torch.rand(4, 1, 5, 6, generator=generator(1))
        expected = -Normal(torch.sigmoid(output), 0.3).log_prob(x).sum((1, 2, 3))
        # Kept softly above its least, a learned σ is a little larger than what it starts from.
        torch.testing.assert_close(likelihood.nll(output, x), expected, rtol=2e-3 if learned else 1e-5, atol=0)
        assert [name for name, _ in likelihood.named_parameters()] == ["log_variance"] * learned
        assert list(likelihood.state_dict()) == ["log_variance"] * learned

    def test_a_learned_sigma_finds_the_error(self):
        """Its maximum-likelihood estimate is the root mean squared error."""
        likelihood = Gaussian(0.5, learned=True)
        output = torch.randn(50, 1, 4, 4, generator=generator())
        x = torch.sigmoid(output) + 0.1 * torch.randn(50, 1, 4, 4, generator=generator(1))
        optimizer = torch.optim.Adam(likelihood.parameters(), 0.05)
        for _ in range(200):
            optimizer.zero_grad()
            likelihood.nll(output, x).mean().backward()
            optimizer.step()
        sigma = math.exp(0.5 * softly_above(likelihood.log_variance, 2 * math.log(0.01)).item())
        assert sigma == pytest.approx((x - torch.sigmoid(output)).square().mean().sqrt().item(), rel=1e-3)

    def test_of_a_sigma_for_each_pixel(self):
        likelihood = PixelGaussian(0.2)
        output, x = torch.randn(4, 6, 5, 7, generator=generator()), torch.rand(4, 3, 5, 7, generator=generator(1))
        low = torch.tensor(2 * math.log(0.01))
        log_variance = low + torch.log1p(torch.exp(output[:, 3:] + 2 * math.log(0.2) - low))
        expected = -Normal(torch.sigmoid(output[:, :3]), torch.exp(0.5 * log_variance)).log_prob(x).sum((1, 2, 3))
        torch.testing.assert_close(likelihood.nll(output, x), expected)
        torch.testing.assert_close(likelihood.mean(output), torch.sigmoid(output[:, :3]))

    def test_certain_pixels_are_worth_only_so_much(self):
        output = torch.full((1, 2, 1, 1), -1e4)
        assert PixelGaussian(0.2).nll(output, torch.zeros(1, 1, 1, 1)).item() == pytest.approx(
            math.log(0.01) + 0.5 * math.log(2 * math.pi), abs=1e-4
        )


@pytest.mark.parametrize("likelihood", [Bernoulli(), Gaussian(0.3, learned=True), PixelGaussian(0.3)], ids=repr)
def test_one_image_serves_many_outputs(likelihood):
    output = torch.randn(3, 4, likelihood.maps, 5, 6, generator=generator()).requires_grad_()
    x = torch.rand(4, 1, 5, 6, generator=generator(1))
    each = torch.stack([likelihood.nll(part, x) for part in output])
    torch.testing.assert_close(likelihood.nll(output, x), each)
    torch.testing.assert_close(likelihood.nll(output[0], x[:1]), likelihood.nll(output[0], x[:1].expand_as(x)))
    weights = torch.randn(3, 4, generator=generator(2))
    (ours,) = torch.autograd.grad((weights * likelihood.nll(output, x)).sum(), output)
    (expected,) = torch.autograd.grad((weights * each).sum(), output)
    torch.testing.assert_close(ours, expected)
