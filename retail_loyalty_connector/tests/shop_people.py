"""Records of who is who, for ``test_rights.py``; called by ``shop_day.py``."""

from odoo.models import BaseModel

from . import factories as make


def sort_people_out(member: BaseModel, sale: BaseModel) -> list[BaseModel]:
    """Let two members be merged, two be doubted, one be forgotten, one be unknown."""
    env, program = member.env, member.program_id
    others = [make.make_member(env, program) for _n in range(3)]
    place = {"program_id": program.id, "company_id": member.company_id.id}
    found = {"state": "open", "found_at": env["retail.loyalty.ledger"]._now()}
    merges = env["retail.loyalty.merge"].sudo()
    pair = {"member_id": others[1].id, "other_id": others[2].id}
    return [
        merges._merge(others[0], others[1], "One person, two cards."),
        env["retail.loyalty.duplicate"].create({**place, **found, **pair}),
        env["retail.loyalty.erasure"].create(
            {"member_id": others[2].id, "ref": "letter 1"}
        ),
        env["retail.loyalty.unmatched"].create(
            {
                **place,
                **found,
                "identity_id": sale.identity_id.id,
                "reason": "unknown",
            }
        ),
    ]
