"""Runs are told apart by the settings in which they differ."""

from dataclasses import replace

from latentlab.core.data import DataConfig
from latentlab.core.models import model_info
from latentlab.core.options import build
from latentlab.core.run import RunSettings
from latentlab.core.setting_words import Difference, chosen, differences, told_apart
from latentlab.core.training_config import TrainingConfig


def settings_of(name, epochs=10, **model):
    return RunSettings(
        DataConfig("digits"), name, build(model_info(name).config, model), TrainingConfig(epochs=epochs)
    )


def test_same_settings_differ_in_nothing():
    assert differences(settings_of("vae"), settings_of("vae")) == ()


def test_each_setting_that_differs_is_named_with_both_values():
    left, right = settings_of("vae", hidden=32), settings_of("vae", epochs=20, hidden=64, free_bits=0.5)
    assert set(differences(left, right)) == {
        Difference("Hidden units", "32", "64"),
        Difference("Free bits", "None", "0.5"),
        Difference("Epochs", "10", "20"),
    }


def test_other_models_are_compared_in_what_both_have():
    left, right = settings_of("ae"), settings_of("beta_vae", latent_dim=5, beta=2.0)
    found = {difference.label: (difference.left, difference.right) for difference in differences(left, right)}
    assert found["Model"] == ("AE", "β-VAE") and found["Latent dimension"] == ("2", "5")
    assert "β" not in found and "Loss" not in found


def test_a_setting_without_a_meaning_is_no_difference():
    left = settings_of("beta_vae", pressure="capacity", beta=1.0)
    assert differences(left, replace(left, model=replace(left.model, beta=9.0))) == ()


def test_runs_of_a_sweep_are_told_apart_by_its_field_alone():
    runs = [settings_of("beta_vae", beta=beta) for beta in (0.5, 4.0)] + [settings_of("ae")]
    assert told_apart(runs) == ("β-VAE · β 0.5", "β-VAE · β 4", "AE")
    assert told_apart(runs[:1]) == ("β-VAE",)


def test_what_makes_a_run_is_its_first_settings_and_all_that_was_changed():
    plain = chosen(settings_of("beta_vae", latent_dim=6))
    assert "Latent dimension 6" in plain and " · β 4" in plain and "Hidden" not in plain
    changed = chosen(settings_of("beta_vae", epochs=15, latent_dim=6, hidden=64, pressure="capacity"))
    assert "Hidden units 64" in changed and "Epochs 15" in changed and "Growing capacity" in changed
    assert " β 4" not in changed  # it has no meaning beside a capacity
