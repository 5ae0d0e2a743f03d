"""Batches are the same wherever they come from."""

import numpy as np
import pytest
import torch

from latentlab.core import devices, feeds
from latentlab.core.data import Split
from latentlab.core.errors import TrainingError
from latentlab.core.feeds import ResidentFeed, StreamedFeed, feed_for
from tests.core.sets import digits
from tests.core.test_training import assert_same_state, run_steps, trainer_of

CPU = torch.device("cpu")


def split_of(count, labels=True):
    images = np.arange(count * 4, dtype=np.uint32).view(np.uint8).reshape(count, 1, 4, 4)
    return Split(images.copy(), np.arange(count, dtype=np.int64) if labels else None)


def batches(feed, size, epochs=2):
    """What training sees: every batch's images and labels."""
    for epoch in range(epochs):
        for position in range(0, len(feed), size):
            rows = feed.rows(epoch, position, size)
            labels = None if feed.labels is None else feed.labels[rows].tolist()
            yield feed.images[rows].tolist(), labels


@pytest.mark.parametrize("window", [10, 16, 25, 60, 1000])
@pytest.mark.parametrize("labels", [True, False])
def test_streamed_batches_are_the_resident_ones(window, labels):
    split = split_of(103, labels)
    resident, streamed = ResidentFeed(split, 5, CPU), StreamedFeed(split, 5, CPU, window)
    assert list(batches(streamed, 10)) == list(batches(resident, 10))


def test_an_epoch_shows_every_image_once_and_the_next_in_another_order():
    feed = StreamedFeed(split_of(50), 0, CPU, 16)
    first, second = [label for _, labels in batches(feed, 8, 1) for label in labels], feed.order(1).tolist()
    assert sorted(first) == list(range(50))
    assert first == feed.order(0).tolist() != second


def test_a_window_lies_where_it_lay():
    """A recorded step reads from fixed memory."""
    feed = StreamedFeed(split_of(64), 0, CPU, 16)
    place = feed.images.data_ptr()
    for _ in batches(feed, 16):
        assert feed.images.data_ptr() == place


def test_taking_up_in_the_middle_of_an_epoch():
    split = split_of(90)
    resident, streamed = ResidentFeed(split, 1, CPU), StreamedFeed(split, 1, CPU, 30)
    for epoch, position, size in ((0, 0, 10), (3, 47, 10), (3, 57, 7), (0, 80, 30), (1, 20, 30)):
        mine, theirs = streamed.rows(epoch, position, size), resident.rows(epoch, position, size)
        assert torch.equal(streamed.images[mine], resident.images[theirs])


def test_a_batch_larger_than_the_window_is_one_sentence():
    with pytest.raises(TrainingError, match="A batch of 20 images is too large for this device; at most 16 fit"):
        StreamedFeed(split_of(50), 0, CPU, 16).rows(0, 0, 20)


def test_images_larger_than_what_is_free_are_streamed(monkeypatch):
    split = split_of(100)
    monkeypatch.setattr(devices, "free_memory", lambda device: 2 * split.images.nbytes)
    assert isinstance(feed_for(split, 0, CPU), ResidentFeed)
    monkeypatch.setattr(devices, "free_memory", lambda device: split.images.nbytes)
    assert isinstance(feed_for(split, 0, CPU), StreamedFeed)


def test_a_cpu_shares_the_data_sets_memory():
    split = split_of(10)
    assert np.shares_memory(feed_for(split, 0, CPU).images.numpy(), split.images)


def test_streamed_training_is_training(monkeypatch):
    resident = trainer_of("vae")
    monkeypatch.setattr(devices, "free_memory", lambda device: 1)
    monkeypatch.setattr(feeds, "_WINDOW_BYTES", 1100 * digits().train.images[0].nbytes)
    streamed = trainer_of("vae")
    assert isinstance(streamed.feed, StreamedFeed)
    for trainer in (resident, streamed):
        run_steps(trainer, 40)
    assert_same_state(resident, streamed)


def test_what_fails_beside_is_not_lost(monkeypatch):
    feed = StreamedFeed(split_of(50), 0, CPU, 16)
    monkeypatch.setattr(feeds.torch, "index_select", lambda *a, **k: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        feed.rows(0, 0, 8)
