"""Two runs beside each other, in a line of words."""

from __future__ import annotations

from latentlab.core.run import RunSettings
from latentlab.core.run_figures import RunFigure
from latentlab.core.setting_words import differences


def difference_words(
    left: RunSettings, right: RunSettings, left_figure: RunFigure | None, right_figure: RunFigure | None
) -> str:
    """What was chosen otherwise, and what became of it: ``β 0.5 → 4 · −ELBO 156.04 → 167.54 (+11.50)``.

    Figures of different kinds, as of two models, are not set beside each other.
    """
    found = [f"{each.label} {each.left or '–'} → {each.right or '–'}" for each in differences(left, right)]
    parts = found or ["Same settings"]
    one, other = left_figure, right_figure
    if one is None or other is None or one.kind != other.kind:
        return " · ".join(parts)
    change = f"{other.value - one.value:+.2f}".replace("-", "−")
    parts.append(f"{one.label} {one.value:.2f} → {other.value:.2f} ({change})")
    return " · ".join(parts)
