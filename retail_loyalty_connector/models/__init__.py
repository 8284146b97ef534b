"""Odoo models, one per file; the file's name is the model's without ``retail.``."""

from . import (
    loyalty_account,
    loyalty_anchor,
    loyalty_anchor_head,
    loyalty_entry,
    loyalty_hold,
    loyalty_ledger,
    loyalty_ledger_check,
    loyalty_ledger_reading,
    loyalty_ledger_time,
    loyalty_lot,
    loyalty_lot_use,
    loyalty_member,
    loyalty_pending,
    loyalty_program,
    loyalty_refusal,
    loyalty_reversal,
    loyalty_wallet,
)
