"""The places where traps can stand, and the ledger's door."""

from . import handler_transaction, outbox_event, points
