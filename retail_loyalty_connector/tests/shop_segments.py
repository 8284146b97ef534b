"""Records of segments and measures for ``test_rights.py``, by ``shop_day.py``."""

from odoo.models import BaseModel

from .factories import new_uuid


def address_somebody(member: BaseModel, entry: BaseModel) -> list[BaseModel]:
    """Let a segment find the member, and a movement wait to be announced."""
    env, program = member.env, member.program_id
    segment = env["retail.loyalty.segment"].create(
        {
            "name": "With points",
            "code": f"s-{new_uuid()[:8]}",
            "program_id": program.id,
            "purpose": "service",
            "condition_ids": [(0, 0, {"what": "points", "number": 1})],
        }
    )
    segment._evaluate()
    own = [("segment_id", "=", segment.id)]
    place = {"program_id": program.id, "company_id": member.company_id.id}
    now = env["retail.loyalty.ledger"]._now()
    return [
        segment,
        segment.condition_ids,
        *(
            env[f"retail.loyalty.segment.{name}"].search(own)
            for name in ("member", "change", "batch")
        ),
        env["retail.loyalty.announcement"].create(
            {**place, "change": "posted", "entry_id": entry.id, "moved_at": now}
        ),
        env["retail.loyalty.outcome"].create(
            {
                **place,
                "kind": "disputes",
                "outcome_date": now.date(),
                "measured_at": now,
            }
        ),
    ]
