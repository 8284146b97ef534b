"""The errors of loyalty platforms that are no expected outcome.

Lives here: what only a platform of points can do wrong. Lives elsewhere: errors of the
way to it (base's ``tools/error_transport.py``); what a platform may well answer, such
as "not enough points", is a value (``tools/platform.py``, ``Refusal``).
"""

from __future__ import annotations

from odoo.addons.retail_integration_base.tools.error_base import (
    PermanentError,
    RetryableError,
)


class PlatformAnswerInvalid(RetryableError):
    """A platform answered success, but not in the shape that its contract promises.

    ``context["unknown_outcome"]`` is True where it may have acted.
    """

    code = "RET-4701"
    title = "Platform answer invalid"
    http_status = 502
    category = "data"


class PlatformRefused(PermanentError):
    """A platform said no to points that are in our ledger: both differ until decided.

    ``context["reason"]`` is one of ``tools/platform.py``'s ``REASONS``.
    """

    code = "RET-4702"
    title = "Points refused by the platform"
    category = "amount"


class PlatformShortfall(PermanentError):
    """Points were spent at the platform that our ledger has not got (any more).

    The program says that nobody may owe them without a person's word.
    """

    code = "RET-4703"
    title = "Spent at the platform, not there here"
    category = "amount"


class PlatformChore(PermanentError):
    """A platform has no call for what was done here with members: a person does it.

    The message says what to do there; it names nobody.
    """

    code = "RET-4705"
    title = "To be done at the platform"
    category = "mapping"


class PlatformMemberUnmatched(PermanentError):
    """Points moved at the platform for somebody whom nobody here is."""

    code = "RET-4704"
    title = "Member of the platform unknown"
    category = "mapping"
