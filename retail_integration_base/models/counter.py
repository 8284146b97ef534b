"""``retail.counter``: how much happened, without counting history (R156, R157).

Whoever makes something happen adds a *fresh* row in the same transaction (lanes: exact,
one row per batch and kind) or adds to the worker's memory (requests: nothing hot is
touched, a thread writes every few seconds). Rows are only ever inserted here, so nobody
waits for anybody; ``counter_folding.py`` sums them up later. Read through
``retail.measure``.
"""

import logging
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

import psycopg2
from psycopg2.extras import execute_values

from odoo import api, fields, models, modules
from odoo.modules.registry import Registry

from ..fields import BigInteger, LooseMany2one
from ..tools.afterwards import Afterwards
from ..tools.clock import to_naive, utc_now
from ..tools.tally import Tally

_logger = logging.getLogger(__name__)

FLUSH_DELAY_S = 5.0
SLOT_MINUTES = 5


class CounterKey(NamedTuple):
    """What is counted; names and parts are few, or the table would grow."""

    name: str
    company_id: int | None = None
    backend_id: int | None = None
    store_id: int | None = None
    topic_id: int | None = None
    currency_id: int | None = None
    part: str | None = None
    detail: str | None = None
    period_at: datetime | None = None


class RetailCounter(models.Model):
    _name = "retail.counter"
    _description = "Counter"
    _order = "period_at desc, id desc"
    _rec_name = "name"
    _log_access = False

    name = fields.Selection(
        [
            ("message", "Messages worked"),
            ("received", "Messages received"),
            ("lag", "Time to effect"),
            ("failure", "Failed attempts"),
            ("refused", "Refused requests"),
            ("http", "Requests by status"),
            ("http_time", "Requests by duration"),
            ("sale", "Recorded sales"),
        ],
        string="What",
        required=True,
        readonly=True,
    )
    level = fields.Selection(
        [
            ("fresh", "Not summed up yet"),
            ("slot", "Five minutes"),
            ("hour", "Hour"),
            ("total", "Since ever"),
        ],
        required=True,
        readonly=True,
    )
    period_at = fields.Datetime(
        string="From", required=True, readonly=True, help="When the period begins."
    )
    company_id = LooseMany2one("res.company", readonly=True)
    backend_id = LooseMany2one("retail.backend", readonly=True)
    store_id = LooseMany2one("retail.store", readonly=True)
    topic_id = LooseMany2one("retail.topic", readonly=True)
    currency_id = LooseMany2one("res.currency", readonly=True)
    part = fields.Char(readonly=True)
    detail = fields.Char(readonly=True)
    count = BigInteger(readonly=True)
    total = fields.Float(
        digits=(24, 6),
        readonly=True,
        help="Seconds or money, where the counter has some.",
    )

    _fresh_idx = models.Index("(name) WHERE level = 'fresh'")
    _period_uniq = models.UniqueIndex(
        "(name, period_at, level, COALESCE(company_id, 0), COALESCE(backend_id, 0),"
        " COALESCE(store_id, 0), COALESCE(topic_id, 0), COALESCE(currency_id, 0),"
        " COALESCE(part, ''), COALESCE(detail, '')) WHERE level != 'fresh'",
        "One counter per period and kind.",
    )

    @api.model
    def _add(self, sums: Mapping[CounterKey, tuple[int, float | Decimal]]) -> None:
        """Count in this transaction: what is rolled back was never counted.

        :param sums: key -> (count, total); without ``period_at`` it happened now
        """
        if sums:
            _insert(self.env.cr, sums)

    @api.model
    def _add_soon(self, key: CounterKey, count: int = 1, total: float = 0.0) -> None:
        """Count in this worker's memory, to be written within seconds.

        For requests: it costs them no statement. Call it after the commit.
        """
        add_soon(self.env.cr.dbname, key, count, total)


def slot(moment: datetime) -> datetime:
    """Return the beginning of the period that ``moment`` (naive UTC) is counted in."""
    minute = moment.minute - moment.minute % SLOT_MINUTES
    return moment.replace(minute=minute, second=0, microsecond=0)


@lru_cache(maxsize=2)
def _slot_of(number: int) -> datetime:
    # Asked for every request, and nearly always the same.
    return to_naive(datetime.fromtimestamp(number * 60 * SLOT_MINUTES, timezone.utc))


def add_soon(database: str, key: CounterKey, count: int, total: float) -> None:
    """Count in this process's memory; a thread of it writes to ``database``."""
    if key.period_at is None:
        key = key._replace(period_at=_slot_of(int(time.time()) // (60 * SLOT_MINUTES)))
    _tallies.setdefault(database, Tally()).add(key, count, total)
    # A test's transaction is shared by all cursors: none may write of its own accord.
    if not modules.module.current_test:
        _flushing.add(database, None)


def flush(database: str, _notes: Sequence[None] = ()) -> None:
    """Write what this process counted for ``database``, in a transaction of its own."""
    tally = _tallies.get(database)
    sums = tally.take() if tally else {}
    if not sums:
        return
    try:
        with Registry(database).cursor() as cr:
            _insert(cr, sums)
    except psycopg2.Error as error:
        tally.put_back(sums)
        _logger.info("counters kept for later: %s", type(error).__name__)


def _insert(cr: object, sums: Mapping[CounterKey, tuple[int, float | Decimal]]) -> None:
    now = slot(to_naive(utc_now()))
    execute_values(
        # The cursor's own psycopg2 cursor: execute_values needs its mogrify.
        cr._obj,
        "INSERT INTO retail_counter (level, name, company_id, backend_id, store_id,"
        " topic_id, currency_id, part, detail, period_at, count, total) VALUES %s",
        [
            (*key[:-1], key.period_at or now, count, total)
            for key, (count, total) in sums.items()
        ],
        template="('fresh'" + ", %s" * 11 + ")",
        page_size=1000,
    )


_tallies: dict[str, Tally] = {}
_flushing: Afterwards[None] = Afterwards(flush, FLUSH_DELAY_S)
