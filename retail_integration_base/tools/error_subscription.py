"""Errors about subscriptions: a receiver that is not reached, a wish that is refused.

Part of the tree in ``tools/errors.py``, which imports them. Raised by
``retail.subscription`` and its API.
"""

from __future__ import annotations

from typing import Any

from .error_base import PermanentError, RetryableError


class SubscriptionFailing(RetryableError):
    """Nothing has got through to a subscription for hours."""

    code = "RET-1501"
    title = "Subscription delivers nothing"
    category = "transport"


class SubscriptionRefused(PermanentError):
    """A subscription cannot be made or changed like that.

    :param pointer: JSON pointer of the field in the request's body.
    """

    code = "RET-1502"
    title = "Subscription refused"

    def __init__(self, pointer: str, message: str, **kwargs: Any) -> None:
        super().__init__(message, **kwargs)
        self.errors = [{"pointer": pointer, "detail": message}]


class SubscriptionStateWrong(PermanentError):
    """What was asked for does not fit the state of the subscription."""

    code = "RET-1503"
    title = "Subscription cannot do that now"
    http_status = 409
