"""A till's list of its day, with a few things wrong, compared and partly decided.

For the screens: what a busy person sees the morning after.
"""

import io

from odoo.api import Environment
from odoo.models import BaseModel


def compare_day(env: Environment, backend: BaseModel) -> BaseModel:
    """Compare the sales of ``backend`` with a list of its own; return the run."""
    sales = env["retail.transaction"].search(
        [("backend_id", "=", backend.id)], order="id"
    )
    rule = env["retail.reconciliation.rule"].create(
        {
            "name": "Sales against the tills' own list",
            "backend_id": backend.id,
            "source": "retail.reconciliation.source.transactions",
            "lookback_days": 0,
            "owner_id": env.ref("base.user_admin").id,
        }
    )
    run = env["retail.reconciliation.run"]._begin(rule, "day.csv")
    run._load_file(io.BytesIO(_their_list(sales)))
    env.flush_all()
    run._step()
    env.invalidate_all()
    return run


def _their_list(sales: BaseModel) -> bytes:
    """Return the sales as a till would list them: one lost, one other, one too many."""
    rows = ["ref,business_date,total,tax,currency,kind,store"]
    for position, sale in enumerate(sales):
        total = sale.amount_total + (1.5 if position == 1 else 0)
        row = (
            f"{sale.ref},{sale.business_date},{total:.2f},{sale.amount_tax:.2f},"
            f"{sale.currency_id.name},{sale.kind},{sale.store_id.code}"
        )
        rows += [row] * (0 if position == 0 else 2 if position == 2 else 1)
    rows.append("12/3/9001,2026-11-20,18.40,3.19,EUR,sale,12")
    return "\n".join(rows).encode()
