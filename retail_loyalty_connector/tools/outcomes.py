"""What the ledger answers: values, since what it refused has to be stored as well.

An exception would roll the refusal back, and the same id would get another answer next
time. Lives elsewhere: the questions (``tools/postings.py``), the errors that a caller
raises or tells when an answer stops it (``tools/error_ledger.py``). Made by
``retail.loyalty.ledger``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of a posting or a reversal.

    :param state: ``posted``, ``pending``, ``cancelled`` (a pending accrual was),
        ``refused``, ``conflict`` (the id is known with other content) or ``unknown``
        (there is no such original)
    :param repeated: the answer was given before; nothing happened now
    :param amount: points that moved, signed for the member
    :param balance: posted points after it
    :param available: what could be spent, where it was refused
    :param code: why it was refused: ``insufficient``, ``exceeds``, ``irreversible``
    """

    uuid: str
    state: str
    repeated: bool = False
    entry_id: int | None = None
    amount: int = 0
    balance: int | None = None
    available: int | None = None
    code: str | None = None

    @property
    def ok(self) -> bool:
        """Whether the points moved or are pending."""
        return self.state in ("posted", "pending", "cancelled")


@dataclass(frozen=True, slots=True)
class Held:
    """What became of a hold.

    :param state: the hold's (``open``, ``captured``, ``voided``, ``expired``,
        ``refused``), or ``unknown``
    :param done: the hold is as was asked, now or since an earlier request
    :param repeated: it was so before; nothing happened now
    :param conflict: the id is known with other content, or it was resolved otherwise
    """

    uuid: str
    state: str
    done: bool
    repeated: bool = False
    conflict: bool = False
    hold_id: int | None = None
    entry_id: int | None = None
    points: int = 0
    captured: int = 0
    expires_at: datetime | None = None
    available: int | None = None


@dataclass(frozen=True, slots=True)
class Balance:
    """What a member has, now.

    :param available: what can be spent: neither held nor past its end
    """

    posted: int
    held: int
    pending: int
    available: int
    version: int
