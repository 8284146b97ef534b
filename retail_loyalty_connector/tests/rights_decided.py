"""What loyalty decided about rights; the hub's ``common_rights.py`` holds it true.

A new model that somebody may write to fails until its line is here: that line is the
decision. Everybody of the hub's groups reads every model of their company.
"""

from odoo.addons.retail_integration_base.tests.common_rights import Decided

PROMISE = {"group_steward": "wcd"}

DECIDED = Decided(
    module="retail_loyalty_connector",
    day="retail_loyalty_connector/tests/shop_day.py",
    # An anchor covers the accounts of all companies; it holds counts and digests only.
    shared=frozenset({"retail.loyalty.anchor"}),
    may_change={
        "retail.loyalty.adjustment": {"group_operator": "wcd"},
        "retail.loyalty.campaign": PROMISE,
        "retail.loyalty.consent": {"group_operator": "c"},
        "retail.loyalty.erasure": {"group_steward": "wcd"},
        "retail.loyalty.finance.estimate": {
            "group_finance": "wcd",
            "group_steward": "wcd",
        },
        "retail.loyalty.finance.terms": {"group_finance": "wcd"},
        "retail.loyalty.member": {"group_operator": "wc"},
        "retail.loyalty.program": PROMISE,
        "retail.loyalty.redemption.terms": PROMISE,
        "retail.loyalty.rule": PROMISE,
        "retail.loyalty.segment": PROMISE,
        "retail.loyalty.segment.condition": PROMISE,
        "retail.loyalty.tier": PROMISE,
        "retail.loyalty.unmatched": {"group_operator": "w"},
        "retail.loyalty.wallet": PROMISE,
    },
    service={
        f"retail.loyalty.{name}": "r"
        for name in (
            "account",
            "accrual",
            "campaign",
            "cap.use",
            "consent",
            "entry",
            "hold",
            "lot",
            "lot.use",
            "member",
            "pending",
            "platform.change",
            "platform.member",
            "platform.movement",
            "platform.order",
            "program",
            "redemption.terms",
            "refusal",
            "reversal",
            "rule",
            "segment",
            "segment.batch",
            "segment.change",
            "segment.member",
            "tier",
            "tier.change",
            "wallet",
            "warning",
        )
    },
    openers=frozenset(
        {
            "action_merge",
            "action_open_adjustment",
            "action_open_changes",
            "action_open_contact",
            "action_open_entries",
            "action_open_holds",
            "action_open_lots",
            "action_open_members",
            "action_open_sales",
            "action_show_movements",
            "action_show_moves",
        }
    ),
    looks=frozenset({"action_overview", "action_timeline", "action_verify"}),
)
