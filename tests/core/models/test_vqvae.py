"""The VQ-VAE against NumPy and the paper's equations."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.core.models.making import SHAPES, generator, images, make


class TestVQVAE:
    @pytest.mark.parametrize("body", ["mlp", "conv"])
    def test_nearest_codes_recomputed(self, body):
        model = make("vqvae", SHAPES[1], body=body, grid=4, codes=32, latent_dim=6, hidden=32, channels=8)
        x = images(SHAPES[1], 9)
        model.prepare(x, generator())
        encoding = model.encode(x)
        vectors = model.continuous(x).detach().numpy().astype(np.float64).reshape(-1, 6)
        codes = model.codebook().numpy().astype(np.float64)
        distances = ((vectors[:, None] - codes[None]) ** 2).sum(2)
        assert np.array_equal(encoding.codes.numpy().ravel(), distances.argmin(1))
        quantised = model.codebook().numpy()[distances.argmin(1)]
        assert np.array_equal(encoding.mean.detach().numpy().reshape(-1, 6), quantised)

    def test_decoding_quantises(self):
        model = make("vqvae", grid=2, codes=8, latent_dim=3)
        mean = model.encode(images(model.shape)).mean
        nudge = 1e-4 * torch.randn(mean.shape, generator=generator())
        assert torch.equal(model.decode(mean), model.decode(mean + nudge))

    def test_with_one_code_a_latent_shows_where_in_its_cell_an_image_lies(self):
        model = make("vqvae", grid=1, latent_dim=2, codes=8, body="mlp")
        x = images(model.shape)
        encoding = model.encode(x)
        assert torch.equal(encoding.mean, model.continuous(x)[:, 0])
        quantised = model.codebook()[encoding.codes.flatten()]
        assert torch.equal(model.decode(encoding.mean), model.decode(quantised))

    def test_gradient_goes_straight_through(self):
        """∂L/∂z is the decoder's gradient at the quantised vectors plus that of β‖z − sg(e)‖²."""
        model = make("vqvae", grid=2, codes=8, latent_dim=3, commitment=0.7).eval()
        x = images(model.shape, 4)
        z = model.continuous(x).detach().requires_grad_()
        model.continuous = lambda _: z
        model.objective(x).total.backward()

        quantised = model.quantiser.look_up(model.quantiser.nearest(z.detach())).requires_grad_()
        (model.image(quantised) - x).square().sum((1, 2, 3)).mean().backward()
        commitment = 2 * 0.7 * (z.detach() - quantised.detach()) / len(x)
        torch.testing.assert_close(z.grad, quantised.grad + commitment)

    def test_terms(self):
        model = make("vqvae", grid=2, codes=8, latent_dim=3, commitment=0.5).eval()
        x = images(model.shape, 4)
        z = model.continuous(x)
        quantised = model.quantiser.look_up(model.quantiser.nearest(z))
        objective = model.objective(x)
        commitment = ((z - quantised) ** 2).sum((1, 2)).mean().item()
        error = ((model.image(quantised) - x) ** 2).sum((1, 2, 3)).mean().item()
        assert objective.terms["commitment"].item() == pytest.approx(commitment, rel=1e-5)
        assert objective.terms["reconstruction"].item() == pytest.approx(error, rel=1e-5)
        assert objective.total.item() == pytest.approx(error + 0.5 * commitment, rel=1e-5)

    def test_learning_moves_the_codebook_and_evaluation_does_not(self):
        model = make("vqvae", grid=2, codes=8)
        x, before = images(model.shape), model.codebook().clone()
        model.eval().objective(x)
        assert torch.equal(model.codebook(), before)
        model.train().objective(x, None, generator())
        assert not torch.equal(model.codebook(), before)

    @pytest.mark.parametrize("cosine", [False, True])
    def test_a_learned_codebook_has_the_gradient_of_its_term(self, cosine):
        """∂/∂e of ‖sg(z) − e‖², by autograd on plain tensors; the other terms do not reach the codes."""
        model = make("vqvae", grid=2, codes=8, latent_dim=3, learning="gradient", cosine=cosine).eval()
        x = images(model.shape, 4)
        z = model.continuous(x).detach()
        model.objective(x).total.backward()
        vectors = model.quantiser.vectors.detach().clone().requires_grad_()
        codes = vectors / vectors.square().sum(1, keepdim=True).sqrt() if cosine else vectors
        nearest = torch.cdist(z.reshape(-1, 3), codes).argmin(1)
        ((z.reshape(-1, 3) - codes[nearest]) ** 2).sum().div(len(x)).backward()
        torch.testing.assert_close(model.quantiser.vectors.grad, vectors.grad)

    @pytest.mark.parametrize("learning", ["ema", "gradient"])
    @pytest.mark.parametrize("cosine", [False, True])
    def test_every_kind_of_codebook_trains(self, learning, cosine):
        model = make("vqvae", grid=2, codes=16, latent_dim=4, channels=8, learning=learning, cosine=cosine)
        optimizer = torch.optim.Adam(model.parameters(), 3e-3)
        x = images(model.shape, 64).round()
        model.prepare(x, generator())
        before, noise, errors = model.codebook().detach().clone(), generator(), []
        for _ in range(60):
            optimizer.zero_grad()
            objective = model.objective(x, None, noise)
            objective.total.backward()
            optimizer.step()
            errors.append(objective.terms["reconstruction"].item())
        assert errors[-1] < 0.8 * errors[0]
        assert not torch.equal(model.codebook(), before)

    def test_only_k_means_moves_the_codes_before_training(self):
        for kmeans in (True, False):
            model = make("vqvae", kmeans=kmeans)
            before = model.codebook().clone()
            model.prepare(images(model.shape), generator())
            assert torch.equal(model.codebook(), before) != kmeans

    def test_names_of_a_saved_codebook(self):
        own = {"quantiser.vectors", "quantiser.uses"}
        for learning, names in (("ema", {*own, "quantiser.sums"}), ("gradient", own)):
            state = make("vqvae", learning=learning).state_dict()
            assert {name for name in state if name.startswith("quantiser.")} == names

    def test_counts_the_codes_of_a_batch(self):
        model = make("vqvae", grid=2, codes=8, latent_dim=3)
        x = images(model.shape, 9)
        codes = model.encode(x).codes.numpy().ravel()
        np.testing.assert_array_equal(model.objective(x, None, generator()).uses, np.bincount(codes, minlength=8))
