"""The registry of models."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from latentlab.core.errors import OptionError
from latentlab.core.models import create, model_info, registry
from latentlab.core.options import build
from tests.core.models.making import NAMES, SHAPES


class TestRegistry:
    def test_weights_follow_from_the_seed_alone(self):
        config, state = model_info("ae").config(), torch.random.get_rng_state()
        first, same, other = (create("ae", config, SHAPES[0], seed).encoder[1].weight for seed in (3, 3, 4))
        assert torch.equal(first, same) and not torch.equal(first, other)
        assert torch.equal(torch.random.get_rng_state(), state)

    def test_entries_are_whole(self):
        assert NAMES == ["linear_ae", "ae", "dae", "linear_vae", "vae", "beta_vae", "cvae", "vqvae"]
        for info in registry():
            assert dataclasses.is_dataclass(info.config)
            assert info.title and info.short_title and info.summary and info.formula and info.paper
            assert model_info(info.name) is info

    def test_papers_are_cited_in_short(self):
        assert {info.name: info.citation for info in registry()} == {
            "linear_ae": "Baldi & Hornik 1989",
            "ae": "Hinton & Salakhutdinov 2006",
            "dae": "Vincent et al. 2008",
            "linear_vae": "Lucas et al. 2019",
            "vae": "Kingma & Welling 2014, Burda et al. 2016",
            "beta_vae": "Higgins et al. 2017, Burgess et al. 2018",
            "cvae": "Sohn et al. 2015",
            "vqvae": "van den Oord et al. 2017",
        }

    def test_an_unknown_model_is_refused_with_the_closest(self):
        with pytest.raises(OptionError, match=r"^There is no model called 'vqvea'\. Did you mean 'vqvae'\?$"):
            model_info("vqvea")
        names = ", ".join(NAMES)
        with pytest.raises(OptionError, match=rf"^There is no model called 'resnet50'\. There are {names}\.$"):
            model_info("resnet50")

    @pytest.mark.parametrize("name", NAMES)
    def test_latent_dimensions_beyond_the_range_are_refused(self, name):
        for size in (0, 129):
            with pytest.raises(OptionError, match="must be between 1 and 128"):
                build(model_info(name).config, {"latent_dim": size})
