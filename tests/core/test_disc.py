"""The disc of a point: sums that fit, and the style in which many and few read well."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentlab.core.disc import Disc, disc_style


@given(radius=st.floats(0, 64, allow_subnormal=False), opacity=st.floats(1e-4, 1), depth_bits=st.integers(8, 14))
def test_the_sums_stay_within_16_bits(radius, opacity, depth_bits):
    disc = Disc(radius, opacity, np.zeros((3, 3)), depth_bits)
    total = sum(
        (2 if dy else 1) * sum(int(weight) * (2 * k + 1) for k, weight in row)
        for dy, row in enumerate(disc.row_weights)
    )
    assert 1 <= disc.most_parts * total <= 65535
    assert disc.most_depth < 1 << depth_bits


@given(radius=st.floats(0, 64, allow_subnormal=False))
def test_body_and_rim_cover_what_the_disc_touches(radius):
    disc = Disc(radius, 0.5, np.zeros((3, 3)), 12)
    reached = dict(disc.body)
    for dy, width in disc.rim:
        assert width > reached.get(dy, -1)
        reached[dy] = width
    y, x = np.mgrid[: disc.reach + 2, : disc.reach + 2]
    touched = (np.hypot(x, y) < radius + 0.5 - 1e-6) | ((x == 0) & (y == 0))
    assert [reached.get(dy, -1) + 1 for dy in range(len(touched))] == touched.sum(axis=1).tolist()


def test_style_is_larger_and_more_solid_for_fewer_points():
    styles = [disc_style(count, (800, 700)) for count in (0, 1, 100, 10_000, 70_000, 1_000_000)]
    radii, opacities = zip(*styles, strict=True)
    assert list(radii) == sorted(radii, reverse=True)
    assert list(opacities) == sorted(opacities, reverse=True)
    assert opacities[-1] >= 0.3 and opacities[0] <= 0.8
    for count, (radius, opacity) in zip((0, 1, 100, 10_000, 70_000, 1_000_000), styles, strict=True):
        assert disc_style(count, (800, 700), on_dark=True)[0] == radius
        assert opacity < disc_style(count, (800, 700), on_dark=True)[1] < 1
    assert disc_style(70_000, (1600, 1400))[0] == pytest.approx(2 * disc_style(70_000, (800, 700))[0])
