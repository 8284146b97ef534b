"""The screens on which finance closes a month."""

from datetime import datetime, timedelta

from odoo.tests import tagged

from odoo.addons.retail_integration_base.tests.test_screens import Page, ScreensCase

from . import factories as make
from .common_finance import make_books, make_estimate, make_sale, make_shop


@tagged("post_install", "-at_install", "retail_browser")
class TestScreensFinance(ScreensCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        company = cls.env.company
        cls.program = make.make_program(
            cls.env,
            "friends",
            company_id=company.id,
            currency_id=company.currency_id.id,
        )
        make_estimate(cls.program, company.currency_id, 92, "2026-01-01", points=100)
        terms = make_books(cls.env, cls.program, company)
        shop = make_shop(cls.env, company, company.currency_id)
        account = make.make_member(cls.env, cls.program)._account()
        cls.ledger = cls.env["retail.loyalty.ledger"]
        today = datetime.now().replace(microsecond=0)
        for number, (amount, points) in enumerate(
            ((120, 1200), (80, 640), (310, 4100), (45, 300)), 1
        ):
            day = today - timedelta(days=20 * number)
            sale = make_sale(cls.env, shop, number, amount, f"{day.date()}")
            earned = make.accrual(
                account,
                points,
                effective_at=day,
                transaction_id=sale.id,
                expires_at=today + timedelta(days=75 * number),
                company_id=company.id,
                source=make.source(channel="pos", store_id=shop["store_id"]),
            )
            cls.ledger._post([earned])
        spent = make.spending(account, 900, effective_at=today - timedelta(days=35))
        cls.ledger._post([spent])
        batches = cls.env["retail.loyalty.finance.batch"]
        first = today.date() - timedelta(days=45)
        batches._prepare(terms, first).action_post()
        cls.batch = batches._prepare(terms, today.date() - timedelta(days=10))
        snapshots = cls.env["retail.loyalty.snapshot"]
        snapshots._publish_until(cls.program, today.date() - timedelta(days=1))
        cls.env.flush_all()

    def test_finance_reviews_a_period_and_reads_its_reports(self):
        period = f"retail-loyalty-periods/{self.batch.id}"
        self._look_through(
            Page("loyalty_period", period, "div[name=line_ids] .o_data_row"),
            Page("loyalty_periods", "retail-loyalty-periods", ".o_data_row"),
            Page("loyalty_liability", "retail-loyalty-liability", "canvas"),
            Page(
                "loyalty_liability_list",
                "retail-loyalty-liability?view_type=list",
                ".o_data_row",
            ),
            Page("loyalty_executive", "retail-loyalty-executive", ".o_pivot td"),
            Page("loyalty_accounts", "retail-loyalty-accounts", ".o_data_row"),
            Page("loyalty_days", "retail-loyalty-days", ".o_data_row"),
            Page("loyalty_estimates", "retail-loyalty-estimates", ".o_data_row"),
        )
        report = self.env["ir.actions.report"]
        html, _kind = report._render_qweb_html(
            "retail_loyalty_connector.loyalty_finance_document", self.batch.ids
        )
        self.assertIn(b"Contract liability", html)
