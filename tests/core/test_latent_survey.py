"""What each latent says of the data, against NumPy and scipy on the model's own encodings."""

import numpy as np
import pytest
import torch
from scipy import integrate, stats

from latentlab.core.latent_survey import SurveyLatents, surveyed
from latentlab.core.point_cloud import PointCloud
from latentlab.core.projections import PCA
from latentlab.core.serving import LatentServer
from tests.core.sets import digits
from tests.core.test_requests import server_of


def survey_of(server, count=300):
    server.cloud = PointCloud(digits().train.images[:count], digits().train.labels[:count])
    *parts, survey = SurveyLatents().answers(server)
    assert len(parts) > 1 and not any(parts)
    return survey


def test_latents_of_a_posterior_are_ordered_by_kl():
    server = server_of("vae", latent_dim=5, hidden=16)
    survey = survey_of(server)
    with torch.no_grad():
        encoding = server.source.encode(torch.tensor(digits().train.images[:300] / 16, dtype=torch.float32))
    mean, scale = encoding.mean.numpy(), encoding.scale.numpy()
    kl = (0.5 * (mean**2 + scale**2 - 1) - np.log(scale)).mean(0)
    np.testing.assert_allclose(survey.kl, kl, rtol=1e-4, atol=1e-6)
    assert survey.order.tolist() == np.argsort(kl)[::-1].tolist()
    q = stats.norm(mean[0, 2], scale[0, 2])
    one, _ = integrate.quad(lambda z: q.pdf(z) * (q.logpdf(z) - stats.norm.logpdf(z)), -12, 12)
    assert one == pytest.approx(0.5 * (mean[0, 2] ** 2 + scale[0, 2] ** 2 - 1) - np.log(scale[0, 2]), rel=1e-4)
    assert survey.figure(3) == f"{kl[3]:.2f} nats"


def test_latents_without_a_posterior_are_ordered_by_variance():
    server = server_of("ae", latent_dim=6)
    survey = survey_of(server)
    latents = server.encode(digits().train.images[:300])
    assert survey.kl is None
    np.testing.assert_allclose(survey.variance, latents.var(0), rtol=1e-4)
    assert survey.order.tolist() == np.argsort(latents.var(0))[::-1].tolist()
    np.testing.assert_allclose(survey.low, np.quantile(latents, 0.01, axis=0), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(survey.high, np.quantile(latents, 0.99, axis=0), rtol=1e-4, atol=1e-5)


def test_components_come_in_their_own_order():
    survey = survey_of(LatentServer(PCA.fit(digits().train.images, 16, 8), 16), count=1500)
    assert survey.order.tolist() == list(range(8))


def test_conditional_models_are_told_the_labels():
    assert np.isfinite(survey_of(server_of("cvae", latent_dim=3)).kl).all()


def test_a_latent_that_says_nothing_still_has_a_range():
    survey = surveyed(np.array([[1.0, 0.0], [1.0, 5.0]], np.float32), None)
    assert survey.low[0] < 1.0 < survey.high[0]


def test_without_points_there_is_nothing_to_measure():
    assert list(SurveyLatents().answers(server_of())) == []
