"""``retail.loyalty.member``: the month of the birthday, for offers in that month.

The month is all that such an offer needs; a date of birth is not asked for.
"""

from odoo import fields, models


class RetailLoyaltyMember(models.Model):
    _inherit = "retail.loyalty.member"

    birthday_month = fields.Selection(
        [
            ("1", "January"),
            ("2", "February"),
            ("3", "March"),
            ("4", "April"),
            ("5", "May"),
            ("6", "June"),
            ("7", "July"),
            ("8", "August"),
            ("9", "September"),
            ("10", "October"),
            ("11", "November"),
            ("12", "December"),
        ],
        string="Birthday in",
        help="For offers of that month. Members may keep it to themselves.",
    )
