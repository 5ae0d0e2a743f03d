"""Training can stop, be saved, go on and diverge without losing anything."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest
import torch

from latentlab.core.data import DataConfig
from latentlab.core.errors import TrainingError
from latentlab.core.evaluation import EvaluationConfig, evaluate
from latentlab.core.exploration import Exploration
from latentlab.core.fit import Diverged, EpochEnded, Finished, SnapshotTaken, fit
from latentlab.core.models import model_info, registry
from latentlab.core.options import build
from latentlab.core.run import Run
from latentlab.core.runs import load, save
from latentlab.core.serving import LatentServer
from latentlab.core.training import Trainer
from latentlab.core.training_config import TrainingConfig, training_defaults
from tests.core.sets import digits

NAMES = [info.name for info in registry()]
SMALL = {
    "linear_ae": {},
    "ae": {"hidden": 32},
    "dae": {"hidden": 32, "corruption": "patch"},
    "linear_vae": {},
    "vae": {"hidden": 32, "binarisation": "fresh", "warm_up": 1.5},
    "beta_vae": {"hidden": 32, "depth": 2, "taper": "halve", "pressure": "capacity", "capacity_epochs": 1.5},
    "cvae": {"hidden": 32},
    "vqvae": {"channels": 8, "grid": 2, "codes": 16, "latent_dim": 4},
}


def config_of(name):
    return build(model_info(name).config, SMALL[name])


def trainer_of(name, **training):
    return Trainer(digits(), name, config_of(name), TrainingConfig(**{"epochs": 3, "batch_size": 100, **training}))


def assert_same_state(one, other):
    (tensors, numbers), (tensors_too, numbers_too) = one.state(), other.state()
    assert {**numbers, "seconds": 0} == {**numbers_too, "seconds": 0}  # the clock is nobody's state
    assert tensors.keys() == tensors_too.keys()
    for key, tensor in tensors.items():
        assert torch.equal(tensor, tensors_too[key]), key


def run_steps(trainer, steps):
    goal = trainer.step + steps
    while trainer.step < goal:
        trainer.advance(goal - trainer.step)


@pytest.mark.parametrize("name", NAMES)
def test_saved_opened_and_continued_is_never_having_stopped(name, tmp_path):
    whole, first = trainer_of(name), trainer_of(name)
    run_steps(whole, 31)
    run_steps(first, 17)
    save(Run.of(first, DataConfig("digits"), config_of(name), Exploration()), tmp_path / "run")
    opened = load(tmp_path / "run")
    second = Trainer(digits(), name, opened.settings.model, opened.settings.training)
    second.load_history(opened.history)
    second.load_state(opened.tensors, opened.numbers)
    run_steps(second, 14)
    assert_same_state(whole, second)


@pytest.mark.parametrize("name", NAMES)
def test_opened_model_gives_the_same_outputs(name, tmp_path):
    trainer = trainer_of(name)
    run_steps(trainer, 10)
    save(Run.of(trainer, DataConfig("digits"), config_of(name), Exploration()), tmp_path)
    model, x = load(tmp_path).build_model(), torch.rand(6, 1, 8, 8)
    trainer.model.eval()
    label = torch.arange(6)
    encoding, encoding_too = trainer.model.encode(x, label), model.encode(x, label)
    assert torch.equal(encoding.mean, encoding_too.mean)
    assert torch.equal(trainer.model.decode(encoding.mean, label), model.decode(encoding.mean, label))


@pytest.mark.parametrize("name", NAMES)
def test_size_of_chunks_changes_nothing(name):
    one, other = trainer_of(name), trainer_of(name)
    run_steps(one, 20)
    for _ in range(20):
        other.advance(1)
    assert_same_state(one, other)


@pytest.mark.parametrize("name", NAMES)
def test_looking_and_evaluating_changes_no_step(name):
    alone, watched = trainer_of(name), trainer_of(name)
    run_steps(alone, 12)
    for _ in range(12):
        watched.advance(1)
        list(watched.test())
        some = digits().test
        server = LatentServer(watched.model.eval(), 16)
        positions = server.place(server.encode(some.images[:80], some.labels[:80]))
        server.decode(positions[:5], 3)
        evaluate(watched.model, digits(), EvaluationConfig(samples=1))
    assert_same_state(alone, watched)


@pytest.mark.parametrize("name", NAMES)
def test_learns(name):
    trainer = trainer_of(name, epochs=8, learning_rate=3e-3)
    rows = [event.test for event in fit(trainer) if isinstance(event, EpochEnded)]
    assert [row.epoch for row in rows] == list(range(1, 9))
    assert rows[-1].figures["total"] < 0.95 * rows[0].figures["total"]


def test_asks_before_each_step():
    trainer, steps = trainer_of("ae"), []
    trainer.before_step = lambda: steps.append(trainer.step)
    run_steps(trainer, 5)
    assert steps == list(range(5))


@pytest.mark.parametrize("numbers, fetches", [(64 * 100, 6), (3 * 64 * 100, 2), (1 << 30, 1)])
def test_images_of_several_steps_are_fetched_at_once_within_a_bound(numbers, fetches, monkeypatch):
    """Whatever is fetched at once, the steps are the same."""
    plain, trainer, fetched = trainer_of("vae"), trainer_of("vae"), []
    for _ in range(6):
        plain.advance(1)
    monkeypatch.setattr("latentlab.core.training._FETCHED_NUMBERS", numbers)
    batch = trainer._batch
    monkeypatch.setattr(trainer, "_batch", lambda rows: fetched.append(len(rows)) or batch(rows))
    trainer.advance(6)
    assert len(fetched) == fetches and sum(fetched) == 600
    assert_same_state(plain, trainer)


def test_same_seed_same_result_and_another_seed_another():
    one, same, other = trainer_of("vae"), trainer_of("vae"), trainer_of("vae", seed=1)
    for trainer in (one, same, other):
        run_steps(trainer, 5)
    assert_same_state(one, same)
    assert not torch.equal(one.weights()["decoder.1.weight"], other.weights()["decoder.1.weight"])


def test_every_image_is_seen_once_an_epoch():
    trainer = trainer_of("ae", batch_size=64)
    order = trainer.feed.order(0)
    assert sorted(order.tolist()) == list(range(len(digits().train)))
    assert order.tolist() != trainer.feed.order(1).tolist()
    run_steps(trainer, 23)
    assert (trainer.epochs_done, trainer.position) == (1, 0)  # 22 batches of 64 and one of 29


def test_another_batch_size_keeps_the_place_in_the_epoch():
    trainer = trainer_of("ae")
    run_steps(trainer, 3)
    trainer.retune(replace(trainer.config, batch_size=37))
    assert trainer.position == 300
    run_steps(trainer, 1)
    assert trainer.position == 337


def test_goal_moves_when_training_goes_on():
    trainer = trainer_of("ae", epochs=1)
    list(fit(trainer))
    assert trainer.done
    trainer.extend()
    assert not trainer.done and trainer.goal == 2
    assert trainer.learning_rate() == pytest.approx(trainer.config.learning_rate)
    trainer.retune(replace(trainer.config, epochs=4))
    assert trainer.goal == 5


@pytest.mark.parametrize(
    "schedule, along, factor",
    [("constant", 0.9, 1.0), ("step", 0.69, 1.0), ("step", 0.71, 0.2), ("cosine", 0.5, 0.51)],
)
def test_learning_rate_schedules(schedule, along, factor):
    trainer = trainer_of("ae", epochs=100, schedule=schedule, batch_size=1437)
    trainer.epochs_done = round(100 * along)
    assert trainer.learning_rate() == pytest.approx(factor * trainer.config.learning_rate)


def test_first_snapshot_comes_after_twenty_steps_and_carries_copies():
    trainer = trainer_of("vae", batch_size=10)
    events = fit(trainer)
    first = next(event.snapshot for event in events if isinstance(event, SnapshotTaken))
    assert first.step >= 20 and first.rows and first.images_per_s > 0 and first.seconds_left > 0
    before = {name: tensor.clone() for name, tensor in first.weights.items()}
    run_steps(trainer, 5)
    assert all(torch.equal(tensor, before[name]) for name, tensor in first.weights.items())


def test_single_steps_and_closing_leave_the_trainer_whole():
    stopped, whole = trainer_of("vae"), trainer_of("vae")
    list(fit(stopped, most_steps=1))
    assert stopped.step == 1
    events = fit(stopped)
    next(events)
    events.close()
    run_steps(whole, stopped.step)
    for key, tensor in stopped.weights().items():
        assert torch.equal(tensor, whole.weights()[key])


def test_an_epoch_left_amid_its_test_is_tested_first_when_training_goes_on():
    whole, left = trainer_of("ae", epochs=2), trainer_of("ae", epochs=2)
    list(fit(whole, math.inf))
    for epochs in (1, 2):  # the last one, too
        events = fit(left, math.inf)
        while left.epoch < epochs or not left.awaits_test:
            next(events)
        events.close()
        assert [row.epoch for row in left.history if row.split == "test"] == [*range(1, epochs)]
    told = [event.epoch for event in fit(left, math.inf) if isinstance(event, EpochEnded)]
    assert told == [2] and not left.awaits_test
    found, expected = ([row.figures for row in t.history if row.split == "test"] for t in (left, whole))
    assert found == expected


def test_history_is_told_once():
    trainer = trainer_of("ae")
    rows = [row for event in fit(trainer) if isinstance(event, SnapshotTaken) for row in event.snapshot.rows]
    assert rows == trainer.history
    assert {row.split for row in rows} == {"train", "test"}


def test_fit_ends_with_finished():
    *_, last = fit(trainer_of("ae", epochs=1))
    assert isinstance(last, Finished)


def test_divergence_rolls_back_to_the_last_good_state(monkeypatch):
    trainer = trainer_of("vae", epochs=50)
    run_steps(trainer, 4)
    good, take_steps = trainer.weights(), trainer.advance

    def explode(steps):
        # As a step does that is too large, after training has noted its good state.
        with torch.no_grad():
            trainer.model.decoder[1].weight[0, 0] = float("nan")
        take_steps(steps)

    monkeypatch.setattr(trainer, "advance", explode)
    *_, last = fit(trainer)
    assert isinstance(last, Diverged)
    assert "smaller learning rate" in last.reason and "back at step 4" in last.reason
    assert all(torch.equal(tensor, good[name]) for name, tensor in trainer.weights().items())


@pytest.mark.parametrize("learned", [0, 4])
def test_a_loss_beyond_all_proportion_ends_training_though_it_is_finite(learned):
    trainer = trainer_of("vae", epochs=50)
    run_steps(trainer, learned)
    trainer.retune(replace(trainer.config, learning_rate=1.0))
    *_, last = fit(trainer)
    assert isinstance(last, Diverged)
    assert re.match(r"The loss grew to [0-9.e+,]+ by step \d+; a smaller learning rate may help\.", last.reason)
    assert last.reason.endswith(f"Training is back at step {learned}.")
    assert trainer.step == learned
    trainer.retune(replace(trainer.config, learning_rate=1e-3))
    *_, last = fit(trainer)
    assert isinstance(last, Finished) and trainer.history[-1].figures["total"] < trainer.history[0].figures["total"]


def test_loss_that_is_no_number_is_one_sentence():
    trainer = trainer_of("ae")
    with torch.no_grad():
        next(trainer.model.parameters()).fill_(float("inf"))
    with pytest.raises(TrainingError, match="stopped being a number at step"):
        trainer.advance(1)


def test_out_of_memory_suggests_a_smaller_batch(monkeypatch):
    trainer = trainer_of("ae")

    def no_room(*_):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(trainer.model, "objective", no_room)
    with pytest.raises(TrainingError, match="batch smaller than 100"):
        trainer.advance(1)


def test_cuda_where_there_is_none():
    if torch.cuda.is_available():
        pytest.skip("there is CUDA here")
    with pytest.raises(TrainingError, match="no NVIDIA GPU"):
        trainer_of("ae", device="cuda")


def test_state_of_another_model_is_refused():
    tensors, numbers = trainer_of("ae").state()
    with pytest.raises(TrainingError, match="does not fit"):
        trainer_of("vae").load_state(tensors, numbers)


def test_unlabelled_data_are_welcome():
    bare = replace(
        digits(),
        train=replace(digits().train, labels=None),
        test=replace(digits().test, labels=None),
        class_names=(),
    )
    trainer = Trainer(bare, "vae", config_of("vae"), TrainingConfig(epochs=1))
    list(fit(trainer))
    assert evaluate(trainer.model, bare).knn is None


def test_defaults_suit_the_model():
    assert training_defaults("vae").learning_rate == model_info("vae").training["learning_rate"]
    assert training_defaults("vqvae") == TrainingConfig()


def test_images_are_shared_not_copied():
    trainer = trainer_of("ae")
    assert np.shares_memory(trainer.feed.images.numpy(), digits().train.images) or trainer.device.type != "cpu"


def test_history_rows_part_every_epoch_alike():
    trainer = trainer_of("ae", batch_size=100, epochs=2)  # 15 steps an epoch, the last one on fewer images
    list(fit(trainer, snapshot_seconds=float("inf"), rows_an_epoch=4))
    steps = [row.step for row in trainer.history if row.split == "train"]
    assert steps == [4, 8, 12, 15, 19, 23, 27, 30]
