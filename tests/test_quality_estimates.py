"""What the quality gates measure with, against closed forms, SciPy and scikit-learn."""

import importlib
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import integrate, linalg, stats
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from latentlab.core.code_prior import CodeLayout, CodePrior
from latentlab.core.models import ImageShape, create, model_info
from latentlab.core.models.base import Encoding
from latentlab.core.options import build

SCRIPTS = Path(__file__).resolve().parent.parent / "scripts"


@pytest.fixture(autouse=True)
def _scripts_on_the_path(monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPTS))


def module(name):
    return importlib.import_module(f"quality_gates.{name}")


class Toy:
    """Two latents, four pixels: pixel i is inked with probability σ(a_i·z + b_i)."""

    slopes = torch.tensor([[2.0, 0.0], [0.0, -3.0], [1.0, 1.0], [0.5, -0.5]], dtype=torch.float64)
    offsets = torch.tensor([0.1, -0.4, 0.3, 0.0], dtype=torch.float64)

    def encode(self, x, label=None):
        centres = (x.flatten(1) - 0.5) @ self.slopes
        return Encoding(mean=0.4 * centres, scale=torch.full_like(centres, 0.8))

    def decode(self, z, label=None):
        return torch.sigmoid(z @ self.slopes.T + self.offsets).view(-1, 1, 2, 2)

    def joint(self, x, z):
        """p(x, z), by NumPy."""
        p = 1.0 / (1.0 + np.exp(-(self.slopes.numpy() @ z + self.offsets.numpy())))
        return np.prod(np.where(x > 0, p, 1.0 - p)) * math.exp(-0.5 * float(z @ z)) / (2.0 * math.pi)


class Blind(Toy):
    """Nothing depends on the latents, and the posterior is the prior: every estimate is exact."""

    slopes = torch.zeros(4, 2, dtype=torch.float64)

    def encode(self, x, label=None):
        return Encoding(mean=torch.zeros(len(x), 2).double(), scale=torch.ones(len(x), 2).double())


@pytest.fixture
def images():
    return torch.tensor([[1, 0, 1, 0], [0, 1, 1, 1], [0, 0, 0, 0]], dtype=torch.float64).view(3, 1, 2, 2)


@pytest.fixture
def exact(images):
    """−log p(x) of each image by SciPy's adaptive quadrature."""
    toy = Toy()
    nll = []
    for x in images.flatten(1).numpy():
        mass, _ = integrate.dblquad(lambda v, u, x=x: toy.joint(x, np.array([u, v])), -7, 7, -7, 7, epsabs=1e-9)
        nll.append(-math.log(mass))
    return np.array(nll)


def test_a_grid_is_scipys_quadrature(images, exact):
    np.testing.assert_allclose(module("estimates").grid_nll(Toy(), images, 150, reach=7.0), exact, atol=1e-5)


def test_importance_sampling_is_scipys_quadrature(images, exact):
    nll = module("estimates").importance_nll(Toy(), images, None, 40_000)
    np.testing.assert_allclose(nll, exact, atol=0.02)


def test_the_bound_is_scipys(images, exact):
    toy, estimates = Toy(), module("estimates")
    ours = estimates.neg_elbo(toy, images, None, 40_000)
    for x, mean, bound in zip(images.flatten(1).numpy(), toy.encode(images).mean.numpy(), ours, strict=True):

        def integrand(v, u, x=x, mean=mean):
            z = np.array([u, v])
            q = math.exp(-0.5 * float((z - mean) @ (z - mean)) / 0.64) / (2.0 * math.pi * 0.64)
            return q * (math.log(q) - math.log(toy.joint(x, z)))

        theirs, _ = integrate.dblquad(integrand, mean[0] - 5, mean[0] + 5, mean[1] - 5, mean[1] + 5, epsabs=1e-6)
        assert float(bound) == pytest.approx(theirs, abs=0.02)
    assert (ours.numpy() > exact - 0.02).all()


def test_all_agree_where_the_latents_say_nothing(images):
    estimates, p = module("estimates"), torch.sigmoid(Toy.offsets)
    flat = images.flatten(1)
    nll = -(flat * p.log() + (1 - flat) * (1 - p).log()).sum(1)
    np.testing.assert_allclose(estimates.neg_elbo(Blind(), images, None, 1), nll, rtol=1e-12)
    np.testing.assert_allclose(estimates.importance_nll(Blind(), images, None, 10), nll, rtol=1e-12)
    np.testing.assert_allclose(estimates.grid_nll(Blind(), images, 200, reach=7.0), nll, atol=1e-9)


def test_estimates_tell_how_far_they_are(images):
    said = []
    module("estimates").importance_nll(Toy(), images, None, 10_000, check=said.append)
    assert said == [f"{done} of 3 images weighed by 10,000 samples each" for done in range(3)]


def test_a_models_own_objective_agrees_with_the_bound():
    model = create("vae", build(model_info("vae").config, {"hidden": 32}), ImageShape(1, 8, 8)).eval()
    x = torch.rand(50, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    ours = module("estimates").neg_elbo(model, x, None, 200).mean()
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        theirs = np.mean([model.objective(x, None, generator).total.item() for _ in range(200)])
    assert float(ours) == pytest.approx(theirs, rel=1e-3)


def test_frechet_distance_is_that_of_scipys_matrix_root():
    generator = np.random.default_rng(0)
    first = generator.normal(size=(400, 5)) @ generator.normal(size=(5, 5)) + 1.0
    second = generator.normal(size=(300, 5)) @ generator.normal(size=(5, 5))
    covariances = [np.cov(features, rowvar=False) for features in (first, second)]
    root = linalg.sqrtm(covariances[0] @ covariances[1]).real
    theirs = ((first.mean(0) - second.mean(0)) ** 2).sum() + np.trace(covariances[0] + covariances[1] - 2 * root)
    distance = module("judge").frechet_distance
    assert distance(first, second) == pytest.approx(theirs, rel=1e-6)
    assert distance(first, first) == pytest.approx(0.0, abs=1e-6)


def test_the_class_that_is_furthest_off_counts():
    worst_share = module("judge").worst_share
    real = np.repeat([0, 1, 2], 100)
    assert worst_share(real, real) == pytest.approx(1.0)
    assert worst_share(np.repeat([0, 1, 2], [50, 100, 150]), real) == pytest.approx(2.0)
    assert math.isinf(worst_share(np.repeat([0, 1], 100), real))


def test_copies_are_scikit_learns_near_neighbours():
    generator = torch.Generator().manual_seed(0)
    originals = torch.rand(300, 1, 4, 4, generator=generator)
    images = originals[:100] + 0.2 * torch.rand(100, 1, 1, 1, generator=generator)
    distances, _ = NearestNeighbors(n_neighbors=1).fit(originals.flatten(1)).kneighbors(images.flatten(1))
    expected = float((distances**2 / 16 <= 0.01).mean())
    assert 0.2 < expected < 0.8
    assert module("judge").share_of_copies(images, originals, 0.01) == pytest.approx(expected)


def test_a_prior_that_peeks_is_found_out():
    codes = module("codes")
    maps = torch.randint(256, (3, 7, 7), generator=torch.Generator().manual_seed(0))
    honest = CodePrior(CodeLayout(7, 7, 256), 8)
    for parameter in honest.head.parameters():  # they begin as zeros, which see nothing at all
        torch.nn.init.normal_(parameter, generator=torch.Generator().manual_seed(1))
    assert codes.sees_ahead(honest, maps) == 0

    def peeking(codes):
        """Each place knows its own code, and nothing else."""
        return torch.nn.functional.one_hot(codes, 256).permute(0, 3, 1, 2).float()

    assert codes.sees_ahead(peeking, maps) == 1


def test_a_priors_nll_is_that_of_its_logits():
    codes = module("codes")
    maps = torch.randint(256, (6, 7, 7), generator=torch.Generator().manual_seed(0))
    logits = torch.randn(256, 7, 7, generator=torch.Generator().manual_seed(1))
    chances = torch.distributions.Categorical(logits=logits.permute(1, 2, 0))
    expected = -chances.log_prob(maps).sum((1, 2)).mean()
    assert codes.prior_nll(lambda batch: logits.expand(len(batch), -1, -1, -1), maps) == pytest.approx(float(expected))


def test_codes_that_all_come_alike_have_the_entropy_of_dice():
    codes = module("codes")
    assert codes.unigram_entropy(torch.arange(6).repeat(4).view(4, 2, 3)) == pytest.approx(6 * math.log(6))
    assert codes.unigram_entropy(torch.zeros(4, 2, 3, dtype=torch.long)) == 0


def test_a_prior_of_places_knows_each_places_frequencies():
    """Beside every chance written out, of codes that differ from place to place, and one that was never seen."""
    generator = np.random.default_rng(0)
    train = np.stack([generator.choice(4, 40, p=np.roll([0.7, 0.2, 0.1, 0.0], place)) for place in range(6)], 1)
    test = np.stack([generator.choice(4, 25, p=np.roll([0.6, 0.2, 0.1, 0.1], place)) for place in range(6)], 1)
    expected = 0.0
    for row in test:
        for place, code in enumerate(row):
            expected -= math.log((sum(train[:, place] == code) + 1) / (40 + 4)) / 25
    maps = [torch.from_numpy(each).view(-1, 2, 3) for each in (train, test)]
    codes = module("codes")
    assert codes.places_nll(*maps, 4) == pytest.approx(expected)
    assert codes.places_nll(maps[0], maps[0], 4) < codes.unigram_entropy(maps[0]) - 1.0  # places say much here
    same = torch.randint(4, (4000, 2, 3), generator=torch.Generator().manual_seed(0))
    assert codes.places_nll(same, same, 4) == pytest.approx(codes.unigram_entropy(same), rel=0.01)  # here nothing


class Apart(Blind):
    """Eight images, each with a posterior of its own: ``scale`` wide, about a place on a line of step 1."""

    def __init__(self, scale):
        self.scale = scale

    def encode(self, x, label=None):
        place = x.flatten(1).sum(1, keepdim=True)
        return Encoding(mean=torch.cat([place, 0 * place], 1), scale=torch.full((len(x), 2), self.scale).double())


@pytest.fixture
def eight():
    """Images of 1 to 8 in all, over and over."""
    return (torch.arange(8000) % 8 + 1).double().view(-1, 1, 1, 1).expand(-1, 1, 2, 2) / 4


def test_what_tells_no_images_apart_says_nothing_of_them(eight):
    estimates = module("estimates")
    assert estimates.mutual_information(Blind(), eight[:100]) == pytest.approx(0, abs=1e-12)
    # Posteriors that are all the same, and far from the prior: a KL of 32 nats that say nothing.
    same = eight[7:8].expand(100, -1, -1, -1)
    assert float(estimates.posterior_kl(Apart(1.0), same).mean()) == pytest.approx(32)
    assert estimates.mutual_information(Apart(1.0), same) == pytest.approx(0, abs=1e-12)


def test_what_tells_images_apart_says_which_it_is(eight):
    estimates = module("estimates")
    assert estimates.mutual_information(Apart(1e-3), eight[:8]) == pytest.approx(math.log(8))
    # Half overlapping: the entropy of the mixture, integrated, less that of its parts.
    scale = 0.5

    def surprise(z):
        density = stats.norm.pdf(z, np.arange(1, 9), scale).mean()
        return -density * math.log(density)

    entropy = integrate.quad(surprise, -4, 13, limit=200)[0]
    expected = entropy - 0.5 * math.log(2 * math.pi * math.e * scale**2)
    # Eight thousand images say which of eight they are, and nothing of which of the thousand that are alike.
    assert estimates.mutual_information(Apart(scale), eight) == pytest.approx(expected, abs=0.02)
    variance = scale**2
    kl = [(k**2 + 2 * (variance - 1 - math.log(variance))) / 2 for k in range(1, 9)]
    assert estimates.posterior_kl(Apart(scale), eight[:8]).tolist() == pytest.approx(kl)


def test_binarisation_keeps_the_mean_and_repeats():
    binarised = module("sets").binarised
    x = torch.full((200, 1, 10, 10), 0.3)
    drawn = binarised(x, seed=4)
    assert set(drawn.unique().tolist()) == {0.0, 1.0}
    assert float(drawn.mean()) == pytest.approx(0.3, abs=0.02)
    assert torch.equal(drawn, binarised(x, seed=4))
    assert not torch.equal(drawn, binarised(x, seed=5))


def test_probabilistic_pca_is_scikit_learns_score():
    linear = module("linear")
    x = np.random.default_rng(0).normal(size=(500, 12)) @ np.random.default_rng(1).normal(size=(12, 12))
    ours = linear.ppca_log_likelihood(x, 4)
    theirs = PCA(4).fit(x).score(x)
    assert theirs < ours < theirs + 12 / 4 / 500**2 * 2


def test_independent_pixels_and_entropy_bracket_each_other():
    """The NLL of pixels under their own means is never below their entropy (Jensen)."""
    floors = module("floors")
    assert 0 < floors.pixel_entropy("digits") < floors.independent_pixels_nll("digits") < 64 * math.log(2.0)
