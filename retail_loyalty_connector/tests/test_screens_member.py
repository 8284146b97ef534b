"""What people who live in loyalty see: a member at a glance, and the board."""

from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.retail_integration_base.tests.test_cockpit_screen import (
    NAMED,
    NO_SIDEWAYS,
)
from odoo.addons.retail_integration_base.tests.test_screens import ScreensCase

from . import factories as make

ENTRIES = "document.querySelectorAll('.o_retail_member_entry').length"
FREE = "[data-name=let_go]"
MORE = "document.querySelector('[data-name=more]').click();"
NARROW = """
const sheet = document.querySelector('.o_form_sheet');
if (sheet.scrollWidth > sheet.clientWidth + 1) {
    console.error(`wider than the screen: ${sheet.scrollWidth}`);
}
"""


@tagged("post_install", "-at_install", "retail_browser")
class TestScreensMember(ScreensCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        euro = cls.env.ref("base.EUR")
        cls.program = make.make_program(
            cls.env, "friends", currency_id=euro.id, adjustment_limit=100
        )
        make.make_rule(cls.program)
        make.make_worth(cls.program, euro)
        for code, threshold in (("blue", 0), ("silver", 500), ("gold", 1500)):
            make.make_tier(cls.program, code, threshold)
        ada = cls.env["res.partner"].create(
            {
                "name": "Ada Lovelace",
                "email": "augusta@example.com",
                "phone": "+32 470 12 34 56",
            }
        )
        cls.member = make.make_member(cls.env, cls.program, partner_id=ada.id)
        cls.member.enrolled_at = "2024-01-01"
        cls.live(cls.member._account())
        cls.sell()
        cls.env.flush_all()

    @classmethod
    def live(cls, account) -> None:
        """Let the member earn, spend and hold for some months."""
        ledger = cls.env["retail.loyalty.ledger"]
        now = ledger._now()
        for n in range(24):
            ends = make.after(now, days=12 + 30 * n)
            ledger._post(
                [
                    make.accrual(
                        account,
                        40 + n,
                        expires_at=ends,
                        effective_at=make.after(now, days=n - 30),
                        source=make.source(channel="pos", ref=f"R-{1000 + n}"),
                    )
                ]
            )
        ledger._post([make.spending(account, 300)])
        ledger._post([make.adjustment(account, 50, reason="Box arrived broken")])
        ledger._reserve(
            make.hold_request(account, 120, source=make.source(ref="12/3/1050"))
        )
        pending = make.accrual(account, 64, matures_at=make.after(now, days=14))
        ledger._post([pending])
        cls.env["retail.loyalty.tiering"]._assess(account.member_id)

    @classmethod
    def sell(cls) -> None:
        """Let sales of the member meet the program, and some of a stranger fail."""
        sales = cls.env["retail.transaction"].search([("kind", "=", "sale")], limit=6)
        identities = cls.env["retail.identity"].create(
            [
                {"kind": "email", "value": "augusta@example.com"},
                {"kind": "card", "value": "tok_9876"},
            ]
        )
        identities[0].partner_id = cls.member.partner_id
        sales.write({"identity_id": False, "partner_id": False})
        sales[:4].write({"partner_id": cls.member.partner_id.id})
        sales[4:].write({"identity_id": identities[1].id})
        cls.env["retail.loyalty.accrual"]._record(sales[:3], {})
        cls.env["retail.loyalty.accrual"]._record(sales[4:], {})
        cls.member.state = "suspended"
        cls.env["retail.loyalty.accrual"]._record(sales[3:4], {})
        cls.member.state = "active"

    def test_member_and_board(self):
        path = f"retail-loyalty-members/{self.member.id}"
        entry = ".o_retail_member_entry"
        self._look("loyalty_member", path, entry, do=NARROW)
        self._look(
            "loyalty_member_older",
            path,
            entry,
            do=MORE + f"if ({ENTRIES} !== 20) console.error({ENTRIES});",
        )
        self._look(
            "loyalty_member_freed",
            path,
            FREE,
            do=f"document.querySelector({FREE!r}).click();",
        )
        self.env.invalidate_all()
        holds = self.env["retail.loyalty.hold"].search([])
        self.assertEqual(set(holds.mapped("state")), {"voided"})
        self._look(
            "loyalty_board", "retail-loyalty-board", "canvas", do=NAMED + NO_SIDEWAYS
        )
        self._look(
            "loyalty_board_open",
            "retail-loyalty-board",
            "canvas",
            do="document.querySelector('[data-key=loyalty_unmatched]').click();",
        )

    def test_segment_says_in_words_whom_it_means(self):
        segment = self.env["retail.loyalty.segment"].create(
            {
                "name": "Big spenders",
                "code": "big-spenders",
                "program_id": self.program.id,
                "purpose": "service",
                "condition_ids": [
                    (0, 0, {"what": "points", "number": 100}),
                    (0, 0, {"what": "visits", "number": 2, "days": 900}),
                ],
            }
        )
        self.env.flush_all()
        renew = "button[name=action_evaluate]"
        self._look(
            "loyalty_segment",
            f"retail-loyalty-segments/{segment.id}",
            renew,
            do=f"document.querySelector({renew!r}).click();",
        )
        self.env.invalidate_all()
        self.assertEqual(segment.member_count, 1)

    def test_member_on_a_phone(self):
        with self._small():
            self._look(
                "loyalty_member_phone",
                f"retail-loyalty-members/{self.member.id}",
                ".o_retail_member_entry",
                do=NARROW,
            )

    def _small(self):
        return patch.object(type(self), "browser_size", "390x844")
