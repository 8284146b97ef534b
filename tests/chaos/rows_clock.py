"""Rows 30 and 33: clocks that jump and names that lead elsewhere."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from pathlib import Path

from ..shop.processes import wait_until
from ..simulators.faults import Fault, ScriptedFaults
from .case import Case
from .matrix import LeftOut, row
from .stage import FOLDER, readdress

HOSTS = Path("/etc/hosts")
NAME = "partner.retail-chaos.test"
#: private, and not in the backend's list of networks
PRIVATE = "10.255.255.1"
CLONE_NEWNS = 0x00020000
JUMPS_S = (3600, -3600, 600, 0)


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
    url = f"http://{NAME}:{case.stage.wire.port}/events"
    _resolve(before, "127.0.0.1")
    old = readdress(hub, url)
    try:
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
        readdress(hub, old)
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
    "the hub's clock jumps by an hour forth and back, and by ten minutes",
    expected="signatures are refused on both sides only while it is wrong; nothing is"
    " lost, what the partner refused is sent again by a person",
)
def jumping_clock(case: Case) -> str:
    if case.stage.traps is None:
        raise LeftOut("needs the module with the traps")
    seen = []
    for jump_s in JUMPS_S:
        case.stage.traps.set_clock(jump_s)
        (message,) = case.messages(1)
        status = case.post(message).status
        # The scheme's tolerance is five minutes.
        assert status == (401 if jump_s else 202), (jump_s, status)
        seen.append(f"{jump_s:+d} s: {status}")
    # A retry that is planned while the clock is ahead waits for as long as it is ahead;
    # these are planned before and become due at once.
    case.stage.partner.faults = ScriptedFaults([], then=Fault("status", 500))
    case.send(case.messages(20))
    wait_until(lambda: case.outgoing("retry"), "something is to be sent again", 60)
    case.stage.traps.set_clock(JUMPS_S[0])
    case.stage.partner.faults = ScriptedFaults([])
    wait_until(lambda: case.outgoing("dead"), "our signature is refused", 60)
    case.stage.traps.set_clock(0)
    case.fault_over()
    case.wait_judged()
    # The partner refuses our signatures of a wrong time; a person sends them again.
    refused = case.outgoing("dead")
    case.stage.hub.call("retail.outbox.event", "action_replay", [refused])
    case.settle()
    return f"{', '.join(seen)}; {len(refused)} of ours refused and sent again"
