"""A fork with the same settings is going on; with others it changes what may change and nothing else."""

from dataclasses import replace

import pytest
import torch

from latentlab.core import runs
from latentlab.core.data import DataConfig
from latentlab.core.errors import OptionError
from latentlab.core.exploration import Exploration
from latentlab.core.fit import fit
from latentlab.core.forking import forked, forked_from_weights, shared_rows
from latentlab.core.history import HistoryRow
from latentlab.core.models import create, model_info, registry
from latentlab.core.options import as_values, build, describe
from latentlab.core.reopening import restored
from latentlab.core.run import Origin, Run, RunSettings
from latentlab.core.training import Trainer
from latentlab.core.training_config import TrainingConfig
from tests.core.sets import digits
from tests.core.test_training import NAMES, assert_same_state, config_of, run_steps, trainer_of

DIGITS = DataConfig("digits")
IMAGES = len(digits().train)


def moment_of(trainer, config):
    return Run.of(trainer, DIGITS, config, Exploration())


def origin_of(trainer):
    return Origin("parent", trainer.step, trainer.epoch)


@pytest.mark.parametrize("name", NAMES)
def test_a_fork_without_changes_trains_bit_for_bit_as_its_parent(name):
    parent = trainer_of(name)
    run_steps(parent, 17)
    moment = moment_of(parent, config_of(name))
    child = forked(moment, moment.settings, origin_of(parent), IMAGES)
    branch = restored(child, child.settings, digits())
    run_steps(parent, 14)
    run_steps(branch, 14)
    assert_same_state(parent, branch)


def test_a_fork_has_the_history_up_to_the_fork_and_knows_where_it_comes_from(tmp_path):
    parent = trainer_of("vae", epochs=2)
    list(fit(parent))
    moment = moment_of(parent, config_of("vae"))
    child = forked(moment, moment.settings, origin_of(parent), IMAGES)
    assert child.history == moment.history and child.origin == Origin("parent", parent.step, 2.0)
    runs.save(replace(child, title="branch"), tmp_path / "child")
    opened = runs.load(tmp_path / "child")
    assert (opened.origin, opened.title, opened.history) == (child.origin, "branch", child.history)


@pytest.mark.parametrize("name", NAMES)
def test_all_that_may_change_fits_the_weights_and_trains_on(name):
    parent = trainer_of(name)
    run_steps(parent, 5)
    moment = moment_of(parent, config_of(name))
    for setting in describe(config_of(name)):
        if not setting.retunable:
            continue
        model = replace(moment.settings.model, **{setting.name: another(setting, moment.settings.model)})
        child = forked(moment, replace(moment.settings, model=model), origin_of(parent), IMAGES)
        branch = restored(child, child.settings, digits())
        run_steps(branch, 2)
        assert branch.step == 7 and branch.is_sound(), setting.name


def another(setting, config):
    value = as_values(config)[setting.name]
    if setting.kind is bool:
        return not value
    if setting.choices:
        return next(choice.value for choice in setting.choices if choice.value != value)
    return setting.check(max(setting.minimum, min(setting.maximum, value + 1 if setting.kind is int else value / 2)))


def test_what_the_issue_names_may_change():
    may_change = {
        (info.name, setting.name) for info in registry() for setting in describe(info.config) if setting.retunable
    }
    assert {
        ("beta_vae", "beta"),
        ("vae", "free_bits"),
        ("vae", "warm_up"),
        ("cvae", "free_bits"),
        ("dae", "corruption"),
        ("dae", "level"),
        ("vqvae", "commitment"),
    } <= may_change
    assert {setting.name for setting in describe(TrainingConfig) if setting.retunable} >= {
        "epochs", "batch_size", "learning_rate", "schedule",
    }


def test_what_the_weights_are_may_not_change():
    """Of settings that may change, none changes the state dict; checked for every value that a choice has."""
    for info in registry():
        shape = trainer_of(info.name).shape
        plain = create(info.name, info.config(), shape).state_dict()
        for setting in describe(info.config):
            if setting.retunable:
                for value in [choice.value for choice in setting.choices] or [another(setting, info.config())]:
                    other = create(info.name, replace(info.config(), **{setting.name: value}), shape).state_dict()
                    assert {name: tensor.shape for name, tensor in other.items()} == {
                        name: tensor.shape for name, tensor in plain.items()
                    }, (info.name, setting.name)


@pytest.mark.parametrize(
    "change, sentence",
    [
        ({"model": build(model_info("vae").config, {"hidden": 64})}, "Hidden units cannot change"),
        ({"training": TrainingConfig(seed=9)}, "Seed cannot change"),
        ({"data": DataConfig("mnist")}, "its own model and data"),
        ({"model_name": "ae"}, "its own model and data"),
    ],
)
def test_other_changes_are_refused_in_a_sentence(change, sentence):
    settings = RunSettings(DIGITS, "vae", config_of("vae"), TrainingConfig())
    trainer = Trainer(digits(), "vae", settings.model, settings.training)
    moment = moment_of(trainer, settings.model)
    with pytest.raises(OptionError, match=sentence):
        forked(moment, replace(settings, **change), origin_of(trainer), IMAGES)


def test_the_goal_moves_with_the_epochs():
    parent = trainer_of("ae", epochs=3)
    run_steps(parent, 20)
    moment = moment_of(parent, config_of("ae"))
    further = replace(moment.settings, training=replace(moment.settings.training, epochs=5))
    child = restored(forked(moment, further, origin_of(parent), IMAGES), further, digits())
    assert child.goal == 5.0
    sooner = replace(moment.settings, training=replace(moment.settings.training, epochs=1))
    assert restored(forked(moment, sooner, origin_of(parent), IMAGES), sooner, digits()).done


def test_a_fork_from_weights_alone_decodes_the_same_and_starts_the_optimizer_afresh():
    parent = trainer_of("vae")
    run_steps(parent, 17)
    weights, origin = parent.weights(), origin_of(parent)
    rows = (HistoryRow(17, parent.epoch, "train", {"total": 1.0}, 1.0), HistoryRow(40, 2.0, "train", {"total": 0.5}, 2))
    settings = RunSettings(DIGITS, "vae", config_of("vae"), parent.config)
    child = forked_from_weights(settings, parent.shape, weights, rows, origin, IMAGES)
    branch = restored(child, settings, digits())
    assert all(torch.equal(tensor, weights[name]) for name, tensor in branch.weights().items())
    assert (branch.step, branch.epoch) == (parent.step, parent.epoch) and branch.history == list(rows[:1])
    assert all(not tensor.any() for tensor in branch.optimizer.state().values())
    run_steps(branch, 3)
    assert branch.step == 20 and branch.is_sound()


def test_shared_rows_end_where_histories_part():
    rows = [HistoryRow(step, step / 10, "train", {"total": 1.0 / (step + 1)}, 0.0) for step in range(50)]
    for at in (0, 1, 20, 49):
        branch = rows[:at] + [replace(row, figures={"total": 9.0}) for row in rows[at:]]
        assert shared_rows(rows, branch) == shared_rows(branch, rows) == at
    assert shared_rows(rows, rows[:30]) == 30 and shared_rows(rows, []) == 0
