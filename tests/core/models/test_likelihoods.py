"""The reconstruction terms against torch.distributions, autograd and plain formulae."""

from __future__ import annotations

import math

import pytest
import torch
from torch.distributions import Bernoulli

from latentlab.core.models.likelihoods import bernoulli_nll
from tests.core.models.making import generator


class TestBernoulli:
    def test_likelihood_of_binary_targets_is_that_of_torch_distributions(self):
        logits = 3 * torch.randn(4, 3, 5, 6, generator=generator())
        targets = (torch.rand(4, 3, 5, 6, generator=generator(1)) < 0.5).float()
        expected = -Bernoulli(logits=logits).log_prob(targets).sum((1, 2, 3))
        torch.testing.assert_close(bernoulli_nll(logits, targets), expected)

    def test_likelihood_of_grey_targets_is_the_cross_entropy(self):
        logits = torch.randn(4, 1, 5, 6, generator=generator(), dtype=torch.float64)
        targets = torch.rand(4, 1, 5, 6, generator=generator(1), dtype=torch.float64)
        ink = torch.sigmoid(logits)
        expected = -(targets * ink.log() + (1 - targets) * (1 - ink).log()).sum((1, 2, 3))
        torch.testing.assert_close(bernoulli_nll(logits, targets), expected)

    def test_gradient_of_the_likelihood_is_that_of_the_cross_entropy(self):
        logits = (20 * torch.randn(3, 1, 5, 6, generator=generator(), dtype=torch.float64)).requires_grad_()
        targets = torch.rand(3, 1, 5, 6, generator=generator(1), dtype=torch.float64)
        weights = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
        (ours,) = torch.autograd.grad((weights * bernoulli_nll(logits, targets)).sum(), logits)
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")
        (expected,) = torch.autograd.grad((weights * loss.sum((1, 2, 3))).sum(), logits)
        torch.testing.assert_close(ours, expected)

    def test_likelihood_of_certain_pixels_is_finite(self):
        logits = torch.tensor([[-1e4, 1e4, 0.0]]).view(1, 1, 1, 3)
        targets = torch.tensor([[0.0, 1.0, 1.0]]).view(1, 1, 1, 3)
        assert bernoulli_nll(logits, targets).item() == pytest.approx(math.log(2.0))
        assert bernoulli_nll(logits, 1.0 - targets).item() == pytest.approx(2e4 + math.log(2.0))
