"""The root of the error tree: an error carries its code and its retry decision.

Lives here: the abstract classes and the register of codes. Lives elsewhere: the errors
themselves (``tools/errors.py``, which is what everybody imports).
"""

from __future__ import annotations

from typing import Any, ClassVar

ALL_CODES: dict[str, type[RetailError]] = {}
PROBLEM_TYPE_PREFIX = "/retail/v1/errors/"


class RetailError(Exception):
    """An error that carries its own decision.

    Abstract: a class that can be raised has a ``code`` with a heading in the runbook.

    :param message: what happened, the offending value (redacted) and what to do.
    :param code: overrides the class's code.
    :param retry: overrides the class's retry decision.
    :param retry_after_s: earliest sensible next try in seconds, if the cause says so.
    :param context: facts for logs and exception records; never secrets.
    """

    code: str = ""
    title: ClassVar[str] = "Error"
    retry: bool = False
    http_status: int = 500
    category: str = "technical"
    # False: the message may speak about our inside, so callers only see the title.
    public: ClassVar[bool] = True
    #: facts of ``context`` that programs of callers need: members of the problem
    members: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        own_code = cls.__dict__.get("code")
        if not own_code:
            return
        known = ALL_CODES.setdefault(own_code, cls)
        if known.__qualname__ != cls.__qualname__:
            raise TypeError(
                f"{own_code} belongs to {known.__qualname__}; "
                f"give {cls.__qualname__} a code of its own"
            )

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        retry: bool | None = None,
        retry_after_s: float | None = None,
        context: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code
        if not self.code:
            raise TypeError(
                f"{type(self).__name__} is abstract: raise a subclass with a code"
            )
        if retry is not None:
            self.retry = retry
        self.retry_after_s = retry_after_s
        self.context: dict[str, Any] = dict(context or {})

    @property
    def problem_type(self) -> str:
        """URI reference of the kind of problem (RFC 9457 ``type``)."""
        return f"{PROBLEM_TYPE_PREFIX}{self.code}"

    def __str__(self) -> str:
        return f"{self.code} {self.message}"


class RetryableError(RetailError):
    """Worth another try later without anybody changing anything."""

    retry = True
    http_status = 503


class PermanentError(RetailError):
    """Trying again changes nothing: a person or the sender has to act."""

    http_status = 422
    category = "data"
