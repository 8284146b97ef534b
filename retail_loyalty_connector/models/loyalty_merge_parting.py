"""``retail.loyalty.merge``: taking a merge back, with what is still attributable.

Points that came over and were not spent go back by their lots; so do open holds whose
points do, pending points, keys that nobody else got since. What was earned or restored
on the survivor's own account since stays there. The policy in words is in
``docs/loyalty-members.md``.
"""

import uuid as uuids

from odoo import fields, models

from odoo.addons.retail_integration_base.fields import BigInteger

from ..tools.error_member import MembersNotMergeable
from .loyalty_merge import LIVING, TOUCH

UNMERGE = "SELECT retail_loyalty_unmerge(%s, %s, %s, %s, %s, %s, %s, %s)"
CAME_OVER = "SELECT coalesce(sum(points), 0) FROM retail_loyalty_came_over(%s, %s, %s)"


class RetailLoyaltyMerge(models.Model):
    _inherit = "retail.loyalty.merge"

    parted_at = fields.Datetime(string="Parted on", readonly=True)
    parted_by_id = fields.Many2one("res.users", string="Parted by", readonly=True)
    parting_reason = fields.Char(readonly=True)
    points_back = BigInteger(
        string="Given back", readonly=True, help="Came over and was not spent."
    )
    points_returnable = BigInteger(
        string="Would go back",
        compute="_compute_points_returnable",
        help="Came over and is not spent: parting them now gives back so much.",
    )

    def _compute_points_returnable(self) -> None:
        self.env.flush_all()
        for merge in self:
            total = 0
            if merge.state == "merged":
                for source, target, moved in merge._accounts():
                    self.env.cr.execute(CAME_OVER, (source.id, target.id, moved))
                    (points,) = self.env.cr.fetchone()
                    total += min(int(points), max(0, target.posted - target.held))
            merge.points_returnable = total

    def _unmerge(self, reason: str) -> None:
        """Part them again, with what is still attributable; done before: nothing.

        :raises AccessError: not a steward
        :raises MembersNotMergeable: the survivor was merged into somebody since
        """
        self._check_steward()
        for merge in self.sudo():
            self.env.flush_all()
            pair = sorted((merge.absorbed_id | merge.survivor_id).ids)
            self.env.cr.execute(TOUCH, (pair,), log_exceptions=False)
            merge.invalidate_recordset()
            if merge.state == "parted":
                continue
            for one in merge.child_ids.filtered(lambda m: m.state == "merged") | merge:
                one._check_partable()
                one._part(reason)
            merge._part_people()
            merge._report("parted")

    def _check_partable(self) -> None:
        if self.survivor_id.state not in LIVING:
            raise MembersNotMergeable(
                f"Member {self.survivor_id.number} was merged into another or closed"
                " since: part that merge first."
            )

    def _part(self, reason: str) -> None:
        ledger = self.env["retail.loyalty.ledger"]
        now, *who = ledger._context()
        back = 0
        for source, target, moved in self._accounts():
            parting = f"part:{source.wallet_id.id}"
            uuid = str(uuids.uuid5(uuids.UUID(self.uuid), parting))
            self.env.cr.execute(
                UNMERGE,
                (source.id, target.id, moved, uuid, reason, now, *who),
                log_exceptions=False,
            )
            back += self.env.cr.fetchone()[0]["points"]
        ledger._forget()
        state = {"state": self.former_state, "merged_into_id": False}
        self.absorbed_id.write(state)
        self.write(
            {
                "state": "parted",
                "parted_at": now,
                "parted_by_id": self.env.uid,
                "parting_reason": reason,
                "points_back": back,
            }
        )
        both = self.absorbed_id | self.survivor_id
        self.env["retail.loyalty.tiering"]._assess(both)
