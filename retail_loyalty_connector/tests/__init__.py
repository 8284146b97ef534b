"""Tests that need Odoo."""

from . import (
    test_accruals,
    test_adjustments,
    test_anchors,
    test_api_holds,
    test_api_loyalty_transactions,
    test_api_members,
    test_conservation,
    test_goods_returned,
    test_guards,
    test_holds,
    test_ledger_access,
    test_ledger_races,
    test_member_races,
    test_platform_orders,
    test_platform_outage,
    test_platform_vendors,
    test_postings,
    test_reversals,
    test_screens_platform,
    test_transfers,
)
