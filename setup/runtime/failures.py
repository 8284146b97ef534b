"""How a set-up command ends when something is wrong: one clear sentence.

Every module of this package raises SetupFailure; the commands in setup/ run
inside `command_exit`, the only place that turns failures into an exit status.
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable

DISK_FULL = (
    "The disk is full: free some space (the cache folder needs about 3 GB,"
    " RETAIL_CACHE may name another one) and run the command again."
)


class SetupFailure(Exception):
    """What is wrong and what to do about it, in one sentence for the terminal."""


def sentence_of(error: OSError) -> str:
    """Return the sentence for an operating system error that nobody foresaw."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DISK_FULL
    return f"The operating system refused: {error}. Mend that and run it again."


def command_exit(command: Callable[[list[str]], int]) -> int:
    """Run a command on the process arguments and return its exit status.

    Errors end as one sentence on standard error and status 1, Ctrl-C as 130.
    """
    try:
        return command(sys.argv[1:])
    except SetupFailure as failure:
        print(f"\n{failure}", file=sys.stderr)
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of our output left (| head): nobody is there to be told.
        sys.stderr.close()
    except OSError as error:
        print(f"\n{sentence_of(error)}", file=sys.stderr)
    return 1
