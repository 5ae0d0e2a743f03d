"""Corruptions: each spoils as much as it says, in the way it says, and follows its generator."""

import pytest
import torch

from latentlab.core.corruption import KINDS, Corruption

LEVEL = 0.25


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def images(count: int = 200, channels: int = 1) -> torch.Tensor:
    # Within (0, 1), so that every pixel that is set to 0 or 1 is seen to differ.
    return 0.1 + 0.8 * torch.rand(count, channels, 28, 20, generator=generator(9))


@pytest.mark.parametrize("kind", KINDS)
class TestEveryKind:
    def test_level_zero_changes_nothing(self, kind: str):
        x = images()
        assert torch.equal(Corruption(kind, 0.0).apply(x, generator()), x)

    def test_stays_within_the_range_of_images(self, kind: str):
        spoilt = Corruption(kind, 0.9).apply(images(), generator())
        assert spoilt.min() >= 0.0 and spoilt.max() <= 1.0

    def test_leaves_its_input_alone(self, kind: str):
        x = images()
        before = x.clone()
        Corruption(kind, LEVEL).apply(x, generator())
        assert torch.equal(x, before)

    def test_follows_its_generator(self, kind: str):
        first, again, other = (Corruption(kind, LEVEL).apply(images(), generator(seed)) for seed in (1, 1, 2))
        assert torch.equal(first, again)
        assert not torch.equal(first, other)

    def test_spoils_each_image_in_its_own_way(self, kind: str):
        same = images(1).expand(8, -1, -1, -1)
        spoilt = Corruption(kind, LEVEL).apply(same, generator())
        assert len({tuple(image.flatten().tolist()) for image in spoilt}) == 8


class TestShares:
    @pytest.mark.parametrize("kind", ["masking", "salt_and_pepper", "patch"])
    def test_level_is_the_share_of_pixels_spoilt(self, kind: str):
        x = images(channels=3)
        spoilt = (Corruption(kind, LEVEL).apply(x, generator()) != x).any(1)
        assert spoilt.float().mean().item() == pytest.approx(LEVEL, abs=0.01)

    def test_all_channels_of_a_pixel_are_spoilt_together(self):
        x = images(channels=3)
        for kind in ("masking", "salt_and_pepper", "patch"):
            changed = Corruption(kind, LEVEL).apply(x, generator()) != x
            assert torch.equal(changed.any(1), changed.all(1))

    def test_gaussian_noise_has_the_standard_deviation_it_is_given(self):
        grey = torch.full((400, 1, 28, 28), 0.5)
        noise = Corruption("gaussian", 0.1).apply(grey, generator()) - grey
        assert noise.std().item() == pytest.approx(0.1, rel=0.02)
        assert noise.mean().item() == pytest.approx(0.0, abs=0.001)

    def test_salt_is_as_likely_as_pepper(self):
        spoilt = Corruption("salt_and_pepper", 0.5).apply(images(), generator())
        salt, pepper = (spoilt == 1).float().mean().item(), (spoilt == 0).float().mean().item()
        assert salt == pytest.approx(0.25, abs=0.01)
        assert pepper == pytest.approx(0.25, abs=0.01)

    def test_patch_is_one_rectangle(self):
        x = images(50)
        for mask in (Corruption("patch", LEVEL).apply(x, generator()) == 0)[:, 0]:
            rows, columns = mask.any(1).nonzero(), mask.any(0).nonzero()
            height, width = int(rows.max() - rows.min()) + 1, int(columns.max() - columns.min()) + 1
            assert (height, width) == (14, 10)
            assert int(mask.sum()) == height * width


def test_unknown_kind_is_named():
    with pytest.raises(ValueError, match="no corruption called 'rust'"):
        Corruption("rust", 0.5).apply(images(), generator())
