"""Where training stands, told to the device."""

import pytest
import torch

from latentlab.core.moments import Moments, Standing


@pytest.mark.parametrize("by_array", [True, False], ids=["CPU", "a device without arrays"])
def test_each_step_is_told_in_the_same_place(by_array):
    moments = Moments(2, torch.device("cpu"))
    if not by_array:
        moments._array = None
    places = [(moment.epoch, moment.number, moment.rate) for moment in moments.each]
    for standings in (
        [Standing(0.5, 7, 1e-3), Standing(0.75, 8, 2e-3)],
        [Standing(9.0, 2**24, 0.0), Standing(9.25, 3, 1.0)],
    ):
        moments.set(standings)
        for place, standing in zip(places, standings, strict=True):
            assert [value.item() for value in place] == pytest.approx(list(standing), rel=1e-7)
