"""A model that is easy to follow, and the view's worker that serves it, for tests of the worker."""

import threading
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets")

import torch

from latentlab.core.models import Capabilities, Encoding
from latentlab.core.point_cloud import PointCloud
from latentlab.core.requests import Request
from latentlab.core.serving import LatentServer
from latentlab.gui.view_worker import ViewWorker

PATIENCE = 20.0


class Shifted(torch.nn.Module):
    """Encodes an image as the values of its pixels plus a shift, and decodes a latent to them."""

    capabilities = Capabilities()

    def __init__(self, shift=0.0, pixels=2):
        super().__init__()
        self.latent_size = pixels
        self.register_buffer("shift", torch.tensor(shift))

    def encode(self, x, label=None):
        return Encoding(mean=x.flatten(1) + self.shift)

    def decode(self, z, label=None):
        return (z - self.shift)[:, None, None]

    def codebook(self):
        return None


class Blind(Shifted):
    """Cannot encode."""

    def encode(self, x, label=None):
        raise RuntimeError("shapes do not match")


def weights(shift):
    return Shifted(shift).state_dict()


def serving(shift=0.0, pixels=2):
    return lambda: LatentServer(Shifted(shift, pixels), 255)


def cloud(count=300, pixels=2):
    return PointCloud(np.random.default_rng(0).integers(0, 256, (count, 1, 1, pixels), dtype=np.uint8))


@dataclass(frozen=True, eq=False)
class Parts(Request):
    """Answers in three parts; before each it waits to be let on."""

    urgency: ClassVar[int] = 5
    name: str = ""
    gates: tuple[threading.Semaphore, threading.Semaphore] = field(
        default_factory=lambda: (threading.Semaphore(0), threading.Semaphore(0))
    )

    def answers(self, server):
        for part in range(3):
            self.gates[0].release()
            assert self.gates[1].acquire(timeout=PATIENCE)
            yield f"{self.name}{part}"

    def wait_for_part(self):
        assert self.gates[0].acquire(timeout=PATIENCE)

    def let_on(self, parts=1):
        self.gates[1].release(parts)


class Later(Parts):
    urgency: ClassVar[int] = 7


class Patient(Parts):
    patient = True


@dataclass(frozen=True, eq=False)
class Failing(Request):
    def answers(self, server):
        raise ValueError("no such axis")


@pytest.fixture
def worker(qapp):
    worker = ViewWorker()
    yield worker
    worker.close()


@pytest.fixture
def answers(worker):
    """What the worker has answered so far, in its order."""
    told = []
    worker.answered.connect(lambda request, answer, generation: told.append(answer))
    return told


def pixels(image):
    return image.ravel().tolist()
