"""``retail.loyalty.ledger``: the only way to move points.

Each method is one or two calls of the SQL in ``data/ledger``, in the caller's
transaction: the effect and the business record that caused it commit together. Expected
outcomes (not enough points, known already, conflict, expired) are values, so that what
was refused is stored too; a serialization failure passes untouched, since Odoo replays
the request. No HTTP, no advisory lock, no commit in here.

Called by the engine, the HTTP routes and the crons. Reading is in
``loyalty_ledger_reading.py``, verifying in ``loyalty_ledger_check.py``.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol

from psycopg2.extras import Json

from odoo import api, models
from odoo.tools import split_every
from odoo.tools.misc import file_open

from odoo.addons.retail_integration_base.tools import correlation
from odoo.addons.retail_integration_base.tools.clock import to_naive, utc_now

from ..tools import postings as values
from ..tools.error_ledger import AdjustmentUnapproved
from ..tools.outcomes import Held, Posted
from ..tools.postings import Capture, HoldRequest, Posting, Reversal, Transfer

#: in the order in which they need each other
SQL_FILES = (
    "chain",
    "entry",
    "hold",
    "capture",
    "pending",
    "post",
    "reverse",
    "transfer",
    "merge",
    "inactivity",
    "anchor",
    "guard",
    "finance",
)
#: in one statement: large enough that each account is written few times in a batch of
#: a hundred thousand, small enough for some ten megabytes
CHUNK = 20_000
TOUCHED = (
    "retail.loyalty.account",
    "retail.loyalty.entry",
    "retail.loyalty.hold",
    "retail.loyalty.lot",
    "retail.loyalty.lot.use",
    "retail.loyalty.pending",
    "retail.loyalty.refusal",
    "retail.loyalty.reversal",
)


class _Request(Protocol):
    """What can be asked of the ledger: it tells its content as a document."""

    def document(self) -> dict[str, Any]:
        """Return the content."""


class RetailLoyaltyLedger(models.AbstractModel):
    _name = "retail.loyalty.ledger"
    _description = "Loyalty Ledger"

    # --- holds ------------------------------------------------------------------------

    @api.model
    def _reserve(self, request: HoldRequest) -> Held:
        """Reserve points; state ``open``, or ``refused`` for good."""
        return self._hold(
            "SELECT * FROM retail_loyalty_reserve(%s, %s, %s, %s)",
            (_json(request), *self._context()),
            request.uuid,
        )

    @api.model
    def _capture(self, request: Capture) -> Held:
        """Spend what is held, in full or in part; the rest is free again.

        ``done`` if it was captured with these points, now or before; state ``expired``
        if it was too late, ``conflict`` if it was captured or voided otherwise or holds
        fewer points.
        """
        return self._hold(
            "SELECT * FROM retail_loyalty_capture(%s, %s, %s, %s, %s)",
            (request.hold_uuid, _json(request), *self._context()),
            request.hold_uuid,
        )

    @api.model
    def _void(self, uuid: str) -> Held:
        """Let go of a hold; ``done`` however it came to be free, even by time.

        ``conflict`` if it was captured.
        """
        values.check_uuid(uuid)
        return self._hold(
            "SELECT * FROM retail_loyalty_void(%s, %s)", (uuid, self._now()), uuid
        )

    def _hold(self, query: str, parameters: tuple, uuid: str) -> Held:
        cr = self.env.cr
        # Being overtaken is expected, and the statement holds what must not be logged.
        cr.execute(query, parameters, log_exceptions=False)
        (state, done, repeated, conflict, *facts) = cr.fetchone()
        self._forget()
        return Held(uuid, state, done, repeated, conflict, *facts)

    # --- postings ---------------------------------------------------------------------

    @api.model
    def _post(self, postings: Iterable[Posting]) -> list[Posted]:
        """Post one or thousands; return what became of each, in their order.

        Postings of one account take effect in the order given.

        :raises AdjustmentUnapproved: above the program's limit, by one person
        """
        answers: list[Posted] = []
        for chunk in split_every(CHUNK, postings):
            self._check_adjustments(chunk)
            answers += self._post_chunk(chunk)
        return answers

    def _post_chunk(self, chunk: Sequence[Posting]) -> list[Posted]:
        mixed = {one.account_id for one in chunk if not one.is_plain_credit}
        credits = [n for n, one in enumerate(chunk) if one.account_id not in mixed]
        steps = [n for n, one in enumerate(chunk) if one.account_id in mixed]
        if len(chunk) > 1 and steps:
            documents = values.documents(chunk)
            self.env.cr.execute(
                "SELECT retail_loyalty_lock(%s)", (documents,), log_exceptions=False
            )
        answers: dict[int, Posted] = {}
        for numbers, function in ((credits, "credits"), (steps, "steps")):
            if numbers:
                asked = [chunk[n] for n in numbers]
                found = self._ask(f"retail_loyalty_post_{function}", asked)
                answers |= dict(zip(numbers, found, strict=True))
        return [answers[n] for n in range(len(chunk))]

    @api.model
    def _reverse(self, reversals: Iterable[Reversal]) -> list[Posted]:
        """Take back postings, in part or in full; never more than was posted.

        Spent points that come back go to the lots that they were taken from. State
        ``unknown``: nothing was posted under the original id.
        """
        self.env["retail.loyalty.program"].flush_model(
            ["restoration_policy", "restoration_grace_days"]
        )
        return [
            answer
            for chunk in split_every(CHUNK, reversals)
            for answer in self._ask("retail_loyalty_reverse_steps", chunk)
        ]

    def _ask(
        self, function: str, asked: Sequence[Posting | Reversal | Transfer]
    ) -> list[Posted]:
        cr = self.env.cr
        documents = values.documents(asked)
        cr.execute(
            f"SELECT * FROM {function}(%s, %s, %s, %s)",  # nosec B608 # names of ours only
            (documents, *self._context()),
            log_exceptions=False,
        )
        rows = cr.fetchall()
        self._forget()
        return [_posted(one.uuid, row) for one, row in zip(asked, rows, strict=True)]

    def _check_adjustments(self, chunk: Sequence[Posting]) -> None:
        """Refuse adjustments above the program's limit without a second person.

        What a recorded sale causes is nobody's decision.
        """
        large = [
            one
            for one in chunk
            if one.kind == "adjustment"
            and not one.is_platforms
            and not one.transaction_id
        ]
        if not large:
            return
        accounts = self.env["retail.loyalty.account"].sudo()
        for one in large:
            limit = accounts.browse(one.account_id).program_id.adjustment_limit
            if abs(one.points) > limit and one.approved_by_id in (None, self.env.uid):
                raise AdjustmentUnapproved(
                    f"{one.points:+d} points are more than one person may adjust"
                    f" ({limit}); let somebody else approve it",
                    context={"limit": limit},
                )

    # --- what time does ---------------------------------------------------------------

    @api.model
    def _expire_holds(self, limit: int = 1000) -> int:
        """Let go of holds whose time is over; return how many."""
        return self._count(
            "SELECT retail_loyalty_expire_holds(%s, %s)", (self._now(), limit)
        )

    @api.model
    def _expire_lots(self, limit: int = 1000) -> int:
        """Let points expire on at most ``limit`` accounts; return how many accounts."""
        return self._count(
            "SELECT retail_loyalty_expire_lots(%s, %s, %s, %s)",
            (limit, *self._context()),
        )

    @api.model
    def _mature_pending(self, limit: int = 1000) -> int:
        """Post pending points whose time has come; return how many rows."""
        now, *who = self._context()
        return self._count(
            "SELECT retail_loyalty_mature(%s, %s, %s, %s)", (now, limit, *who)
        )

    def _count(self, query: str, parameters: tuple) -> int:
        self.env.cr.execute(query, parameters, log_exceptions=False)
        (count,) = self.env.cr.fetchone()
        self._forget()
        return count

    # --- around it --------------------------------------------------------------------

    def init(self) -> None:
        """Put functions and guards into the database, once all tables are there."""
        self.pool.post_init(self._install)

    @api.model
    def _install(self) -> None:
        for name in SQL_FILES:
            path = f"retail_loyalty_connector/data/ledger/{name}.sql"
            with file_open(path) as file:
                self.env.cr.execute(file.read())

    @api.model
    def _now(self) -> datetime:
        """Return the ledger's time: UTC, in whole seconds."""
        return to_naive(utc_now()).replace(microsecond=0)

    def _context(self) -> tuple[datetime, int | None, str | None]:
        return self._now(), self.env.uid or None, correlation.current() or None

    def _forget(self) -> None:
        """Let records be read anew: SQL wrote beside the ORM."""
        # Mostly there is nothing: asking 150 fields costs as much as a round trip.
        cached = {field.model_name for field in self.env.transaction.field_data}
        for name in cached.intersection(TOUCHED):
            self.env[name].invalidate_model(flush=False)


def _json(request: _Request) -> Json:
    return Json(request.document())


def _posted(uuid: str, row: tuple) -> Posted:
    _number, state, repeated, entry_id, amount, balance, available, code = row
    if state is None:
        raise ValueError(f"{uuid}: there is no such member account")
    return Posted(
        uuid, state, repeated, entry_id, amount or 0, balance, available, code
    )
