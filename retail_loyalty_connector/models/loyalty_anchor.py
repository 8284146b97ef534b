"""``retail.loyalty.anchor``: the ledger's heads as they were one night.

Its digest covers the heads that moved since the anchor before it, and that anchor's
digest; one line with it is written outside the database. Who rewrites an entry has to
rewrite the heads kept here, and then the digest is not the one outside. Written once by
``retail.loyalty.ledger._anchor``; triggers keep it.
"""

from odoo import fields, models

from odoo.addons.retail_integration_base.fields import BigInteger


class RetailLoyaltyAnchor(models.Model):
    _name = "retail.loyalty.anchor"
    _description = "Loyalty Ledger Anchor"
    _log_access = False
    _order = "number desc"
    _rec_name = "number"

    number = BigInteger(required=True, readonly=True)
    anchored_at = fields.Datetime(string="When", required=True, readonly=True)
    head_count = BigInteger(
        string="Accounts",
        required=True,
        readonly=True,
        help="How many had new entries since the anchor before.",
    )
    previous_digest = fields.Char(required=True, readonly=True)
    digest = fields.Char(required=True, readonly=True)

    _number_uniq = models.Constraint("UNIQUE (number)", "This anchor exists already.")
