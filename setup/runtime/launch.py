"""From an executable in setup/ to the module that does its work.

The executables start on whatever Python the machine has, before anything is
installed; their docstring is their help.
"""

from __future__ import annotations

import sys

from . import python_env
from .failures import command_exit


def launch(help_text: str | None, module: str, *, dev: bool) -> int:
    """Print the help if it is asked for, else go on as `module`; return a status."""
    if {"-h", "--help"}.intersection(sys.argv[1:]):
        print((help_text or "").strip())
        return 0

    def go_on(_arguments: list[str]) -> int:
        python_env.enter(module, dev=dev)
        return 0

    return command_exit(go_on)
