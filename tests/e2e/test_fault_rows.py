"""A short selection of the fault matrix; all of it runs with ``setup/chaos``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ..chaos import rows_http, rows_jobs, rows_partner, rows_process
from ..chaos.matrix import ROWS, Row, run
from ..chaos.proxy import FaultProxy
from ..chaos.stage import Stage, readdress
from ..simulators.partner import Partner
from .hub import Hub

#: where the rows are; importing them registers them
FILES = (rows_http, rows_jobs, rows_partner, rows_process)
QUICK = [row for row in ROWS.values() if row.quick]
SEED = 19


@pytest.fixture(scope="module")
def stage(hub: Hub, partner: Partner) -> Iterator[Stage]:
    """The running hub with a proxy before it and one behind it."""
    with (
        FaultProxy(("127.0.0.1", hub.system.odoo.port)) as door,
        FaultProxy(("127.0.0.1", partner.port)) as wire,
    ):
        before = readdress(hub, f"{wire.url}/events")
        yield Stage(hub, partner, door, wire, SEED)
        readdress(hub, before)


@pytest.mark.parametrize("row", QUICK, ids=lambda row: f"row{row.number}")
def test_nothing_is_lost_and_nothing_counts_twice(stage: Stage, row: Row):
    (result,) = run(stage, [row], print)
    assert result.state == "green", result.text
