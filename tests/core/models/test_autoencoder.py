"""The autoencoders' objectives against independent computations."""

from __future__ import annotations

import pytest
import torch

from latentlab.core.corruption import KINDS, Corruption
from latentlab.core.models import model_info
from tests.core.models.making import SHAPES, generator, images, make
from tests.core.models.oracles import scaled_test_digits, trained


class TestAutoencoder:
    def test_objective_is_the_squared_error_of_what_it_decodes(self):
        model = make("ae", SHAPES[1])
        x = images(SHAPES[1])
        expected = ((model.decode(model.encode(x).mean) - x) ** 2).sum((1, 2, 3)).mean()
        assert model.objective(x).total.item() == pytest.approx(expected.item(), rel=1e-6)

    def test_or_its_cross_entropy(self):
        model = make("ae", SHAPES[1], loss="cross_entropy")
        x = images(SHAPES[1])
        decoded = model.decode(model.encode(x).mean)
        expected = torch.nn.functional.binary_cross_entropy(decoded, x, reduction="sum") / len(x)
        assert model.objective(x).total.item() == pytest.approx(expected.item(), rel=1e-6)

    @pytest.mark.parametrize("name", ["ae", "dae"])
    def test_each_loss_has_its_unit(self, name):
        info = model_info(name)
        assert info.model.units(info.config()) == info.model.term_units == {"total": "squared error per image"}
        assert info.model.units(info.config(loss="cross_entropy")) == {"total": "nats per image"}


class TestDenoisingAutoencoder:
    @pytest.mark.parametrize("kind", KINDS)
    def test_loss_is_of_the_spoilt_images_against_the_clean_ones(self, kind):
        model = make("dae", SHAPES[1], corruption=kind, level=0.4)
        x = images(SHAPES[1])
        spoilt = Corruption(kind, 0.4).apply(x, generator(7))
        assert not torch.equal(spoilt, x)
        expected = ((model.decode(model.encode(spoilt).mean) - x) ** 2).sum((1, 2, 3)).mean()
        assert model.objective(x, None, generator(7)).total.item() == pytest.approx(expected.item(), rel=1e-6)

    def test_every_step_draws_anew_and_evaluation_too(self):
        model, x, noise = make("dae"), images(SHAPES[0]), generator()
        for _ in (model.train(), model.eval()):
            assert model.objective(x, None, noise).total != model.objective(x, None, noise).total

    def test_says_what_it_learned_to_undo(self):
        assert make("dae", corruption="patch", level=0.2).capabilities.corruption == Corruption("patch", 0.2)
        assert make("ae").capabilities.corruption is None

    def test_without_corruption_it_is_the_autoencoder(self):
        plain, denoising, x = make("ae"), make("dae", level=0.0), images(SHAPES[0])
        assert torch.equal(plain.objective(x).total, denoising.objective(x, None, generator()).total)

    def test_restores_better_than_the_autoencoder(self):
        """Masking noise on test digits: the error of what is restored, after the same steps from the same weights."""
        x, errors = scaled_test_digits(), {}
        spoilt = Corruption("masking", 0.25).apply(x, generator(1))
        for name in ("ae", "dae"):
            model = trained(name, epochs=40, latent_dim=16, hidden=128)
            with torch.no_grad():
                errors[name] = (model.decode(model.encode(spoilt).mean) - x).square().mean().item()
        assert errors["dae"] < 0.9 * errors["ae"]
