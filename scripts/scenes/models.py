"""What sets one model apart from the others."""

from __future__ import annotations

from scenes.scene import SMALL, WIDE, Scene
from scenes.stage import Stage


def voronoi(stage: Stage) -> None:
    """A VQ-VAE with one 2-D code an image: the plane shows the codebook."""
    stage.train("vqvae", 3, grid=1, latent_dim=2, codes=64, body="mlp")
    stage.rest()


def codebook(stage: Stage) -> None:
    """A VQ-VAE's codes, and those of an image."""
    stage.train("vqvae", 2)
    stage.rest()
    stage.window.session.select(12)
    stage.show("codebook")


def code_prior(stage: Stage) -> None:
    """What a prior learned over a VQ-VAE's codes draws, beside codes that nobody chose."""
    from latentlab.gui import prior_control

    stage.train("vqvae", 2)
    stage.rest()
    stage.show("samples")
    bar = stage.window.samples.bar_of_prior
    bar.fields["epochs"].set_value(2)
    bar.train.click()
    stage.wait(lambda: stage.window.prior.state == prior_control.LEARNED, 1800.0)
    stage.run(5.0)


def denoising(stage: Stage) -> None:
    """Images with a quarter of their pixels masked, restored by a denoising autoencoder, and by PCA."""
    stage.train("dae", 3)
    stage.rest()
    stage.window.reconstructions.corruption.pca.click()
    stage.show("reconstructions")


def conditional(stage: Stage) -> None:
    """A conditional VAE: the manifold of one class, the probe as every class, samples of all."""
    stage.train("cvae", 3)
    stage.rest()
    stage.window.session.choose_class(4)
    stage.show("samples")


def prior_and_stretch(stage: Stage) -> None:
    """A VAE's posterior, prior, holes and stretch, and ε rolled a few times."""
    stage.train("vae", 5)
    stage.rest()
    window = stage.window
    window.session.select(12)
    window.scatter.prior.action.trigger()
    window.manifold.stretch.action.trigger()
    window.dock("posterior").raise_()
    for _ in range(7):
        window.posterior.roll()
        stage.run(0.3)
    stage.wait(lambda: window.scatter.prior.map is not None and not window.manifold.stretch.awaits)
    stage.run(1.0)


def diagnostics(stage: Stage) -> None:
    """A VAE with more latents than it needs: its figures, and the latents that it has switched off."""
    stage.train("vae", 5, latent_dim=20)
    stage.rest()
    stage.show("diagnostics")
    stage.window.diagnostics.button.click()
    stage.wait(lambda: not stage.window.evaluating.busy)
    stage.run(1.0)


SCENES = {
    "vqvae-voronoi": Scene(voronoi, SMALL),
    "vqvae-codebook": Scene(codebook, WIDE),
    "vqvae-samples": Scene(code_prior, WIDE),
    "denoising": Scene(denoising, WIDE),
    "cvae-samples": Scene(conditional, WIDE),
    "vae-prior-and-stretch": Scene(prior_and_stretch, WIDE),
    "diagnostics": Scene(diagnostics, WIDE),
}
