"""Models simple enough that what is estimated of them is known."""

from __future__ import annotations

import math

import torch

from latentlab.core.models import Capabilities, Encoding, ImageShape, Model


class LinearGaussian(Model):
    """p(x|z) = N(Wz + b, σ²I) over D latents, so that p(x) = N(b, WWᵀ + σ²I); its posterior is wider than the true one.

    A conditional one adds the label to every pixel's mean.
    """

    def __init__(self, latents=2, side=4, sigma=0.3, conditional=False, widening=1.3):
        super().__init__(None, ImageShape(1, side, side, 3), latents)
        generator = torch.Generator().manual_seed(latents)
        self.capabilities = Capabilities(posterior_variance=True, prior=True, conditional=conditional)
        self.weight = torch.nn.Parameter(0.3 * torch.randn(side * side, latents, generator=generator))
        self.offset, self.sigma, self.widening = 0.5, sigma, widening

    def _mean(self, label, like):
        return self.offset + (0.0 if label is None or not self.capabilities.conditional else label[:, None].to(like))

    def encode(self, x, label=None):
        precision = torch.eye(self.latent_size) + self.weight.T @ self.weight / self.sigma**2
        centred = x.flatten(1) - self._mean(label, x)
        mean = torch.linalg.solve(precision, self.weight.T @ centred.T / self.sigma**2).T
        return Encoding(mean, (self.widening / precision.diagonal().sqrt()).expand_as(mean))

    def decode(self, z, label=None):
        return (z @ self.weight.T + self._mean(label, z)).view(-1, 1, self.shape.height, self.shape.width)

    def neg_log_likelihood(self, z, x, label=None):
        squares = ((x - self.decode(z, label)) / self.sigma).square().flatten(1).sum(1)
        return 0.5 * squares + self.shape.pixels * math.log(self.sigma * math.sqrt(2 * math.pi))

    def objective(self, x, label=None, generator=None):
        raise NotImplementedError

    def draw(self, count, label=None):
        """Images from the model itself, and −log p(x) of each."""
        covariance = (self.weight @ self.weight.T + self.sigma**2 * torch.eye(len(self.weight))).detach()
        zero = torch.zeros(len(self.weight))
        generator = torch.Generator().manual_seed(0)
        noise = torch.randn(count, len(zero), generator=generator) @ torch.linalg.cholesky(covariance).T
        x = (self._mean(label, noise) + noise).view(count, 1, self.shape.height, self.shape.width)
        nll = -torch.distributions.MultivariateNormal(zero, covariance).log_prob(noise)
        return x, nll
