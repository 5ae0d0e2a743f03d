"""The road from PCA to the VQ-VAE: an experiment for each idea on it, and what to try with what was trained."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from latentlab.core.data import DataConfig
from latentlab.core.models import model_info
from latentlab.core.options import build
from latentlab.core.run import RunSettings
from latentlab.core.training_config import training_defaults


@dataclass(frozen=True)
class Station:
    """One idea, as an experiment.

    Attributes:
        title: what it is called in a list.
        idea: what is new here since the station before, with its source.
        tries: what to do once it is trained, each a sentence.
        panels: names of the panels that show it; each is brought to the front, the last one last.
        model: the name of a model in the registry.
        options: its settings, where they are not the defaults.
        epochs: for how long to train.
    """

    title: str
    idea: str
    tries: tuple[str, ...]
    panels: tuple[str, ...]
    model: str
    options: dict[str, Any] = field(default_factory=dict)
    epochs: int = 10

    def settings(self, data: DataConfig) -> RunSettings:
        """What to train on ``data``."""
        training = replace(training_defaults(self.model), epochs=self.epochs)
        return RunSettings(data, self.model, build(model_info(self.model).config, self.options), training)


ROAD = (
    Station(
        "Linear AE: PCA, learned",
        "An encoder and a decoder without a bend, and two numbers between them. The best such pair spans the plane of "
        "PCA: no other plane loses less of the images (Baldi & Hornik 1989).",
        (
            "Train. In Comparison, the angles to PCA's plane fall towards 0°.",
            "Drag the ring in Latent space: every image is the mean one, and more or less of two patterns.",
        ),
        ("probe", "curves", "comparison"),
        "linear_ae",
        epochs=5,
    ),
    Station(
        "AE: the plane may bend",
        "Let both halves bend, and two numbers say far more about an image (Hinton & Salakhutdinov 2006). But nothing "
        "says where the codes ought to lie: they spread at will, in every training otherwise.",
        (
            "Train, and see in Comparison how much more of the images PCA's two numbers lose.",
            "Zoom out of the Manifold: away from the codes, images fall apart.",
            "Samples: draws from N(0, I) miss whole classes, for nothing told the codes to lie there.",
        ),
        ("probe", "comparison", "samples"),
        "ae",
    ),
    Station(
        "DAE: undo the damage",
        "Spoil the input and ask for the clean image. Copying pixels no longer helps: the network must know what "
        "images look like (Vincent et al. 2008).",
        (
            "Reconstructions: choose how the images are spoilt, and how much.",
            "Tick PCA there: its row shows how far the best linear code restores the same images.",
        ),
        ("curves", "reconstructions"),
        "dae",
        {"latent_dim": 10},
    ),
    Station(
        "Linear VAE: a bound one can check",
        "Each code becomes a cloud, q(z|x), and training raises a bound on log p(x), the ELBO. Here all is linear, and "
        "its best value is known: the likelihood of probabilistic PCA (Tipping & Bishop 1999, Lucas et al. 2019).",
        (
            "Train. The KL in Curves is what the clouds cost, in nats per image.",
            "Click a point: Posterior draws its cloud. In a linear VAE, all have the same size.",
        ),
        ("curves", "reconstructions", "posterior"),
        "linear_vae",
        epochs=5,
    ),
    Station(
        "VAE: clouds that fill the plane",
        "The network now gives each image its own cloud N(μ, σ²), drawn as z = μ + σ·ε so that gradients pass; the KL "
        "pulls each towards N(0, I), and all of them come to fill it (Kingma & Welling 2014).",
        (
            "Click a point to see its cloud, then Ctrl+E: another point of it is decoded.",
            "Ctrl+P draws the prior over the data: few holes are left.",
            "Samples: draws from N(0, I) are of every class now. Drag the ring from one to the next.",
        ),
        ("curves", "samples", "posterior"),
        "vae",
    ),
    Station(
        "IWAE: a tighter bound",
        "Several draws, weighted by how well each explains the image, bring the bound closer to log p(x), and the more "
        "draws the closer (Burda et al. 2016). A step costs as many times more.",
        (
            "Train, then Evaluate in Diagnostics: between −ELBO and the NLL by many draws lies the gap.",
            "In Runs, tick this one and the VAE, and compare their curves.",
        ),
        ("runs", "diagnostics"),
        "vae",
        {"bound": "iwae", "samples": 5},
    ),
    Station(
        "β-VAE: what the KL buys",
        "A weight β on the KL trades sharp images for a simpler code: above 1, latents fall silent one after the "
        "other, and those that stay tend to mean one thing each (Higgins et al. 2017).",
        (
            "Train. Latents: those that say most come first; drag a slider and see what it means.",
            "Sweep β over 0.5, 1, 4, 16. In Curves, a switch sets rate against distortion.",
        ),
        ("reconstructions", "curves", "latents"),
        "beta_vae",
        {"latent_dim": 10, "beta": 4.0},
    ),
    Station(
        "Collapse: when β asks too much",
        "Where the KL costs more than the code saves, the encoder gives every image the prior's cloud. The bound is "
        "happy, and the latents say nothing: posterior collapse (Lucas et al. 2019).",
        (
            "Train. The KL falls to 0, and Diagnostics calls it by its name.",
            "Drag the ring: the image stays the same, a mean of all. Lower β until it wakes.",
        ),
        ("probe", "curves", "diagnostics"),
        "beta_vae",
        {"beta": 100.0},
        epochs=3,
    ),
    Station(
        "CVAE: tell it the class",
        "Give both halves the class, and the code need not hold it. What is left in the plane is style: slant, width, "
        "weight of the line (Sohn, Lee & Yan 2015).",
        (
            "Latent space: the classes lie over one another now.",
            "Choose another class in the Manifold: the same styles, another digit.",
            "Draw a digit: it is shown under every class, the best marked.",
        ),
        ("probe", "draw"),
        "cvae",
    ),
    Station(
        "VQ-VAE: codes from a book",
        "No cloud: each of 7×7 places takes the nearest vector of a codebook, and the prior over these codes is "
        "learned afterwards (van den Oord et al. 2017).",
        (
            "Codebook: what each code draws. Change a cell of the map and see the image follow.",
            "Samples: codes at random are noise. Press Train prior there, and draw again.",
        ),
        ("samples", "curves", "codebook"),
        "vqvae",
    ),
)
