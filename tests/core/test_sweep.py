"""A list of values lines up one run a value."""

import pytest

from latentlab.core.data import DataConfig
from latentlab.core.errors import OptionError
from latentlab.core.models import model_info
from latentlab.core.options import build, describe
from latentlab.core.run import RunSettings
from latentlab.core.sweep import read_values, sweepable, swept, typed
from latentlab.core.training_config import TrainingConfig
from tests.core.models.making import NAMES


def settings_of(name, **model):
    return RunSettings(DataConfig("digits"), name, build(model_info(name).config, model), TrainingConfig())


def option_of(config, name):
    return next(setting for setting in describe(config) if setting.name == name)


@pytest.mark.parametrize("text", ["0.5, 1, 2, 4", "0.5 1 2 4", " 0.5;1;2;4; ", "0.5,\n1, 2,2, 4"])
def test_values_are_read_however_they_stand_apart(text):
    assert read_values(option_of(settings_of("beta_vae").model, "beta"), text) == (0.5, 1.0, 2.0, 4.0)


def test_choices_are_read_by_label_and_by_name():
    schedule = option_of(TrainingConfig, "schedule")
    assert read_values(schedule, "Cosine, constant") == ("cosine", "constant")
    pressure = option_of(settings_of("beta_vae").model, "pressure")
    assert read_values(pressure, "growing capacity, Weight β") == ("capacity", "beta")


def test_what_is_written_is_read():
    for name in NAMES:
        settings = settings_of(name)
        for part, setting in sweepable(settings):
            numbers = [setting.minimum, setting.maximum] if setting.kind in (int, float) else []
            for value in [getattr(getattr(settings, part), setting.name), *map(setting.kind, numbers)]:
                assert read_values(setting, typed(setting, value)) == (value,), setting.name


def test_the_word_for_none_is_a_value():
    assert read_values(option_of(settings_of("vae").model, "free_bits"), "none, 0.5") == (0.0, 0.5)


def test_beside_semicolons_a_comma_belongs_to_its_number():
    with pytest.raises(OptionError, match="must be a number; got '0,5'"):
        read_values(option_of(settings_of("beta_vae").model, "beta"), "0,5; 1")


@pytest.mark.parametrize(
    "text, sentence",
    [("", "Give the values"), ("1, two", "must be a number"), ("1, -3", "between 0 and 1,000"), ("1 " * 3, None)],
)
def test_what_cannot_be_is_one_sentence(text, sentence):
    beta = option_of(settings_of("beta_vae").model, "beta")
    if sentence is None:
        assert read_values(beta, text) == (1.0,)
        return
    with pytest.raises(OptionError, match=sentence):
        read_values(beta, text)


def test_too_many_values_are_refused():
    with pytest.raises(OptionError, match="100 values at most"):
        read_values(option_of(TrainingConfig, "seed"), " ".join(map(str, range(101))))


def test_swept_differ_in_that_setting_alone():
    settings = settings_of("beta_vae", hidden=64)
    part, beta = next(each for each in sweepable(settings) if each[1].name == "beta")
    runs = swept(settings, part, beta, (0.5, 4.0))
    assert [run.model.beta for run in runs] == [0.5, 4.0]
    assert all(run.model.hidden == 64 and run.training == settings.training for run in runs)
    part, seed = next(each for each in sweepable(settings) if each[1].name == "seed")
    assert [run.training.seed for run in swept(settings, part, seed, (1, 2))] == [1, 2]


def test_what_does_not_apply_is_not_offered():
    names = {setting.name for _, setting in sweepable(settings_of("beta_vae", pressure="capacity"))}
    assert "beta" not in names and {"capacity", "learning_rate", "latent_dim"} <= names
