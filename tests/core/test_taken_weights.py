"""A view's model with the weights of a training: the tensors themselves, all of them or none."""

import pytest
import torch

from latentlab.core.serving import LatentServer
from tests.core.sets import digits
from tests.core.test_training import NAMES, trainer_of


def server_and_weights(name, **training):
    trainer = trainer_of(name, **training)
    trainer.advance(3)
    return LatentServer(trainer_of(name).model.eval(), 16), trainer.weights()


@pytest.mark.parametrize("name", NAMES)
def test_the_model_has_them_whole_and_they_stay_as_they_are(name):
    server, weights = server_and_weights(name)
    _, others = server_and_weights(name, seed=5)
    before = {key: tensor.clone() for key, tensor in weights.items()}
    model = trainer_of(name).model.eval()
    labels = digits().test.labels[:20]
    images = digits().test.images[:20]
    for taken in (weights, others, weights):
        server.take_weights(taken)
        model.load_state_dict(taken)
        own = server.source.state_dict()
        assert own.keys() == taken.keys()
        assert all(own[key].data_ptr() == taken[key].data_ptr() for key in own)
        mean, scale = server.encode_with_scale(images, labels)
        mean_too, scale_too = LatentServer(model, 16).encode_with_scale(images, labels)
        assert (mean == mean_too).all() and (scale is None or (scale == scale_too).all())
    assert all(torch.equal(weights[key], tensor) for key, tensor in before.items())


def test_those_of_another_model_are_refused_and_nothing_is_written_to():
    server, weights = server_and_weights("vae")
    server.take_weights(weights)
    before = {key: tensor.clone() for key, tensor in weights.items()}
    wrong = {key: torch.zeros(*tensor.shape, 2) for key, tensor in weights.items()}
    first = next(iter(weights))
    for others in (wrong, {}, {**weights, "more": torch.zeros(1)}, {**weights, first: wrong[first]}):
        with pytest.raises(RuntimeError, match="state_dict"):
            server.take_weights(others)
    assert all(torch.equal(weights[key], tensor) for key, tensor in before.items())
    server.take_weights(weights)
    assert all(tensor.data_ptr() == weights[key].data_ptr() for key, tensor in server.source.state_dict().items())
