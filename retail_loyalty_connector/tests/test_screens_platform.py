"""The screens of what platforms are told, and of what they need."""

from odoo.tests import tagged

from odoo.addons.retail_integration_base.tests import factories as base_make
from odoo.addons.retail_integration_base.tests.test_screens import Page, ScreensCase

from ..schemas.platform_movement import PlatformMovement
from ..tools.error_platform import PlatformChore
from . import factories as make


@tagged("post_install", "-at_install", "retail_browser")
class TestScreensPlatform(ScreensCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.platform = base_make.make_backend(
            cls.env,
            "square-shop",
            kind="loyalty",
            connector="retail.connector.square",
            api_url="https://square.example.com",
            platform_location="P034NEENMD09F",
        )
        program = make.make_program(cls.env, "friends", backend_id=cls.platform.id)
        account = make.make_member(cls.env, program)._account()
        ledger = cls.env["retail.loyalty.ledger"]
        for points in (250, 40, 15):
            ledger._post([make.accrual(account, points)])
        orders = cls.env["retail.loyalty.platform.order"].search([], limit=10)
        cls.refused = orders[-1]
        cls.refused.write(
            {
                "state": "refused",
                "error_code": "RET-4702",
                "error": "Square-Shop refuses 250 points (accrue): unknown_member",
            }
        )
        cls.env.flush_all()
        cls._move_there(program)

    @classmethod
    def _move_there(cls, program) -> None:
        """Tell of points that moved at the platform, one of them for nobody here."""
        member = program.env["retail.loyalty.member"].search(
            [("program_id", "=", program.id)], limit=1
        )
        member.platform_ref = "79b807d2-d786-46a9-933b"
        movements = cls.env["retail.loyalty.platform.movement"]
        said = [
            PlatformMovement.model_validate(
                {
                    "movement": f"m{n}",
                    "member": member.platform_ref if points != 70 else "a stranger",
                    "kind": kind,
                    "points": points,
                    "at": f"2090-11-20T10:3{n}:02Z",
                    "reason": "Sorry for the wait" if n == 1 else None,
                }
            )
            for n, (kind, points) in enumerate(
                [("accrual", 120), ("adjustment", 40), ("expiry", -15), ("other", 70)]
            )
        ]
        strangers = cls.env["retail.loyalty.platform.member"]
        strangers._ensure(cls.platform, "a stranger")._note_unmatched(
            "nobody has these keys"
        )
        movements._hear(cls.platform, said)._settle()
        cls.stuck = movements.search([("points", "=", 70)])
        changes = cls.env["retail.loyalty.platform.change"]
        changes._tell(make.new_uuid(), "merge", member, "79b8", other_ref="11aa")
        cls.change = changes.search([("member_ref", "=", "79b8")])
        cls.change._leave_to_a_person(
            PlatformChore("Square-Shop: Merge the two customers in the Dashboard.")
        )

    def _lists(self) -> list[Page]:
        """What came from the platform, and what it has to know of members."""
        return [
            Page(
                "loyalty_platform_movements",
                "retail-loyalty-platform-movements",
                ".o_data_row",
            ),
            Page(
                "loyalty_platform_movement",
                f"retail-loyalty-platform-movements/{self.stuck.id}",
                ".alert-warning",
            ),
            Page(
                "loyalty_platform_members",
                "retail-loyalty-platform-members",
                ".o_data_row",
            ),
            Page(
                "loyalty_platform_changes",
                "retail-loyalty-platform-changes",
                ".o_data_row",
            ),
            Page(
                "loyalty_platform_change",
                f"retail-loyalty-platform-changes/{self.change.id}",
                "button[name=action_done_there]",
            ),
        ]

    def test_orders_and_the_backend_that_they_are_for(self):
        path = "retail-loyalty-platform-orders"
        retry = "button[name=action_try_again]"
        self._look_through(
            *self._lists(),
            Page("loyalty_platform_orders", path, ".o_data_row"),
            Page(
                "loyalty_backend",
                f"retail-backends/{self.platform.id}",
                "div[name=platform_location]",
            ),
            Page(
                "loyalty_platform_order",
                f"{path}/{self.refused.id}",
                retry,
                do=f"document.querySelector({retry!r}).click();",
            ),
        )
        self.refused.invalidate_recordset()
        self.assertEqual(self.refused.state, "waiting")
