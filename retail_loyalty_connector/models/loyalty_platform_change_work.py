"""``retail.loyalty.platform.change``: how platforms are told who is who.

The loop is ``loyalty_asking_mixin.py``. A change goes out after all orders of the
members in it: a platform may make somebody anew for an order. Said again it does
nothing more, so that a killed worker's is repeated.
"""

import logging
from dataclasses import dataclass
from datetime import datetime

from odoo import api, models

from odoo.addons.retail_integration_base.tools.clock import to_naive, utc_now
from odoo.addons.retail_integration_base.tools.errors import (
    ConfigurationError,
    RetailError,
)

from ..tools.error_platform import PlatformChore
from ..tools.platform import Refusal
from ..tools.platform_client import PlatformClient
from .loyalty_asking_mixin import Asking

_logger = logging.getLogger(__name__)

CLAIM = """
    UPDATE retail_loyalty_platform_change AS claimed
       SET state = 'sending', attempt_count = attempt_count + 1, claimed_at = %(now)s
     WHERE claimed.id IN (
        SELECT own.id FROM retail_loyalty_platform_change AS own
          JOIN retail_backend AS backend ON backend.id = own.backend_id
         WHERE (own.state = 'waiting' AND own.next_at <= %(now)s
                OR own.state = 'sending' AND own.claimed_at < %(lost)s)
           AND backend.active AND backend.state = 'active'
           AND NOT EXISTS (
               SELECT FROM retail_loyalty_platform_order AS told
                WHERE told.member_id IN (own.member_id, own.other_id)
                  AND told.state IN ('waiting', 'sending'))
           AND NOT EXISTS (
               SELECT FROM retail_loyalty_platform_change AS earlier
                WHERE earlier.member_id = own.member_id AND earlier.id < own.id
                  AND earlier.state IN ('waiting', 'sending'))
         ORDER BY own.id LIMIT %(limit)s FOR UPDATE OF own SKIP LOCKED)
 RETURNING claimed.id
"""


@dataclass(kw_only=True)
class ChangeTelling(Asking):
    """A change that a platform is told, and what it said."""

    kind: str
    member_ref: str
    other_ref: str
    refusal: Refusal | None = None

    def _converse(self, client: PlatformClient) -> None:
        if self.kind == "erase":
            steps = client.member_erase(self.member_ref)
        elif self.kind == "merge":
            steps = client.member_merge(self.member_ref, self.other_ref)
        else:
            steps = client.member_part(self.member_ref, self.other_ref)
        self.refusal = self._do(steps)


class RetailLoyaltyPlatformChange(models.Model):
    _inherit = "retail.loyalty.platform.change"

    _claim_query = CLAIM

    @api.model
    def _cron_tell(self) -> None:
        """Tell platforms who was merged, parted or erased."""
        self._work()

    def _prepare_asking(self, now: datetime) -> ChangeTelling:
        return ChangeTelling(
            row_id=self.id,
            claimed_at=now,
            correlation_id=self.correlation_id,
            kind=self.kind,
            member_ref=self.member_ref,
            other_ref=self.other_ref or "",
        )

    def _record(self, told: ChangeTelling) -> None:
        self.ensure_one()
        refusal = told.refusal
        if told.error is not None:
            self._note_failure(told.error)
        elif refusal is None or refusal.reason == "unknown_member":
            # Whom the platform does not know (any more) it cannot confuse either.
            self._end("done", of=("sending",))
        else:
            self._leave_to_a_person(
                PlatformChore(
                    f"{self.backend_id.name}: {refusal.detail or refusal.reason} Who it"
                    f" is: row {self.id} of Loyalty → Platforms → Changes to tell"
                    " platforms.",
                    context={"change": self.id, "kind": self.kind},
                )
            )
        _logger.info("platform change %s %s: %s", self.id, self.kind, self.state)

    def _note_failure(self, error: RetailError) -> None:
        is_set_up = isinstance(error, ConfigurationError)
        if not (error.retry or is_set_up):
            self._leave_to_a_person(error)
            return
        if is_set_up:
            self._open_exception(
                error, f"platform:backend:{self.backend_id.id}:{error.code}"
            )
        later = to_naive(utc_now()) + self._wait(error, self.attempt_count)
        self.write(
            {
                "state": "waiting",
                "next_at": later,
                "error_code": error.code,
                "error": error.message[:500],
            }
        )

    def _leave_to_a_person(self, error: RetailError) -> None:
        self._open_exception(error, self._dedupe_key())
        self.write(
            {"state": "person", "error_code": error.code, "error": error.message[:500]}
        )

    def _open_exception(self, error: RetailError, dedupe_key: str) -> None:
        self.env["retail.exception"].sudo()._open(
            self.backend_id,
            error,
            dedupe_key=dedupe_key,
            correlation_id=self.correlation_id,
        )
