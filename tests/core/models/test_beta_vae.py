"""The beta-VAE's two ways to press."""

from __future__ import annotations

import pytest
import torch

from tests.core.models.making import generator, images, make
from tests.core.models.oracles import scaled_test_digits, trained


def test_beta_is_the_weight_of_the_kl():
    model = make("beta_vae", beta=6.0)
    objective = model.objective(images(model.shape), None, generator())
    expected = objective.terms["reconstruction"] + 6.0 * objective.terms["kl"]
    assert objective.total.item() == pytest.approx(expected.item(), rel=1e-6)


def test_with_a_weight_of_one_it_is_the_vae():
    beta, plain = make("beta_vae", beta=1.0), make("vae")
    assert beta.state_dict().keys() == plain.state_dict().keys()
    x = images(plain.shape)
    assert beta.objective(x, None, generator()).total.item() == plain.objective(x, None, generator()).total.item()


def test_capacity_grows_linearly_and_holds_the_kl():
    """Equation 8 of Burgess et al. 2018."""
    model = make("beta_vae", pressure="capacity", capacity=20.0, capacity_epochs=10.0, gamma=7.0)
    x, place = images(model.shape), model.present_capacity.data_ptr()
    for epoch, capacity in ((0.0, 0.0), (2.5, 5.0), (10.0, 20.0), (40.0, 20.0)):
        model.begin_step(torch.tensor(epoch))
        objective = model.objective(x, None, generator())
        expected = objective.terms["reconstruction"] + 7.0 * abs(objective.terms["kl"] - capacity)
        assert objective.total.item() == pytest.approx(expected.item(), rel=1e-6)
    assert model.present_capacity.data_ptr() == place
    assert model.state_dict().keys() == make("vae").state_dict().keys()


def test_training_ends_at_its_capacity_and_a_heavier_weight_at_a_smaller_kl():
    def kl_of(**settings):
        model = trained("beta_vae", 15, latent_dim=6, hidden=64, **settings)
        return model.objective(scaled_test_digits(), None, generator()).terms["kl"].item()

    assert kl_of(pressure="capacity", capacity=4.0, capacity_epochs=5.0) == pytest.approx(4.0, rel=0.15)
    assert kl_of(beta=6.0) < 0.7 * kl_of(beta=1.0)
