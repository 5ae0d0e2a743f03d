"""What every model keeps: sizes of every kind, no noise but the generator's, and what it declares."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.core.models.making import NAMES, SHAPES, generator, images, labels, make


class TestContract:
    @pytest.mark.parametrize("shape", SHAPES, ids=str)
    @pytest.mark.parametrize("body", ["mlp", "conv"])
    @pytest.mark.parametrize("name", NAMES)
    def test_every_size_of_image(self, name, body, shape):
        model = make(name, shape, body=body, hidden=32, channels=8)
        x = images(shape)
        model.prepare(x, generator())
        encoding = model.encode(x, labels(len(x)))
        assert encoding.mean.shape == (5, model.latent_size)
        decoded = model.decode(encoding.mean, labels())
        assert decoded.shape == x.shape
        assert model.capabilities.linear or (decoded.min() >= 0 and decoded.max() <= 1)
        objective = model.objective(x, labels(len(x)), generator())
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
        decoded = model.decode(1e4 * torch.randn(3, model.latent_size, generator=generator()), labels(3))
        assert decoded.shape == (3, 1, 8, 8)
        assert model.capabilities.linear or (decoded.min() >= 0 and decoded.max() <= 1)

    @pytest.mark.parametrize("grid", [1, 2, 7, 16])
    @pytest.mark.parametrize("body", ["mlp", "conv"])
    @pytest.mark.parametrize("shape", SHAPES, ids=str)
    def test_every_code_grid(self, shape, body, grid):
        model = make("vqvae", shape, body=body, grid=grid, codes=16, latent_dim=3, hidden=16, channels=4)
        encoding = model.encode(images(shape, 2))
        assert encoding.mean.shape == (2, 3 * grid * grid)
        assert encoding.codes.shape == (2, grid, grid)
        assert model.decode(encoding.mean, labels()).shape == (2, shape.channels, shape.height, shape.width)

    @pytest.mark.parametrize("name", NAMES)
    def test_offers_what_it_declares(self, name):
        model = make(name)
        x = images(model.shape)
        encoding = model.encode(x, labels(len(x)))
        able = model.capabilities
        assert (encoding.scale is not None) == able.posterior_variance
        assert (encoding.codes is not None) == (model.codebook() is not None) == able.codebook
        terms = model.objective(x, labels(len(x)), generator()).terms
        extra = {"perplexity", "codes_used"} if able.codebook else set()
        assert set(model.term_units) == {"total", *terms, *extra}
        assert model.units(model.config).keys() == model.term_units.keys()
        assert able.sampler == ("prior" if able.prior else "codes" if able.codebook else "")
        assert not any(term.requires_grad for term in terms.values())

    @pytest.mark.parametrize("name", NAMES)
    def test_is_affine_just_where_it_says_so(self, name):
        model = make(name)
        ends = torch.randn(2, model.latent_size, generator=generator())
        with torch.no_grad():
            first, second, between = model.decode(torch.cat([ends, ends.mean(0, keepdim=True)]), labels(3))
        affine = torch.allclose(between, (first + second) / 2, atol=1e-5)
        assert affine == model.capabilities.linear

    @pytest.mark.parametrize("name", NAMES)
    def test_evaluation_changes_nothing_and_is_reproducible(self, name):
        model = make(name).eval()
        x = images(model.shape)
        before = {key: value.clone() for key, value in model.state_dict().items()}
        first = model.objective(x, labels(len(x)), generator(3)).total
        assert torch.equal(first, model.objective(x, labels(len(x)), generator(3)).total)
        for key, value in model.state_dict().items():
            assert torch.equal(value, before[key])

    @pytest.mark.parametrize("name", NAMES)
    def test_draws_only_from_the_generator_it_is_given(self, name):
        model = make(name)
        state = torch.random.get_rng_state()
        model.prepare(images(model.shape), generator())
        model.objective(images(model.shape), labels(), generator())
        assert torch.equal(torch.random.get_rng_state(), state)

    @pytest.mark.parametrize("name", NAMES)
    def test_objective_is_a_mean_over_images(self, name):
        """Twice the same images have the same objective (without noise: as the mean over many draws)."""
        model = make(name).eval()
        x = images(model.shape, 4)

        def mean(batch):
            label = labels(4).repeat(len(batch) // 4)
            return np.mean([model.objective(batch, label, generator(seed)).total.item() for seed in range(300)])

        assert mean(torch.cat([x, x])) == pytest.approx(mean(x), rel=0.01)

    @pytest.mark.parametrize("name", NAMES)
    def test_a_likelihood_where_there_is_a_prior(self, name):
        model = make(name, SHAPES[4], latent_dim=3).eval()
        x, label = images(model.shape, 6), labels(6)
        z = torch.randn(6, model.latent_size, generator=generator())
        if not model.capabilities.prior:
            with pytest.raises(NotImplementedError):
                model.neg_log_likelihood(z, x, label)
            return
        nll = model.neg_log_likelihood(z, x, label)
        one_by_one = [model.neg_log_likelihood(z[[i]], x[[i]], label[[i]]) for i in range(6)]
        torch.testing.assert_close(nll, torch.cat(one_by_one))
        of_one_image = model.neg_log_likelihood(z, x[[2]], label[[2]])
        same = model.neg_log_likelihood(z, x[[2]].expand(6, -1, -1, -1), label[[2]].expand(6))
        torch.testing.assert_close(of_one_image, same)
        assert of_one_image.shape == (6,)

    @pytest.mark.parametrize("name", [name for name in NAMES if make(name).capabilities.prior])
    def test_the_total_in_evaluation_is_the_negative_bound(self, name):
        """Whatever weights training uses: reconstruction + KL."""
        model = make(name, beta=9.0, free_bits=5.0, warm_up=3.0).eval()
        model.begin_step(torch.tensor(1.0))
        objective = model.objective(images(model.shape), labels(), generator())
        assert objective.total.item() == pytest.approx(sum(objective.terms.values()).item(), rel=1e-6)

    @pytest.mark.parametrize("name", [name for name in NAMES if make(name).capabilities.prior])
    @pytest.mark.parametrize(
        "settings",
        [{}, {"beta": 1.0}, {"pressure": "capacity"}, {"free_bits": 5.0}, {"warm_up": 3.0}, {"samples": 2}],
    )
    def test_the_total_in_training_is_the_bound_unless_it_is_said_to_be_weighted(self, name, settings):
        model = make(name, **settings).train()
        model.begin_step(torch.tensor(1.0))
        objective = model.objective(images(model.shape), labels(), generator())
        bound = sum(objective.terms[term].item() for term in model.bound_terms(model.config))
        is_bound = objective.total.item() == pytest.approx(bound, rel=1e-6)
        assert is_bound is not model.weighs_bound(model.config)
