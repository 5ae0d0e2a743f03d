"""The autoencoders' objectives against independent computations."""

from __future__ import annotations

import pytest

from tests.core.models.making import SHAPES, images, make


class TestAutoencoder:
    def test_objective_is_the_squared_error_of_what_it_decodes(self):
        model = make("ae", SHAPES[1])
        x = images(SHAPES[1])
        expected = ((model.decode(model.encode(x).mean) - x) ** 2).sum((1, 2, 3)).mean()
        assert model.objective(x).total.item() == pytest.approx(expected.item(), rel=1e-6)
