"""A drawing under every class: reconstructions and bounds are those of plain calls of the model, class by class."""

import numpy as np
import pytest
import torch

from latentlab.core import class_requests
from latentlab.core.bounds import bound_terms
from latentlab.core.class_requests import ClassScores, CompareClasses
from latentlab.core.drawing import Framing
from latentlab.core.drawing_requests import EncodeDrawing
from latentlab.core.models import ImageShape, create, model_info
from latentlab.core.options import build
from latentlab.core.serving import LatentServer
from tests.conditional import SmallConditional, SmallConfig
from tests.core.sets import digits

SHAPE = ImageShape(1, 8, 8, 10)


def a_sheet():
    sheet = np.zeros((1, 448, 448), np.uint8)
    sheet[0, 100:300, 150:200] = sheet[0, 250:300, 150:320] = 255
    return sheet


def compared(model):
    framing = Framing.of(digits())
    server = LatentServer(model.eval(), 16)
    *parts, scores = CompareClasses(a_sheet(), framing, 10).answers(server)
    assert parts and not any(parts)  # the hand is served in between
    return scores, server, server.input(framing.image(a_sheet())[None])


def cvae(**options):
    torch.manual_seed(0)
    return create("cvae", build(model_info("cvae").config, {"hidden": 16, "latent_dim": 3, **options}), SHAPE)


def are_reconstructions(scores, server, x):
    for label in range(10):
        condition = torch.tensor([label])
        with torch.no_grad():
            rebuilt = server.source.decode(server.source.encode(x, condition).mean, condition)
        assert np.abs(scores.images[label] / 255 - rebuilt[0].numpy()).max() <= 0.5 / 255 + 1e-6


@pytest.mark.parametrize("options", [{}, {"binarisation": "fresh"}, {"decoder": "gaussian"}])
def test_bounds_are_those_of_each_class_by_itself(options):
    scores, server, x = compared(cvae(**options))
    are_reconstructions(scores, server, x)
    assert scores.bounds and scores.figures.shape == (10,)
    for label in range(10):
        generator = torch.Generator().manual_seed(class_requests._SEED)
        condition = torch.tensor([label])
        with torch.no_grad():
            nll, kl = bound_terms(server.source, x, condition, class_requests._SAMPLES, generator, lambda _: None)
        assert scores.figures[label] == pytest.approx(float(nll + kl.sum(1)), rel=1e-5)
    assert scores.best == scores.figures.argmin()


def test_without_a_bound_they_are_squared_errors():
    torch.manual_seed(0)
    scores, server, x = compared(SmallConditional(SmallConfig(), SHAPE))
    are_reconstructions(scores, server, x)
    assert not scores.bounds
    for label in range(10):
        condition = torch.tensor([label])
        with torch.no_grad():
            rebuilt = server.source.decode(server.source.encode(x, condition).mean, condition)
        assert scores.figures[label] == pytest.approx(float((rebuilt - x).square().mean()), rel=1e-5)


def test_the_same_sheet_has_the_same_figures_and_moves_no_other_random_numbers():
    model, before = cvae(), torch.random.get_rng_state()
    np.testing.assert_array_equal(compared(model)[0].figures, compared(model)[0].figures)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_the_pen_comes_first():
    assert EncodeDrawing.urgency < CompareClasses.urgency


def test_no_class_is_best_where_the_figures_are_not_finite():
    images = np.zeros((2, 1, 1, 1), np.uint8)
    assert ClassScores(images, np.array([1.0, np.nan], np.float32), True).best is None
    assert ClassScores(images, np.array([2.0, 1.0], np.float32), True).best == 1
