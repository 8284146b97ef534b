"""What ``odoo shell`` does for the ledger's scenario: earn, pay, anchor."""

import uuid

from odoo.addons.retail_loyalty_connector.tools.postings import (
    Capture,
    HoldRequest,
    Posting,
)

program = env["retail.loyalty.program"].create(  # noqa: F821  # odoo shell has it
    {"name": "Friends", "code": f"friends-{uuid.uuid4()}"}
)
partner = env["res.partner"].create({"name": "Ann"})  # noqa: F821
member = env["retail.loyalty.member"].create(  # noqa: F821
    {"program_id": program.id, "partner_id": partner.id}
)
account = member._account().id
ledger = env["retail.loyalty.ledger"]  # noqa: F821
hold = str(uuid.uuid4())
ledger._post([Posting(str(uuid.uuid4()), account, "accrual", 100)])
ledger._reserve(HoldRequest(hold, account, 60, 900))
ledger._capture(Capture(hold, 40))
ledger._anchor()
env.cr.commit()  # noqa: F821
