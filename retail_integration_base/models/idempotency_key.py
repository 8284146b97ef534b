"""``retail.idempotency.key``: the answer that a request with this key got.

The row is written in the request's own transaction, so that answer and effect commit
together. "Still running" is not a state but a lock of that transaction: it is seen by
others at once, and a killed worker lets go of it (decision 21). Called by
``controllers/api.py`` only; nobody reads it on a screen but to explain an answer.
"""

import hashlib
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.error_api import IdempotencyKeyReused, StillRunning
from .api_key_check import KeyFacts

KEPT_HOURS = 24
VACUUM_BATCH = 10_000
RUNNING_RETRY_AFTER_S = 1


class KeptAnswer(NamedTuple):
    """An answer as it went out the first time."""

    status: int
    body: str
    location: str | None


class RetailIdempotencyKey(models.Model):
    _name = "retail.idempotency.key"
    _description = "Idempotency Key"
    _order = "id desc"
    _log_access = False

    api_key_id = fields.Many2one(
        "retail.api.key", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    key = fields.Char(required=True, readonly=True)
    operation = fields.Char(required=True, readonly=True)
    fingerprint = fields.Char(required=True, readonly=True)
    status = fields.Integer(readonly=True)
    body = fields.Text(readonly=True, groups=fields.NO_ACCESS)
    location = fields.Char(readonly=True)
    created_at = fields.Datetime(string="Created", required=True, readonly=True)

    _key_uniq = models.Constraint(
        "UNIQUE (api_key_id, key)", "This idempotency key was used already."
    )
    _created_idx = models.Index("(created_at)")

    @api.model
    def _claim(
        self, facts: KeyFacts, key: str, operation: str, fingerprint: str
    ) -> KeptAnswer | None:
        """Return the answer that was given already, or take the key for this request.

        :raises StillRunning: another transaction holds the key right now
        :raises IdempotencyKeyReused: the key belongs to another request
        """
        self._lock_or_refuse(facts.id, key)
        inserted = self.env.execute_query(
            SQL(
                "INSERT INTO retail_idempotency_key"
                " (api_key_id, company_id, key, operation, fingerprint, created_at)"
                " VALUES (%s, %s, %s, %s, %s, now() AT TIME ZONE 'UTC')"
                # Committed after our snapshot: a serialization error, and Odoo's
                # replay finds the row.
                " ON CONFLICT (api_key_id, key) DO NOTHING RETURNING id",
                facts.id,
                facts.company_id,
                key,
                operation,
                fingerprint,
            )
        )
        return None if inserted else self._kept(facts.id, key, fingerprint)

    def _lock_or_refuse(self, api_key_id: int, key: str) -> None:
        digest = hashlib.sha256(f"{api_key_id}:{key}".encode()).digest()
        number = int.from_bytes(digest[:8], "big", signed=True)
        ((taken,),) = self.env.execute_query(
            SQL("SELECT pg_try_advisory_xact_lock(%s)", number)
        )
        if not taken:
            raise StillRunning(
                "The first request with this Idempotency-Key is still running.",
                retry_after_s=RUNNING_RETRY_AFTER_S,
            )

    def _kept(self, api_key_id: int, key: str, fingerprint: str) -> KeptAnswer:
        ((known, status, body, location),) = self.env.execute_query(
            SQL(
                "SELECT fingerprint, status, body, location FROM retail_idempotency_key"
                " WHERE api_key_id = %s AND key = %s",
                api_key_id,
                key,
            )
        )
        if known != fingerprint:
            raise IdempotencyKeyReused(
                "This Idempotency-Key was used for another request; take a new one."
            )
        return KeptAnswer(status, body, location)

    @api.model
    def _keep(self, facts: KeyFacts, key: str, answer: KeptAnswer) -> None:
        """Keep the answer of the request that claimed ``key``; commits with it."""
        self.env.cr.execute(
            "UPDATE retail_idempotency_key SET status = %s, body = %s, location = %s"
            " WHERE api_key_id = %s AND key = %s",
            (*answer, facts.id, key),
            log_exceptions=False,
        )

    @api.autovacuum
    def _gc_idempotency_keys(self) -> tuple[int, bool]:
        """Forget answers after a day, in batches; say whether more are left."""
        deleted = self.env.execute_query(
            SQL(
                "DELETE FROM retail_idempotency_key WHERE id IN ("
                " SELECT id FROM retail_idempotency_key"
                " WHERE created_at"
                "  < now() AT TIME ZONE 'UTC' - make_interval(hours => %s)"
                " LIMIT %s) RETURNING id",
                KEPT_HOURS,
                VACUUM_BATCH,
            )
        )
        return len(deleted), len(deleted) == VACUUM_BATCH
