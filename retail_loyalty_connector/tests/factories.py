"""``make_*`` and requests: the smallest valid thing of each kind.

Every request gets an id of its own; a test that repeats one passes it.
"""

import uuid as uuids
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from odoo.api import Environment
from odoo.models import BaseModel

from ..tools.outcomes import Held, Posted
from ..tools.postings import (
    Capture,
    HoldRequest,
    Posting,
    Reversal,
    Source,
    derived_uuid,
)

_numbers = count(1)


def new_uuid() -> str:
    """Return an id that nobody used."""
    return str(uuids.uuid4())


def after(at: datetime, **duration: float) -> datetime:
    """Return ``at`` plus days, hours, minutes, seconds."""
    return at + timedelta(**duration)


def make_program(env: Environment, code: str = "", **values: Any) -> BaseModel:
    """Return a program with one wallet that lets nobody owe points."""
    code = code or f"program-{new_uuid()[:8]}"
    return env["retail.loyalty.program"].create(
        {"name": code.title(), "code": code, **values}
    )


def make_member(env: Environment, program: BaseModel, **values: Any) -> BaseModel:
    """Return a member who is a new person unless ``partner_id`` says who."""
    values.setdefault(
        "partner_id", env["res.partner"].create({"name": f"Ann {next(_numbers)}"}).id
    )
    return env["retail.loyalty.member"].create({"program_id": program.id, **values})


def source(**values: Any) -> Source:
    """Return where a request comes from."""
    return Source(**values)


def accrual(account: BaseModel | int, points: int, **values: Any) -> Posting:
    """Return points earned."""
    return posting(account, "accrual", points, **values)


def spending(account: BaseModel | int, points: int, **values: Any) -> Posting:
    """Return points spent without a hold; ``points`` is positive."""
    return posting(account, "redemption", -points, **values)


def adjustment(account: BaseModel | int, points: int, **values: Any) -> Posting:
    """Return a manual adjustment, signed for the member."""
    values.setdefault("reason", "counted by hand")
    return posting(account, "adjustment", points, **values)


def posting(account: BaseModel | int, kind: str, points: int, **values: Any) -> Posting:
    """Return a posting of any kind, signed for the member."""
    values.setdefault("uuid", new_uuid())
    return Posting(account_id=_id(account), kind=kind, points=points, **values)


def hold_request(account: BaseModel | int, points: int, **values: Any) -> HoldRequest:
    """Return a request to hold points for a quarter of an hour."""
    values = {"uuid": new_uuid(), "ttl_s": 900, **values}
    return HoldRequest(account_id=_id(account), points=points, **values)


def capture(hold_uuid: str, points: int | None = None, **values: Any) -> Capture:
    """Return a request to spend what is held."""
    return Capture(hold_uuid, points, **values)


def reversal(original_uuid: str, points: int | None = None, **values: Any) -> Reversal:
    """Return a request to take a posting back."""
    values.setdefault("uuid", new_uuid())
    return Reversal(original_uuid=original_uuid, points=points, **values)


def entry_uuid(answer: Posted | Held) -> str:
    """Return the id under which an answer's points were posted."""
    if isinstance(answer, Held):
        return derived_uuid(answer.uuid, "capture")
    return answer.uuid


def _id(record: BaseModel | int) -> int:
    return record if isinstance(record, int) else record.id


def make_rule(program: BaseModel, **values: Any) -> BaseModel:
    """Return a rule: one point for each 1.00 spent on goods."""
    values = {"name": "A point per euro", "points": 1, **values}
    return program.env["retail.loyalty.rule"].create(
        {"program_id": program.id, **values}
    )


def make_campaign(program: BaseModel, **values: Any) -> BaseModel:
    """Return a campaign: double points."""
    values = {"name": "Double points", "factor": 2, **values}
    return program.env["retail.loyalty.campaign"].create(
        {"program_id": program.id, **values}
    )


def make_tier(
    program: BaseModel, code: str, threshold: int, **values: Any
) -> BaseModel:
    """Return a tier."""
    values = {"name": code.title(), "code": code, "threshold": threshold, **values}
    return program.env["retail.loyalty.tier"].create(
        {"program_id": program.id, **values}
    )


def make_worth(program: BaseModel, currency: BaseModel, **values: Any) -> BaseModel:
    """Return terms: 100 points are 1.00."""
    values = {"points": 100, "amount": 1, "currency_id": currency.id, **values}
    return program.env["retail.loyalty.redemption.terms"].create(
        {"program_id": program.id, **values}
    )
