"""``retail.loyalty.platform.order``: how platforms are told.

The loop is ``loyalty_asking_mixin.py``. What a killed worker may have told is told once
more under the same key and ``again``, so that it has its effect once. Orders of a
member are told in the order of their entries: what was earned before it was spent.
"""

import logging
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from odoo import api, models

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
from .loyalty_asking_mixin import Asking

_logger = logging.getLogger(__name__)

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
           AND NOT EXISTS (
               SELECT FROM retail_loyalty_platform_order AS taking
                WHERE taking.gives_uuid = own.uuid AND taking.state <> 'done')
         ORDER BY own.id LIMIT %(limit)s FOR UPDATE OF own SKIP LOCKED)
 RETURNING claimed.id
"""


@dataclass(kw_only=True)
class Telling(Asking):
    """An order that a platform is told, and what came of it.

    :param order: for the member ``"later"`` where the platform's id is not known yet
    :param is_idle: points go from an account there to the same one: nothing is told
    :param found: the id there, if it is new to us
    """

    kind: str
    order: Accrual | Capture | Reversal
    member_id: int
    identities: list[Identity] | None
    again: bool
    is_idle: bool
    found: str | None = None
    outcome: Movement | Refusal | None = None

    def _converse(self, client: PlatformClient) -> None:
        if self.is_idle:
            return
        order = self.order
        if self.identities is not None:
            self.found = find_or_enrol(
                client, self.identities, f"enrol-{self.member_id}", self._do
            )
            order = replace(order, member_id=self.found)
        operation = getattr(client, self.kind)
        self.outcome = self._do(operation(order, again=self.again))


class RetailLoyaltyPlatformOrder(models.Model):
    _inherit = "retail.loyalty.platform.order"

    _claim_query = CLAIM

    @api.model
    def _cron_send(self) -> None:
        """Tell platforms what waits, until nothing does or the time is over."""
        self._work()

    def _prepare_asking(self, now: datetime) -> Telling:
        member = self.member_id._platform_self()
        ref = member.platform_ref
        others = self._other_half().member_id
        return Telling(
            row_id=self.id,
            claimed_at=now,
            correlation_id=self.correlation_id,
            kind=self.kind,
            order=self._prepare_order(ref or "later"),
            member_id=member.id,
            identities=None if ref else member._platform_identities(),
            # The first attempt may have been a killed worker's: it is counted.
            again=self.attempt_count > 1,
            is_idle=bool(others) and others._platform_self() == member,
        )

    # --- recording --------------------------------------------------------------------

    def _record(self, told: Telling) -> None:
        """Write down what came of an attempt, and open an exception where one acts."""
        self.ensure_one()
        now = to_naive(utc_now())
        if told.found:
            self.member_id._platform_self()._note_platform_ref(told.found)
        outcome = told.error or told.outcome
        settled = {"state": "done", "error_code": False, "error": False, "done_at": now}
        if isinstance(outcome, Movement):
            values = settled | {
                "movement_ref": outcome.movement_id,
                "moved": outcome.points,
            }
        elif outcome is None:
            values = settled | {"moved": 0}
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
        values = {"state": "refused", "error_code": error.code, "error": error.message}
        self._hold_back(values)
        return values

    def _hold_back(self, values: dict[str, Any]) -> None:
        """Let nobody wait for points that were not taken from the other member."""
        if self.gives_uuid:
            giving = self._other_half().filtered(lambda one: one.state == "waiting")
            giving.write(values | {"state": "refused"})

    def _failed(self, error: RetailError, now: datetime) -> dict[str, Any]:
        values = {"error_code": error.code, "error": error.message[:500]}
        # A set-up that is wrong is so for every order: one exception, and they go by
        # themselves once it is mended.
        is_set_up = isinstance(error, ConfigurationError)
        if is_set_up:
            self._open_exception(error, f"backend:{self.backend_id.id}")
        elif not error.retry:
            self._open_exception(error, str(self.id))
            self._hold_back(values)
            return {"state": "stuck", **values}
        later = now + self._wait(error, self.attempt_count)
        return {"state": "waiting", "next_at": later, **values}

    def _open_exception(self, error: RetailError, origin: str) -> None:
        self.env["retail.exception"]._open(
            self.backend_id,
            error,
            dedupe_key=f"platform:{origin}:{error.code}",
            correlation_id=self.correlation_id,
        )
