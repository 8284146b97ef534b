"""From codes in documents to our records: products, stores, taxes, tenders."""

from odoo.models import BaseModel
from odoo.tests import tagged

from . import factories as make
from .common import RetailCase


@tagged("post_install", "-at_install")
class TestResolver(RetailCase):
    def record(self, receipt: dict, backend: BaseModel | None = None) -> BaseModel:
        event = self.receive(make.make_event(receipt), backend=backend)
        self.work(backend)
        return event

    def product_of(self, **codes: str) -> BaseModel:
        """Return the product that a line with these codes is recorded for."""
        line = {**make.line(), **codes}
        event = self.record(make.make_receipt([line]))
        self.assertEqual(event.state, "done", event.error_message)
        return event.transaction_ids.line_ids.product_id

    def link(
        self,
        entity: str,
        external_id: str,
        record_id: int,
        backend: BaseModel | None = None,
    ) -> BaseModel:
        return self.env["retail.external.id"].create(
            {
                "backend_id": (backend or self.backend).id,
                "entity": entity,
                "external_id": external_id,
                "res_id": record_id,
            }
        )

    # --- products -------------------------------------------------------------------

    def test_product_is_found_by_its_sku(self):
        self.assertEqual(self.product_of(sku="MUG"), self.mug)

    def test_product_is_found_by_its_barcode(self):
        other = make.make_product(self.env, "OTHER", barcode="5410013101703")
        found = self.product_of(sku="unknown there", gtin="5410013101703")
        self.assertEqual(found, other)

    def test_sku_goes_before_the_barcode(self):
        make.make_product(self.env, "OTHER", barcode="5410013101703")
        found = self.product_of(sku="MUG", gtin="5410013101703")
        self.assertEqual(found, self.mug)

    def test_explicit_link_goes_before_the_sku(self):
        other = make.make_product(self.env, "OTHER")
        self.link("product", "MUG", other.id)
        self.assertEqual(self.product_of(sku="MUG"), other)

    def test_link_of_another_system_does_not_count(self):
        other = make.make_product(self.env, "OTHER")
        self.link("product", "MUG", other.id, make.make_backend(self.env, "elsewhere"))
        self.assertEqual(self.product_of(sku="MUG"), self.mug)

    def test_sale_of_an_archived_product_is_a_sale(self):
        self.mug.active = False
        self.assertEqual(self.product_of(sku="MUG"), self.mug)

    def test_product_in_use_goes_before_its_archived_predecessor(self):
        self.mug.active = False
        successor = make.make_product(self.env, "MUG")
        self.assertEqual(self.product_of(sku="MUG"), successor)

    def test_product_of_another_company_is_unknown(self):
        company = self.env["res.company"].create({"name": "Other"})
        self.backend.user_id.company_ids += company
        make.make_product(self.env, "THEIRS", company_id=company.id)
        event = self.record(make.make_receipt([make.line("THEIRS")]))
        self.assertEqual(event.exception_ids.mapping_kind, "sku")
        self.assertEqual(event.exception_ids.mapping_value, "THEIRS")

    def test_link_to_a_product_that_is_gone_stops_only_its_own_message(self):
        gone = make.make_product(self.env, "GONE")
        self.link("product", "GONE", gone.id)
        gone.unlink()
        lost, other = self.receive(
            make.make_event(make.make_receipt([make.line("GONE")], register="1")),
            make.make_event(make.make_receipt(register="2")),
        )
        self.work()
        self.assertIn(lost.state, ("retry", "dead"))
        self.assertFalse(lost.transaction_ids)
        self.assertEqual(other.state, "done")

    def test_shipping_and_fees_need_no_product(self):
        lines = [make.line(), {**make.line("BAG"), "kind": "fee"}]
        event = self.record(make.make_receipt(lines))
        self.assertEqual(event.state, "done", event.error_message)
        self.assertEqual(event.transaction_ids.line_ids.product_id, self.mug)

    # --- stores ---------------------------------------------------------------------

    def test_store_is_found_by_its_code_or_by_a_link(self):
        self.link("store", "S-0012", self.store.id)
        for code in ("12", "S-0012"):
            with self.subTest(code):
                event = self.record(make.make_receipt(store=code))
                self.assertEqual(event.transaction_ids.store_id, self.store)

    def test_store_of_another_company_is_unknown(self):
        company = self.env["res.company"].create({"name": "Other"})
        self.backend.user_id.company_ids += company
        make.make_store(self.env, "77", company_id=company.id)
        event = self.record(make.make_receipt(store="77"))
        self.assertEqual(event.state, "dead")
        self.assertEqual(event.exception_ids.mapping_kind, "store")

    def test_currency_that_is_not_active_waits_for_a_person(self):
        self.env.ref("base.CHF").active = False
        event = self.record(make.make_receipt(currency="CHF"))
        self.assertEqual(event.exception_ids.code, "RET-1203")
        self.env.ref("base.CHF").active = True
        event.action_replay()
        self.work()
        self.assertEqual(event.state, "done")

    # --- taxes and tenders ----------------------------------------------------------

    def tender_of(self, **values: object) -> str:
        event = self.record(make.make_receipt(**values))
        self.assertEqual(event.state, "done", event.error_message)
        tender = event.transaction_ids.tender_ids
        self.assertEqual(tender.external_type, "card")
        return tender.tender_type

    def make_tender_map(self, internal: str, **values: object) -> BaseModel:
        return make.make_tax_map(
            self.env, "card", kind="tender", internal_value=internal, **values
        )

    def test_tender_without_a_map_keeps_its_name(self):
        self.assertEqual(self.tender_of(), "card")

    def test_tender_is_called_what_the_map_says(self):
        self.make_tender_map("debit")
        self.assertEqual(self.tender_of(), "debit")

    def test_map_of_one_system_goes_before_the_general_one(self):
        self.make_tender_map("own", backend_id=self.backend.id)
        self.make_tender_map("general", valid_from="2026-01-01")
        self.assertEqual(self.tender_of(), "own")

    def test_map_counts_on_the_business_date(self):
        self.make_tender_map("old", valid_from="2026-01-01", valid_until="2026-06-30")
        self.make_tender_map("new", valid_from="2026-07-01")
        for day, expected in (
            ("2025-12-31", "card"),
            ("2026-06-30", "old"),
            ("2026-07-01", "new"),
        ):
            with self.subTest(day):
                self.assertEqual(self.tender_of(business_date=day), expected)

    def test_tax_without_a_code_goes_by_title_and_rate(self):
        make.make_tax_map(self.env, "State Tax 0.06")
        line = make.line(rate="0.06")
        line["taxes"][0] = {
            "title": "State Tax",
            "rate": "0.06",
            "amount": line["taxes"][0]["amount"],
        }
        event = self.record(make.make_receipt([line]))
        self.assertEqual(event.state, "done", event.error_message)
        self.assertEqual(event.transaction_ids.line_ids.tax_codes, "VAT-State Tax 0.06")

    def test_unknown_tax_waits_for_a_person(self):
        line = make.line()
        line["taxes"][0]["code"] = "V6"
        event = self.record(make.make_receipt([line]))
        self.assertEqual(event.exception_ids.mapping_kind, "tax")
        self.assertEqual(event.exception_ids.mapping_value, "V6")
