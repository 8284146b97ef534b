"""The loyalty board: numbers are what their records say, by program (R17)."""

from ast import literal_eval

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from odoo.addons.retail_integration_base.models.measure import Measure
from odoo.addons.retail_integration_base.tools.clock import to_naive, utc_now

from ..models.measure_loyalty import LOYALTY, LoyaltyScope
from . import factories as make
from .common_sales import SalesCase, line

USER = "retail_integration_base.group_user"


@tagged("post_install", "-at_install")
class TestLoyaltyBoard(SalesCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.reader = new_test_user(cls.env, "reader", USER, tz="Europe/Brussels")

    def setUp(self) -> None:
        super().setUp()
        self.sell(line("10.00"), customer={"loyalty_id": "NOBODY"})
        sale = self.sell(line("10.00"))
        sale = self.take_goods_back(sale, line("10.00", qty="-1", of=1))
        self.lost = self.sell(line("10.00", qty="-1"), type="return")
        self.member.state = "suspended"
        self.sell(line("10.00"))
        self.member.state = "active"
        self.give(100)
        self.reserve(10)
        self.reserve(20, ttl_s=60)
        self.env["retail.loyalty.adjustment"].create(
            {"member_id": self.member.id, "points": 5, "reason": "sorry"}
        )
        self.env.flush_all()

    def read_board(self, **filters: object) -> dict:
        board = self.env["retail.loyalty.board"].with_user(self.reader)
        return board.action_read(filters)

    def values(self, **filters: object) -> dict[str, float]:
        return {one["key"]: one["value"] for one in self.read_board(**filters)["tiles"]}

    def test_board_counts_what_needs_somebody(self):
        mine = {"program_id": self.program.id}
        told = self.values(**mine)
        self.assertEqual(
            {key: value for key, value in told.items() if value},
            {
                "loyalty_accruals_failed": 1,
                "loyalty_unmatched": 1,
                "loyalty_reversals_failed": 1,
                "loyalty_holds_open": 2,
                "loyalty_holds_ending": 1,
                "loyalty_adjustments_open": 1,
            },
        )
        self.assertFalse(self.read_board(**mine)["verdict"]["is_good"])
        other = make.make_program(self.env)
        self.assertFalse(any(self.values(program_id=other.id).values()))

    def test_every_number_opens_exactly_its_records(self):
        seen = 0
        for measure in LOYALTY:
            for scope in (
                LoyaltyScope(),
                LoyaltyScope(program_ids=self.program.ids),
                LoyaltyScope(
                    company_ids=self.env.company.ids, store_ids=self.store.ids
                ),
            ):
                with self.subTest(measure.key, scope=scope):
                    seen += self.assertOpens(measure, scope)
        self.assertGreater(seen, 12)

    def assertOpens(self, measure: Measure, scope: LoyaltyScope) -> int:
        measures = self.env["retail.measure"]
        value = measure.total(measures._read(measure, scope))
        action = measures._action(measure, scope)
        records = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(len(records), value)
        return int(value)

    def test_holds_chart_tells_age_and_what_is_past_its_time(self):
        self.env.cr.execute(
            "UPDATE retail_loyalty_hold SET created_at = created_at - interval '2 h',"
            " expires_at = expires_at - interval '2 h' WHERE points = 20"
        )
        chart = self.read_board(program_id=self.program.id)["charts"]["holds"]
        self.assertEqual(
            [series["values"] for series in chart["series"]],
            [[1, 0, 0, 0, 0], [0, 0, 0, 1, 0]],
        )

    def test_lists_of_the_menu_show_the_same_records(self):
        for name, key in (
            ("action_retail_loyalty_redemption_pending", "loyalty_holds_open"),
            ("action_retail_loyalty_reversal_exception", "loyalty_reversals_failed"),
        ):
            action = self.env["ir.actions.act_window"]._for_xml_id(
                f"retail_loyalty_connector.{name}"
            )
            domain = self.env["ir.actions.act_window"].browse(action["id"]).domain
            [measure] = [one for one in LOYALTY if one.key == key]
            found = self.env[action["res_model"]].search(literal_eval(domain))
            told = measure.domain(LoyaltyScope(now=to_naive(utc_now())))
            self.assertEqual(found, self.env[measure.model].search(told))
            self.assertTrue(found)

    def test_board_is_closed_to_those_outside(self):
        outsider = new_test_user(self.env, "outsider", "base.group_user")
        with self.assertRaises(AccessError):
            self.env["retail.loyalty.board"].with_user(outsider).action_read({})
