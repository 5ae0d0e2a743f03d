"""Threads keep to their cores: judged by the processor time they took, not by what torch says."""

import subprocess
import sys
import threading
import time

import pytest
import torch

from latentlab.core import devices
from latentlab.core.errors import TrainingError
from latentlab.core.threads import available_cores, limit_numpy, short_turns, start_thread, training_threads


def cores_used(body):
    """Processor seconds of the whole process per second while ``body`` runs."""
    began, cpu = time.perf_counter(), time.process_time()
    body()
    return (time.process_time() - cpu) / (time.perf_counter() - began)


def multiply():
    x = torch.rand(1200, 1200)
    for _ in range(12):
        x @ x


def test_a_thread_of_one_takes_one_core():
    used = []
    start_thread("test", lambda: used.append(cores_used(multiply)), 1).join()
    assert used[0] < 1.25


def test_training_leaves_a_core_to_the_hand():
    assert training_threads() == max(1, available_cores() - 1)


def test_numpy_is_held_to_one_core():
    import numpy as np

    limit_numpy()
    x = np.random.default_rng(0).random((1200, 1200))
    assert cores_used(lambda: [x @ x for _ in range(6)]) < 1.25


def test_scipy_loaded_later_is_held_to_one_core():
    code = "from latentlab.core.threads import limit_numpy; import numpy; limit_numpy(); import scipy.linalg\n"
    code += "from threadpoolctl import threadpool_info\n"
    code += "print({pool['num_threads'] for pool in threadpool_info() if pool['user_api'] == 'blas'})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "{1}"


def test_turns_at_the_interpreter_are_short_only_in_the_body():
    before, within = sys.getswitchinterval(), []

    def fail():
        with short_turns():
            within.append(sys.getswitchinterval())
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert within[0] < before / 10
    assert sys.getswitchinterval() == pytest.approx(before)


def test_threads_are_named():
    names = []
    start_thread("latentlab-x", lambda: names.append(threading.current_thread().name)).join()
    assert names == ["latentlab-x"]


def test_unknown_device_is_one_sentence():
    with pytest.raises(TrainingError, match="no device called 'tpu'"):
        devices.resolve("tpu")


def test_automatic_device_is_there():
    assert devices.resolve("auto").type in ("cuda", "mps", "cpu")
    assert devices.describe(torch.device("cpu"), 1) == "CPU, 1 thread"


def test_numbers_too_small_to_be_fast_are_zero_in_our_threads():
    products = []
    tiny = torch.full((64,), 1e-30)
    start_thread("test", lambda: products.append(tiny * 1e-10), 1).join()
    assert products[0].sum() == 0.0
