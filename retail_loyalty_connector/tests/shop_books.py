"""Records of loyalty's finance models for ``test_rights.py``: a month in the books.

Called by ``shop_day.py``; accounts and estimates are made by ``common_finance.py``.
"""

from datetime import timedelta

from odoo.models import BaseModel

from .common_finance import make_books, make_estimate


def close_a_period(member: BaseModel, sale: BaseModel) -> list[BaseModel]:
    """Compute the period until the day of ``sale``, and publish that day."""
    env, program = member.env, member.program_id
    terms = make_books(env, program, sale.company_id)
    estimate = make_estimate(program, program.currency_id, 90, "2020-01-01")
    day = min(program._day(sale.occurred_at), terms._today() - timedelta(days=1))
    batch = env["retail.loyalty.finance.batch"]._prepare(terms, day)
    snapshots = env["retail.loyalty.snapshot"]
    snapshots._publish_until(program, day)
    published = snapshots.search([("program_id", "=", program.id)], limit=1)
    own = [("program_id", "=", program.id)]
    return [
        terms,
        estimate,
        batch,
        batch.line_ids[:1],
        env["retail.loyalty.finance.movement"].search(
            [("batch_id", "=", batch.id)], limit=1
        ),
        env["retail.loyalty.liability"].search(own, limit=1),
        published,
        published.row_ids[:1],
    ]
