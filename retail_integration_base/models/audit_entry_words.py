"""``retail.audit.entry``: what was done and by whom, as people read it.

The chain keeps codes and logins, which never change; words follow the reader's
language.
"""

from odoo import api, fields, models
from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

#: second part of an action's code -> word; others are shown as they are
VERBS = {
    "accepted": _lt("accepted"),
    "applied": _lt("applied"),
    "approved": _lt("approved"),
    "assigned": _lt("given to somebody"),
    "changed": _lt("changed"),
    "closed": _lt("closed"),
    "corrected": _lt("corrected"),
    "created": _lt("created"),
    "deleted": _lt("deleted"),
    "erased": _lt("erased"),
    "erasure_ordered": _lt("erasure ordered"),
    "escalated": _lt("escalated"),
    "explained": _lt("explained"),
    "mapped": _lt("mapped"),
    "proposed": _lt("proposed"),
    "refused": _lt("refused"),
    "released": _lt("released"),
    "reopened": _lt("opened again"),
    "replayed": _lt("replayed"),
    "rule_approved": _lt("approved"),
    "written_off": _lt("written off"),
}
SYSTEM_LOGIN = "__system__"


class RetailAuditEntry(models.Model):
    _inherit = "retail.audit.entry"

    action_text = fields.Char(string="What", compute="_compute_words")
    who_text = fields.Char(string="Who", compute="_compute_words")

    @api.depends("action", "res_model", "user_name")
    @api.depends_context("lang")
    def _compute_words(self) -> None:
        for entry in self:
            noun, _dot, verb = entry.action.partition(".")
            model = entry.res_model and self.env["ir.model"].sudo()._get(
                entry.res_model
            )
            name = (model and model.name) or noun.replace("_", " ").capitalize()
            word = VERBS.get(verb)
            done = self.env._(word) if word else verb.replace("_", " ")
            entry.action_text = f"{name}: {done}"
            is_person = entry.user_name and entry.user_name != SYSTEM_LOGIN
            entry.who_text = entry.user_name if is_person else self.env._("System")
