"""``retail.chaos.points``: the ledger's door for rows of the fault matrix.

Public methods, because rows call them as the web client does: each call is one request
of the prefork server, replayed by Odoo when another one was quicker.
"""

from odoo import api, models

from odoo.addons.retail_loyalty_connector.tools.postings import (
    Capture,
    HoldRequest,
    Posting,
)


class RetailChaosPoints(models.AbstractModel):
    _name = "retail.chaos.points"
    _description = "Points of the Fault Matrix"

    @api.model
    def open_accounts(self, code: str, count: int) -> list[int]:
        """Create a program with members; return the ids of their accounts."""
        program = self.env["retail.loyalty.program"].create(
            {"name": code, "code": code}
        )
        members = self.env["retail.loyalty.member"].create(
            [
                {
                    "program_id": program.id,
                    "partner_id": self.env["res.partner"].create({"name": code}).id,
                }
                for _number in range(count)
            ]
        )
        accounts = self.env["retail.loyalty.account"].search(
            [("member_id", "in", members.ids)], order="id"
        )
        return accounts.ids

    @api.model
    def move(self, movements: list[dict]) -> list[str]:
        """Post movements in the order given; return what became of each."""
        asked = [Posting(**movement) for movement in movements]
        return [one.state for one in self.env["retail.loyalty.ledger"]._post(asked)]

    @api.model
    def burn(self, account_id: int, points: int, uuid: str) -> str:
        """Reserve and capture in one request; return the hold's state."""
        ledger = self.env["retail.loyalty.ledger"]
        held = ledger._reserve(HoldRequest(uuid, account_id, points, ttl_s=600))
        return ledger._capture(Capture(uuid)).state if held.done else held.state

    @api.model
    def findings(self) -> list[str]:
        """Return what is wrong with the ledger's chains."""
        return [str(one) for one in self.env["retail.loyalty.ledger"]._verify()]
