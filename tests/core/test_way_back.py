"""A step's way back runs while others hold the interpreter's lock, and brings no library along."""

import subprocess
import sys
import threading
import time

import pytest
import torch

from tests.core.test_training import NAMES, trainer_of


@pytest.mark.parametrize("name", NAMES)
def test_a_step_s_way_back_needs_no_lock(name, monkeypatch):
    trainer = trainer_of(name)
    trainer.advance(2)
    weights = [weight for weight in trainer.model.parameters() if weight.requires_grad]
    for weight in weights:
        weight.grad = torch.zeros_like(weight)
    monkeypatch.setattr(trainer.optimizer, "clear_gradients", lambda: None)
    # Seen through NumPy, which keeps the lock while it looks at up to 500 numbers.
    gradients = [weight.grad.numpy().ravel() for weight in weights]
    looks = [gradient[:: 1 + len(gradient) // 400] for gradient in gradients]
    begins, run_backward = threading.Event(), torch.autograd._engine_run_backward

    def announced(*arguments, **options):
        begins.set()
        return run_backward(*arguments, **options)

    monkeypatch.setattr(torch.autograd, "_engine_run_backward", announced)
    thread = threading.Thread(target=trainer.advance, args=(1,), daemon=True)
    interval = sys.getswitchinterval()
    try:
        # From its next release of the lock, which is where the way back begins, the thread gets it from nobody.
        sys.setswitchinterval(1000.0)
        thread.start()
        assert begins.wait(20.0)
        until, done = time.perf_counter() + 10.0, False
        while not done and time.perf_counter() < until:
            done = all(look.any() for look in looks)
    finally:
        sys.setswitchinterval(interval)
    thread.join(20.0)
    assert done


def test_training_brings_in_neither_symbols_nor_a_compiler():
    code = (
        "import sys\n"
        "from tests.core.test_training import NAMES, trainer_of\n"
        "for name in NAMES:\n"
        "    trainer_of(name).advance(2)\n"
        "print(len(NAMES), *sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    count, *loaded = done.stdout.split()
    assert int(count) == len(NAMES)
    assert "torch" in loaded
    assert not {"sympy", "torch._dynamo", "torch._inductor"}.intersection(loaded)
