"""The errors of sync jobs and reconciliation.

Imported through ``tools/errors.py``, so that every code is known wherever errors are.
"""

from __future__ import annotations

from .error_base import PermanentError, RetryableError


class PageInvalid(RetryableError):
    """A partner's page is not what the contract says; a proxy's page, perhaps."""

    code = "RET-1601"
    title = "Page invalid"
    http_status = 502
    category = "data"


class PagesEndless(PermanentError):
    """A partner's list leads back to a page it gave before, or never ends."""

    code = "RET-1602"
    title = "Pages without end"
    category = "data"


class ItemsRefused(PermanentError):
    """Items of a polled list that cannot be messages; the others were stored."""

    code = "RET-1603"
    title = "Polled items refused"
    category = "data"


class SyncLate(PermanentError):
    """A recurring flow is further behind than its objective allows."""

    code = "RET-1604"
    title = "Sync late"
    category = "technical"


class ReconciliationDrift(PermanentError):
    """Both sides differ by more than the rule's alarm allows."""

    code = "RET-1605"
    title = "Reconciliation drift"
    category = "amount"


class ReconciliationUnreadable(PermanentError):
    """A list to compare with cannot be read as the rule describes it."""

    code = "RET-1606"
    title = "Reconciliation list unreadable"
    category = "data"


class PartOutOfOrder(PermanentError):
    """A part of a posted list that is not the next one."""

    code = "RET-1607"
    title = "Part out of order"
    http_status = 409
    category = "data"


class ListNotOpen(PermanentError):
    """A posted list that takes no parts: finished, closed, or another one is open."""

    code = "RET-1608"
    title = "List not open"
    http_status = 409
    category = "data"


class ListIncomplete(PermanentError):
    """A posted list that lacks items, or that nobody finished."""

    code = "RET-1609"
    title = "List incomplete"
    http_status = 409
    category = "data"
