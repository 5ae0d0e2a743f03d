"""The points of the scatter: selected, coloured, with images."""

from __future__ import annotations

from scenes.scene import WIDE, Scene
from scenes.stage import Stage


def selection(stage: Stage) -> None:
    """Points selected with a lasso, one of them closely with its neighbours, and a second lasso that is to add more."""
    import numpy as np
    from PySide6.QtCore import QPointF, Qt

    from latentlab.gui.tools import LASSO

    stage.train("vae", 2)
    stage.rest()
    session, scatter = stage.window.session, stage.window.scatter
    assert session.placed is not None and session.images is not None and session.images.split.labels is not None
    session.choose_tool(LASSO)
    for label, keys in ((0, Qt.KeyboardModifier.NoModifier), (1, Qt.KeyboardModifier.ShiftModifier)):
        of_class = session.placed.positions[session.images.split.labels == label]
        centre = scatter.view.frame.to_pixels(*map(float, np.median(of_class, axis=0)))
        scatter.drawing.begin(centre + QPointF(64, 0), keys)
        for turn in np.linspace(0, 5.8, 120):
            reach = 64 + 8 * np.sin(3 * turn)
            scatter.drawing.move(centre + QPointF(reach * np.cos(turn), reach * np.sin(turn)))
        if label == 0:
            scatter.drawing.finish()
            chosen = session.exploration.selection.points
            session.select_points(chosen, focus=int(chosen[3]))
    stage.show("selection")
    stage.run(1.0)


def colours(stage: Stage) -> None:
    """Points coloured by their reconstruction error, images at them, and the card of one."""
    from PySide6.QtCore import QPoint
    from PySide6.QtTest import QTest

    from latentlab.core.quantity import Quantity

    stage.train("vae", 5)
    stage.rest()
    scatter = stage.window.scatter
    stage.window.session.colour_by(Quantity.ERROR)
    scatter.thumbnails.action.setChecked(True)
    scatter.view.zoom(1.6)
    stage.run(3.0)
    point = scatter.points.pick(-1.0, -1.0, 60.0)
    assert point is not None
    pixel = scatter.view.frame.to_pixels(*map(float, scatter.points.points[point]))
    QTest.mouseMove(scatter.view.viewport(), QPoint(2, 2))
    stage.run(0.3)
    QTest.mouseMove(scatter.view.viewport(), pixel.toPoint())
    stage.run(1.5)


SCENES = {
    "selection": Scene(selection, WIDE),
    "points-by-error": Scene(colours, WIDE),
}
