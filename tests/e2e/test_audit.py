"""The audit chain of a running system, verified and tampered with from outside."""

from __future__ import annotations

import subprocess
import sys

from runtime import paths

from .conftest import PARTNER
from .hub import Hub


def verify(hub: Hub) -> tuple[int, str]:
    """Run setup/verify-audit on the hub's database; return its status and output."""
    odoo = hub.system.odoo
    script = str(paths.SETUP / "verify-audit")
    run = subprocess.run(
        [sys.executable, script, "--database", odoo.database],
        env=odoo.postgres.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return run.returncode, run.stdout + run.stderr


def rename(hub: Hub, stream: str, sequence: int, name: str) -> None:
    """Say that somebody else did it, as only the database's owner can."""
    switch = "ALTER TABLE retail_audit_entry {} TRIGGER USER"
    hub.sql(switch.format("DISABLE"))
    hub.sql(
        "UPDATE retail_audit_entry SET user_name = %s"
        " WHERE stream = %s AND sequence = %s",
        name,
        stream,
        sequence,
    )
    hub.sql(switch.format("ENABLE"))


def test_what_an_administrator_did_is_in_the_chain_and_tampering_is_named(hub: Hub):
    hub.press(PARTNER, "action_pause")
    hub.press(PARTNER, "action_activate")
    rows = hub.sql(
        "SELECT stream, sequence, user_name, origin, remote_addr"
        " FROM retail_audit_entry WHERE action = 'backend.changed'"
        " ORDER BY id DESC LIMIT 2"
    )
    assert [row[2:] for row in rows] == [("admin", "screen", "127.0.0.1")] * 2
    status, told = verify(hub)
    assert status == 0, told
    assert "0 broken" in told
    stream, sequence = rows[1][:2]
    rename(hub, stream, sequence, "somebody")
    status, told = verify(hub)
    assert status == 1, told
    assert f"{stream}, entry {sequence}: its content" in told
    rename(hub, stream, sequence, "admin")
    assert verify(hub)[0] == 0
