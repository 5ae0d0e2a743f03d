"""What is said of models that are known to be well, and of such as are not."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import stats

from latentlab.core.codebook_use import codebook_use
from latentlab.core.coverage import Coverage, coverage, kernel
from latentlab.core.diagnosis import (
    codebook_collapse,
    constant_codes,
    holes,
    no_better_than_the_mean,
    overfitting,
    posterior_collapse,
)
from latentlab.core.evaluation import evaluate
from latentlab.core.fit import fit
from latentlab.core.latent_use import latent_use
from latentlab.core.models import model_info
from latentlab.core.options import build
from latentlab.core.training import Trainer
from latentlab.core.training_config import TrainingConfig
from tests.core.sets import digits
from tests.core.test_evaluation import trained
from tests.core.toys import LinearGaussian


def ignore(share):
    pass


def posteriors(latents, images=2000, scale=0.1, seed=0):
    """Means and scales that together make the prior."""
    generator = np.random.default_rng(seed)
    mean = generator.normal(size=(images, latents)) * np.sqrt(1 - scale**2)
    return mean.astype(np.float32), np.full((images, latents), scale, np.float32)


def covered(mean, scale):
    return coverage(mean, scale, np.arange(mean.shape[1], 0, -1), ignore)


def brute_force(mean, scale):
    """The share that all images leave empty, on a grid of its own, without a kernel."""
    axis = np.linspace(-2, 2, 41)
    places = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)
    places = places[(places**2).sum(1) <= 4].astype(np.float32)
    density = [np.exp(-(((p - mean) / scale) ** 2).sum(1) / 2) @ (1 / scale.prod(1)) / len(mean) for p in places]
    prior = np.exp(-(places**2).sum(1) / 2)
    return (prior * (np.array(density) < prior / 10)).sum() / prior.sum()


def use_of(shares, count=10_000):
    """A codebook used with these shares."""
    codes = np.random.default_rng(0).choice(len(shares), (count // 4, 2, 2), p=np.array(shares) / np.sum(shares))
    return codebook_use(codes, len(shares))


class TestPosteriorCollapse:
    def test_active_units_are_those_whose_mean_varies(self):
        means = np.random.default_rng(0).normal(size=(5000, 4)) * [1, 0.2, 0.08, 0]
        latents = latent_use(np.ones((5000, 4)), means)
        assert [latent.active for latent in latents] == [True, True, False, False]

    def test_an_encoder_that_does_not_look_is_found(self):
        model = LinearGaussian(2, side=8)
        with torch.no_grad():
            model.weight[:, 1] = 0
        found = evaluate(model, digits())
        assert [latent.active for latent in found.latents] == [True, False]
        (said,) = (finding for finding in found.findings if finding.name == "posterior_collapse")
        assert said.severity == "info" and said.sentence.startswith("1 of 2 latents is switched off")
        with torch.no_grad():
            model.weight.zero_()
        found = evaluate(model, digits())
        assert (found.findings[0].name, found.findings[0].severity) == ("posterior_collapse", "error")

    @pytest.mark.parametrize("active, severity", [(1, "warning"), (3, "info"), (4, None)])
    def test_some_units_off(self, active, severity):
        means = np.random.default_rng(0).normal(size=(500, 4)) * (np.arange(4) < active)
        found = posterior_collapse(latent_use(np.ones((500, 4)) * (means.std(0) > 0), means))
        assert [finding.severity for finding in found] == ([severity] if severity else [])

    @pytest.mark.parametrize("active, severity", [(0, "error"), (1, "warning")])
    def test_a_constant_code_far_from_the_prior_is_no_collapse(self, active, severity):
        means = np.random.default_rng(0).normal(size=(500, 2)) * (np.arange(2) < active)
        latents = latent_use(np.tile([2.0 if active else 0.0, 3.98], (500, 1)), means)
        found = constant_codes(latents)
        assert posterior_collapse(latents) == []
        assert [finding.severity for finding in found] == [severity]
        said = "1 of 2 latents says the same of every image and still pays 3.98 nats for it."
        assert found[0].sentence.endswith(said)
        assert found[0].sentence.startswith("Every image has the same code") == (not active)
        assert "hardly begun" in found[0].remedy and "smaller γ" in found[0].remedy

    @pytest.mark.parametrize("spread", [0.15, 0.4])
    def test_latents_that_all_say_next_to_nothing(self, spread):
        """Each is active by its variance, and yet all together say less than a nat."""
        means = spread * np.random.default_rng(0).normal(size=(5000, 6))
        variance = 1 - spread**2  # so that codes are spread as the prior is
        latents = latent_use((means**2 + variance - 1 - np.log(variance)) / 2, means)
        assert all(latent.active for latent in latents)
        (found,) = posterior_collapse(latents)
        mutual_information = -6 * np.log(variance) / 2
        assert found.severity == "warning" and float(found.sentence.split(": ")[1].split()[0]) == pytest.approx(
            mutual_information, rel=0.05
        )


class TestCodebookCollapse:
    def test_even_use_is_well(self):
        assert codebook_collapse(use_of([1] * 256)) == []

    @pytest.mark.parametrize("used, severity", [(100, "warning"), (10, "error")])
    def test_few_codes(self, used, severity):
        (found,) = codebook_collapse(use_of([1] * used + [0] * (256 - used)))
        assert found.severity == severity and f"images use {used} of its 256 codes" in found.sentence

    def test_uneven_use(self):
        (found,) = codebook_collapse(use_of([0.97] + [0.03 / 255] * 255, 40_000))
        assert found.sentence.startswith("A few codes do nearly all the work")

    def test_too_few_images_to_tell(self):
        assert codebook_collapse(use_of([1] * 10 + [0] * 246, 400)) == []

    def test_perplexity_and_its_error(self):
        use = use_of([1] * 16)
        assert use.perplexity[0] == pytest.approx(16, rel=0.01)
        repeats = [
            codebook_use(np.random.default_rng(seed).choice(3, (500, 1, 1), p=[0.7, 0.2, 0.1]), 3).perplexity
            for seed in range(200)
        ]
        values, errors = np.array(repeats).T
        assert errors.mean() == pytest.approx(values.std(), rel=0.25)


class TestHoles:
    @pytest.mark.parametrize("latents", [1, 2, 3, 20])
    @pytest.mark.parametrize("images, scale", [(2000, 0.1), (300, 0.1), (300, 0.5), (2000, 0.02)])
    def test_posteriors_that_make_the_prior_have_none(self, latents, images, scale):
        for seed in (1, 2):
            found = covered(*posteriors(latents, images, scale, seed))
            assert found.holes < 0.1 and found.strays < 0.02
            assert holes(found) == []

    @pytest.mark.parametrize("latents", [1, 2, 5])
    def test_an_empty_half(self, latents):
        mean, scale = posteriors(latents)
        mean[:, 0] = np.abs(mean[:, 0])
        found = covered(mean, scale)
        # q is 2pΦ(z/w), w the widened scale, so that a hole begins where Φ is .05; the kernel makes it no larger.
        edge = -1.645 * np.hypot(0.1, kernel(2000, min(2, latents)))
        drawn = np.random.default_rng(0).normal(size=(100_000, min(2, latents)))
        expected = (drawn[np.linalg.norm(drawn, axis=1) < 2][:, 0] < edge).mean()
        assert found.holes == pytest.approx(expected, abs=0.03) and found.holes < 0.5
        assert [finding.name for finding in holes(found)] == ["holes"]

    def test_a_ring_around_an_empty_middle(self):
        mean, scale = posteriors(2, 5000)
        mean = mean[np.linalg.norm(mean, axis=1) > 1]
        # The prior has 1 − exp(−½) of its mass within 1, and 1 − exp(−2) within 2.
        edge = 1 - 1.55 * np.hypot(0.1, kernel(len(mean), 2))
        expected = (1 - np.exp(-0.5 * edge**2)) / (1 - np.exp(-2))
        assert covered(mean, scale[: len(mean)]).holes == pytest.approx(expected, abs=0.03)

    def test_islands_between_which_nothing_is(self):
        centres = 1.2 * np.array([[np.cos(a), np.sin(a)] for a in np.arange(5) * 2 * np.pi / 5])
        mean = centres[np.arange(2000) % 5].astype(np.float32)
        assert covered(mean, np.full((2000, 2), 0.1, np.float32)).holes > 0.6

    def test_few_images_do_not_make_holes_where_all_of_them_show_none(self):
        """Codes that fill the prior thinly at its rim, by narrow posteriors, as a VAE's do."""
        generator = np.random.default_rng(0)
        mean = (0.85 * generator.normal(size=(20_000, 2))).astype(np.float32)
        scale = np.full(mean.shape, 0.06, np.float32)
        assert brute_force(mean, scale) < 0.01
        for images in (500, 2000, 5000):
            found = covered(mean[:images], scale[:images])
            assert found.holes < 0.02 and found.images == images

    def test_codes_outside_the_prior(self):
        mean, scale = posteriors(2)
        found = covered(8 * mean, scale)
        assert found.strays == pytest.approx(2 * 0.3538, abs=0.03)  # beyond 3/8 of a standard deviation
        assert "strays" in {finding.name for finding in holes(found)}

    @pytest.mark.parametrize("latents", [1, 2, 4])
    def test_standard_errors_are_the_spread_over_sets_of_images(self, latents):
        """Sets drawn anew, of which no bootstrap knows; the first latent's codes lie too far to one side."""
        sets = [posteriors(latents, 600, 0.3, seed) for seed in range(60)]
        found = [covered(mean + np.eye(1, latents, dtype=np.float32) * 1.6, scale) for mean, scale in sets]
        for name in ("holes", "strays"):
            values, errors = (np.array([getattr(each, name + end) for each in found]) for end in ("", "_error"))
            assert np.mean(errors) == pytest.approx(values.std(ddof=1), rel=0.35), name

    def test_the_error_of_the_share_beyond_the_prior_is_scipys(self):
        mean, scale = posteriors(3, 400, 0.4)
        mean[:, 1] *= 4
        beyond = 2 - stats.norm.cdf(3, mean, scale) - stats.norm.cdf(3, -mean, scale)
        found = covered(mean, scale)
        assert found.strays == pytest.approx(beyond[:, 1].mean(), abs=1e-6)
        assert found.strays_error == pytest.approx(stats.sem(beyond[:, 1]), rel=1e-4)

    def test_the_error_of_the_holes_is_that_of_images_drawn_anew(self):
        """The same bootstrap by hand: sets of images chosen with replacement, each looked at for itself."""
        mean, scale = posteriors(2, 500)
        mean[:, 0] = np.abs(mean[:, 0])
        drawn = np.random.default_rng(7).integers(500, size=(100, 500))
        shares = [covered(mean[some], scale[some]).holes for some in drawn]
        assert covered(mean, scale).holes_error == pytest.approx(np.std(shares, ddof=1), rel=0.3)

    def test_a_single_image_has_no_standard_errors(self):
        found = covered(*posteriors(2, 1))
        assert found.holes_error is None and found.strays_error is None
        assert covered(*posteriors(2, 2)).holes_error is not None

    def test_the_evaluation_shows_both_with_their_errors(self):
        figures = {figure.name: figure for figure in evaluate(LinearGaussian(2, side=8), digits()).figures}
        assert figures["holes"].error is not None and "±" in figures["holes"].number()
        assert figures["strays"].error is not None

    def test_words(self):
        (found,) = holes(Coverage(0.4, 0.0, 2000))
        assert "40%" in found.sentence and "β" in found.remedy


class TestOverfitting:
    def test_needs_a_gap_that_is_sure_and_that_matters(self):
        assert overfitting((100, 1), (110, 1), "−ELBO", 0.05)
        assert not overfitting((100, 4), (110, 4), "−ELBO", 0.05)
        assert not overfitting((100, 0.1), (102, 0.1), "−ELBO", 0.05)
        assert not overfitting((110, 1), (100, 1), "−ELBO", 0.05)
        assert overfitting((-900, 5), (-800, 5), "−ELBO", 0.05)
        assert not overfitting((100, None), (900, None), "−ELBO", 0.05)
        (exact,) = overfitting((0.1, 0.0), (0.2, 0.0), "the error", 0.05)  # of images that are all the same
        assert exact.sentence.endswith("0.1 on training images.")

    @pytest.mark.parametrize("name", ["vae", "ae"])
    def test_a_model_that_saw_little_too_often(self, name):
        few = replace(digits(), train=digits().train.take(np.arange(60)))
        config = build(model_info(name).config, {"hidden": 256, "latent_dim": 10})
        trainer = Trainer(few, name, config, TrainingConfig(epochs=400, batch_size=60, learning_rate=2e-3))
        list(fit(trainer, snapshot_seconds=1e9))
        found = {finding.name for finding in evaluate(trainer.model, few).findings}
        assert "overfitting" in found


class TestNoBetterThanTheMean:
    @pytest.mark.parametrize("error, severity", [(0.09, "error"), (0.068, "warning"), (0.06, None)])
    def test_bound(self, error, severity):
        found = no_better_than_the_mean((error, 0.07), None, 20)
        assert [finding.severity for finding in found] == ([severity] if severity else [])

    def test_words(self):
        (few,) = no_better_than_the_mean((0.0834, 0.0668), (0.083, 0.0667), 20)
        assert few.sentence.startswith("So far the model restores test images no better than their mean would")
        assert "0.0834" in few.sentence and "0.0668" in few.sentence and "it has had 20 steps" in few.remedy
        (many,) = no_better_than_the_mean((0.0834, 0.0668), (0.083, 0.0667), 5000)
        assert "steps" not in many.remedy and "learning rate" in many.remedy
        (by_heart,) = no_better_than_the_mean((0.0834, 0.0668), (0.01, 0.0667), 5000)
        assert "Training images it restores" in by_heart.sentence and by_heart.remedy.startswith("Train on more images")
        assert no_better_than_the_mean((0.0, 0.0), None, 5) == []  # of images that are all the same

    def test_a_model_that_has_hardly_begun(self):
        model = trained("ae", epochs=0)
        found = evaluate(model, digits(), step=3)
        named = [finding for finding in found.findings if finding.name == "no_better_than_mean"]
        assert len(named) == 1 and "3 steps" in named[0].remedy
        train, test = (split.images / 16 for split in (digits().train, digits().test))
        assert found.value("mse_mean_image") == pytest.approx(((test - train.mean(0)) ** 2).mean(), rel=1e-4)

    def test_a_collapse_explains_it(self):
        model = LinearGaussian(2, side=8)
        with torch.no_grad():
            model.weight.zero_()
        assert "no_better_than_mean" not in {finding.name for finding in evaluate(model, digits()).findings}


@pytest.mark.parametrize("name, options", [("vae", {}), ("ae", {}), ("vqvae", {"channels": 8, "grid": 2, "codes": 16})])
def test_healthy_models_are_well(name, options):
    model = trained(name, epochs=40, **options)
    assert [finding for finding in evaluate(model, digits()).findings if finding.severity != "info"] == []
