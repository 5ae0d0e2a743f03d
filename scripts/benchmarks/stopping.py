"""How soon a training stands still once Stop was clicked."""

from __future__ import annotations

import time

from benchmarks.rows import Row, at_most
from benchmarks.stage import Stage

_TIMES, _BOUND_SECONDS = 12, 0.5
_GOES_ON_SECONDS = 1.1  # not in step with what training does every second


def stop() -> list[Row]:
    """The longest of several clicks on Stop until training rests, every panel visible (MLP and convolutional VAE)."""
    return [
        at_most(f"train_stop_{body}", "s at most", max(_waits(body)), _BOUND_SECONDS, "the bound")
        for body in ("mlp", "conv")
    ]


def _waits(body: str) -> list[float]:
    """Seconds from each click to rest."""
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    stage = Stage(2100, 1300)
    stage.begin_endless("vae", body=body)
    control, bar = stage.window.control, stage.window.experiment.training_bar
    seconds: list[float] = []
    for _ in range(_TIMES):
        rested: list[float] = []

        def note(state: str, rested: list[float] = rested) -> None:
            if state == "resting":
                rested.append(time.perf_counter())

        stage.run(_GOES_ON_SECONDS)
        control.state_changed.connect(note)
        began = time.perf_counter()
        QTest.mouseClick(bar.stop, Qt.MouseButton.LeftButton)
        stage.wait(lambda rested=rested: bool(rested), seconds=30)  # type: ignore[misc]
        control.state_changed.disconnect(note)
        seconds.append(rested[0] - began)
        QTest.mouseClick(bar.train, Qt.MouseButton.LeftButton)
        stage.wait(lambda: control.state == "running", seconds=30)
    stage.close()
    return seconds
