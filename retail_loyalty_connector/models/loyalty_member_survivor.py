"""``retail.loyalty.member``: whose word counts once two members turned out to be one.

An absorbed member keeps its row, number and id for good: what names it is about the
survivor. Asked wherever a member comes from outside or from an older row: the routes,
the engine, accounts. Merging is ``retail.loyalty.merge``.
"""

from odoo import fields, models


class RetailLoyaltyMember(models.Model):
    _inherit = "retail.loyalty.member"

    merged_into_id = fields.Many2one(
        "retail.loyalty.member",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
    )
    absorbed_ids = fields.One2many(
        "retail.loyalty.member", "merged_into_id", string="Merged into this one"
    )

    _merged_check = models.Constraint(
        "CHECK ((state = 'merged') = (merged_into_id IS NOT NULL)"
        " AND merged_into_id <> id)",
        "Merged members name who they are now.",
    )

    def _survivor(self) -> models.BaseModel:
        """Return who these members are today; each once, in the order of first sight.

        A company's member is never merged into another company's, so that whoever may
        see the one may see the other.
        """
        if not any(member.merged_into_id for member in self):
            return self
        found = self.browse()
        for member in self:
            while member.sudo().merged_into_id:
                member = member.sudo().merged_into_id.with_env(self.env)  # a walk
            found |= member
        return found

    def _account(self, wallet: models.BaseModel | None = None) -> models.BaseModel:
        """Return the account where the member's points are today."""
        return super(RetailLoyaltyMember, self._survivor())._account(wallet)

    def _names(self) -> dict[int, int]:
        """Return every id under which rows of these members stand, and whose it is."""
        names = {member.id: member.id for member in self}
        step = self.sudo().absorbed_ids
        while step:
            for one in step:
                names[one.id] = names[one.merged_into_id.id]
            step = step.absorbed_ids
        return names

    def _absorbed(self) -> models.BaseModel:
        """Return all members who were merged into these, at any remove."""
        found = step = self.sudo().absorbed_ids
        while step:
            step = step.absorbed_ids - found
            found |= step
        return found.with_env(self.env)
