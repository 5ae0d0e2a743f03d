"""LatentLab: train latent-variable models and explore their latent spaces by hand."""

__version__ = "0.1.0"
