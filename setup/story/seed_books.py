"""The demo's books for points: accounts, a journal, and what the house expects.

Runs inside Odoo's shell, called by ``seed``; creates what is missing.
"""

from __future__ import annotations

from typing import Any

from .records import ensure
from .setting import FRIENDS

SINCE = "2020-01-01"
ACCOUNTS = {
    "liability": ("LOY200", "Points not used yet", "liability_current"),
    "deferral": ("LOY700", "Sales, part of points", "income"),
    "revenue": ("LOY710", "Points used", "income"),
    "breakage": ("LOY720", "Points never used", "income_other"),
}
#: What the house expects: 100 points are 1.00, and 85 % of them will be used.
ESTIMATE = {
    "points": 100,
    "amount": 1,
    "redeemed_share": 85,
    "reason": "Redemptions of the last 24 months",
}


def seed(env: Any) -> None:
    """Create accounts and the estimate that are missing."""
    program = env["retail.loyalty.program"].search([("code", "=", FRIENDS)])
    _seed_terms(env, program)
    estimates = env["retail.loyalty.finance.estimate"]
    if not estimates.search([("program_id", "=", program.id)], limit=1):
        estimates.create(
            {
                "program_id": program.id,
                "currency_id": program.currency_id.id,
                "valid_from": SINCE,
                **ESTIMATE,
            }
        ).action_approve()


def _seed_terms(env: Any, program: Any) -> None:
    accounts = {
        f"{role}_account_id": ensure(
            env, "account.account", {"code": code}, {"name": name, "account_type": kind}
        ).id
        for role, (code, name, kind) in ACCOUNTS.items()
    }
    journal = ensure(
        env,
        "account.journal",
        {"code": "LOY", "company_id": env.company.id},
        {"name": "Loyalty", "type": "general"},
    )
    key = {"program_id": program.id, "company_id": env.company.id}
    values = {"journal_id": journal.id, **accounts}
    ensure(env, "retail.loyalty.finance.terms", key, values)
