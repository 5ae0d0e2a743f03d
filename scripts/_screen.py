"""A virtual screen with a window manager, for tests and pictures on machines without a display."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import time
from collections.abc import Iterator

from _system import (
    QT_LIBRARIES,
    XCB_LIBRARIES,
    SetupError,
    apt_install,
    apt_line,
    is_linux,
    may_apt,
    missing_libraries,
    missing_programs,
)

# Program -> Debian package. xdotool is the tests' own hand: the screen stands without it.
_PROGRAMS = {"Xvfb": "xvfb", "openbox": "openbox", "xdotool": "xdotool"}
_NEEDED = _PROGRAMS | QT_LIBRARIES | XCB_LIBRARIES
_START_SECONDS = 20.0


def can_show() -> bool:
    """Whether a virtual screen can be started; installs what it lacks where it may, else says what that is."""
    if not is_linux():
        return False
    missing = _missing()
    if missing and may_apt() and apt_install(_NEEDED[name] for name in missing):
        missing = _missing()
    if missing:
        remedy = apt_line(_NEEDED[name] for name in missing)
        print(f"Going on without {', '.join(missing)}; on Debian and Ubuntu `{remedy}` brings them.", flush=True)
    return set(missing) <= {"xdotool"}


def _missing() -> list[str]:
    return [*missing_programs(_PROGRAMS), *missing_libraries(QT_LIBRARIES | XCB_LIBRARIES)]


@contextlib.contextmanager
def virtual_screen(size: str = "1600x1000") -> Iterator[dict[str, str]]:
    """Runs Xvfb on a free display with openbox, and ends both in all cases.

    Yields:
        The variables with which a Qt program draws there.

    Raises:
        SetupError: the screen does not start.
    """
    with contextlib.ExitStack() as stack:
        display = _start_xvfb(stack, size)
        variables = {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
        manager = _start(stack, ["openbox", "--sm-disable"], env=os.environ | variables)
        time.sleep(0.3)  # openbox takes the screen over, or gives up, within this time
        if manager.poll() is not None:
            raise SetupError("the window manager of the virtual screen (openbox) does not start.")
        yield variables


def _start_xvfb(stack: contextlib.ExitStack, size: str) -> str:
    """Starts Xvfb and returns the name of its display."""
    reader, writer = os.pipe()
    with os.fdopen(reader) as answer:
        try:
            command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", f"{size}x24", "-noreset", "-nolisten", "tcp"]
            _start(stack, command, pass_fds=(writer,))
        finally:
            os.close(writer)
        ready, _, _ = select.select([answer], [], [], _START_SECONDS)
        number = answer.readline().strip() if ready else ""
    if not number:
        raise SetupError("the virtual screen (Xvfb) does not start.")
    return f":{number}"


def _start(
    stack: contextlib.ExitStack,
    command: list[str],
    env: dict[str, str] | None = None,
    pass_fds: tuple[int, ...] = (),
) -> subprocess.Popen[bytes]:
    """Starts a server that ends when ``stack`` does."""
    null = subprocess.DEVNULL
    # Its own session: a Ctrl-C is for the tests, which still need their screen while they end.
    process = subprocess.Popen(
        command, env=env, pass_fds=pass_fds, stdin=null, stdout=null, stderr=null, start_new_session=True
    )
    stack.callback(_end, process)
    return process


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
