"""``retail.exception``: whose turn it is.

"My queue" is what I own, what nobody owns and my team may take, and what waits for my
consent. A search, not a list that somebody keeps.
"""

from odoo import api, fields, models
from odoo.fields import Domain


class RetailException(models.Model):
    _inherit = "retail.exception"

    is_in_my_queue = fields.Boolean(
        string="In my queue",
        compute="_compute_is_in_my_queue",
        search="_search_is_in_my_queue",
    )

    team_name = fields.Char(string="Team", compute="_compute_team_name")

    @api.depends("group_id")
    @api.depends_context("lang")
    def _compute_team_name(self) -> None:
        for record in self:
            # Ours are called "Finance: decide about amounts …".
            name = record.group_id.sudo().name or ""
            record.team_name = name.partition(":")[0].strip()

    def _compute_is_in_my_queue(self) -> None:
        mine = self.filtered_domain(self._queue_domain())
        for record in self:
            record.is_in_my_queue = record in mine

    def _search_is_in_my_queue(self, operator: str, value: object) -> Domain:
        if operator != "in":
            return NotImplemented
        return self._queue_domain()

    def _queue_domain(self) -> Domain:
        groups = self.env.user.all_group_ids.ids
        worked = Domain("state", "in", ("open", "in_progress"))
        owned = Domain("user_id", "=", self.env.uid)
        free = Domain("user_id", "=", False) & Domain("group_id", "in", groups)
        to_approve = (
            Domain("state", "=", "to_approve")
            & Domain("proposed_by_id", "!=", self.env.uid)
            & Domain("category_id.approval_group_id", "in", groups)
        )
        return (worked & (owned | free)) | to_approve
