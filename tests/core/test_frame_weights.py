"""Weights in a file: the same bits at the same alignment, no memory until they are looked at, nothing left behind."""

import errno
import os
from pathlib import Path

import pytest
import torch

from latentlab.core import film_file
from latentlab.core.film import DEFAULT_BYTES, Frame
from latentlab.core.frame_weights import FrameWeights
from latentlab.core.models import ImageShape, create, model_info
from latentlab.core.options import build
from latentlab.core.serving import LatentServer

MAPS, DESCRIPTORS = Path("/proc/self/smaps"), Path("/proc/self/fd")


def tensors():
    """Of every kind that a state dict may have, and lying as it may."""
    draws = torch.Generator().manual_seed(0)
    return {
        "weight": torch.randn(37, 53, generator=draws),
        "turned": torch.randn(53, 37, generator=draws).T,
        "kernels": torch.randn(8, 3, 5, 5, generator=draws).to(memory_format=torch.channels_last),
        "part": torch.randn(100, generator=draws)[7:30],
        "half": torch.randn(9, generator=draws).to(torch.bfloat16),
        "seen": torch.tensor([True, False, True]),
        "steps": torch.tensor(2**40 + 1),
        "none": torch.zeros(0, 4),
        "odd": torch.tensor([torch.nan, torch.inf, -0.0, 1e-42]),
    }


def bits(tensor):
    return tensor.contiguous().reshape(-1).view(torch.uint8).tolist()


def resident(address):
    """How many kB are in memory of what the process has mapped at an address, as Linux says."""
    inside = False
    for line in MAPS.read_text().splitlines():
        head = line.split()[0]
        if "-" in head and not head.endswith(":"):
            first, last = (int(end, 16) for end in head.split("-"))
            inside = first <= address < last
        elif inside and head == "Rss:":
            return int(line.split()[1])
    raise AssertionError("nothing is mapped there")


def test_they_are_the_same_bits_with_the_same_strides_and_as_well_aligned(tmp_path):
    before = tensors()
    weights = FrameWeights(before)
    size = weights.bytes
    file = weights.settle(tmp_path)
    file.unlink()
    assert weights.settled and weights.bytes == size and list(weights) == list(before)
    for name, tensor in before.items():
        settled = weights[name]
        assert bits(settled) == bits(tensor) and settled.dtype == tensor.dtype, name
        assert (settled.shape, settled.stride()) == (tensor.shape, tensor.stride()), name
        assert settled.data_ptr() != tensor.data_ptr() or not tensor.numel()
        if tensor.numel():
            assert settled.data_ptr() % 64 == tensor.data_ptr() % 64, name


def test_a_model_computes_the_same_from_the_file(tmp_path):
    model = create("vae", build(model_info("vae").config, {"hidden": 32}), ImageShape(1, 8, 8, 10), 3).eval()
    weights = FrameWeights({name: each.clone() for name, each in model.state_dict().items()})
    positions = torch.randn(200, 2, generator=torch.Generator().manual_seed(1)).numpy()
    server = LatentServer(model, 16)
    server.take_weights(weights)
    decoded = server.decode(positions)
    weights.settle(tmp_path).unlink()
    server.take_weights(weights)
    assert next(model.parameters()).data_ptr() in [each.data_ptr() for each in weights.values()]
    assert (server.decode(positions) == decoded).all()


@pytest.mark.skipif(not MAPS.exists(), reason="only Linux tells what is in memory")
def test_they_take_memory_only_once_they_are_looked_at_and_no_descriptor(tmp_path):
    weights = FrameWeights({"w": torch.ones(2**20)})
    descriptors = len(list(DESCRIPTORS.iterdir()))
    weights.settle(tmp_path).unlink()
    assert len(list(DESCRIPTORS.iterdir())) == descriptors
    assert resident(weights["w"].data_ptr()) == 0
    assert weights["w"].sum() == 2**20
    assert resident(weights["w"].data_ptr()) >= 4096


def test_they_are_saved_with_a_run_from_the_file_as_from_memory(tmp_path):
    before = {"w": torch.randn(40, 30), "steps": torch.tensor([3])}
    weights = FrameWeights(before)
    weights.settle(tmp_path).unlink()
    film_file.write([Frame(3, 0.1, weights)], tmp_path)
    film, problem = film_file.read(tmp_path, before, 10, DEFAULT_BYTES)
    assert problem == "" and all(torch.equal(film.frames[0].weights[name], before[name]) for name in before)


def test_on_a_full_disk_they_stay_in_memory_and_leave_no_part_of_a_file(tmp_path):
    resource = pytest.importorskip("resource", reason="only POSIX has limits for files")
    tensor = torch.ones(2**20)
    weights = FrameWeights({"w": tensor})
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**21, limits[1]))  # the system refuses the second half
    try:
        with pytest.raises(OSError, match=os.strerror(errno.EFBIG)):
            weights.settle(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not weights.settled and weights["w"] is tensor
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_mapped_stays_in_memory(tmp_path, monkeypatch):
    weights = FrameWeights({"w": torch.ones(10)})

    def refuse(*_, **__):
        raise RuntimeError("unable to mmap 40 bytes")

    monkeypatch.setattr(torch.UntypedStorage, "from_file", refuse)
    with pytest.raises(OSError, match="unable to mmap"):
        weights.settle(tmp_path)
    assert not weights.settled and list(tmp_path.iterdir()) == []
