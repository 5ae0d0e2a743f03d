"""An attribute: two groups of images, and the vector that leads from the mean latent of one to that of the other."""

from __future__ import annotations

from dataclasses import dataclass, replace

from latentlab.core.selection import NOTHING, Selection

STRONGEST = 2.0
"""An attribute vector is added no more than so many times."""


@dataclass(frozen=True)
class Attribute:
    """What one group of the shown images has and another has not.

    The difference of their mean latents as a direction that means something: A. B. L. Larsen et al., "Autoencoding
    beyond pixels using a learned similarity metric", 2016, section 4.3.

    Attributes:
        name: what the user calls it; may be empty.
        having, lacking: the groups A and B.
        strength: how many times the vector is added, `STRONGEST` times at most, either way.
    """

    name: str = ""
    having: Selection = NOTHING
    lacking: Selection = NOTHING
    strength: float = 1.0

    @property
    def complete(self) -> bool:
        """Both groups hold something."""
        return len(self.having) > 0 and len(self.lacking) > 0

    def within(self, count: int) -> Attribute:
        """The attribute of those that are among the first ``count`` images."""
        return replace(self, having=self.having.within(count), lacking=self.lacking.within(count))


NO_ATTRIBUTE = Attribute()
