"""``retail.exception``: how one is opened.

Called by lanes, the gateway and feature modules through ``_open*``, which are
idempotent per origin and code. Owner, team and deadline follow from the category.
"""

from datetime import datetime, timedelta
from typing import Any

from psycopg2.extras import Json

from odoo import SUPERUSER_ID, api, models
from odoo.tools import SQL

from ..tools import redaction, strict_json
from ..tools.clock import to_naive, utc_now
from ..tools.errors import RetailError
from ..tools.stake import Stake, stake_of

FACT_CHARS_MAX = 200


class RetailException(models.Model):
    _inherit = "retail.exception"

    @api.model
    def _open_for_event(self, event: models.BaseModel, error: RetailError) -> None:
        """Open an exception for a message that needs a decision, once per code."""
        origin = "in" if event._name == "retail.inbox.event" else "out"
        self._open(
            event.backend_id,
            error,
            dedupe_key=f"{origin}:{event.id}:{error.code}",
            inbox_event_id=event.id if origin == "in" else None,
            outbox_event_id=event.id if origin == "out" else None,
            correlation_id=event.correlation_id,
        )

    @api.model
    def _open(
        self,
        backend: models.BaseModel,
        error: RetailError,
        *,
        dedupe_key: str,
        inbox_event_id: int | None = None,
        outbox_event_id: int | None = None,
        correlation_id: str | None = None,
        stake: Stake | None = None,
    ) -> None:
        """Insert the exception unless the same one is open; touch no hot row.

        Also called in the request that brings a conflicting message, hence plain SQL:
        a flood of the same conflict is one row and no mail.

        :param stake: the money it is about, where no message says it
        """
        stake = stake or self._find_stake(inbox_event_id, outbox_event_id)
        values = self._prepare_values(backend, error, stake) | {
            "dedupe_key": dedupe_key,
            "inbox_event_id": inbox_event_id,
            "outbox_event_id": outbox_event_id,
            "correlation_id": correlation_id,
        }
        self.env.flush_all()
        self.env.execute_query(
            SQL(
                "INSERT INTO retail_exception (%s) VALUES %s"
                " ON CONFLICT (dedupe_key) WHERE state != 'resolved' DO NOTHING"
                " RETURNING id",
                SQL(", ").join(SQL.identifier(name) for name in values),
                tuple(values.values()),
            )
        )

    @api.model
    def _prepare_values(
        self, backend: models.BaseModel, error: RetailError, stake: Stake | None
    ) -> dict:
        category = self.env["retail.exception.category"].sudo()._find_for(error)
        now = to_naive(utc_now())
        cause = redaction.scrub_text(error.message[:1].upper() + error.message[1:])
        uid = self.env.uid or SUPERUSER_ID
        return {
            "summary": cause.partition("\n")[0][:200],
            "code": error.code,
            "cause": cause,
            "facts": Json(_facts_of(error)),
            "state": "open",
            "backend_id": backend.id,
            "company_id": backend.company_id.id,
            "opened_at": now,
            "mapping_kind": error.context.get("kind"),
            "mapping_value": error.context.get("value"),
            "create_uid": uid,
            "create_date": now,
            "write_uid": uid,
            "write_date": now,
            **self._prepare_stake(category, stake),
            **self._prepare_owner(category, backend, now),
        }

    def _prepare_owner(
        self, category: models.BaseModel, backend: models.BaseModel, now: datetime
    ) -> dict:
        deadline_at = now + timedelta(hours=category.deadline_hours)
        first_step = category.step_ids[:1]
        wait = timedelta(hours=first_step.wait_hours)
        return {
            "category_id": category.id,
            "category": category.code,
            "severity": category.severity,
            "user_id": category._find_owner(backend).id or None,
            "group_id": category.group_id.id,
            "deadline_at": deadline_at,
            "escalation_level": 0,
            "escalate_at": deadline_at + wait if first_step else None,
        }

    @api.model
    def _adopt_categories(self) -> None:
        """Give exceptions their category that were opened before it was a record.

        Called when the module is installed or updated.
        """
        self.env.execute_query(
            SQL(
                "UPDATE retail_exception e"
                " SET category_id = c.id, group_id = c.group_id, escalation_level = 0"
                " FROM retail_exception_category c"
                " WHERE e.category_id IS NULL AND c.code = e.category RETURNING e.id"
            )
        )

    # --- what is at stake -----------------------------------------------------------

    def _prepare_stake(self, category: models.BaseModel, stake: Stake | None) -> dict:
        currency = self.env["res.currency"].browse()
        if stake:
            currency = (
                self.env["res.currency"]
                .sudo()
                .with_context(active_test=False)
                .search([("name", "=", stake.currency)], limit=1)
            )
        amount = stake.amount if stake and currency else None
        return {
            "amount": amount,
            "currency_id": currency.id or None,
            # Kept: whoever changes the category later frees no exception that is open.
            "is_four_eyes": category._asks_second_person(amount, currency),
        }

    def _find_stake(
        self, inbox_event_id: int | None, outbox_event_id: int | None
    ) -> Stake | None:
        try:
            if inbox_event_id:
                event = self.env["retail.inbox.event"].sudo().browse(inbox_event_id)
                return event.backend_id._connector()._find_stake(event)
            if outbox_event_id:
                event = self.env["retail.outbox.event"].sudo().browse(outbox_event_id)
                body = strict_json.loads((event.payload or "").encode())
                return stake_of(body.get("data") if isinstance(body, dict) else None)
        except RetailError:
            # A message that cannot be read says no amount; that it cannot be read is
            # what the exception is about.
            return None
        return None


def _facts_of(error: RetailError) -> dict[str, Any]:
    """Return what the words for a person are made of, without personal values."""
    facts: dict[str, Any] = {}
    for name, value in error.context.items():
        if isinstance(value, str):
            facts[name] = redaction.scrub_text(value)[:FACT_CHARS_MAX]
        elif isinstance(value, bool | int):
            facts[name] = value
    return facts
