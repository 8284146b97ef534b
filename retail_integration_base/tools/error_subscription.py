"""Errors about subscriptions: a receiver that is not reached, a wish that is refused.

Part of the tree in ``tools/errors.py``, which imports them. Raised by
``retail.subscription`` and its API.
"""

from __future__ import annotations

from .error_base import RetryableError


class SubscriptionFailing(RetryableError):
    """Nothing has got through to a subscription for hours."""

    code = "RET-1501"
    title = "Subscription delivers nothing"
    category = "transport"
