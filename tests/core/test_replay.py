"""A step that is recorded and replayed is the step itself; what cannot be recorded costs a line in the log."""

import contextlib
import gc
import logging
from dataclasses import replace

import pytest
import torch

from latentlab.core.models import registry
from latentlab.core.moments import Standing
from latentlab.core.replay import SEVERAL, WARM_UP, Steps, _nothing_collected
from tests.core.tape import WAITING, record, tape_of
from tests.core.test_training import assert_same_state, run_steps, trainer_of

NAMES = [info.name for info in registry()]


def replaying(name, record=record, **training):
    trainer = trainer_of(name, **training)
    trainer.record_steps(record)
    return trainer


@pytest.mark.parametrize("name", NAMES)
def test_replayed_training_is_training(name):
    # Over the ends of epochs, whose last batches are smaller, and along a learning rate that moves at every step.
    plain, replayed = (make(name, batch_size=128, epochs=5) for make in (trainer_of, replaying))
    for trainer in (plain, replayed):
        run_steps(trainer, 55)
    assert replayed.epochs_done == 4
    rest = len(plain.feed) % 128
    assert set(replayed._steps._recordings) == {(SEVERAL, 128), (1, 128), (1, rest)}
    assert_same_state(plain, replayed)
    assert plain.take_train_row().figures == replayed.take_train_row().figures


@pytest.mark.parametrize("name", NAMES)
def test_no_step_waits_for_the_device(name):
    trainer, tapes = trainer_of(name), []
    trainer.record_steps(lambda body: tapes.append(tape_of(body)) or tapes[0].replay)
    run_steps(trainer, WARM_UP + 1)
    assert not WAITING & set(tapes[0].names)
    assert "_fused_adam_" in tapes[0].names


def test_recorded_once_after_some_ordinary_steps():
    recorded = []
    trainer = replaying("vae", lambda body: recorded.append(trainer.step) or record(body))
    run_steps(trainer, 40)
    # Several at once as soon as may be, and one by one what is left of the first epoch.
    assert recorded == [WARM_UP, WARM_UP + SEVERAL]


def test_where_a_later_recording_is_impossible_the_earlier_ones_end_too(caplog):
    """They draw from the generator that was spoilt by the one that broke off."""
    made = []

    def flaky(body):
        made.append(body)
        if len(made) == 2:
            raise RuntimeError("out of memory")
        return record(body)

    plain, trainer = trainer_of("vae"), replaying("vae", flaky)
    for each in (plain, trainer):
        for _ in range(6):  # one by one
            each.advance(1)
        run_steps(each, 20)
    assert len(made) == 2 and not trainer._steps.recorded
    assert_same_state(plain, trainer)
    assert len([line for line in caplog.records if "out of memory" in line.message]) == 1


def test_training_ends_at_its_goal_within_an_epoch():
    """Where it was told to end at once and then to go on."""
    plain, replayed = (make("vae", epochs=9) for make in (trainer_of, replaying))
    for trainer in (plain, replayed):
        run_steps(trainer, 35)
        trainer.retune(replace(trainer.config, epochs=1))
        trainer.retune(replace(trainer.config, epochs=2))
        while not trainer.done:
            trainer.advance(100)
    assert replayed.goal % 1
    assert_same_state(plain, replayed)


def test_no_more_steps_than_asked_for():
    trainer, plain = replaying("vae"), trainer_of("vae")
    for steps in (5, 1, 7, 3):
        for each in (trainer, plain):
            before = each.step
            each.advance(steps)
            assert each.step <= before + steps
    assert_same_state(trainer, plain)


def test_whoever_is_waited_for_is_asked_before_each_replay():
    trainer, asked = replaying("vae"), []
    trainer.before_step = lambda: asked.append(trainer.step)
    trainer.advance(13)
    assert asked == [0, 1, 2, 3, 11, 12]


def test_a_window_of_images_is_trained_on_step_by_step():
    trainer = replaying("vae")
    trainer.feed.is_resident = False
    run_steps(trainer, 14)
    assert set(trainer._steps._recordings) == {(1, 100)}


def test_what_cannot_be_recorded_is_done_as_always(caplog):
    def refuse(body):
        body_draws_noise = torch.rand(1, generator=trainer.noise)
        raise RuntimeError(f"operation not permitted when stream is capturing\n{body_draws_noise}")

    plain, trainer = trainer_of("vae"), trainer_of("vae")
    trainer.record_steps(refuse)
    with caplog.at_level(logging.INFO):
        run_steps(trainer, 25)
    run_steps(plain, 25)
    assert_same_state(plain, trainer)
    assert [line.message for line in caplog.records if "CUDA graph" in line.message] == [
        "training goes on without a CUDA graph: operation not permitted when stream is capturing"
    ]


@pytest.mark.parametrize("name", NAMES)
def test_taken_up_state_is_recorded_anew(name):
    whole, stopped, goes_on = replaying(name), replaying(name), replaying(name)
    run_steps(whole, 24)
    run_steps(stopped, 12)
    run_steps(goes_on, 7)  # its recording is of tensors that taking up replaces
    goes_on.load_state(*stopped.state())
    run_steps(goes_on, 12)
    assert_same_state(whole, goes_on)


def test_another_batch_size_is_recorded_anew():
    recorded = []
    plain = trainer_of("vae", epochs=9)
    replayed = replaying("vae", lambda body: recorded.append(replayed.step) or record(body), epochs=9)
    for trainer in (plain, replayed):
        run_steps(trainer, 9)
        trainer.retune(replace(trainer.config, batch_size=60))
        run_steps(trainer, 120)
    assert_same_state(plain, replayed)
    rest = len(plain.feed) % 60
    assert set(replayed._steps._recordings) == {(SEVERAL, 60), (1, 60), (1, rest)}
    assert len(recorded) == 1 + 3  # and none twice, whatever rest the first epoch had


def test_nothing_is_collected_while_recording():
    with contextlib.suppress(RuntimeError), _nothing_collected():
        assert not gc.isenabled()
        raise RuntimeError
    assert gc.isenabled()
    gc.disable()
    try:
        with _nothing_collected():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_a_number_that_python_held_stays_as_recorded():
    """The recorder of these tests is strict: were the learning rate a plain number, they would notice."""
    weight, rate = torch.zeros(1), [1.0]

    def step(batch, moment):
        weight.add_(rate[0] * len(batch[0]))

    replayed = Steps(lambda rows: (rows, None), step, weight.device, record)
    for _ in range(WARM_UP + 1):
        replayed(torch.zeros(1, dtype=torch.int64), [Standing(0.0, 1, 1.0)])
    rate[0] = 100.0
    replayed(torch.zeros(1, dtype=torch.int64), [Standing(0.0, 1, 1.0)])
    assert weight.item() == WARM_UP + 2


@pytest.mark.parametrize("name, weight", [("vae", "kl_weight"), ("beta_vae", "present_capacity")])
def test_weights_that_change_on_the_way_are_read_anew(name, weight):
    """Warm-up and growing capacity last 1.5 epochs here, far beyond the recording."""
    trainer = replaying(name)
    values = []
    for _ in range(30):
        trainer.advance(1)
        values.append(getattr(trainer.model, weight).item())
    assert trainer._steps.recorded
    assert values[0] == 0.0 and len(set(values[:22])) == 22
    assert values[-1] == pytest.approx({"vae": 1.0, "beta_vae": 5.0}[name])
