"""Rows 30 and 33: clocks that jump and names that lead elsewhere."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runtime import paths

from ..shop.processes import wait_until
from .case import Case
from .matrix import LeftOut, row
from .stage import FOLDER, PARTNER

HOSTS = Path("/etc/hosts")
NAME = "partner.retail-chaos.test"
#: private, and not in the backend's list of networks
PRIVATE = "10.255.255.1"
CLONE_NEWNS = 0x00020000
JUMPS = ("+1h", "-1h", "+10m", "+0")
LIBRARY = "libfaketimeMT.so.1"


def enter_own_mounts() -> bool:
    """Give this process mounts of its own, so that its /etc/hosts is nobody else's.

    To be called before the first thread starts. Returns whether that worked: only the
    machine's administrator may.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if os.geteuid() or libc.unshare(CLONE_NEWNS):
        return False
    own = FOLDER / "hosts"
    own.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(HOSTS, own)
    steps = (
        ["mount", "--make-rprivate", "/"],
        ["mount", "--bind", str(own), str(HOSTS)],
    )
    return not any(
        subprocess.run(step, capture_output=True, check=False).returncode
        for step in steps
    )


@row(
    33,
    "a partner's name suddenly leads to a private address",
    expected="nothing goes there; delivered when the name is right again",
)
def rebinding(case: Case) -> str:
    if not (FOLDER / "hosts").exists() or not HOSTS.samefile(FOLDER / "hosts"):
        raise LeftOut("needs root to give a name another address")
    hub = case.stage.hub
    before = HOSTS.read_text("utf-8")
    (backend,) = hub.call("retail.backend", "search", [[["code", "=", PARTNER]]])
    (old,) = hub.sql("SELECT event_url FROM retail_backend WHERE id = %s", backend)
    url = f"http://{NAME}:{case.stage.wire.port}/events"
    try:
        _resolve(before, "127.0.0.1")
        hub.call("retail.backend", "write", [[backend], {"event_url": url}])
        case.send(case.messages(3))
        case.settle()
        _resolve(before, PRIVATE)
        # An open connection would still be the old one, and right.
        case.stage.wire.cut()
        (message,) = case.messages(1)
        case.send([message])
        wait_until(lambda: _refused(case, message.id), "the address is refused", 60)
        _resolve(before, "127.0.0.1")
        case.fault_over()
        case.settle()
    finally:
        HOSTS.write_text(before, "utf-8")
        hub.call("retail.backend", "write", [[backend], {"event_url": old[0]}])
    return "refused with RET-2202, delivered after the name was right again"


def _resolve(before: str, address: str) -> None:
    HOSTS.write_text(f"{before.rstrip()}\n{address} {NAME}\n", "utf-8")


def _refused(case: Case, event_id: str) -> bool:
    return bool(
        case.stage.hub.sql(
            "SELECT 1 FROM retail_event_attempt a"
            " JOIN retail_outbox_event e ON e.id = a.outbox_event_id"
            " WHERE e.causation_id = %s AND a.error_code = 'RET-2202'",
            event_id,
        )
    )


@row(
    30,
    "Odoo's clock jumps by an hour forth and back, and by ten minutes",
    expected="right signatures are refused only while it is wrong; no job starves",
)
def jumping_clock(case: Case) -> str:
    seen = []
    with _clock(case) as clock:
        for jump in JUMPS:
            clock.write_text(jump + "\n", "utf-8")
            time.sleep(1)
            (message,) = case.messages(1)
            status = case.post(message).status
            # The scheme's tolerance is five minutes.
            wanted = 202 if jump == "+0" else 401
            assert status == wanted, (jump, status)
            seen.append(f"{jump}: {status}")
        case.fault_over()
        case.send(case.messages(20))
        case.settle()
        # Jobs and retries that were planned by a wrong clock must not wait for it.
        clock.write_text("-1h\n", "utf-8")
        time.sleep(1)
        clock.write_text("+0\n", "utf-8")
        case.send(case.messages(20))
        case.settle()
    return ", ".join(seen)


@contextmanager
def _clock(case: Case) -> Iterator[Path]:
    """Run Odoo under libfaketime; yield the file that says how wrong its clock is."""
    library = _library()
    clock = FOLDER / "clock"
    clock.write_text("+0\n", "utf-8")
    case.stage.restart_odoo(
        {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(clock),
            # The monotonic clock jumps along, which is worse than life: left out of
            # it, libfaketime makes every sleep of Python fail.
            "FAKETIME_NO_CACHE": "1",
        }
    )
    try:
        yield clock
    finally:
        case.stage.restart_odoo()


def _library() -> Path:
    """Return libfaketime, unpacked from Debian's package into the cache.

    :raises LeftOut: no apt, or no such package.
    """
    prefix = paths.CACHE / "libfaketime"
    found = sorted(prefix.rglob(LIBRARY))
    if found:
        return found[0]
    prefix.mkdir(parents=True, exist_ok=True)
    steps = (["apt-get", "download", "libfaketime"], ["sh", "-c", "dpkg -x *.deb ."])
    for step in steps:
        if shutil.which(step[0]) is None:
            raise LeftOut(f"needs libfaketime, and there is no {step[0]}")
        done = subprocess.run(
            step, cwd=prefix, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise LeftOut(f"needs libfaketime: {done.stderr.strip()[-200:]}")
    return sorted(prefix.rglob(LIBRARY))[0]
