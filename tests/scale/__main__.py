"""``setup/scale``: more workers, more nodes; 1 if anything was lost."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from runtime.failures import SetupFailure, command_exit

from .nodes import play_nodes
from .steps import measure_steps

PARTS: dict[str, Callable[[], str]] = {"steps": measure_steps, "nodes": play_nodes}


def main(arguments: Sequence[str]) -> int:
    """Run the named parts, all without any."""
    parser = argparse.ArgumentParser(prog="setup/scale", add_help=False)
    parser.add_argument("parts", nargs="*")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.parts if name not in PARTS]
    if unknown:
        raise SetupFailure(f"There is no part {unknown}: name {', '.join(PARTS)}.")
    for name in options.parts or list(PARTS):
        print(f"\n{PARTS[name]()}\n", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(command_exit(main))
