"""What every test stands on: a home of its own, and the duty to leave nothing running.

Imports neither torch nor Qt by itself: the core's tests run where there is no Qt.
"""

from __future__ import annotations

import contextlib
import gc
import sys
import threading
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from PySide6.QtCore import QObject
    from xdist.scheduler import LoadFileScheduling

with contextlib.suppress(ImportError):  # a GPU server may have no more than the core's tests need
    from hypothesis import HealthCheck, settings

    # How fast the machine is, is nobody's mistake.
    settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("patient")

_PATIENCE_SECONDS = 5.0

# Made once by a library for the whole process, waiting idly: they hold nothing of a test.
_LIBRARY_THREADS = ("TMonitor",)  # tqdm's, which wakes progress bars that have not moved for long


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs, settings and downloads go to a folder of the test's own."""
    monkeypatch.setenv("LATENTLAB_HOME", str(tmp_path / "home"))


@pytest.fixture(autouse=True)
def _leaves_nothing_running(request: pytest.FixtureRequest, _own_home: None) -> Iterator[None]:
    """Fails a test that leaves a thread or an active timer behind, once its windows are closed."""
    uses_qt = "qapp" in request.fixturenames
    threads = _threads()
    timers = _active_timers() if uses_qt else {}
    yield
    if uses_qt:
        _delete_closed_windows()
    deadline = time.monotonic() + _PATIENCE_SECONDS
    for thread in _threads() - threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    left = [f"the thread {thread.name}" for thread in _threads() - threads]
    if uses_qt:
        left += [f"a timer of {owner}" for key, owner in _active_timers().items() if key not in timers]
    if left:
        pytest.fail(f"The test left behind {', '.join(left)}.", pytrace=False)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Takes all that the tests have imported out of the garbage collector's sight, which `_active_timers` looks at."""
    _freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadFileScheduling:
    """Processes share the tests file by file; but there is one screen, with one pointer and one window in front."""
    from xdist.scheduler import LoadFileScheduling

    class OneScreen(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return "the screen's" if _shows_windows(file) else file

    return OneScreen(config, log)


def _shows_windows(file: str) -> bool:
    if file.startswith("tests/end_to_end/"):
        return not file.endswith(("_command.py", "test_cli.py", "test_headless.py"))
    return file.startswith("tests/gui/")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(
    item: pytest.Item, nextitem: pytest.Item | None
) -> Generator[None, object | None, object | None]:
    """Does the same with what libraries made for good while the tests of a file ran."""
    ran = yield
    if nextitem is not None and nextitem.path != item.path:
        if _has_application():
            _delete_closed_windows()
        _freeze()
    return ran


@pytest.fixture(scope="session")
def qapp_args() -> list[str]:
    """The program's own name, as Qt tells it to the window manager."""
    return ["latentlab"]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skips what needs an NVIDIA GPU where there is none."""
    if item.get_closest_marker("cuda"):
        import torch

        if not torch.cuda.is_available():
            pytest.skip("needs an NVIDIA GPU")


def _freeze() -> None:
    """Leaves what exists out of the garbage collector's rounds, and out of what it lists."""
    gc.collect()
    gc.freeze()


def _threads() -> set[threading.Thread]:
    """The running threads that somebody here started; Python's stand-ins for C++ threads never end, and those of the
    program's pool stay for the next piece of work.
    """
    return {
        thread
        for thread in threading.enumerate()
        if not isinstance(thread, threading._DummyThread)
        and type(thread).__name__ not in _LIBRARY_THREADS
        and not thread.name.startswith("beside")
    }


def _active_timers() -> dict[int, str]:
    """The running QTimers that Python knows: identity -> a name for the message."""
    import shiboken6
    from PySide6.QtCore import QTimer

    # The garbage collector knows all of them, parents or none. type() because proxies lie about their class.
    timers = [thing for thing in gc.get_objects() if issubclass(type(thing), QTimer) and shiboken6.isValid(thing)]
    active = [timer for timer in timers if timer.isActive() and not _is_shared(timer)]
    # One that only waits for the event loop's next turn, as an item of a shared window's plane may, is not left behind.
    lasting = [timer for timer in active if timer.interval() > 0 or not timer.isSingleShot()]
    return {id(timer): repr(timer.parent() or timer) for timer in lasting}


def _is_shared(timer: QObject) -> bool:
    """Whether it belongs to a window that outlives the test (`tests.gui.window.opened_for_all`)."""
    from PySide6.QtWidgets import QGraphicsObject

    owner = timer
    while owner.parent() is not None or (isinstance(owner, QGraphicsObject) and owner.scene() is not None):
        owner = owner.parent() or owner.scene()
    return bool(owner.property("shared by tests"))


def _has_application() -> bool:
    """Whether a test of Qt has begun."""
    core = sys.modules.get("PySide6.QtCore")
    return core is not None and core.QCoreApplication.instance() is not None


def _delete_closed_windows() -> None:
    """Does what the event loop would do next with the windows that pytest-qt closed: deletes them."""
    from PySide6.QtCore import QCoreApplication, QEvent

    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QCoreApplication.processEvents()
