"""From what an encoder says to latents and their divergence from the prior (Kingma & Welling 2014, section 2.4)."""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor, autograd
from torch.autograd.function import once_differentiable

from latentlab.core import branches


def reparameterised(output: Tensor, noise: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Latents, log-variances N×D, KL(q ‖ N(0, I)) per latent, N×D, and its mean over images, summed over latents.

    Of an encoder's output, N×2D, which has a gradient. Latents are mean + scale·noise, of the noise's shape S×N×D or
    N×D; KL in nats. While a step is recorded, branches make the last two.
    """
    return plainly(output, noise) if output.is_cpu else by_hand(output, noise)


def plainly(output: Tensor, noise: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """`reparameterised` as it stands in the paper. On a CPU this is faster beside a window: autograd's way back asks
    for the interpreter's lock not once, and each operation less from here on is one time less to wait for it.
    """
    mean, unbound = output.chunk(2, dim=1)
    log_variance = bound(unbound)
    z = torch.addcmul(mean, torch.exp(0.5 * log_variance), noise)
    divergence = 0.5 * torch.addcmul(torch.expm1(log_variance) - log_variance, mean, mean)
    return z, log_variance, divergence, divergence.sum(1).mean()


def by_hand(output: Tensor, noise: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """`reparameterised` as a single operation of autograd's."""
    return cast(tuple[Tensor, Tensor, Tensor, Tensor], _Reparameterised.apply(output, noise))


class _Reparameterised(autograd.Function):
    """By hand, since on a GPU each of the two dozen small operations that autograd makes of it takes 1.5 µs.

    Most of them stand beside the decoder: nobody waits for the divergence but the figures, and all that the way back
    multiplies by is there before it. What is left to wait for is one operation.
    """

    @staticmethod
    def forward(ctx: Any, output: Tensor, noise: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mean, unbound = output.chunk(2, dim=1)
        log_variance = bound(unbound)
        scale = torch.exp(0.5 * log_variance)
        z = torch.addcmul(mean, scale, noise)
        with branches.beside(output, log_variance, scale, noise) as made:
            excess = torch.expm1(log_variance)
            divergence = made(torch.sub(excess, log_variance).addcmul_(mean, mean).mul_(0.5))
            kl = made(divergence.sum(1).mean())
            if ctx.needs_input_grad[0]:
                half = made((unbound == log_variance) * 0.5)  # 0 beyond the bounds
                # ∂z/∂output, …×2×D, and ∂KL/∂output, N×2×D
                slopes_of_z = made(torch.stack((torch.ones_like(noise), scale * noise * half), -2))
                slopes_of_kl = made(torch.stack((mean, excess * half), 1))
                ctx.save_for_backward(half, slopes_of_z, slopes_of_kl)
        ctx.set_materialize_grads(False)
        return z, log_variance, divergence, kl

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Tensor, None]:
        of_z, of_log_variance, of_divergence, of_kl = gradients
        half, slopes_of_z, slopes_of_kl = ctx.saved_tensors
        branches.bring(half, slopes_of_z, slopes_of_kl)
        if of_kl is None:
            of_output = torch.zeros_like(slopes_of_kl)
        else:
            with branches.after(of_kl, slopes_of_kl) as made:
                of_output = made(slopes_of_kl * (of_kl / len(half)))
            branches.bring(of_output)
        if of_divergence is not None:
            of_output = torch.addcmul(of_output, of_divergence[:, None], slopes_of_kl)
        if of_log_variance is not None:
            of_output[:, 1].addcmul_(of_log_variance, half, value=2.0)
        if of_z is None:
            return of_output.flatten(1), None
        if of_z.dim() == 2:
            return torch.addcmul(of_output, of_z[:, None], slopes_of_z).flatten(1), None
        return (of_output + (of_z[:, :, None] * slopes_of_z).sum(0)).flatten(1), None


def bound(log_variance: Tensor) -> Tensor:
    """Within ±15: beyond, the variance over- or underflows in float32 long before it means anything."""
    return log_variance.clamp(-15.0, 15.0)
