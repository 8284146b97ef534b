"""``retail.api.key.use``: when a key was used last, and how much of its limit is left.

A row of its own beside each key: writing on the key would empty every worker's memory.
All workers and nodes share the bucket in the row; each takes tokens from it in small
portions, so that most requests cost no statement (decision 22).
"""

import threading
import time
from dataclasses import dataclass
from typing import NamedTuple

from psycopg2.errors import SerializationFailure

from odoo import api, fields, models

from ..tools.error_api import TooManyRequests
from .api_key_check import KeyFacts

WINDOW_S = 60
#: A portion is this much of a minute's limit; what is not spent soon is forfeited.
PORTIONS = 100
PORTION_LIFE_S = 2.0
#: Keys without a limit are only noted, and that rarely.
NOTED_EVERY_S = 60.0
TRIES = 5

TAKE = """
    INSERT INTO retail_api_key_use AS u
           (key_id, company_id, last_used_at, last_address, tokens, granted, filled_at)
    VALUES (%(key)s, %(company)s, clock_timestamp() AT TIME ZONE 'UTC', %(address)s,
            %(limit)s - %(portion)s, %(portion)s,
            clock_timestamp() AT TIME ZONE 'UTC')
    ON CONFLICT (key_id) DO UPDATE
       SET (tokens, granted) = (
               SELECT full_by_now - share, share
                 FROM (SELECT full_by_now,
                              LEAST(%(portion)s, floor(full_by_now)) AS share
                         FROM (SELECT LEAST(%(limit)s, u.tokens + %(limit)s
                                   * GREATEST(0, extract(epoch FROM
                                       clock_timestamp() AT TIME ZONE 'UTC'
                                       - u.filled_at)) / %(window)s
                               ) AS full_by_now) AS filled) AS shared),
           filled_at = clock_timestamp() AT TIME ZONE 'UTC',
           last_used_at = EXCLUDED.last_used_at, last_address = EXCLUDED.last_address
    RETURNING granted, tokens
"""


@dataclass
class Purse:
    """What this worker may still spend for one key."""

    tokens: int = 0
    left_in_row: float = 0.0
    taken_at: float = float("-inf")
    closed_until: float = 0.0


class Allowance(NamedTuple):
    """What is left of a limit after this request."""

    limit: int
    remaining: int

    @property
    def headers(self) -> dict[str, str]:
        """The limit as header fields (draft-ietf-httpapi-ratelimit-headers)."""
        full_in_s = WINDOW_S * (self.limit - self.remaining) // self.limit
        return {
            "RateLimit-Policy": f'"key";q={self.limit};w={WINDOW_S}',
            "RateLimit": f'"key";r={self.remaining};t={full_in_s}',
        }


_purses: dict[tuple[str, int], Purse] = {}
_spending = threading.Lock()


class RetailApiKeyUse(models.Model):
    _name = "retail.api.key.use"
    _description = "Use of an API Key"
    _log_access = False

    key_id = fields.Many2one(
        "retail.api.key", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    last_used_at = fields.Datetime(string="Last used", readonly=True)
    last_address = fields.Char(string="Last used from", readonly=True)
    tokens = fields.Float(string="Requests left", readonly=True)
    granted = fields.Integer(readonly=True)
    filled_at = fields.Datetime(readonly=True)

    _key_uniq = models.Constraint("UNIQUE (key_id)", "One row per key.")

    @api.model
    def _spend(self, facts: KeyFacts, address: str | None) -> Allowance | None:
        """Take one request from the key's limit; ``None``: there is no limit.

        :raises TooManyRequests: nothing is left; says when to come back
        """
        limit = facts.limit_per_minute
        with _spending:
            purse = _purses.setdefault((self.env.cr.dbname, facts.id), Purse())
            now = time.monotonic()
            if not limit:
                if now - purse.taken_at > NOTED_EVERY_S:
                    self._take(facts, address, 1, purse)
                return None
            if now < purse.closed_until:
                raise self._too_many(limit, purse.closed_until - now)
            if purse.tokens < 1 or now - purse.taken_at > PORTION_LIFE_S:
                self._take(facts, address, max(1, limit // PORTIONS), purse)
            if purse.tokens < 1:
                wait_s = (1 - purse.left_in_row) * WINDOW_S / limit
                purse.closed_until = now + wait_s
                raise self._too_many(limit, wait_s)
            purse.tokens -= 1
            return Allowance(limit, int(purse.left_in_row) + purse.tokens)

    def _take(
        self, facts: KeyFacts, address: str | None, portion: int, purse: Purse
    ) -> None:
        values = {
            "key": facts.id,
            "company": facts.company_id,
            "address": address,
            "limit": facts.limit_per_minute or 1,
            "portion": portion,
            "window": WINDOW_S,
        }
        for _try in range(TRIES):
            try:
                with self.env.registry.cursor() as cr:
                    # Losing a count in a power failure is nothing to wait for.
                    cr.execute("SET LOCAL synchronous_commit TO off")
                    cr.execute(TAKE, values, log_exceptions=False)
                    granted, left = cr.fetchone()
                break
            except SerializationFailure:
                # Another worker took at the same moment: look again.
                continue
        else:
            # A limit protects against floods; it is no reason to refuse one request.
            granted, left = 1, 0.0
        purse.tokens, purse.left_in_row = int(granted), float(left)
        purse.taken_at = time.monotonic()

    def _too_many(self, limit: int, wait_s: float) -> TooManyRequests:
        error = TooManyRequests(
            f"At most {limit} requests a minute; wait, then repeat.",
            retry_after_s=max(1.0, wait_s),
        )
        error.headers = Allowance(limit, 0).headers
        return error
