"""A till whose sales are compared with its own list."""

import base64
import csv
import io
from datetime import date, timedelta

from odoo.models import BaseModel

from . import factories as make
from .common import RetailCase
from .fakes import Lists


class ReconciliationCase(RetailCase):
    """Five sales here; ``self.theirs`` says what the partner has."""

    def setUp(self) -> None:
        super().setUp()
        self.day = (date.today() - timedelta(days=1)).isoformat()
        receipts = [
            make.make_receipt(sequence=n, business_date=self.day) for n in range(1, 6)
        ]
        self.events = [make.make_event(receipt) for receipt in receipts]
        self.receive(*self.events)
        self.work()
        self.sales = self.env["retail.transaction"].search(
            [("backend_id", "=", self.backend.id)], order="sequence"
        )
        self.theirs = [self.row_of(sale) for sale in self.sales]
        self.lists = Lists(per_page=2)
        self.addCleanup(self.lists.stop)
        self.backend.api_url = self.lists.url
        self.rule = self.make_rule()

    def row_of(self, sale: BaseModel, **values: object) -> dict:
        """Return a sale as the partner lists it."""
        return {
            "ref": sale.ref,
            "business_date": str(sale.business_date),
            "total": f"{sale.amount_total:.2f}",
            "tax": f"{sale.amount_tax:.2f}",
            "currency": sale.currency_id.name,
            "kind": sale.kind,
            "store": sale.store_id.code,
            **values,
        }

    def make_rule(self, **values: object) -> BaseModel:
        rule = self.env["retail.reconciliation.rule"].create(
            {
                "name": "Sales",
                "backend_id": self.backend.id,
                "source": "retail.reconciliation.source.transactions",
                "origin": "pages",
                "resource": "sales",
                **values,
            }
        )
        rule.action_activate()
        return rule

    def compare(self, rule: BaseModel | None = None) -> BaseModel:
        """Read the partner's list and compare, as the rule's jobs would."""
        rule = rule or self.rule
        self.lists.items = self.theirs
        rule.action_run_now()
        run = rule.run_ids.filtered(lambda one: one.state == "running")
        self.env.flush_all()
        run._step()
        self.env.invalidate_all()
        return run

    def upload(self, content: bytes, rule: BaseModel | None = None) -> BaseModel:
        """Upload a file as a person does, and compare."""
        rule = rule or self.rule
        wizard = self.env["retail.reconciliation.upload"].create(
            {
                "rule_id": rule.id,
                "file": base64.b64encode(content),
                "file_name": "list.csv",
            }
        )
        action = wizard.action_compare()
        run = self.env["retail.reconciliation.run"].browse(action["res_id"])
        self.env.flush_all()
        run._step()
        self.env.invalidate_all()
        return run

    def as_csv(self, delimiter: str = ",") -> bytes:
        text = io.StringIO()
        writer = csv.DictWriter(text, self.theirs[0], delimiter=delimiter)
        writer.writeheader()
        writer.writerows(self.theirs)
        return text.getvalue().encode()

    def lines(self) -> BaseModel:
        return self.env["retail.reconciliation.line"].search(
            [("rule_id", "=", self.rule.id)], order="id"
        )

    def drift(self) -> BaseModel:
        return self.env["retail.exception"].search(
            [("dedupe_key", "=", f"drift:{self.rule.id}")]
        )
