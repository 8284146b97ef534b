"""Errors of the ledger of points (RET-40xx).

Part of base's error tree. Raised where an outcome of the ledger has to stop its caller;
the ledger itself answers with values (``tools/postings.py``), since what it refused has
to be stored, and an exception would roll that back.
"""

from __future__ import annotations

from odoo.addons.retail_integration_base.tools.error_base import PermanentError


class InsufficientPoints(PermanentError):
    """Fewer points are available than were asked; ``context`` has ``available``."""

    code = "RET-4001"
    title = "Not enough points"
    http_status = 409
    members = ("available",)


class HoldUnknown(PermanentError):
    """No hold has this id."""

    code = "RET-4002"
    title = "Hold unknown"
    http_status = 404


class HoldExpired(PermanentError):
    """The hold ended by itself before it was captured; its points are free again."""

    code = "RET-4003"
    title = "Hold expired"
    http_status = 410


class HoldResolved(PermanentError):
    """The hold was captured or voided before, in another way than is asked now."""

    code = "RET-4004"
    title = "Hold resolved otherwise"
    http_status = 409


class ReversalRefused(PermanentError):
    """There is less left to reverse, or this entry cannot be reversed."""

    code = "RET-4005"
    title = "Reversal refused"
    http_status = 409


class PostingUnknown(PermanentError):
    """Nothing was posted under the id that is to be reversed."""

    code = "RET-4006"
    title = "Posting unknown"
    http_status = 404


class LedgerBroken(PermanentError):
    """The ledger is not what was written: somebody changed it from outside."""

    code = "RET-4007"
    title = "Ledger broken"
    http_status = 500
    category = "security"
    public = False


class AdjustmentUnapproved(PermanentError):
    """An adjustment above the program's limit that no second person agreed to."""

    code = "RET-4008"
    title = "Adjustment needs a second person"
    http_status = 403
