"""What was changed in the form beside a run, kept while another run is looked at."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from latentlab.core.run import RunSettings
from latentlab.gui.open_run import OpenRun


class FormDrafts:
    """Settings that nobody trained or lined up yet, one for each run beside which the form has them."""

    def __init__(self) -> None:
        self._run: OpenRun | None = None
        self._used: RunSettings | None = None
        self._drafts: WeakKeyDictionary[OpenRun, RunSettings] = WeakKeyDictionary()

    def use(self, settings: RunSettings) -> None:
        """``settings`` are trained or wait for it: they are no draft any more."""
        self._used = settings

    def change(self, run: OpenRun | None, asked: RunSettings) -> OpenRun | None:
        """Another run is looked at, while the form still has what it had beside the one before.

        Args:
            asked: what that is.

        Returns:
            The run before, where its draft is kept from now on; None where there is nothing to keep.
        """
        before, self._run = self._run, run
        if before is None or before is run or before.closed or asked in (before.settings, self._used):
            return None
        if run is not None and asked == run.settings:
            return None
        self._drafts[before] = asked
        return before

    def take(self, run: OpenRun | None) -> RunSettings | None:
        """The draft beside ``run``, which is in the form from now on; None where there is none."""
        return None if run is None else self._drafts.pop(run, None)
