"""What becomes of receipts: kinds, exact amounts, dates, immutability, who is told."""

from decimal import Decimal

from odoo.exceptions import UserError
from odoo.models import BaseModel
from odoo.tests import tagged

from . import factories as make
from .common import RetailCase


@tagged("post_install", "-at_install")
class TestTransactions(RetailCase):
    def record(self, receipt: dict, **envelope: object) -> BaseModel:
        """Bring a receipt in, work it and return its message."""
        event = self.receive(make.make_event(receipt, **envelope))
        self.work()
        return event

    def sale(self, receipt: dict) -> BaseModel:
        event = self.record(receipt)
        self.assertEqual(event.state, "done", event.error_message)
        return event.transaction_ids

    def sql(self, record: BaseModel, *columns: str) -> list[Decimal]:
        """Return numeric columns as PostgreSQL holds them."""
        self.env.flush_all()
        casts = ", ".join(f"{column}::text" for column in columns)
        self.env.cr.execute(
            f"SELECT {casts} FROM {record._table} WHERE id = %s",
            [record.id],
        )
        return [Decimal(text) for text in self.env.cr.fetchone()]

    # --- kinds ----------------------------------------------------------------------

    def test_sale_keeps_what_the_till_said(self):
        sale = self.sale(
            make.make_receipt(
                sequence=160,
                business_date="2026-11-19",
                started_at="2026-11-20T00:29:40+01:00",
                ended_at="2026-11-20T00:31:02+01:00",
                operator="94",
                offline=True,
            )
        )
        self.assertEqual(sale.kind, "sale")
        self.assertEqual(sale.channel, "pos")
        self.assertEqual(sale.store_id, self.store)
        self.assertEqual((sale.register, sale.sequence), ("3", 160))
        self.assertEqual(str(sale.business_date), "2026-11-19")
        self.assertEqual(str(sale.occurred_at), "2026-11-19 23:31:02")
        self.assertEqual(sale.received_at, sale.inbox_event_id.received_at)
        self.assertEqual(sale.operator, "94")
        self.assertTrue(sale.is_offline)
        self.assertEqual(sale.correlation_id, sale.inbox_event_id.correlation_id)

    def test_return_names_the_line_that_it_takes_back(self):
        original = {"store": "12", "register": "1", "sequence": 88, "line": 2}
        line = {**make.line(qty="-1"), "original": original}
        sale = self.sale(make.make_receipt([line], type="return"))
        self.assertEqual(sale.kind, "return")
        self.assertEqual(sale.amount_total, -12.10)
        self.assertEqual(sale.line_ids.qty, -1)
        self.assertEqual(sale.line_ids.original_ref, "12/1/88#2")
        self.assertEqual(sale.tender_ids.amount, -12.10)

    def test_return_of_an_online_order_names_its_line(self):
        original = {"order": "450789469", "line_id": "li_7"}
        line = {**make.line(qty="-1"), "original": original}
        sale = self.sale(make.make_receipt([line], type="return"))
        self.assertEqual(sale.line_ids.original_ref, "450789469#li_7")

    def test_exchange_nets_both_lines(self):
        make.make_product(self.env, "POSTER")
        lines = [make.line(qty="-1"), make.line("POSTER", price="15.00")]
        sale = self.sale(make.make_receipt(lines, type="exchange"))
        self.assertEqual(sale.kind, "exchange")
        self.assertEqual(sale.line_ids.mapped("amount_total"), [-12.10, 18.15])
        self.assertEqual(sale.amount_total, 6.05)

    def test_void_and_no_sale_are_recorded_without_payment(self):
        for kind, lines in (("void", [make.line()]), ("no_sale", [])):
            receipt = make.make_receipt(type=kind, tenders=[])
            if not lines:
                receipt |= {"lines": [], "totals": {"grand": "0.00"}}
            with self.subTest(kind):
                sale = self.sale(receipt)
                self.assertEqual(sale.kind, kind)
                self.assertEqual(len(sale.line_ids), len(lines))
                self.assertFalse(sale.tender_ids)

    def test_training_and_suspended_receipts_have_no_effect(self):
        for flag in ("training", "suspended"):
            with self.subTest(flag):
                event = self.record(make.make_receipt(**{flag: True}))
                self.assertEqual(event.state, "ignored")
                self.assertFalse(event.transaction_ids)

    def test_training_with_invented_goods_needs_nobody(self):
        line = make.line("TRAINING-ITEM")
        event = self.record(make.make_receipt([line], training=True))
        self.assertEqual(event.state, "ignored")
        self.assertFalse(event.exception_ids)

    def test_parked_receipt_can_be_completed_under_its_number(self):
        parked = make.make_receipt(sequence=7, suspended=True, tenders=[])
        completed = make.make_receipt(sequence=7)
        first, second = self.receive(
            make.make_event(parked), make.make_event(completed)
        )
        self.work()
        self.assertEqual(first.state, "ignored")
        self.assertEqual(second.state, "done", second.error_message)

    def test_cash_rounding_is_kept_apart_from_the_total(self):
        sale = self.sale(
            make.make_receipt(
                [make.line(price="9.99")],
                rounding="0.01",
                tenders=[
                    {"type": "cash", "amount": "15.00"},
                    {"type": "cash", "amount": "-2.90"},
                ],
            )
        )
        self.assertEqual(sale.amount_total, 12.09)
        self.assertEqual(sale.amount_rounding, 0.01)
        self.assertEqual(sale.tender_ids.mapped("amount"), [15.00, -2.90])

    def test_receipt_numbers_may_be_as_long_as_tills_make_them(self):
        sale = self.sale(make.make_receipt(sequence=20261120000160))
        self.assertEqual(sale.sequence, 20261120000160)

    # --- exact ----------------------------------------------------------------------

    def test_amounts_are_those_of_the_document_to_the_last_digit(self):
        line = {**make.line(qty="3", price="0.10"), "unit_price": "0.100001"}
        large = make.line(qty="1000", price="99999.99", rate="0.07")
        receipt = make.make_receipt([line, large])
        sale = self.sale(receipt)
        totals = receipt["totals"]
        self.assertEqual(
            self.sql(sale, "amount_subtotal", "amount_tax", "amount_total"),
            [Decimal(totals[name]) for name in ("subtotal", "tax", "grand")],
        )
        for sent, kept in zip(receipt["lines"], sale.line_ids, strict=True):
            self.assertEqual(
                self.sql(kept, "qty", "price_unit", "amount_tax", "amount_total"),
                [
                    Decimal(sent["qty"]),
                    Decimal(sent["unit_price"]),
                    Decimal(sent["taxes"][0]["amount"]),
                    Decimal(sent["total"]),
                ],
            )
        (paid,) = self.sql(sale.tender_ids, "amount")
        self.assertEqual(paid, Decimal(totals["grand"]))

    def test_every_wrong_sum_books_nothing(self):
        def broken(register, change):
            receipt = make.make_receipt(register=register)
            change(receipt)
            return make.make_event(receipt)

        events = self.receive(
            broken("1", lambda r: r["totals"].update(subtotal="9.99")),
            broken("2", lambda r: r["totals"].update(tax="2.11")),
            broken("3", lambda r: r["totals"].update(grand="12.11")),
            broken("4", lambda r: r["totals"].update(discount="0.01")),
            broken("5", lambda r: r["lines"][0].update(total="12.11")),
            broken("6", lambda r: r["lines"][0].update(qty="2")),
            broken("7", lambda r: r["tenders"][0].update(amount="12.09")),
            broken("8", lambda r: r.update(rounding="0.01")),
            broken("9", lambda r: r["tenders"].clear()),
            broken("10", lambda r: r["tenders"][0].update(amount="12.100001")),
        )
        self.work()
        self.assertEqual(set(events.mapped("state")), {"dead"})
        self.assertEqual(set(events.exception_ids.mapped("code")), {"RET-1201"})
        self.assertEqual(len(events.exception_ids), 10)
        self.assertFalse(
            self.env["retail.transaction"].search(
                [("backend_id", "=", self.backend.id)]
            )
        )

    def test_currency_decides_the_decimals(self):
        self.env.ref("base.JPY").active = True
        line = make.line(price="1000", rate="0")
        line["taxes"], line["total"] = [], "1000"
        values = {
            "currency": "JPY",
            "lines": [{"n": 1, **line}],
            "totals": {"grand": "1000"},
            "tenders": [{"type": "card", "amount": "1000"}],
        }
        sale = self.sale(make.make_receipt() | values)
        self.assertEqual(sale.amount_total, 1000)
        values["tenders"] = [
            {"type": "card", "amount": "999.50"},
            {"type": "cash", "amount": "0.50"},
        ]
        event = self.record(make.make_receipt() | values)
        self.assertEqual(event.exception_ids.code, "RET-1201")

    # --- for ever -------------------------------------------------------------------

    def test_recorded_transaction_does_not_change(self):
        sale = self.sale(make.make_receipt())
        for values in (
            {"amount_total": 0},
            {"business_date": "2026-01-01"},
            {"line_ids": [(5, 0, 0)]},
            {"tender_ids": [(2, sale.tender_ids.id, 0)]},
            {"partner_id": False, "kind": "void"},
        ):
            with self.subTest(**values), self.assertRaises(UserError):
                sale.write(values)
        with self.assertRaises(UserError):
            sale.unlink()

    def test_lines_and_tenders_do_not_change_either(self):
        sale = self.sale(make.make_receipt())
        for record, values in (
            (sale.line_ids, {"amount_total": 0}),
            (sale.tender_ids, {"amount": 0}),
        ):
            with self.subTest(record._name):
                with self.assertRaises(UserError):
                    record.write(values)
                with self.assertRaises(UserError):
                    record.unlink()

    def test_customer_may_become_known_later(self):
        sale = self.sale(make.make_receipt())
        partner = self.env["res.partner"].create({"name": "Ada"})
        sale.partner_id = partner
        self.assertEqual(sale.partner_id, partner)
