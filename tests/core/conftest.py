"""What the core's tests share: one thread, as machines that run tests are busy, and small data sets."""

from __future__ import annotations

import numpy as np
import pytest

from latentlab.core import catalogue
from latentlab.core.data import DataConfig, Dataset, Split, select


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    """Two threads of a busy machine wait for each other longer than they work."""
    from latentlab.core.threads import use_threads

    use_threads(1)


@pytest.fixture(scope="session")
def digits() -> Dataset:
    """scikit-learn's 1,797 digits of 8×8 pixels."""
    return catalogue.load("digits")


@pytest.fixture(scope="session")
def mnist() -> Dataset:
    """MNIST, all of it."""
    return catalogue.load("mnist")


@pytest.fixture(scope="session")
def some_mnist(mnist: Dataset) -> Dataset:
    """2,000 training images of MNIST, and 500 test images."""
    chosen = select(mnist, DataConfig(train_images=2000))
    return Dataset("mnist", "MNIST", chosen.train, mnist.test.take(np.arange(500)), 255, mnist.class_names)


@pytest.fixture(scope="session")
def colours() -> Dataset:
    """Unlabelled RGB images of an odd size, 60 for training and 20 for testing."""
    images = np.random.default_rng(0).integers(0, 256, (80, 3, 13, 17), np.uint8)
    return Dataset("colours", "Colours", Split(images[:60], None), Split(images[60:], None), 255, ())
