"""The models: shapes of every size, and their objectives against independent computations."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import torch
from torch.distributions import Bernoulli, Normal, kl_divergence

from latentlab.core.errors import OptionError
from latentlab.core.models import ImageShape, create, model_info, registry
from latentlab.core.models.base import gaussian_kl
from latentlab.core.models.codebook import Codebook
from latentlab.core.models.likelihoods import bernoulli_nll
from latentlab.core.options import build, describe

NAMES = [info.name for info in registry()]
SHAPES = [ImageShape(*size) for size in ((1, 8, 8), (1, 28, 28), (3, 32, 32), (1, 64, 64), (3, 13, 17))]


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def images(shape, count=5, seed=0):
    return torch.rand(count, shape.channels, shape.height, shape.width, generator=generator(seed))


def make(name, shape=SHAPES[0], **values):
    known = {setting.name for setting in describe(model_info(name).config)}
    return create(name, build(model_info(name).config, {k: v for k, v in values.items() if k in known}), shape)


class TestContract:
    @pytest.mark.parametrize("shape", SHAPES, ids=str)
    @pytest.mark.parametrize("body", ["mlp", "conv"])
    @pytest.mark.parametrize("name", NAMES)
    def test_every_size_of_image(self, name, body, shape):
        model = make(name, shape, body=body, hidden=32, channels=8)
        x = images(shape)
        model.prepare(x, generator())
        encoding = model.encode(x)
        assert encoding.mean.shape == (5, model.latent_size)
        decoded = model.decode(encoding.mean)
        assert decoded.shape == x.shape
        assert decoded.min() >= 0 and decoded.max() <= 1
        objective = model.objective(x, None, generator())
        assert objective.total.shape == ()
        assert torch.isfinite(objective.total)
        objective.total.backward()
        for parameter in model.parameters():
            assert parameter.grad is not None
            assert torch.isfinite(parameter.grad).all()
        assert any(parameter.grad.abs().max() > 0 for parameter in model.encoder.parameters())

    @pytest.mark.parametrize("size", [1, 2, 128])
    @pytest.mark.parametrize("body", ["mlp", "conv"])
    @pytest.mark.parametrize("name", NAMES)
    def test_every_latent_dimension(self, name, body, size):
        model = make(name, body=body, latent_dim=size, grid=2, hidden=32, channels=8)
        assert model.latent_size == (4 * size if name == "vqvae" else size)
        # Far from where anything is encoded, too: the hand drags anywhere.
        decoded = model.decode(1e4 * torch.randn(3, model.latent_size, generator=generator()))
        assert decoded.shape == (3, 1, 8, 8)
        assert decoded.min() >= 0 and decoded.max() <= 1

    @pytest.mark.parametrize("grid", [1, 2, 7, 16])
    @pytest.mark.parametrize("body", ["mlp", "conv"])
    @pytest.mark.parametrize("shape", SHAPES, ids=str)
    def test_every_code_grid(self, shape, body, grid):
        model = make("vqvae", shape, body=body, grid=grid, codes=16, latent_dim=3, hidden=16, channels=4)
        encoding = model.encode(images(shape, 2))
        assert encoding.mean.shape == (2, 3 * grid * grid)
        assert encoding.codes.shape == (2, grid, grid)
        assert model.decode(encoding.mean).shape == (2, shape.channels, shape.height, shape.width)

    @pytest.mark.parametrize("name", NAMES)
    def test_offers_what_it_declares(self, name):
        model = make(name)
        x = images(model.shape)
        encoding = model.encode(x)
        able = model.capabilities
        assert (encoding.scale is not None) == able.posterior_variance
        assert (encoding.codes is not None) == (model.codebook() is not None) == able.codebook
        terms = model.objective(x, None, generator()).terms
        assert set(model.term_units) == {"total", *terms}
        assert not any(term.requires_grad for term in terms.values())

    @pytest.mark.parametrize("name", NAMES)
    def test_evaluation_changes_nothing_and_is_reproducible(self, name):
        model = make(name).eval()
        x = images(model.shape)
        before = {key: value.clone() for key, value in model.state_dict().items()}
        first = model.objective(x, None, generator(3)).total
        assert torch.equal(first, model.objective(x, None, generator(3)).total)
        for key, value in model.state_dict().items():
            assert torch.equal(value, before[key])

    @pytest.mark.parametrize("name", NAMES)
    def test_draws_only_from_the_generator_it_is_given(self, name):
        model = make(name)
        state = torch.random.get_rng_state()
        model.prepare(images(model.shape), generator())
        model.objective(images(model.shape), None, generator())
        assert torch.equal(torch.random.get_rng_state(), state)

    @pytest.mark.parametrize("name", NAMES)
    def test_objective_is_a_mean_over_images(self, name):
        """Twice the same images have the same objective (without noise: as the mean over many draws)."""
        model = make(name).eval()
        x = images(model.shape, 4)

        def mean(batch):
            return np.mean([model.objective(batch, None, generator(seed)).total.item() for seed in range(300)])

        assert mean(torch.cat([x, x])) == pytest.approx(mean(x), rel=0.01)


class TestAutoencoder:
    def test_objective_is_the_squared_error_of_what_it_decodes(self):
        model = make("ae", SHAPES[1])
        x = images(SHAPES[1])
        expected = ((model.decode(model.encode(x).mean) - x) ** 2).sum((1, 2, 3)).mean()
        assert model.objective(x).total.item() == pytest.approx(expected.item(), rel=1e-6)


class TestVAE:
    def test_kl_is_that_of_torch_distributions(self):
        mean, log_variance = torch.randn(7, 3, generator=generator()), torch.randn(7, 3, generator=generator(1))
        expected = kl_divergence(Normal(mean, torch.exp(0.5 * log_variance)), Normal(0.0, 1.0))
        torch.testing.assert_close(gaussian_kl(mean, log_variance), expected)

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


class TestCodebook:
    def test_moving_averages_are_those_of_the_paper(self):
        """Equations 6 to 8 of van den Oord et al. 2017, in NumPy, over several batches; every code in use."""
        codebook = Codebook(4, 3, decay=0.9)
        rng = np.random.default_rng(0)
        centres = 5 * rng.standard_normal((4, 3))
        codebook.vectors.copy_(torch.tensor(centres))
        codebook.sums.copy_(codebook.vectors / 4)
        N, m = np.full(4, 1 / 4), centres / 4  # as shares of a batch
        for _ in range(5):
            z = (centres[:, None] + 0.1 * rng.standard_normal((4, 10, 3))).reshape(-1, 3)
            flat = torch.tensor(z, dtype=torch.float32)
            codes = codebook.nearest(flat)
            codebook.follow(flat, codes, generator())
            e = m / N[:, None]
            nearest = ((z[:, None] - e[None]) ** 2).sum(2).argmin(1)
            for i in range(4):
                mine = z[nearest == i]
                N[i] = N[i] * 0.9 + len(mine) / 40 * (1 - 0.9)
                m[i] = m[i] * 0.9 + mine.sum(0) / 40 * (1 - 0.9)
        np.testing.assert_allclose(codebook.vectors.numpy(), m / N[:, None], rtol=1e-4)
        np.testing.assert_allclose(codebook.uses.numpy(), N, rtol=1e-5)

    def test_a_dead_code_is_put_where_data_is(self):
        codebook = Codebook(3, 2, decay=0.5)
        codebook.vectors.copy_(torch.tensor([[0.0, 0.0], [1.0, 1.0], [50.0, 50.0]]))
        codebook.sums.copy_(codebook.vectors / 3)
        z = torch.rand(300, 2, generator=generator())
        moves = []
        for _ in range(12):
            codebook.follow(z, codebook.nearest(z), generator())
            moves.append(codebook.vectors[2].max().item() <= 1.0)
        assert not moves[0]  # one batch without use is no death
        assert moves[-1]
        assert len(codebook.nearest(z).unique()) == 3

    def test_starts_with_every_code_in_use(self):
        codebook = Codebook(64, 4, decay=0.99)
        z = torch.randn(2000, 4, generator=generator())
        codebook.start_from(z, generator())
        counts = codebook.count(codebook.nearest(z))
        assert (counts > 0).sum() >= 60
        assert codebook.perplexity(codebook.nearest(z)) > 40

    def test_starts_from_fewer_vectors_than_codes(self):
        codebook = Codebook(64, 4, decay=0.99)
        codebook.start_from(torch.randn(10, 4, generator=generator()), generator())
        assert torch.isfinite(codebook.vectors).all()
        codebook.start_from(torch.zeros(1, 4), generator())
        assert torch.isfinite(codebook.vectors).all()

    def test_perplexity(self):
        codebook = Codebook(8, 2, decay=0.99)
        assert codebook.perplexity(torch.arange(8)).item() == pytest.approx(8)
        assert codebook.perplexity(torch.zeros(9, dtype=torch.int64)).item() == pytest.approx(1)


class TestRegistry:
    def test_weights_follow_from_the_seed_alone(self):
        config, state = model_info("ae").config(), torch.random.get_rng_state()
        first, same, other = (create("ae", config, SHAPES[0], seed).encoder[1].weight for seed in (3, 3, 4))
        assert torch.equal(first, same) and not torch.equal(first, other)
        assert torch.equal(torch.random.get_rng_state(), state)

    def test_entries_are_whole(self):
        assert NAMES == ["ae", "vae", "vqvae"]
        for info in registry():
            assert dataclasses.is_dataclass(info.config)
            assert info.title and info.short_title and info.summary and info.formula and info.paper
            assert model_info(info.name) is info

    def test_an_unknown_model_is_refused_with_the_closest(self):
        with pytest.raises(OptionError, match=r"^There is no model called 'vqvea'\. Did you mean 'vqvae'\?$"):
            model_info("vqvea")
        with pytest.raises(OptionError, match=r"^There is no model called 'resnet50'\. There are ae, vae, vqvae\.$"):
            model_info("resnet50")

    @pytest.mark.parametrize("name", NAMES)
    def test_latent_dimensions_beyond_the_range_are_refused(self, name):
        for size in (0, 129):
            with pytest.raises(OptionError, match="must be between 1 and 128"):
                build(model_info(name).config, {"latent_dim": size})
