"""What the hand does in a latent space."""

from __future__ import annotations

from scenes.scene import SMALL, Scene
from scenes.stage import Stage


def latents(stage: Stage) -> None:
    """Ten latents: the probe swept along each, two of them moved off the principal plane."""
    stage.train("vae", 5, latent_dim=10)
    stage.rest()
    stage.show("latents")
    rows = stage.window.latents.rows
    for row, share in zip(rows.in_view(), (0.8, 0.3), strict=False):
        rows.value_changed.emit(row.latent, row.at(share))
    stage.run(1.0)


def draw(stage: Stage) -> None:
    """A digit drawn by hand, and where a VAE puts it."""
    from benchmarks.hand import beside
    from benchmarks.mouse import Mouse

    stage.train("vae", 4)
    stage.rest()
    stage.show("draw")
    stage.window.session.move_probe((1.5, -1.5))
    canvas = stage.window.draw.canvas
    sheet, mouse = canvas.sheet_rect(), Mouse(canvas)
    seven = (0.28, 0.22), (0.72, 0.22), (0.45, 0.82)
    path = [(sheet.x() + sheet.width() * across, sheet.y() + sheet.height() * down) for across, down in seven]
    beside(stage, lambda: mouse.drag(path, 60, lambda: None))
    stage.run(1.0)


def paths(stage: Stage) -> None:
    """Three pins among the digits, and three ways between them."""
    from latentlab.core.pins import PathKind

    pin_digits(stage, (0, 1, 7))
    window = stage.window
    stage.show("path")
    stage.wait(lambda: len(window.tracing.paths) == len(PathKind))
    window.session.choose_path(PathKind.DATA)
    window.tracing.go_to(0.3)
    stage.run(1.0)


def attribute(stage: Stage) -> None:
    """What sets the sevens apart from the ones, added to a pin."""
    pin_digits(stage, (9,))
    panel = stage.window.attribute
    stage.show("attribute")
    for chooser, label in ((panel.having, 7), (panel.lacking, 1)):
        chooser.class_taken.emit(label)
    stage.wait(lambda: panel.strip.count() > 0)
    stage.run(1.0)


def pin_digits(stage: Stage, digits: tuple[int, ...]) -> None:
    """Trains a VAE and drops a pin in the middle of each of these classes."""
    import numpy as np

    stage.train("vae", 5)
    stage.rest()
    session = stage.window.session
    assert session.placed is not None and session.images is not None and session.images.split.labels is not None
    for digit in digits:
        x, y = np.median(session.placed.positions[session.images.split.labels == digit], axis=0)
        session.move_probe((float(x), float(y)))
        session.drop_pin()


SCENES = {
    "latents": Scene(latents, (1200, 720)),
    "draw": Scene(draw, SMALL),
    "paths": Scene(paths, SMALL),
    "attribute": Scene(attribute, SMALL),
}
