"""What the operating system must bring: a display, the libraries that Qt loads, apt packages. Standard library only."""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping

# File that Qt's Linux build loads -> the Debian (and Ubuntu) package that holds it.
QT_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxkbcommon.so.0": "libxkbcommon0",
}
XCB_LIBRARIES = {
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}

class SetupError(Exception):
    """Setting up cannot go on; ``str(error)`` is one sentence in the user's words."""


def is_linux() -> bool:
    """Whether Qt draws through X or Wayland here, with libraries that the system must bring."""
    return sys.platform.startswith("linux")


def has_display(environment: Mapping[str, str]) -> bool:
    """Whether a window can be shown; QT_QPA_PLATFORM counts, since who sets it knows where the picture goes."""
    return not is_linux() or any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def window_libraries(environment: Mapping[str, str]) -> dict[str, str]:
    """The libraries that a window needs on this display: file -> Debian package."""
    if not is_linux():
        return {}
    platform = environment.get("QT_QPA_PLATFORM", "")
    uses_x = platform.startswith("xcb") if platform else bool(environment.get("DISPLAY"))
    return QT_LIBRARIES | XCB_LIBRARIES if uses_x else dict(QT_LIBRARIES)


def loads(library: str) -> bool:
    """Whether the dynamic linker finds ``library`` and all that it needs."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def missing_libraries(libraries: Iterable[str]) -> list[str]:
    """Those of ``libraries`` that cannot be loaded."""
    return [library for library in libraries if not loads(library)]


def missing_programs(programs: Iterable[str]) -> list[str]:
    """Those of ``programs`` that are not on the path."""
    return [program for program in programs if shutil.which(program) is None]


def apt_line(packages: Iterable[str]) -> str:
    """The command that installs ``packages`` on Debian and Ubuntu."""
    return f"sudo apt-get install {' '.join(sorted(set(packages)))}"


def may_apt() -> bool:
    """Whether this process may install system packages itself: root on a Debian-like system."""
    return is_linux() and os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_install(packages: Iterable[str]) -> bool:
    """Installs system packages, and says so; True where apt-get succeeded."""
    names = sorted(set(packages))
    print(f"Installing system packages: {' '.join(names)}", flush=True)
    # A fresh machine's package lists are old or empty; where they cannot be had, installing tells whether they matter.
    _apt_get("update")
    done = _apt_get("install", "--yes", "--no-install-recommends", *names)
    if done.returncode:
        print(f"apt-get failed:\n{done.stdout[-2000:].strip()}", file=sys.stderr, flush=True)
    return done.returncode == 0


def _apt_get(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=120", *arguments],  # another one may be at work
        env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def require_window_libraries(environment: Mapping[str, str]) -> None:
    """Sees to the libraries that a window needs: installs them where it may, else names them.

    Raises:
        SetupError: libraries are missing and could not be installed.
    """
    needed = window_libraries(environment)
    missing = missing_libraries(needed)
    if not missing:
        return
    packages = [needed[library] for library in missing]
    if may_apt() and apt_install(packages):
        missing = missing_libraries(missing)
    if missing:
        raise SetupError(
            f"the window needs libraries that this system lacks ({', '.join(missing)}): install them, "
            f"on Debian and Ubuntu with `{apt_line(packages)}`, and start again."
        )


def can_make_environments() -> bool:
    """Whether this Python can make a virtual environment with pip in it (Debian ships the two parts apart)."""
    return all(importlib.util.find_spec(module) is not None for module in ("venv", "ensurepip"))


def require_ensurepip() -> None:
    """Sees to the part of Python that makes virtual environments: installs it where it may, else names it.

    Raises:
        SetupError: it is missing and could not be installed.
    """
    if can_make_environments():
        return
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    if may_apt() and apt_install([package]):
        importlib.invalidate_caches()
    if not can_make_environments():
        raise SetupError(
            f"{sys.executable} cannot make virtual environments (it lacks ensurepip): install that part of Python, "
            f"on Debian and Ubuntu with `{apt_line([package])}`, and start again."
        )
