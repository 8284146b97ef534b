"""setup/demo: the real system, supervised, with a day of retail played through it.

The story itself is the package `story` in setup/; this module runs it.
"""

from __future__ import annotations

import argparse
import importlib
import json
import signal
import sys
import threading
from collections.abc import Sequence

from . import paths
from .failures import SetupFailure, command_exit
from .system import Plan, System, running_system, write_access

FOLDER = paths.RUN / "demo"
SEED = paths.SETUP / "story" / "seed_script.py"
PORT_DEFAULT = 8069


def main(arguments: Sequence[str]) -> int:
    """Start the system, play the story, serve until Ctrl-C; return a status."""
    options = _parse(arguments)
    # A closed terminal or a service manager's stop ends us as Ctrl-C does. That too
    # is set: a shell that puts us into the background makes us ignore it.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    plan = Plan("demo", FOLDER, port=options.port, reset=options.reset)
    with running_system(plan, lambda message: print(f"  ** {message}")) as system:
        access = _seeded_access(system)
        story = importlib.import_module("story")
        try:
            told = story.run(access, sys.stdout, system)
            if options.once:
                return 0 if told else 1
            _serve(system)
        finally:
            story.stop()
    return 0


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="setup/demo", add_help=False)
    parser.add_argument("--once", action="store_true")
    parser.add_argument("--reset", action="store_true")
    parser.add_argument("--port", type=int, default=PORT_DEFAULT)
    return parser.parse_args(arguments)


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _seeded_access(system: System) -> dict[str, object]:
    """Return the access data, with the backends that the story's seed created."""
    output = FOLDER / "seed.json"
    output.unlink(missing_ok=True)
    system.run_shell(
        SEED.read_text("utf-8"),
        "Preparing the demo's partners",
        RETAIL_SEED_OUTPUT=str(output),
    )
    if not output.exists():
        raise SetupFailure(f"{SEED} did not write the file RETAIL_SEED_OUTPUT.")
    access = system.access() | {"backends": json.loads(output.read_text("utf-8"))}
    output.unlink()
    write_access(FOLDER / "access.json", access)
    return access


def _serve(system: System) -> None:
    print(
        f"\nServing at {system.base_url} (login admin, password admin), log"
        f" {system.odoo.log}. Ctrl-C stops it.",
        flush=True,
    )
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        print("\nStopping.", flush=True)


if __name__ == "__main__":
    sys.exit(command_exit(main))
