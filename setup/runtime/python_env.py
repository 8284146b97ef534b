"""The Python environment: a venv in the cache with the pinned, hashed packages.

Runs on the standard library alone. `enter` is what the commands call: it prepares
the environment when needed and goes on inside it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from . import locks, paths
from .failures import SetupFailure
from .progress import run_quietly, step

VERSIONS = ((3, 10), (3, 11), (3, 12), (3, 13))
RUNTIME_FILE = paths.SETUP / "requirements.txt"
DEV_FILE = paths.SETUP / "requirements-dev.txt"


def folder() -> Path:
    """Return the environment's folder; one per Python version."""
    return paths.CACHE / f"python-{sys.version_info[0]}.{sys.version_info[1]}"


def python() -> Path:
    """Return the environment's interpreter."""
    return folder() / "bin" / "python"


def enter(module: str, *, dev: bool) -> None:
    """Go on in the prepared environment, as `module` with the same arguments.

    `dev` adds the packages that only tests and checks need. Raises SetupFailure
    for an unsuitable Python and for a failed installation.
    """
    _use_supported_python()
    ensure(dev=dev)
    sys.stdout.flush()
    os.execve(
        python(),
        [str(python()), "-m", module, *sys.argv[1:]],
        {**os.environ, "PYTHONPATH": str(paths.SETUP)},
    )


def ensure(*, dev: bool) -> None:
    """Install what the requirement files name and the environment lacks."""
    wanted = [RUNTIME_FILE, DEV_FILE] if dev else [RUNTIME_FILE]
    if all(_is_installed(requirements) for requirements in wanted):
        return
    with locks.waiting_lock(paths.CACHE / "python.lock", "installing packages"):
        _create()
        for requirements in wanted:
            if not _is_installed(requirements):
                _install(requirements)


def _use_supported_python() -> None:
    """Restart under a Python that Odoo 19 supports, if this one is not."""
    if sys.version_info[:2] in VERSIONS:
        return
    for major, minor in reversed(VERSIONS):
        other = shutil.which(f"python{major}.{minor}")
        # Version managers put commands on the path for versions they do not have.
        if other and not subprocess.call([other, "-c", ""], stderr=subprocess.DEVNULL):
            os.execv(other, [other, *sys.argv])
    raise SetupFailure(
        f"Python {sys.version_info[0]}.{sys.version_info[1]} does not run Odoo 19:"
        " install Python 3.10, 3.11, 3.12 or 3.13 and run the command again."
    )


def _stamp(requirements: Path) -> Path:
    return folder() / f".{requirements.stem}.sha256"


def _digest(requirements: Path) -> str:
    return hashlib.sha256(requirements.read_bytes()).hexdigest()


def _is_installed(requirements: Path) -> bool:
    stamp = _stamp(requirements)
    return stamp.exists() and stamp.read_text("utf-8") == _digest(requirements)


def _create() -> None:
    if python().exists() and (folder() / ".created").exists():
        return
    # A folder without the mark is what an interrupted run left behind.
    shutil.rmtree(folder(), ignore_errors=True)
    # The base interpreter: inside another venv, sys.executable would tie ours to it.
    base = getattr(sys, "_base_executable", sys.executable)
    with step(f"Creating a Python environment in {folder()}") as running:
        run_quietly(
            [base, "-m", "venv", folder()],
            running=running,
            failure=(
                "Python cannot create a virtual environment (on Debian and Ubuntu"
                " install the package python3-venv, then run the command again)"
            ),
        )
    (folder() / ".created").touch()


def _install(requirements: Path) -> None:
    with step(f"Installing the Python packages of {requirements.name}") as running:
        # No dependency resolution: the file is complete, and the job runner's wheel
        # asks for an "odoo" distribution that no package index has.
        run_quietly(
            [
                *(python(), "-m", "pip", "install", "--no-deps", "--require-hashes"),
                *("--disable-pip-version-check", "--no-input", "--retries", "5"),
                *("--progress-bar", "off", "-r", requirements),
            ],
            running=running,
            failure=(
                "The Python packages could not be installed (run the command again,"
                " it resumes where it stopped)"
            ),
        )
    _stamp(requirements).write_text(_digest(requirements), "utf-8")


def site_packages() -> Path:
    """Return the folder of the environment's packages."""
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    return folder() / "lib" / version / "site-packages"
