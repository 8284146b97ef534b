"""``retail.paged.run``: what goes wrong with a run, and what people do about it.

Bounded retries, giving up, stopping and going on. Called by ``paged_run.py`` and by
buttons.
"""

import logging
from datetime import datetime, timedelta

from odoo import fields, models
from odoo.exceptions import AccessError

from ..tools import redaction
from ..tools.backoff import delay_s
from ..tools.clock import to_naive, utc_now
from ..tools.errors import CircuitOpen, RateLimited, RetailError
from .event_mixin import OPERATOR_GROUP

_logger = logging.getLogger(__name__)

ATTEMPTS_MAX = 8
ERROR_TEXT_MAX = 2000


class RetailPagedRun(models.AbstractModel):
    _inherit = "retail.paged.run"

    # --- failing --------------------------------------------------------------------

    def _note_failure(self, error: RetailError) -> str:
        """Plan another try, or give up and tell people."""
        with self._own_transaction() as run:
            if run.state != "running":
                return "stopped"
            # A partner that asks us to slow down has not failed.
            counted = 0 if isinstance(error, RateLimited | CircuitOpen) else 1
            attempts = run.attempt_count + counted
            again = error.retry and attempts < ATTEMPTS_MAX
            retry_at = run._retry_at(max(attempts, 1), error) if again else None
            text = redaction.scrub_text(error.message)[:ERROR_TEXT_MAX]
            run.write(
                {
                    "attempt_count": attempts,
                    "next_attempt_at": retry_at,
                    "error_code": error.code,
                    "error_message": text,
                    "state": "running" if again else "failed",
                    "finished_at": None if again else fields.Datetime.now(),
                }
            )
            if not again:
                run._report_failure(error)
            _logger.info(
                "%s %s: %s, again %s",
                self._name,
                self.id,
                text,
                retry_at,
                exc_info=error.__cause__,
            )
        if retry_at:
            self._enqueue("retry", eta=retry_at)
        return f"{error.code}, again at {retry_at}" if retry_at else f"{error.code}"

    def _retry_at(self, attempts: int, error: RetailError) -> datetime:
        wait_s = error.retry_after_s or delay_s(
            attempts,
            base_s=float(self.backend_id.retry_base_s),
            cap_s=float(self.backend_id.retry_cap_s),
        )
        return to_naive(utc_now()) + timedelta(seconds=wait_s)

    # --- what people do -------------------------------------------------------------

    def _check_operator(self) -> None:
        """Let operators act on runs they may see; nobody may write them directly.

        :raises AccessError: neither an operator nor the system
        """
        self.check_access("read")
        if not (self.env.su or self.env.user.has_group(OPERATOR_GROUP)):
            raise AccessError(self.env._("Only operators decide about runs."))

    def action_stop(self) -> None:
        """End these runs where they are; what they stored stays."""
        self._check_operator()
        self.sudo().filtered(lambda run: run.state == "running").write(
            {"state": "stopped", "finished_at": fields.Datetime.now()}
        )

    def action_resume(self) -> None:
        """Go on with failed or stopped runs at the page where they ended."""
        self._check_operator()
        again = self.sudo().filtered(lambda run: run.state in ("failed", "stopped"))
        again.write({"state": "running", "attempt_count": 0, "finished_at": None})
        again._enqueue("go")
