"""``retail.loyalty.asking.mixin``: rows about which a platform is asked, one by one.

The loop of all that a platform is told or asked by a job. Claiming and recording are
short transactions of their own; nothing is locked while the platform thinks, and a
killed worker repeats at most the row whose outcome it had not recorded. What is asked
(``Asking``) and what becomes of the answer are the model's that inherits this.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from odoo import SUPERUSER_ID, api, models

from odoo.addons.retail_integration_base.models.backend_outbound import Door
from odoo.addons.retail_integration_base.tools import backoff, correlation
from odoo.addons.retail_integration_base.tools.clock import to_naive, utc_now
from odoo.addons.retail_integration_base.tools.errors import RetailError

from ..tools.platform_client import PlatformClient
from ..tools.platform_transport import Steps, carry_out

BATCH_SIZE = 20
JOB_BUDGET_S = 25.0
#: A worker that has not recorded an outcome for so long is gone.
LOST_AFTER_S = 600
RETRY_CAP_S = 900.0


@dataclass(kw_only=True)
class Asking:
    """What a platform is asked about one row, read completely; no record is needed.

    :param error: why it cannot be asked, or what kept the answer away
    """

    row_id: int
    claimed_at: datetime
    correlation_id: str | None = None
    door: Door | None = None
    client: PlatformClient | None = None
    error: RetailError | None = None

    def ask(self) -> None:
        """Carry the conversations out; outside any transaction."""
        if self.client is None or self.error is not None:
            return
        try:
            self._converse(self.client)
        except RetailError as error:
            self.error = error

    def _converse(self, client: PlatformClient) -> None:
        """Ask, and keep what was said. :raises RetailError: no answer"""
        raise NotImplementedError

    def _do(self, steps: Steps[Any]) -> Any:
        return carry_out(steps, self.door.call)


class RetailLoyaltyAskingMixin(models.AbstractModel):
    _name = "retail.loyalty.asking.mixin"
    _description = "Rows about which a platform is asked"

    #: ``UPDATE … RETURNING id`` of at most ``limit`` rows that are due at ``now`` or
    #: whose worker has been gone since before ``lost``; marks them ``claimed_at``
    _claim_query = ""

    @api.model
    def _work(self) -> None:
        """Ask about what is due, until nothing is or the time is over."""
        until = time.monotonic() + JOB_BUDGET_S
        while self._work_batch() and time.monotonic() < until:
            continue

    @api.model
    def _work_batch(self) -> int:
        """Ask about at most ``BATCH_SIZE`` rows; return how many were tried."""
        with self._own_transaction() as rows:
            claimed = rows._claim()
        for one in claimed:
            with correlation.bind(one.correlation_id):
                one.ask()
                with self._own_transaction() as rows:
                    rows.browse(one.row_id)._record(one)
        return len(claimed)

    @contextmanager
    def _own_transaction(self) -> Iterator[models.BaseModel]:
        """A short transaction, committed at the end of the block."""
        with self.env.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})[self._name]

    @api.model
    def _claim(self) -> list[Asking]:
        now = to_naive(utc_now())
        lost = now - timedelta(seconds=LOST_AFTER_S)
        limits = {"now": now, "lost": lost, "limit": BATCH_SIZE}
        self.env.cr.execute(self._claim_query, limits)
        ids = sorted(row[0] for row in self.env.cr.fetchall())
        self.invalidate_model()
        return [row._claimed(now) for row in self.browse(ids)]

    def _claimed(self, now: datetime) -> Asking:
        """Return what a row asks, with whom it asks."""
        asking = self._prepare_asking(now)
        try:
            asking.door = self.backend_id._door()
            asking.client = self.backend_id._platform_client()
        except RetailError as error:
            asking.error = error
        return asking

    def _prepare_asking(self, now: datetime) -> Asking:
        """Return what this row asks; in the transaction that claims it, calls nobody.

        :param now: ``claimed_at``
        """
        raise NotImplementedError(self._name)

    def _record(self, asking: Asking) -> None:
        """Write down what was said, or why nothing was (``asking.error``)."""
        raise NotImplementedError(self._name)

    def _wait(self, error: RetailError, attempts: int) -> timedelta:
        """Return how long to wait after an attempt that failed."""
        wait_s = error.retry_after_s
        if wait_s is None:
            wait_s = backoff.delay_s(attempts, cap_s=RETRY_CAP_S)
        return timedelta(seconds=wait_s)
