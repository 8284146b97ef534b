"""``retail.loyalty.merge.wizard``: what merging or parting will do, then do it.

Opened from a member's form, from the list of likely duplicates and from a merge that
is to be taken back. It reads; ``retail.loyalty.merge`` acts.
"""

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.retail_integration_base.tools.errors import RetailError


class RetailLoyaltyMergeWizard(models.TransientModel):
    _name = "retail.loyalty.merge.wizard"
    _description = "Merge Members"

    merge_id = fields.Many2one(
        "retail.loyalty.merge", string="Taken back", readonly=True
    )
    duplicate_id = fields.Many2one("retail.loyalty.duplicate", readonly=True)
    program_id = fields.Many2one(related="absorbed_id.program_id")
    absorbed_id = fields.Many2one(
        "retail.loyalty.member",
        string="Merge",
        required=True,
        help="This member's points, keys and consents go over.",
    )
    survivor_id = fields.Many2one(
        "retail.loyalty.member",
        string="Into",
        required=True,
        domain="[('program_id', '=', program_id), ('id', '!=', absorbed_id),"
        " ('state', 'in', ('active', 'suspended'))]",
        help="Who they are from now on.",
    )
    reason = fields.Char(
        required=True, help="Stays in the ledger for good: no names, please."
    )
    preview = fields.Html(compute="_compute_preview", sanitize=False)

    @api.depends("absorbed_id", "survivor_id", "merge_id")
    def _compute_preview(self) -> None:
        for wizard in self:
            ready = wizard.absorbed_id and wizard.survivor_id
            lines = wizard._lines() if ready else []
            items = [Markup("<li>%s</li>") % line for line in lines]
            wizard.preview = (
                Markup("<ul>%s</ul>") % Markup("").join(items) if items else False
            )

    def _lines(self) -> list[str]:
        if self.merge_id:
            return self._lines_of_parting()
        facts, env = self._facts(), self.env
        lines = [
            env._(
                "%(points)s points go from %(old)s to %(new)s, who then has %(total)s."
                " They keep their ends.",
                **facts,
            ),
            env._("%(count)s keys (phone, e-mail, card) name %(new)s.", **facts),
            env._("Number and id of %(old)s go on to work, and find %(new)s.", **facts),
            env._("Of the consents of both, the newest word counts."),
        ]
        if facts["held"] or facts["pending"]:
            lines.append(
                env._(
                    "%(held)s reserved and %(pending)s pending points go along;"
                    " payments under way are not disturbed.",
                    **facts,
                )
            )
        old, new = self.absorbed_id.sudo(), self.survivor_id.sudo()
        if old.partner_id.category_id - new.partner_id.category_id:
            lines.append(env._("Tags of the contact stay where they are."))
        lines.append(env._("It can be taken back: what is not spent then goes back."))
        return lines

    def _facts(self) -> dict[str, object]:
        old, new = self.absorbed_id.sudo(), self.survivor_id.sudo()
        points = sum(old.account_ids.mapped("posted"))
        keys = self.env["retail.identity"].sudo()
        return {
            "points": points,
            "total": points + sum(new.account_ids.mapped("posted")),
            "held": sum(old.account_ids.mapped("held")),
            "pending": sum(old.account_ids.mapped("pending")),
            "count": keys.search_count([("partner_id", "=", old.partner_id.id)]),
            "old": old.number,
            "new": new.number,
        }

    def _lines_of_parting(self) -> list[str]:
        merge, env = self.merge_id, self.env
        facts = {
            "old": merge.absorbed_id.number,
            "new": merge.survivor_id.number,
            "points": merge.points,
            "back": merge.points_returnable,
        }
        return [
            env._(
                "%(back)s of the %(points)s points that came over are not spent and go"
                " back to %(old)s, with their ends.",
                **facts,
            ),
            env._("What was earned since stays with %(new)s.", **facts),
            env._("Keys and open payments that came over go back to %(old)s.", **facts),
            env._("Consents of each are what they said themselves."),
        ]

    def action_confirm(self) -> dict:
        """Merge or part them, and show the record of it.

        :raises AccessError: not a steward. :raises UserError: they cannot be
        """
        self.ensure_one()
        try:
            if self.merge_id:
                merge = self.merge_id
                merge._unmerge(self.reason)
            else:
                merge = self.env["retail.loyalty.merge"]._merge(
                    self.absorbed_id, self.survivor_id, self.reason
                )
                self.duplicate_id.sudo()._settle(merge)
        except RetailError as error:
            raise UserError(str(error)) from error
        return {
            "type": "ir.actions.act_window",
            "res_model": "retail.loyalty.merge",
            "res_id": merge.id,
            "view_mode": "form",
        }
