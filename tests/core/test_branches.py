"""Where nothing is recorded, a branch is the main line. (What a recording does with it: test_cuda.py.)"""

import torch

from latentlab.core import branches


def test_without_a_recording_work_is_done_where_it_stands():
    x = torch.ones(3)
    assert not branches.offered(x.device)
    with branches.beside(x):
        total = x.sum()
    branches.join(x.device)
    assert total == 3.0
