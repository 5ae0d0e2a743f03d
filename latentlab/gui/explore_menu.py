"""The Explore menu: an entry and, mostly, a key for all that the hand does in the views."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from latentlab.gui.selection_menu import SelectionMenu
from latentlab.gui.undo_actions import UndoActions
from latentlab.gui.widgets.menu import Keys, Menu

if TYPE_CHECKING:
    from latentlab.gui.main_window import MainWindow


class ExploreMenu(Menu):
    """Everything that changes what is seen of a latent space, and nothing that is learned.

    Attributes:
        undo_actions, selection: its entries about what was done, and the menu of what selects.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__("&Explore", window)
        self._window = window
        self.undo_actions = UndoActions(window.session, self)
        self.addSeparator()
        self.add("&Fit latent space", "Ctrl+0", window.scatter.view.fit)
        self.add("Fit &manifold", "Ctrl+Shift+0", window.manifold.view.fit)
        self.add("Move the &probe to the middle", "Ctrl+M", window.scatter.centre_probe)
        self.add("Probe where the selec&ted image is", "M", lambda: window.made_selection().probe.put())
        self.add("Reset the &latents", "Ctrl+L", self._late(lambda: window.latents.reset_all()))
        self.addSeparator()
        self.selection = SelectionMenu(window.session, window.made_selection, window)
        self.addMenu(self.selection)
        self.add("&Drop a pin at the probe", "P", window.session.drop_pin)
        self.add("Remove the p&ins", None, window.session.clear_pins)
        self.add("Pl&ay the path", "Shift+P", self._late(lambda: window.path.walk.button.click()))
        self.addSeparator()
        self.addMenu(window.scatter.colours.menu(self))
        self.addActions([window.scatter.thumbnails.action, window.scatter.prior.action, window.manifold.stretch.action])
        self.add("Ro&ll ε", "Ctrl+E", self._late(lambda: window.posterior.roll()))
        self.addSeparator()
        self.add("Other &reconstructions", "Ctrl+R", window.reconstructions.shuffle)
        self.add("New sa&mples", "Ctrl+G", self._late(lambda: window.samples.draw_anew()))
        self._add_of("comparison", "M&orph the comparison", "Ctrl+Shift+P", lambda: window.comparison.toggle_morph())
        self.addSeparator()
        self._add_of("draw", "Dra&w an image", "Ctrl+Shift+I", lambda: window.draw.canvas.setFocus())
        self._add_of("draw", "Open an ima&ge…", "Ctrl+I", lambda: window.draw.choose_file())
        self.add("Probe w&here the drawing is", "Ctrl+Shift+M", self._late(lambda: window.draw.put_probe()))

    def _add_of(self, panel: str, text: str, keys: Keys, act: Callable[[], object]) -> None:
        """An entry that brings a panel to the front before it acts."""

        def do() -> None:
            self._window.bring_up(panel)
            act()

        self.add(text, keys, do)

    def _late(self, act: Callable[[], object]) -> Callable[[], None]:
        """An act of a panel that may not be there yet."""

        def do() -> None:
            self._window.make_the_rest()
            act()

        return do
