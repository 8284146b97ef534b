"""A partner that posts its own list of a day's sales, part by part.

Used by the tests of posted lists; comparing itself is tested with
``common_reconciliation.py``.
"""

import json
from datetime import date, timedelta

from . import factories as make
from .common_http import GatewayCase

PATH = "/retail/v1/reconciliations"
SCOPE = "reconciliations:post"


class PostingCase(GatewayCase):
    """Five sales here, and a partner with a key to post its own list."""

    def setUp(self) -> None:
        super().setUp()
        self.day = (date.today() - timedelta(days=1)).isoformat()
        self.receive(
            *(
                make.make_event(make.make_receipt(sequence=n, business_date=self.day))
                for n in range(1, 6)
            )
        )
        self.work()
        sales = self.env["retail.transaction"].search(
            [("backend_id", "=", self.backend.id)], order="sequence"
        )
        self.theirs = [
            {
                "ref": sale.ref,
                "business_date": str(sale.business_date),
                "total": f"{sale.amount_total:.2f}",
                "tax": f"{sale.amount_tax:.2f}",
                "currency": sale.currency_id.name,
                "kind": sale.kind,
                "store": sale.store_id.code,
            }
            for sale in sales
        ]
        self.rule = self.env["retail.reconciliation.rule"].create(
            {
                "name": "Sales",
                "backend_id": self.backend.id,
                "source": "retail.reconciliation.source.transactions",
                "origin": "post",
            }
        )
        self.rule.action_activate()
        _key, self.text = self.env["retail.api.key"]._issue(self.backend, "all", SCOPE)
        self.lists = f"/{self.rule.id}/lists"
        self.key_count = 0

    def ask(self, method: str, path: str = "", body=None, **options):
        """Ask with JSON, or with ``lines`` of it; each POST under a key of its own."""
        lines = options.get("lines")
        self.key_count += 1
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        if lines:
            data = b"\n".join(json.dumps(line).encode() for line in lines) + b"\n"
        kind = "application/x-ndjson" if lines else "application/json"
        return self.url_open(
            PATH + path,
            data=None if body is None and not lines else data,
            headers={
                "Authorization": f"Bearer {options.get('text') or self.text}",
                "Content-Type": options.get("kind") or kind,
                "Idempotency-Key": options.get("key") or f"key-{self.key_count}",
            },
            method=method,
        )

    def begin(self) -> str:
        """Begin a list and return its address."""
        response = self.ask("POST", self.lists)
        self.assertEqual(response.status_code, 201, response.text)
        self.assertEqual(
            response.headers["Location"],
            f"{PATH}{self.lists}/{response.json()['id']}",
        )
        return f"{self.lists}/{response.json()['id']}"

    def run_of(self, one: str):
        self.env.invalidate_all()
        return self.env["retail.reconciliation.run"].search(
            [("correlation_id", "=", one.rpartition("/")[2])]
        )

    def work_run(self, one: str):
        """Compare as the run's job would."""
        run = self.run_of(one)
        run._step()
        self.env.invalidate_all()
        return run
