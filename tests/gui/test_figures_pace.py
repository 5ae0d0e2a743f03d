"""Figures that are read, not watched: a training that publishes five times a second has them written half as often."""

import time
from itertools import pairwise
from statistics import median

import pytest

pytest.importorskip("PySide6.QtWidgets")

from latentlab.core.neighbours import nearest_few


def test_words_and_lists_are_told_twice_a_second_and_end_with_the_newest(window_of_runs, monkeypatch):
    window = window_of_runs
    control, bar = window.control, window.main.experiment.training_bar
    published, listed, written, sought = [], [], [], []

    def note_progress(_):
        published.append(time.monotonic())

    def note_run(run):
        if run.state == "running":
            listed.append(time.monotonic())

    def show(snapshot, shows=bar.show_progress):
        written.append(time.monotonic())
        shows(snapshot)

    def seek(*arguments):
        sought.append(time.monotonic())
        return nearest_few(*arguments)

    monkeypatch.setattr(bar, "show_progress", show)
    monkeypatch.setattr("latentlab.gui.panels.probe.nearest_few", seek)  # of a probe that stands still
    window.train("ae", steps=0, epochs=500)
    control.progressed.connect(note_progress)
    control.runs.changed.connect(note_run)
    try:
        window.wait(lambda: len(published) >= 12, 30)
    finally:
        control.progressed.disconnect(note_progress)
        control.runs.changed.disconnect(note_run)
    window.pause()
    window.wait(lambda: f"step {control.newest.step:,}" in bar._left.text(), 5)
    for moments in (listed, written, sought):
        assert 3 <= len(moments) < len(published)
        assert median(later - earlier for earlier, later in pairwise(moments)) >= 0.35  # timers are a twentieth off
