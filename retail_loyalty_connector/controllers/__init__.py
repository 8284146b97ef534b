"""Routes of loyalty: find the member, ask the ledger, answer."""

from odoo.addons.retail_integration_base.tools.openapi_parts import TAGS

from . import (
    loyalty_common,
    loyalty_consents,
    loyalty_holds,
    loyalty_members,
    loyalty_quotes,
    loyalty_segments,
    loyalty_transactions,
)

TAGS.setdefault(
    loyalty_common.TAG,
    "Members, their points, and points as a means of payment: reserve, capture, void.",
)
