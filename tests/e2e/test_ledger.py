"""The ledger of a running system, verified and tampered with from outside."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from runtime import paths

from .hub import Hub

SCRIPT = Path(__file__).with_name("ledger_script.py")


def verify(hub: Hub) -> tuple[int, str]:
    """Run setup/verify-ledger on the hub's database; return its status and output."""
    odoo = hub.system.odoo
    run = subprocess.run(
        [
            sys.executable,
            str(paths.SETUP / "verify-ledger"),
            *("--database", odoo.database),
        ],
        env=odoo.postgres.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return run.returncode, run.stdout + run.stderr


def test_what_a_member_did_is_in_the_chain_and_tampering_is_named(hub: Hub):
    hub.system.run_shell(SCRIPT.read_text("utf-8"), "A member earns and pays")
    status, told = verify(hub)
    assert status == 0, told
    assert "0 broken" in told
    account, sequence, amount = hub.sql(
        "SELECT account_id, sequence, amount FROM retail_loyalty_entry"
        " ORDER BY id DESC LIMIT 1"
    )[0]
    assert (sequence, amount) == (2, -40)
    switch = "ALTER TABLE retail_loyalty_entry {} TRIGGER USER"
    change = "UPDATE retail_loyalty_entry SET ref = %s WHERE account_id = %s"
    hub.sql(switch.format("DISABLE"))
    hub.sql(change, "else", account)
    status, told = verify(hub)
    assert status == 1, told
    assert f"loyalty-account-{account}, entry 1: its content" in told
    hub.sql(change, None, account)
    hub.sql(switch.format("ENABLE"))
    assert verify(hub)[0] == 0
