"""setup/compile-requirements: the requirement files, compiled by uv."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence

from . import paths, python_env
from .failures import SetupFailure, command_exit

OPTIONS = (
    "--universal",
    *("--python-version", "3.10"),
    # One version of each package for all Pythons: what one tests, all run.
    *("--fork-strategy", "fewest"),
    "--generate-hashes",
    "--no-header",
    "--quiet",
    # "odoo", which the job runner's wheel asks for, is on no package index.
    *("--excludes", "requirements-excludes.txt"),
)


def main(arguments: Sequence[str]) -> int:
    """Compile both requirement files; return the exit status."""
    parser = argparse.ArgumentParser(prog="setup/compile-requirements", add_help=False)
    parser.add_argument("--upgrade", action="store_true")
    upgrade = ["--upgrade"] if parser.parse_args(arguments).upgrade else []
    for name in ("requirements", "requirements-dev"):
        command = [
            *(str(python_env.folder() / "bin" / "uv"), "pip", "compile"),
            *(*OPTIONS, *upgrade, f"{name}.in", "-o", f"{name}.txt"),
        ]
        if subprocess.run(command, cwd=paths.SETUP, check=False).returncode:
            raise SetupFailure(f"uv found no versions that fit {name}.in (see above).")
    return 0


if __name__ == "__main__":
    sys.exit(command_exit(main))
