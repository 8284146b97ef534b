"""The tills' own list against ours, compared as people do it: a rule and a file.

Lives here: what invariant I12 needs, that a reconciliation reports exactly what
differs. The oracle is the receipts that the row made; rows of other stores are copied
from the database, so that they agree. Not here: what a row leaves out.
"""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from ..e2e.hub import Hub
from ..shop.processes import wait_until
from .stage import TILLS

SOURCE = "retail.reconciliation.source.transactions"
HEADER = ("ref", "business_date", "total", "tax", "currency", "kind", "store")
COMPARED_S = 90.0


def ref_of(receipt: Mapping[str, Any]) -> str:
    """Return by which name both sides know a receipt."""
    return "/".join(str(receipt[name]) for name in ("store", "register", "sequence"))


class TillsList:
    """A rule of the tills' backend that compares everything with an uploaded file.

    :param store: whose receipts come from the oracle.
    """

    def __init__(self, hub: Hub, store: str) -> None:
        self._hub = hub
        self._store = store
        (backend_id,) = hub.call("retail.backend", "search", [[["code", "=", TILLS]]])
        values = {
            "name": f"Sales of {store}",
            "backend_id": backend_id,
            "source": SOURCE,
            "origin": "upload",
            "lookback_days": 0,
        }
        (self._rule_id,) = hub.call("retail.reconciliation.rule", "create", [[values]])

    def compare(self, receipts: Iterable[Mapping[str, Any]]) -> dict[str, str]:
        """Upload the tills' list; return ``ref -> kind`` of what is undecided then."""
        upload = {
            "rule_id": self._rule_id,
            "file": base64.b64encode(self._file(receipts)).decode(),
            "file_name": "tills.csv",
        }
        wizard = "retail.reconciliation.upload"
        ids = self._hub.call(wizard, "create", [[upload]])
        run_id = self._hub.call(wizard, "action_compare", [ids])["res_id"]
        wait_until(lambda: self._is_over(run_id), "the lists are compared", COMPARED_S)
        return dict(
            self._hub.sql(
                "SELECT key_parts, kind FROM retail_reconciliation_line"
                " WHERE rule_id = %s AND state = 'open'",
                self._rule_id,
            )
        )

    def _is_over(self, run_id: int) -> bool:
        rows = self._hub.sql(
            "SELECT state FROM retail_reconciliation_run WHERE id = %s", run_id
        )
        assert rows[0][0] in ("running", "done"), f"I12: the run {rows[0][0]}"
        return rows[0][0] == "done"

    def _file(self, receipts: Iterable[Mapping[str, Any]]) -> bytes:
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(HEADER)
        for receipt in receipts:
            totals = receipt["totals"]
            writer.writerow(
                (
                    ref_of(receipt),
                    receipt["business_date"],
                    totals["grand"],
                    totals["tax"],
                    receipt["currency"],
                    receipt["type"],
                    receipt["store"],
                )
            )
        writer.writerows(self._of_other_stores())
        return text.getvalue().encode()

    def _of_other_stores(self) -> list[tuple[Any, ...]]:
        return self._hub.sql(
            "SELECT t.ref, t.business_date, t.amount_total, t.amount_tax, c.name,"
            " t.kind, s.code FROM retail_transaction t"
            " JOIN retail_backend b ON b.id = t.backend_id"
            " JOIN res_currency c ON c.id = t.currency_id"
            " JOIN retail_store s ON s.id = t.store_id"
            " WHERE b.code = %s AND s.code <> %s",
            TILLS,
            self._store,
        )
