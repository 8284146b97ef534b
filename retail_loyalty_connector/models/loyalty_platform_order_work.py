"""``retail.loyalty.platform.order``: how platforms are told.

Claiming and recording are short transactions of their own; nothing is locked while a
platform thinks, and a killed worker repeats at most the order whose outcome it had not
recorded, under the same key and ``again``, so that it has its effect once. Orders of a
member are told in the order of their entries: what was earned before it was spent.
"""

import logging
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
from odoo.addons.retail_integration_base.tools.errors import (
    ConfigurationError,
    RetailError,
)

from ..tools.error_platform import PlatformRefused
from ..tools.platform import Movement, Refusal
from ..tools.platform_client import PlatformClient
from ..tools.platform_member import find_or_enrol
from ..tools.platform_orders import Accrual, Capture, Identity, Reversal
from ..tools.platform_transport import carry_out

_logger = logging.getLogger(__name__)

BATCH_SIZE = 20
JOB_BUDGET_S = 25.0
#: A worker that has not recorded an outcome for so long is gone.
LOST_AFTER_S = 600
RETRY_CAP_S = 900.0

CLAIM = """
    UPDATE retail_loyalty_platform_order AS claimed
       SET state = 'sending', attempt_count = attempt_count + 1, claimed_at = %(now)s
     WHERE claimed.id IN (
        SELECT own.id FROM retail_loyalty_platform_order AS own
          JOIN retail_backend AS backend ON backend.id = own.backend_id
         WHERE (own.state = 'waiting' AND own.next_at <= %(now)s
                OR own.state = 'sending' AND own.claimed_at < %(lost)s)
           AND backend.active AND backend.state = 'active'
           AND NOT EXISTS (
               SELECT FROM retail_loyalty_platform_order AS earlier
                WHERE earlier.member_id = own.member_id AND earlier.id < own.id
                  AND earlier.state IN ('waiting', 'sending', 'stuck'))
         ORDER BY own.id LIMIT %(limit)s FOR UPDATE OF own SKIP LOCKED)
 RETURNING claimed.id
"""


@dataclass(frozen=True)
class Claimed:
    """One order that is ours to send, read completely; no record is needed."""

    order_id: int
    key: str
    kind: str
    correlation_id: str | None
    order: Accrual | Capture | Reversal | None
    member_id: int
    member_ref: str | None
    identities: list[Identity]
    prepare: Any
    again: bool
    door: Door | None
    client: PlatformClient | None
    error: RetailError | None

    def send(self) -> tuple[Movement | Refusal | RetailError, str | None]:
        """Return what came of it, and the member's id there if it is new to us."""
        if self.error is not None or self.client is None or self.door is None:
            return self.error, None
        found = None
        try:
            order = self.order
            if order is None:
                found = find_or_enrol(
                    self.client, self.identities, f"enrol-{self.member_id}", self._do
                )
                order = self.prepare(found)
            operation = getattr(self.client, self.kind)
            return self._do(operation(order, again=self.again)), found
        except RetailError as error:
            return error, found

    def _do(self, steps: Any) -> Any:
        return carry_out(steps, self.door.call)


class RetailLoyaltyPlatformOrder(models.Model):
    _inherit = "retail.loyalty.platform.order"

    @api.model
    def _cron_send(self) -> None:
        """Tell platforms what waits, until nothing does or the time is over."""
        until = time.monotonic() + JOB_BUDGET_S
        while self._work_batch() and time.monotonic() < until:
            continue

    @api.model
    def _work_batch(self) -> int:
        """Tell at most ``BATCH_SIZE`` orders; return how many were tried."""
        with self._own_transaction() as orders:
            claimed = orders._claim()
        for one in claimed:
            with correlation.bind(one.correlation_id):
                outcome, member_ref = one.send()
                with self._own_transaction() as orders:
                    orders.browse(one.order_id)._record(outcome, member_ref)
        return len(claimed)

    @contextmanager
    def _own_transaction(self) -> Iterator[models.BaseModel]:
        """A short transaction, committed at the end of the block."""
        with self.env.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})[self._name]

    # --- claiming ---------------------------------------------------------------------

    @api.model
    def _claim(self) -> list[Claimed]:
        now = to_naive(utc_now())
        lost = now - timedelta(seconds=LOST_AFTER_S)
        limits = {"now": now, "lost": lost, "limit": BATCH_SIZE}
        self.env.cr.execute(CLAIM, limits)
        ids = sorted(row[0] for row in self.env.cr.fetchall())
        self.invalidate_model()
        return [order._claimed() for order in self.browse(ids)]

    def _claimed(self) -> Claimed:
        member = self.member_id
        door, client, error = None, None, None
        try:
            door = self.backend_id._door()
            client = self.backend_id._platform_client()
        except RetailError as failure:
            error = failure
        ref = member.platform_ref or None
        facts = self._prepare_order("later")
        return Claimed(
            order_id=self.id,
            key=self.uuid,
            kind=self.kind,
            correlation_id=self.correlation_id,
            order=self._prepare_order(ref) if ref else None,
            member_id=member.id,
            member_ref=ref,
            identities=[] if ref else member._platform_identities(),
            prepare=lambda found: type(facts)(**{**vars(facts), "member_id": found}),
            # The first attempt may have been a killed worker's: it is counted.
            again=self.attempt_count > 1,
            door=door,
            client=client,
            error=error,
        )

    # --- recording --------------------------------------------------------------------

    def _record(
        self, outcome: Movement | Refusal | RetailError, member_ref: str | None
    ) -> None:
        """Write down what came of an attempt, and open an exception where one acts."""
        self.ensure_one()
        now = to_naive(utc_now())
        if member_ref:
            self.member_id.platform_ref = member_ref
        if isinstance(outcome, Movement):
            values = {
                "state": "done",
                "movement_ref": outcome.movement_id,
                "moved": outcome.points,
                "error_code": False,
                "error": False,
                "done_at": now,
            }
        elif isinstance(outcome, Refusal):
            values = self._refused(outcome) | {"done_at": now}
        else:
            values = self._failed(outcome, now)
        self.write(values)
        _logger.info(
            "platform order key=%s kind=%s state=%s attempt=%s code=%s",
            self.uuid,
            self.kind,
            values["state"],
            self.attempt_count,
            values["error_code"] or "-",
        )

    def _refused(self, refusal: Refusal) -> dict[str, Any]:
        error = PlatformRefused(
            f"{self.backend_id.name} refuses {self.points} points ({self.kind}): "
            f"{refusal.reason} {refusal.detail}".strip(),
            context={"reason": refusal.reason, "available": refusal.available},
        )
        self._open_exception(error, str(self.id))
        return {"state": "refused", "error_code": error.code, "error": error.message}

    def _failed(self, error: RetailError, now: datetime) -> dict[str, Any]:
        values = {"error_code": error.code, "error": error.message[:500]}
        # A set-up that is wrong is so for every order: one exception, and they go by
        # themselves once it is mended.
        is_set_up = isinstance(error, ConfigurationError)
        if is_set_up:
            self._open_exception(error, f"backend:{self.backend_id.id}")
        elif not error.retry:
            self._open_exception(error, str(self.id))
            return {"state": "stuck", **values}
        wait_s = error.retry_after_s
        if wait_s is None:
            wait_s = backoff.delay_s(self.attempt_count, cap_s=RETRY_CAP_S)
        return {
            "state": "waiting",
            "next_at": now + timedelta(seconds=wait_s),
            **values,
        }

    def _open_exception(self, error: RetailError, origin: str) -> None:
        self.env["retail.exception"]._open(
            self.backend_id,
            error,
            dedupe_key=f"platform:{origin}:{error.code}",
            correlation_id=self.correlation_id,
        )
