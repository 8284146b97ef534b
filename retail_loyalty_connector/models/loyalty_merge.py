"""``retail.loyalty.merge``: two members of a program turned out to be one person.

A row per merge, with everything that went over, so that it can be taken back: points by
lots, open holds and pending points (``data/ledger/merge.sql``), keys, consents and
other memberships (``loyalty_merge_people.py``). Parting is
``loyalty_merge_parting.py``. Audited; the row stays as a record.

Of two requests for one pair, in whatever direction, one does it: both change both
members' rows, in the order of their ids, and the later one is replayed and finds the
two to be one already.
"""

import json
import uuid as uuids

from odoo import api, fields, models
from odoo.exceptions import AccessError

from odoo.addons.retail_integration_base.fields import BigInteger
from odoo.addons.retail_integration_base.tools import correlation

from ..tools.error_member import MembersNotMergeable

STEWARD_GROUP = "retail_integration_base.group_steward"
LIVING = ("active", "suspended")
MERGE = "SELECT retail_loyalty_merge(%s, %s, %s, %s, %s, %s, %s)"
# Both change, so that two merges at once never both go on with what they read.
TOUCH = """
    UPDATE retail_loyalty_member AS member SET write_date = now() AT TIME ZONE 'UTC'
      FROM (SELECT id FROM retail_loyalty_member WHERE id = ANY (%s)
             ORDER BY id FOR UPDATE) AS locked
     WHERE member.id = locked.id
"""


class RetailLoyaltyMerge(models.Model):
    _name = "retail.loyalty.merge"
    _description = "Merge of Members"
    _order = "id desc"

    uuid = fields.Char(
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: str(uuids.uuid4()),
    )
    program_id = fields.Many2one(
        "retail.loyalty.program", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        related="program_id.company_id", store=True, index=True
    )
    absorbed_id = fields.Many2one(
        "retail.loyalty.member",
        string="Merged",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    survivor_id = fields.Many2one(
        "retail.loyalty.member",
        string="Into",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    state = fields.Selection(
        [("merged", "Merged"), ("parted", "Parted again")],
        required=True,
        readonly=True,
        default="merged",
    )
    reason = fields.Char(required=True, readonly=True)
    points = BigInteger(
        readonly=True, help="Went over with the merge; negative: what was owed."
    )
    former_state = fields.Char(readonly=True)
    moved = fields.Json(readonly=True)
    merged_at = fields.Datetime(string="Merged on", readonly=True)
    merged_by_id = fields.Many2one("res.users", string="By", readonly=True)
    correlation_id = fields.Char(readonly=True)
    parent_id = fields.Many2one(
        "retail.loyalty.merge",
        string="With the merge",
        readonly=True,
        ondelete="restrict",
        help="The same two people, merged in another program.",
    )
    child_ids = fields.One2many("retail.loyalty.merge", "parent_id")

    _absorbed_uniq = models.UniqueIndex(
        "(absorbed_id) WHERE state = 'merged'", "This member was merged before."
    )

    @api.depends("absorbed_id", "survivor_id")
    def _compute_display_name(self) -> None:
        for merge in self:
            # Numbers only: audit entries keep this name for good.
            pair = (merge.absorbed_id.number, merge.survivor_id.number)
            merge.display_name = " → ".join(pair)

    @api.model
    def _merge(
        self, absorbed: models.BaseModel, survivor: models.BaseModel, reason: str
    ) -> "RetailLoyaltyMerge":
        """Let ``absorbed`` be ``survivor`` from now on; return the merge.

        Merged before, in whatever direction: that merge, and nothing happens.

        :raises AccessError: not a steward
        :raises MembersNotMergeable: of two programs, closed, or the same row
        """
        self._check_steward()
        absorbed.ensure_one()
        survivor.ensure_one()
        self.env.flush_all()
        self.env.cr.execute(
            TOUCH, (sorted({absorbed.id, survivor.id}),), log_exceptions=False
        )
        (absorbed | survivor).invalidate_recordset()
        if known := self._find_merged(absorbed, survivor):
            return known
        _check_pair(absorbed.sudo(), survivor.sudo())
        merge = self._merge_one(absorbed.sudo(), survivor.sudo(), reason)
        merge._merge_people()
        merge._report("merged")
        return merge.sudo(False)

    def _find_merged(
        self, absorbed: models.BaseModel, survivor: models.BaseModel
    ) -> "RetailLoyaltyMerge":
        if len((absorbed | survivor)._survivor()) == 2 or absorbed == survivor:
            return self.browse()
        pair = (absorbed | survivor).ids
        return self.search(
            [
                ("absorbed_id", "in", pair + (absorbed | survivor)._absorbed().ids),
                ("state", "=", "merged"),
                "|",
                ("absorbed_id", "in", pair),
                ("survivor_id", "in", pair),
            ],
            limit=1,
        )

    def _merge_one(
        self, absorbed: models.BaseModel, survivor: models.BaseModel, reason: str
    ) -> "RetailLoyaltyMerge":
        """Merge in one program; ``self`` is the merge that this one goes along with."""
        merge = self.sudo().create(
            {
                "program_id": absorbed.program_id.id,
                "absorbed_id": absorbed.id,
                "survivor_id": survivor.id,
                "former_state": absorbed.state,
                "reason": reason,
                "merged_at": self.env["retail.loyalty.ledger"]._now(),
                "merged_by_id": self.env.uid,
                "correlation_id": correlation.current() or False,
                "parent_id": self.id,
            }
        )
        self.env.flush_all()
        moved = {
            str(source.wallet_id.id): merge._move(source, target)
            for source, target, _moved in merge._accounts()
        }
        absorbed.write({"state": "merged", "merged_into_id": survivor.id})
        merge.write(
            {
                "moved": {"wallets": moved},
                "points": sum(one["points"] for one in moved.values()),
            }
        )
        self.env["retail.loyalty.tiering"]._assess(survivor)
        return merge

    def _accounts(self) -> list[tuple[models.BaseModel, models.BaseModel, str]]:
        """Return each wallet's absorbed and surviving account, and what went over."""
        accounts = self.sudo().env["retail.loyalty.account"]
        both = accounts.search(
            [("member_id", "in", (self.absorbed_id | self.survivor_id).ids)],
            order="wallet_id",
        )
        moved = (self.moved or {}).get("wallets", {})
        found = []
        for source in both.filtered(lambda one: one.member_id == self.absorbed_id):
            target = both.filtered(
                lambda one, s=source: one.wallet_id == s.wallet_id and one != s
            )
            of_wallet = json.dumps(moved.get(str(source.wallet_id.id), {}))
            found.append((source, target, of_wallet))
        return found

    def _move(self, source: models.BaseModel, target: models.BaseModel) -> dict:
        ledger = self.env["retail.loyalty.ledger"]
        now, *who = ledger._context()
        uuid = str(uuids.uuid5(uuids.UUID(self.uuid), f"wallet:{source.wallet_id.id}"))
        self.env.cr.execute(
            MERGE,
            (source.id, target.id, uuid, self.reason, now, *who),
            log_exceptions=False,
        )
        (moved,) = self.env.cr.fetchone()
        ledger._forget()
        return moved

    # --- who, and who hears of it -----------------------------------------------------

    def _check_steward(self) -> None:
        if not (self.env.su or self.env.user.has_group(STEWARD_GROUP)):
            raise AccessError(self.env._("Only stewards merge members."))

    def _report(self, verb: str) -> None:
        """Keep it in the audit trail, and tell who merges members elsewhere."""
        for merge in self | self.child_ids:
            details = {
                "absorbed": merge.absorbed_id.uuid,
                "survivor": merge.survivor_id.uuid,
                "points": merge.points if verb == "merged" else merge.points_back,
                "reason": merge.reason if verb == "merged" else merge.parting_reason,
            }
            self.env["retail.audit.entry"]._record(
                f"loyalty_merge.{verb}", merge, details=details
            )


def _check_pair(absorbed: models.BaseModel, survivor: models.BaseModel) -> None:
    if absorbed == survivor:
        raise MembersNotMergeable("This is one member, not two.")
    if absorbed.program_id != survivor.program_id:
        raise MembersNotMergeable("Members of two programs are not merged.")
    for member in absorbed, survivor:
        if member.state not in LIVING:
            raise MembersNotMergeable(
                f"Member {member.number} is {member.state}: only living members are"
                " merged."
            )
