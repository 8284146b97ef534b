"""The conservation machine sees when the ledger's SQL is wrong.

Each mutant is one change of ``data/ledger/*.sql`` that a tired programmer could make.
It is put into the database inside the test's transaction; the machine has to fail.
Takes minutes, so it is run by hand, after changes to the SQL or to the machine:
``odoo --test-tags retail_mutants``; docs/loyalty-proof.md says what it found.
"""

import logging
import re
import traceback
from pathlib import Path
from typing import NamedTuple

import psycopg2
from hypothesis import Phase

from odoo.tests import tagged
from odoo.tools.misc import file_open, mute_logger

from .common import LoyaltyCase
from .test_conservation import play

HERE = Path(__file__).parent
#: what the rarest fault takes to be met, and some to spare
EXAMPLES = 300
#: logs each broken chain as an error
VERIFIER = "odoo.addons.retail_loyalty_connector.models.loyalty_ledger_check"
#: of an assertion about ``RULES``
RULE = re.compile(r"""\((['"])(.+?)\1, \[""")
_logger = logging.getLogger(__name__)


class Mutant(NamedTuple):
    """One wrong ledger: ``old`` stands once in ``file``, ``new`` in its place."""

    name: str
    file: str
    old: str
    new: str


MUTANTS = (
    Mutant(
        "a reservation takes one point too many",
        "hold",
        "a.posted - a.held - points >= a.floor\n       AND",
        "a.posted - a.held - points >= a.floor - 1\n       AND",
    ),
    Mutant(
        "a reservation counts points past their end",
        "hold",
        "lot.expires_at <= p_now)\n RETURNING",
        "false)\n RETURNING",
    ),
    Mutant(
        "a refused hold is forgotten",
        "hold",
        "SET state = 'refused', resolved_at = p_now",
        "SET state = 'voided', resolved_at = p_now",
    ),
    Mutant(
        "a repeated request is taken for a new one",
        "hold",
        "repeated := p_fresh IS NULL;",
        "repeated := false;",
    ),
    Mutant(
        "ending a hold frees nothing",
        "hold",
        "SET held = a.held - p_points, version",
        "SET held = a.held, version",
    ),
    Mutant(
        "holds end before their time",
        "hold",
        "WHERE state = 'open' AND expires_at <= p_now\n             ORDER",
        "WHERE state = 'open'\n             ORDER",
    ),
    Mutant(
        "a capture releases what it spends, not what was held",
        "capture",
        "held = r.held - h.points,",
        "held = r.held - h.captured,",
    ),
    Mutant(
        "a capture does not look at the clock",
        "capture",
        " AND r.expires_at > p_now",
        "",
    ),
    Mutant(
        "a capture takes more than is held",
        "capture",
        "       AND coalesce((p_document ->> 'points')::bigint, 0) <= r.points\n",
        "",
    ),
    Mutant(
        "a capture takes the lot that ends last",
        "capture",
        "ORDER BY next.expires_at, next.id LIMIT 1",
        "ORDER BY next.expires_at DESC, next.id LIMIT 1",
    ),
    Mutant(
        "a capture does not note which lot it used",
        "capture",
        "VALUES (entry_id, v_lot, h.captured, 0)",
        "SELECT entry_id, v_lot, h.captured, 0 WHERE h.captured > 20",
    ),
    Mutant(
        "a capture forgets the debt that is there",
        "capture",
        "r.floor - (r.posted - h.captured - r.held + h.points)",
        "r.floor - (r.posted - h.captured)",
    ),
    Mutant(
        "the hash of a capture leaves out the hold",
        "capture",
        "h.id, NULL,\n                   v_sale",
        "NULL, NULL,\n                   v_sale",
    ),
    Mutant(
        "spending does not look at the balance",
        "entry",
        "AND (p_forced OR e.amount > 0",
        "AND (true OR e.amount > 0",
    ),
    Mutant(
        "the hash is of the balance before",
        "entry",
        "e, a.last_sequence + 1, a.posted + e.amount)),",
        "e, a.last_sequence + 1, a.posted)),",
    ),
    Mutant(
        "lots are spent in the order of their making",
        "entry",
        "         ORDER BY expires_at, id\n    LOOP\n        v_part := least(v_left",
        "         ORDER BY id\n    LOOP\n        v_part := least(v_left",
    ),
    Mutant(
        "a new lot ignores what the member owes",
        "entry",
        "VALUES (e.account_id, e.id, p_points, p_remaining, p_remaining > 0,",
        "VALUES (e.account_id, e.id, p_points, p_points, true,",
    ),
    Mutant(
        "restored points go to the lot that ends first",
        "entry",
        "ORDER BY lot.expires_at DESC, lot.id DESC",
        "ORDER BY lot.expires_at, lot.id",
    ),
    Mutant(
        "a use does not remember what was given back",
        "entry",
        "SET restored = restored + v_part",
        "SET restored = restored",
    ),
    Mutant(
        "restored points go to the next lot, not to the one they came from",
        "entry",
        "PERFORM retail_loyalty_lot_use(e.id, v_use.lot_id, -v_give);",
        "PERFORM retail_loyalty_lot_add(e, v_give, v_give, NULL);",
    ),
    Mutant(
        "restored points get no grace",
        "entry",
        "v_use.expires_at <= e.recorded_at AND p_grace IS NOT NULL",
        "false",
    ),
    Mutant(
        "expiry takes held points",
        "entry",
        "v_keep := v_account.held;",
        "v_keep := 0;",
    ),
    Mutant(
        "expiry takes points that are not due",
        "entry",
        "SELECT sum(remaining) INTO v_due FROM retail_loyalty_lot\n"
        "     WHERE account_id = p_account AND is_open AND expires_at <= p_now;",
        "SELECT sum(remaining) INTO v_due FROM retail_loyalty_lot\n"
        "     WHERE account_id = p_account AND is_open;",
    ),
    Mutant(
        "cancelled points mature all the same",
        "pending",
        "e.amount := p.amount - p.cancelled;",
        "e.amount := p.amount;",
    ),
    Mutant(
        "points mature before their time",
        "pending",
        "WHERE state = 'pending' AND matures_at <= p_now\n",
        "WHERE state = 'pending'\n",
    ),
    Mutant(
        "a cancellation leaves the pending balance",
        "reverse",
        "SET pending = a.pending - v_points,",
        "SET pending = a.pending,",
    ),
    Mutant(
        "more can be cancelled than is pending",
        "reverse",
        "       AND r.cancelled + v_points <= r.amount AND v_points > 0\n",
        "",
    ),
    Mutant(
        "a reversal has no cap",
        "reverse",
        "ELSIF v_points > v_left OR v_points = 0 THEN",
        "ELSIF v_points = 0 THEN",
    ),
    Mutant(
        "a reversal is not counted",
        "reverse",
        "DO UPDATE SET reversed = r.reversed + excluded.reversed",
        "DO UPDATE SET reversed = r.reversed",
    ),
    Mutant(
        "a reversal can be reversed",
        "reverse",
        "IF o.reverses_id IS NOT NULL OR o.kind = 'transfer' THEN",
        "IF o.kind = 'transfer' THEN",
    ),
    Mutant(
        "a reversal takes held points",
        "reverse",
        "SELECT a.posted - a.held + coalesce(",
        "SELECT a.posted + coalesce(",
    ),
    Mutant(
        "a reversal takes any lot",
        "reverse",
        "e, least(-e.amount, e.balance_after - e.amount), o.id);",
        "e, least(-e.amount, e.balance_after - e.amount), NULL);",
    ),
    Mutant(
        "a refused posting is forgotten",
        "post",
        "    ON CONFLICT (uuid) DO NOTHING;\n    IF NOT FOUND THEN\n"
        "        RAISE EXCEPTION 'Refusal",
        "    ON CONFLICT (uuid) DO NOTHING;\n"
        "    DELETE FROM retail_loyalty_refusal WHERE uuid = e.uuid;\n"
        "    IF false THEN\n        RAISE EXCEPTION 'Refusal",
    ),
    Mutant(
        "a batch adds each to the balance before all",
        "post",
        "(account.posted + sum(fresh.amount) OVER chain)::bigint",
        "(account.posted + fresh.amount + 0 * sum(fresh.amount) OVER chain)::bigint",
    ),
    Mutant(
        "earned points ignore what the member owes",
        "post",
        "SELECT account_id, id, points, greatest(0, least(points, balance_after)),\n"
        "               balance_after > 0, expires_at",
        "SELECT account_id, id, points, points, true, expires_at",
    ),
)


@tagged("-standard", "retail_mutants", "post_install", "-at_install")
class TestMutants(LoyaltyCase):
    def test_machine_kills_every_mutant(self):
        alive = []
        for mutant in MUTANTS:
            killer = self.killer(mutant)
            _logger.info("Mutant | %s | %s |", mutant.name, killer or "SURVIVES")
            if not killer:
                alive.append(mutant.name)
        self.assertEqual(alive, [])

    def killer(self, mutant: Mutant) -> str:
        """Return what failed on the mutant; empty if nothing did."""
        path = f"retail_loyalty_connector/data/ledger/{mutant.file}.sql"
        with file_open(path) as file:
            sql = file.read()
        self.assertEqual(sql.count(mutant.old), 1, mutant.name)
        savepoint = self.env.cr.savepoint()
        try:
            self.env.cr.execute(sql.replace(mutant.old, mutant.new))
            with mute_logger("odoo.sql_db", VERIFIER):
                play(self, (Phase.generate,), EXAMPLES)
        except psycopg2.Error as error:
            return f"the database: {error.diag.constraint_name or error.pgerror}"
        except AssertionError as error:
            return _where(error)
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all()
        return ""


def _where(error: AssertionError) -> str:
    """Return which rule or invariant of the machine failed, and which of the ledger."""
    frames = traceback.extract_tb(error.__traceback__)
    names = [one.name for one in frames if Path(one.filename).parent == HERE]
    rule = RULE.search(str(error))
    return f"{names[-1]} {rule[2] if rule else ''}".strip()
