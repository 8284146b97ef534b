"""A quote over HTTP says what posting does, and writes nothing."""

from odoo.tests import tagged

from odoo.addons.retail_integration_base.tests import factories as base_make

from . import factories as make
from .common_http import LoyaltyHttpCase
from .common_sales import line


@tagged("post_install", "-at_install")
class TestApiQuotes(LoyaltyHttpCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.program.tz = "Europe/Brussels"
        cls.member.enrolled_at = "2026-01-01"
        make.make_rule(cls.program)
        # Balances and holds tell a value in the program's currency, quotes in that of
        # the sale.
        cls.own = cls.program.currency_id
        for currency in cls.own | cls.env.ref("base.EUR"):
            make.make_worth(cls.program, currency)

    def ask(self, *lines: dict, text: str | None = None, **values):
        body = {
            "member_id": self.member.uuid,
            "store": "12",
            "currency": "EUR",
            "at": "2026-11-20T10:31:02Z",
            "lines": [{"n": n, **one} for n, one in enumerate(lines, start=1)],
            **values,
        }
        return self.do("/quotes", body, key=None, text=text)

    def test_quote_is_what_the_sale_then_earns(self):
        quoted = self.ask(line("12.34"))
        self.assertEqual(quoted.status_code, 200, quoted.text)
        answer = quoted.json()
        self.assertEqual(answer["earned"], {"points": 12})
        (part,) = answer["parts"]
        self.assertEqual((part["line"], part["points"]), (1, 12))
        self.assertEqual(part["rule"], "A point per euro")
        self.assertTrue(part["why"]["detail"])
        self.assertFalse(self.env["retail.loyalty.entry"].search([]))
        told = {
            "id": "sale-1",
            "type": "retail.pos.receipt.v1",
            "member_id": self.member.uuid,
            "data": base_make.make_receipt([line("12.34")]),
        }
        self.assertEqual(self.do("/transactions", told, key=None).status_code, 202)
        self.work()
        self.assertEqual(self.balance().posted, 12)

    def test_points_may_pay_within_what_there_is_and_say_their_value(self):
        self.give(300)
        answer = self.ask(line("12.34"), points=200).json()
        offer = answer["redeemable"]
        self.assertEqual((offer["points_max"], offer["amount_max"]), (300, "3.00"))
        self.assertEqual(offer["payable"], "12.34")
        paid = answer["redemption"]
        self.assertEqual((paid["points"], paid["amount"]), (200, "2.00"))
        # What points pay earns none.
        self.assertEqual(answer["earned"], {"points": 10})
        hold = self.hold(200).json()
        self.assertEqual((hold["value"], hold["currency"]), ("2.00", self.own.name))
        balance = self.get(f"/members/{self.member.uuid}/balance").json()
        self.assertEqual((balance["available"], balance["value"]), (100, "1.00"))

    def test_value_follows_the_terms_at_once(self):
        self.give(300)
        path = f"/members/{self.member.uuid}/balance"
        self.assertEqual(self.get(path).json()["value"], "3.00")
        for terms in self.program.redemption_ids:
            terms.amount = 2
        self.assertEqual(self.get(path).json()["value"], "6.00")
        self.program.redemption_ids.unlink()
        self.assertIsNone(self.get(path).json()["value"])

    def test_too_many_points_are_refused_with_the_reason(self):
        self.give(100)
        paid = self.ask(line("12.34"), points=101).json()["redemption"]
        self.assertEqual((paid["points"], paid["amount"]), (0, "0.00"))
        self.assertEqual(paid["why"]["code"], "above_available")

    def test_somebody_who_is_no_member_hears_what_joining_brings(self):
        answer = self.ask(line("12.34"), member_id=None).json()
        self.assertEqual(answer["earned"], {"points": 12})
        self.assertIsNone(answer["member_id"])
        self.assertEqual(answer["redeemable"]["points_max"], 0)

    def test_what_cannot_be_quoted_is_refused_by_name(self):
        self.assertProblem(self.ask(line(sku="NEW")), 422, "RET-1202")
        self.assertProblem(self.ask(line(), store="99"), 422, "RET-1202")
        self.assertProblem(self.ask(line(), currency="XTS"), 422, "RET-1203")
        response = self.ask(line(), member_id=make.new_uuid())
        self.assertProblem(response, 404, "RET-1403")
        for values, pointer in (
            ({"program": "other"}, "/program"),
            ({"lines": []}, "/lines"),
            ({"lines": [{"n": 1, **line(qty="-1")}]}, ""),
            ({"lines": [{"n": 1, **line()}, {"n": 1, **line()}]}, ""),
            ({"points": 0}, "/points"),
        ):
            with self.subTest(pointer):
                response = self.ask(line(), **values)
                self.assertProblem(response, 422, "RET-1104", pointer)

    def test_return_is_quoted_with_the_refund_that_is_left(self):
        self.program.spent_policy = "reduce_refund"
        sold = base_make.make_receipt(
            [line("100.00")], customer={"loyalty_id": self.member.number}
        )
        self.receive(base_make.make_event(sold))
        self.work()
        self.take(70)
        original = {"store": "12", "register": "3", "sequence": sold["sequence"]}
        back = {**line("100.00", "-1"), "original": {**original, "line": 1}}
        response = self.ask(back, member_id=None, program=self.program.code)
        self.assertEqual(response.status_code, 200, response.text)
        answer = response.json()
        self.assertEqual((answer["earned"], answer["parts"]), ({}, []))
        returned = answer["returned"]
        self.assertEqual(returned["member_id"], self.member.uuid)
        self.assertEqual(
            (returned["taken"], returned["settled"]), ({"points": 100}, 70)
        )
        self.assertEqual(
            returned["refund"],
            {
                "amount": "100.00",
                "in_points": "0.00",
                "in_money": "100.00",
                "reduction": "0.70",
                "pay_out": "99.30",
            },
        )
        self.assertEqual(self.balance().posted, 30)
        missing = {**back, "original": {**original, "sequence": 1, "line": 1}}
        unknown = self.ask(missing, program=self.program.code).json()["returned"]
        self.assertEqual(unknown["why"]["code"], "original_unknown")

    def test_other_companies_members_cannot_be_quoted(self):
        response = self.ask(line(), text=self.far_key())
        self.assertProblem(response, 404, "RET-1403")
        enroller = self.issue("loyalty:enrol")[1]
        self.assertProblem(self.ask(line(), text=enroller), 403, "RET-1401")
