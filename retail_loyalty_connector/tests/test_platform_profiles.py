"""Who members are and which tier they have, on both sides (R7, R14)."""

import json
from decimal import Decimal

from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from odoo.addons.retail_integration_base.tests import factories as base_make

from .common_platform import TOKEN, PlatformCase, simulated


@tagged("post_install", "-at_install")
class TestPlatformProfiles(PlatformCase):
    def setUp(self) -> None:
        super().setUp()
        self.talon = simulated("loyalty.talon_one").TalonOnePlatform(
            TOKEN, notification_secret="s"
        )
        self.talon.__enter__()
        self.addCleanup(self.talon.__exit__, None, None, None)
        self.backend = base_make.make_backend(
            self.env,
            "talon",
            kind="loyalty",
            connector="retail.connector.talon_one",
            api_url=self.talon.url,
            platform_program="5",
        )
        self.env["retail.credential"].create(
            {"backend_id": self.backend.id, "purpose": "api", "secret": TOKEN}
        )
        self.program.backend_id = self.backend
        self.application = self.talon.application
        self.give(10)
        self.tell()
        self.ref = self.member.platform_ref

    def look(self):
        """Have the platform asked about the member; return what is known then."""
        rows = self.env["retail.loyalty.platform.member"]
        rows._ask(self.backend, [self.ref])
        self.settle()
        return rows.search([("member_ref", "=", self.ref)])

    def own(self, field: str) -> None:
        """Let the platform own a field of members."""
        self.env["retail.ownership.rule"].create(
            {
                "subject": f"retail.loyalty.member:{field}",
                "owned_by": "backend",
                "backend_id": self.backend.id,
                "state": "approved",
                "valid_from": "2020-01-01",
            }
        )

    def test_tier_is_the_platforms(self):
        tiers = self.env["retail.loyalty.tier"].create(
            [
                {"program_id": self.program.id, "name": name, "code": name.lower()}
                | {"threshold": threshold}
                for name, threshold in (("Basic", 0), ("Gold", 1000))
            ]
        )
        self.application.tiers[self.ref] = "Gold"
        self.assertEqual(self.look().tier, "Gold")
        self.assertEqual(self.member.tier_id, tiers[1])
        self.env["retail.loyalty.tiering"]._assess(self.member)
        self.assertEqual(self.member.tier_id, tiers[1], "never computed here")
        self.application.tiers[self.ref] = "Basic"
        self.look()
        self.assertEqual(self.member.tier_id, tiers[0])
        self.application.tiers[self.ref] = "Diamond"
        self.look()
        self.assertEqual(self.member.tier_id, tiers[0])
        found = self.env["retail.exception"].search(
            [("backend_id", "=", self.backend.id), ("code", "=", "RET-1202")]
        )
        self.assertEqual(found.mapping_value, "Diamond")

    def test_what_changes_here_is_told_there(self):
        self.member.partner_id.write({"name": "Ada Byron", "email": "ada@example.com"})
        self.member.birth_date = "1990-12-10"
        self.look()
        told = self.application.attributes[self.ref]
        self.assertEqual(
            (told["Name"], told["Email"]), ("Ada Byron", "ada@example.com")
        )
        self.assertEqual(told["BirthDate"][:10], "1990-12-10")

    def test_what_the_platform_owns_is_taken_over_and_nothing_else(self):
        partner = self.member.partner_id
        partner.write({"name": "Ada", "email": "old@example.com"})
        self.look()
        self.own("email")
        self.own("birth_date")
        told = self.application.attributes[self.ref]
        told |= {"Email": "new@example.com", "Name": "Somebody"}
        told |= {"BirthDate": "1990-12-10T00:00:00Z"}
        self.look()
        self.assertEqual(str(self.member.birth_date), "1990-12-10")
        self.assertEqual(self.member.birthday_month, "12")
        self.assertEqual((partner.email, partner.name), ("new@example.com", "Ada"))
        self.assertFalse(
            self.env["retail.exception"].search([("backend_id", "=", self.backend.id)])
        )
        clerk = new_test_user(
            self.env, "clerk", groups="base.group_user,base.group_partner_manager"
        )
        with self.assertRaisesRegex(UserError, "belongs to"):
            partner.with_user(clerk).email = "mine@example.com"

    def test_hint_without_proof_is_a_reason_to_ask(self):
        self.talon.webhooks.clear()
        self.application.add_by_hand(self.ref, Decimal(25), "Compensation")
        [hint] = self.talon.take_webhooks()
        gateway = self.env["retail.gateway"]
        lie = json.loads(hint.body) | {"Amount": 9000.5}
        gateway._receive_webhook(
            gateway._get_door(self.backend.id), json.dumps(lie).encode(), hint.headers
        )
        self.settle()
        self.assertEqual(self.balance().posted, 35, "the ledger there says 25")
        states = self.env["retail.loyalty.platform.movement"].search(
            [("backend_id", "=", self.backend.id)]
        )
        self.assertEqual(sorted(states.mapped("state")), ["ours", "taken"])
