"""``retail.refusal``: how many requests were refused, per hour, backend and reason.

The only thing a refused request leaves behind. A flood cannot make it grow: the key
has few values, and counts are added up in the worker's memory and written at most
every few seconds, in a transaction of their own.
"""

import threading
import time
from collections import Counter
from datetime import datetime

from psycopg2.extras import execute_values

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ..tools.clock import to_naive, utc_now
from .counter import CounterKey

FLUSH_INTERVAL_S = 5.0
KEPT_DAYS = 90


class _Buffer:
    """Counts of this process that are not in the database yet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, int, str]] = Counter()
        self._flushed = 0.0

    def add(self, database: str, backend_id: int, reason: str) -> bool:
        """Count one refusal; return whether it is time to write."""
        with self._lock:
            self._counts[database, backend_id, reason] += 1
            return time.monotonic() - self._flushed >= FLUSH_INTERVAL_S

    def take(self, database: str) -> dict[tuple[int, str], int]:
        """Return and forget the counts of ``database``."""
        with self._lock:
            self._flushed = time.monotonic()
            taken = {key: n for key, n in self._counts.items() if key[0] == database}
            for key in taken:
                del self._counts[key]
        return {(backend_id, why): n for (_db, backend_id, why), n in taken.items()}

    def put_back(self, database: str, counts: dict[tuple[int, str], int]) -> None:
        """Keep counts that could not be written."""
        with self._lock:
            for (backend_id, why), n in counts.items():
                self._counts[database, backend_id, why] += n


_buffer = _Buffer()


class RetailRefusal(models.Model):
    _name = "retail.refusal"
    _description = "Refused Requests"
    _order = "hour_at desc, id desc"
    _log_access = False

    hour_at = fields.Datetime(string="Hour", required=True, readonly=True, index=True)
    backend_ref = fields.Integer(required=True, readonly=True)
    backend_id = fields.Many2one(
        "retail.backend", compute="_compute_backend_id", search="_search_backend_id"
    )
    company_id = fields.Many2one("res.company", readonly=True)
    reason = fields.Selection(
        [
            ("missing", "No signature"),
            ("malformed", "Signature of a wrong form"),
            ("mismatch", "Wrong signature"),
            ("stale", "Too old"),
            ("future", "From the future"),
            ("no_secret", "No valid secret here"),
            ("key", "Wrong API key"),
            ("address", "API key from a wrong address"),
            ("scope", "API key without the right"),
            ("limit", "Over the key's limit"),
            ("unknown_backend", "Unknown address"),
        ],
        required=True,
        readonly=True,
    )
    count = fields.Integer(required=True, readonly=True)

    _bucket_uniq = models.Constraint(
        "UNIQUE (hour_at, backend_ref, reason)", "One counter per hour and reason."
    )

    @api.depends("backend_ref")
    def _compute_backend_id(self) -> None:
        known = self.env["retail.backend"].browse(
            {refusal.backend_ref for refusal in self} - {0}
        )
        known = known.exists()
        for refusal in self:
            refusal.backend_id = known.filtered(
                lambda backend, ref=refusal.backend_ref: backend.id == ref
            )

    def _search_backend_id(self, operator: str, value: object) -> list:
        return [("backend_ref", operator, value)]

    @api.model
    def _count(self, backend_id: int | None, reason: str) -> None:
        """Count a refused request; unknown backends share the number 0."""
        key = CounterKey("refused", backend_id=backend_id, part=reason)
        self.env["retail.counter"]._add_soon(key)
        if _buffer.add(self.env.cr.dbname, backend_id or 0, reason):
            self._flush_buffer()

    @api.model
    def _flush_buffer(self) -> None:
        counts = _buffer.take(self.env.cr.dbname)
        if not counts:
            return
        try:
            self._write_counts(counts)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            # Another worker wrote the same counter in this moment: next time.
            _buffer.put_back(self.env.cr.dbname, counts)

    def _write_counts(self, counts: dict[tuple[int, str], int]) -> None:
        hour_at = _hour(to_naive(utc_now()))
        with self.env.registry.cursor() as cr:
            execute_values(
                cr._obj,
                "INSERT INTO retail_refusal AS r"
                " (hour_at, backend_ref, reason, count, company_id) VALUES %s"
                " ON CONFLICT (hour_at, backend_ref, reason)"
                " DO UPDATE SET count = r.count + EXCLUDED.count",
                [
                    (hour_at, backend_id, why, n, backend_id)
                    for (backend_id, why), n in counts.items()
                ],
                template="(%s, %s, %s, %s,"
                " (SELECT company_id FROM retail_backend WHERE id = %s))",
            )

    @api.autovacuum
    def _gc_refusals(self) -> None:
        limit = fields.Datetime.subtract(fields.Datetime.now(), days=KEPT_DAYS)
        self.sudo().search([("hour_at", "<", limit)], limit=10_000).unlink()


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)
