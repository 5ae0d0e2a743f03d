"""What the tests of the commands stand on."""

from __future__ import annotations

import shutil

import pytest

from tests.end_to_end.commands import fit


@pytest.fixture(scope="session")
def fitted(tmp_path_factory):
    """As `fit`, which it calls once for what is asked alike: fills the folder ``out`` with a copy of that run."""
    there = {}

    def copy(*words, model="ae", out):
        if (model, words) not in there:
            folder = tmp_path_factory.mktemp("fitted")
            assert fit(*words, model=model, out=folder) == 0
            there[model, words] = folder
        shutil.copytree(there[model, words], out, dirs_exist_ok=True)

    return copy


@pytest.fixture
def one_thread(monkeypatch):
    """Small as the tests' models are, several threads would mostly wait for each other, above all on a busy machine;
    the commands set how many, and would leave it set.
    """
    import torch

    from latentlab.core import threads
    from latentlab.core.threads import limit_numpy

    monkeypatch.setattr(threads, "available_cores", lambda: 1)
    yield
    torch.set_num_threads(1)
    torch.set_flush_denormal(False)
    limit_numpy()
