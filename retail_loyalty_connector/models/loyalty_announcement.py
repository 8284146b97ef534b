"""``retail.loyalty.announcement``: what subscribers are yet to be told (R21).

A row per entry, hold or end of a hold, written by triggers in the statement that moves
the points (``data/ledger/announce.sql``), only while somebody subscribes. The cron
makes messages of many at once and removes the rows in the same transaction, so that
nothing is lost or told twice. Movements of one account keep their order: its row is
locked by whoever moves it.
"""

from typing import Any

from odoo import api, fields, models
from odoo.tools import groupby

from odoo.addons.retail_integration_base.fields import LooseMany2one
from odoo.addons.retail_integration_base.models.outbox_event import Emission
from odoo.addons.retail_integration_base.tools.clock import to_rfc3339

from ..schemas.entry_posted import MOVEMENTS_MAX, TOPIC

#: taken in one transaction
BATCH = 5000
ROUNDS_MAX = 100
# Rows that another relay has are left to it: the program's row is taken first, so that
# there is one relay per program, and messages leave in the order of the movements.
TAKE = """
    WITH mine AS (
        SELECT id FROM retail_loyalty_announcement WHERE program_id = %s
         ORDER BY id LIMIT %s
    ), taken AS (
        DELETE FROM retail_loyalty_announcement WHERE id IN (SELECT id FROM mine)
     RETURNING id, company_id, change, entry_id, hold_id
    )
    SELECT taken.id, taken.company_id, taken.change, member.uuid, wallet.code,
           coalesce(entry.uuid, hold.uuid), coalesce(entry.kind, 'hold'),
           coalesce(entry.amount, hold.points), entry.balance_after, entry.sequence,
           spent.uuid, original.uuid, sale.uuid, store.code,
           coalesce(entry.channel, hold.channel), coalesce(entry.ref, hold.ref),
           coalesce(entry.effective_at, hold.resolved_at, hold.created_at),
           coalesce(entry.expires_at, hold.expires_at)
      FROM taken
      LEFT JOIN retail_loyalty_entry AS entry ON entry.id = taken.entry_id
      LEFT JOIN retail_loyalty_hold AS hold ON hold.id = taken.hold_id
      LEFT JOIN retail_loyalty_hold AS spent ON spent.id = entry.hold_id
      LEFT JOIN retail_loyalty_entry AS original ON original.id = entry.reverses_id
      LEFT JOIN retail_transaction AS sale ON sale.id = entry.transaction_id
      LEFT JOIN retail_store AS store
        ON store.id = coalesce(entry.store_id, hold.store_id)
      JOIN retail_loyalty_account AS account
        ON account.id = coalesce(entry.account_id, hold.account_id)
      JOIN retail_loyalty_member AS member ON member.id = account.member_id
      JOIN retail_loyalty_wallet AS wallet ON wallet.id = account.wallet_id
     ORDER BY taken.id
"""
NAMES = (
    "change",
    "member",
    "wallet",
    "id",
    "kind",
    "points",
    "balance",
    "number",
    "hold",
    "reverses",
    "transaction",
    "store",
    "channel",
    "ref",
    "effective_at",
    "expires_at",
)
TIMES = ("effective_at", "expires_at")


class RetailLoyaltyAnnouncement(models.Model):
    _name = "retail.loyalty.announcement"
    _description = "Movement to Announce"
    _log_access = False
    _order = "id"

    program_id = LooseMany2one("retail.loyalty.program", required=True, readonly=True)
    company_id = LooseMany2one("res.company", readonly=True)
    change = fields.Char(required=True, readonly=True)
    entry_id = LooseMany2one("retail.loyalty.entry", readonly=True)
    hold_id = LooseMany2one("retail.loyalty.hold", readonly=True)
    moved_at = fields.Datetime(string="When", required=True, readonly=True)

    _program_idx = models.Index("(program_id, id)")

    @api.model
    def _cron_tell(self) -> None:
        """Make messages of what has moved, a batch per transaction."""
        self.env.cr.execute(
            "SELECT DISTINCT program_id FROM retail_loyalty_announcement"
        )
        for (program_id,) in self.env.cr.fetchall():
            for _round in range(ROUNDS_MAX):
                with self.env.registry.cursor() as cr:
                    self.env["retail.gate"]._read_committed(cr)
                    if self.with_env(self.env(cr=cr))._tell(program_id) < BATCH:
                        break

    @api.model
    def _tell(self, program_id: int) -> int:
        """Tell subscribers what has moved in a program; return how many movements."""
        cr = self.env.cr
        cr.execute(
            "SELECT code FROM retail_loyalty_program WHERE id = %s FOR NO KEY UPDATE",
            (program_id,),
        )
        [(code,)] = cr.fetchall() or [("",)]
        cr.execute(TAKE, (program_id, BATCH))
        rows = cr.fetchall()
        emissions = []
        for company_id, moved in groupby(rows, lambda row: row[1]):
            for start in range(0, len(moved), MOVEMENTS_MAX):
                part = moved[start : start + MOVEMENTS_MAX]
                emissions += self._emissions(code, company_id, part)
        self.env["retail.outbox.event"].sudo()._emit(TOPIC, emissions)
        return len(rows)

    def _emissions(
        self, program: str, company_id: int | None, rows: list[tuple]
    ) -> list[Emission]:
        """Return the message of these movements, for each company that is told.

        What belongs to a group's program is told to subscribers of all its companies.
        """
        data = {"program": program, "movements": [_movement(row) for row in rows]}
        return [
            Emission(
                key=f"{program}:{rows[0][0]}-{rows[-1][0]}",
                partition_key=f"loyalty:{program}",
                data=data,
                company_id=told,
                subject=f"loyalty/{program}",
            )
            for told in ([company_id] if company_id else self._companies())
        ]

    def _companies(self) -> list[int]:
        outbox = self.env["retail.outbox.event"].sudo()
        return outbox._subscriptions(outbox._outgoing_topic(TOPIC).id).company_id.ids


def _movement(row: tuple) -> dict[str, Any]:
    told = {
        name: to_rfc3339(value) if name in TIMES else value
        for name, value in zip(NAMES, row[2:], strict=True)
        if value is not None and value != ""
    }
    for name in ("channel", "ref", "store"):
        if name in told:
            told[name] = told[name][:200]
    return told
