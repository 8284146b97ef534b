"""``retail.loyalty.program``: what happens to points when goods come back.

Read by ``loyalty_accrual_return.py`` into ``tools/returns.py``.
"""

from odoo import fields, models


class RetailLoyaltyProgram(models.Model):
    _inherit = "retail.loyalty.program"

    split_policy = fields.Selection(
        [
            ("proportional", "points and money in proportion"),
            ("points_first", "points first"),
            ("money_first", "money first"),
        ],
        string="A refund gives back",
        required=True,
        default="proportional",
        help="Where the till has not decided: its own refund in points counts.",
    )
    spent_policy = fields.Selection(
        [
            ("debt", "the member owes them"),
            ("reduce_refund", "the refund is less by what they are worth"),
            ("write_off", "the house writes them off"),
        ],
        string="Points taken back that are spent",
        required=True,
        default="debt",
        help="A till learns from a quote by how much a refund is less. What it does "
        "not keep, the member owes.",
    )
    exchange_terms = fields.Selection(
        [
            ("keep", "what the old ones earned, value for value"),
            ("today", "what today's rules say"),
        ],
        string="Exchanged goods earn",
        required=True,
        default="keep",
    )
