"""Curves of several runs: what is the same quantity stands in one plot, and dots leave lines to be seen."""

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets")

from tests.gui.several_runs import click_row


@pytest.fixture
def window(window_of_runs):
    return window_of_runs


def rows(run, split, *names):
    return [sum(row.figures[name] for name in names) for row in run.history if row.split == split]


def train(window, model, epochs):
    window.train(model, steps=0, epochs=epochs)
    run = window.control.run
    window.wait(lambda: run.state == "finished" and len(rows(run, "test", "total")) == epochs)
    return run


def titles(window):
    return [plot._title for plot in window.main.curves._plots.values()]


def drawn(window, name, split, run):
    return window.main.curves.drawn(name, split, run)[1].tolist()


def test_a_weighted_objective_is_drawn_apart_from_the_bound(window):
    beta = train(window, "beta_vae", 3)
    window.wait(lambda: titles(window) == ["Objective", "−ELBO", "Reconstruction", "KL"])
    window.wait(lambda: drawn(window, "−ELBO", "test", beta) == rows(beta, "test", "total"))
    assert drawn(window, "total", "train", beta) == rows(beta, "train", "total")
    assert drawn(window, "total", "test", beta) == []
    line = drawn(window, "−ELBO", "train", beta)
    np.testing.assert_allclose(line, rows(beta, "train", "reconstruction", "kl"))
    assert not np.allclose(line, rows(beta, "train", "total"))


def test_beside_it_a_plain_run_is_drawn_in_the_same_way_and_alone_as_ever(window):
    plain = train(window, "vae", 2)
    window.wait(lambda: drawn(window, "total", "test", plain) == rows(plain, "test", "total"))
    assert titles(window) == ["Objective", "Reconstruction", "KL"]
    beta = train(window, "beta_vae", 2)
    window.wait(lambda: drawn(window, "−ELBO", "test", beta) == rows(beta, "test", "total"))
    window.wait(lambda: drawn(window, "−ELBO", "test", plain) == rows(plain, "test", "total"))
    assert drawn(window, "total", "test", plain) == []
    np.testing.assert_allclose(drawn(window, "−ELBO", "train", plain), rows(plain, "train", "total"), rtol=1e-5)
    click_row(window, beta, "check")
    window.wait(lambda: drawn(window, "total", "test", plain) == rows(plain, "test", "total"))
    assert titles(window) == ["Objective", "Reconstruction", "KL"]
