"""The conditional VAE needs its label, and uses it."""

from __future__ import annotations

import pytest
import torch

from latentlab.core.errors import OptionError
from latentlab.core.models import ImageShape
from tests.core.models.making import SHAPES, generator, images, labels, make
from tests.core.models.oracles import scaled_test_digits, trained
from tests.core.sets import digits


@pytest.mark.parametrize("body", ["mlp", "conv"])
def test_encoder_decoder_and_likelihood_see_the_label(body):
    model = make("cvae", SHAPES[4], body=body, hidden=16, channels=4)
    x, here, there = images(SHAPES[4]), labels(), (labels() + 1) % 3
    z = torch.randn(5, 2, generator=generator())
    assert (model.encode(x, here).mean != model.encode(x, there).mean).any(1).all()
    assert (model.encode(x, here).scale != model.encode(x, there).scale).any(1).all()
    assert (model.decode(z, here) != model.decode(z, there)).flatten(1).any(1).all()
    assert (model.neg_log_likelihood(z, x, here) != model.neg_log_likelihood(z, x, there)).all()


def test_many_samples_of_each_image_keep_its_label():
    model = make("cvae", samples=3)
    x, label = images(SHAPES[0]), labels()
    encoding = model.encode(x, label)
    z = encoding.mean + encoding.scale * torch.randn(3, 5, 2, generator=generator(4))
    expected = torch.stack([model.neg_log_likelihood(each, x, label) for each in z]).mean()
    objective = model.objective(x, label, generator(4))
    assert objective.terms["reconstruction"].item() == pytest.approx(expected.item(), rel=1e-5)


def test_without_a_label_nothing_is_guessed():
    model = make("cvae")
    for call in (model.encode, model.objective):
        with pytest.raises(ValueError, match="needs a label"):
            call(images(SHAPES[0]))
    with pytest.raises(ValueError, match="needs a label"):
        model.decode(torch.zeros(2, 2))


def test_images_without_classes_are_refused():
    with pytest.raises(OptionError, match="this data set has none"):
        make("cvae", ImageShape(1, 8, 8))


def test_learns_to_draw_the_class_that_it_is_told():
    """Digits: under their own label they are far more probable than under another; and than the plain VAE has them."""
    x, label = scaled_test_digits(), torch.tensor(digits().test.labels)
    settings = {"epochs": 25, "hidden": 64, "latent_dim": 2}
    conditional, plain = trained("cvae", **settings), trained("vae", **settings)
    right = conditional.objective(x, label, generator()).total.item()
    wrong = conditional.objective(x, (label + 1) % 10, generator()).total.item()
    assert right + 3 < wrong
    assert right + 0.5 < plain.objective(x, None, generator()).total.item()
