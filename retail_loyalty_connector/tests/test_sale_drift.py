"""Sales of members are compared with the ledger: each has its points, and no others."""

from unittest.mock import patch

from odoo.tests import tagged

from .common_sales import SalesCase, line


@tagged("post_install", "-at_install")
class TestSaleDrift(SalesCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        shipped = "retail_loyalty_connector.reconciliation_rule_loyalty_sales"
        cls.drift = cls.env.ref(shipped).copy(
            {"backend_id": cls.backend.id, "lookback_days": 0}
        )
        cls.drift.action_activate()

    def compare(self):
        """Compare now, as the rule's job does."""
        self.drift.action_run_now()
        run = self.drift.run_ids.filtered(lambda one: one.state == "running")
        self.env.flush_all()
        run._step()
        self.env.invalidate_all()
        self.assertEqual(run.state, "done", run.error_message)
        return run

    def found(self) -> list[tuple[str, str]]:
        """Return class and reference of what is open."""
        lines = self.drift.line_ids.filtered(lambda one: one.state == "open")
        return sorted((one.kind, (one.here or one.there)["sale"][:5]) for one in lines)

    def test_sales_returns_and_payments_in_points_agree(self):
        self.give(500, movement_id=7)
        hold = self.reserve(400)
        self.capture(hold)
        tenders = [
            {"type": "points", "amount": "4.00", "reference": hold.uuid},
            {"type": "card", "amount": "6.00"},
        ]
        paid = self.sell(line("10.00"), tenders=tenders)
        self.assertEqual(self.accrual_of(paid).points_spent, 400)
        sale = self.sell(line("80.00", "2"))
        self.take_goods_back(sale, {**line("80.00", "-1"), "of": 1})
        run = self.compare()
        self.assertEqual(self.found(), [])
        self.assertEqual(run.matched_count, 3)
        self.assertEqual(run.sums["earned"], run.sums["earned"][:1] * 2)
        self.assertEqual(run.sums["spent"], ["400", "400"])

    def test_pending_points_count_until_they_are_cancelled(self):
        self.program.write({"posted_on": "window_over", "window_days": 14})
        sale = self.sell(line("50.00", "2"))
        self.assertEqual(self.balance().pending, 100)
        self.take_goods_back(sale, {**line("50.00", "-1"), "of": 1})
        self.compare()
        self.assertEqual(self.found(), [])

    def test_sale_without_points_is_found_and_counted(self):
        accruals = type(self.env["retail.loyalty.accrual"])
        with patch.object(accruals, "_record", lambda self, *args: self):
            sale = self.sell(line("30.00"))
        failed = self.sell(line("9.00"), customer={"loyalty_id": "NOBODY"})
        self.assertEqual(self.accrual_of(failed).state, "failed")
        self.compare()
        self.assertEqual(
            [kind for kind, _ref in self.found()], ["missing_there", "missing_there"]
        )
        self.assertEqual(self.accrual_of(sale).points, 30, "counted by healing")
        self.assertEqual(self.points, 30)
        self.compare()
        self.assertEqual(
            self.drift.line_ids.filtered(lambda one: one.state == "open").res_id,
            failed.id,
        )

    def test_points_without_a_sale_are_found(self):
        self.give(70)
        self.compare()
        self.assertEqual(self.found(), [("missing_here", "entry")])

    def test_amount_that_differs_is_found(self):
        sale = self.sell(line("30.00"))
        self.env.cr.execute(
            "UPDATE retail_loyalty_accrual SET points = 31 WHERE transaction_id = %s",
            (sale.id,),
        )
        self.compare()
        [(kind, _ref)] = self.found()
        self.assertEqual(kind, "differs")
        self.assertEqual(self.drift.line_ids.differing, "earned")
