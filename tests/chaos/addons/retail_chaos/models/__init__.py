"""The places where traps can stand."""

from . import handler_transaction, outbox_event
