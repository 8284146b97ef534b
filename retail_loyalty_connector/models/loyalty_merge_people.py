"""``retail.loyalty.merge``: the people behind two members, and their keys.

Keys (``retail.identity``) of the absorbed person name the survivor, in the companies
that the program is of; so do their memberships in other programs there, since a person
is one person everywhere. Consents follow as copies: the newest word of both counts.
What went over is kept, and goes back when the merge is taken back.
"""

from odoo import models
from odoo.fields import Domain

from ..tools.consent import Proof, Word
from ..tools.postings import derived_uuid
from .loyalty_consent_reading import Standing
from .loyalty_merge import LIVING

# Conditional: what names somebody else by now stays where it is.
REPOINT = """
    UPDATE retail_identity SET partner_id = %(to)s, write_uid = %(user)s,
           write_date = now() AT TIME ZONE 'UTC'
     WHERE partner_id = %(from)s
       AND (%(ids)s IS NULL OR id = ANY (%(ids)s))
       AND (%(company)s IS NULL OR company_id = %(company)s)
 RETURNING id
"""


class RetailLoyaltyMerge(models.Model):
    _inherit = "retail.loyalty.merge"

    def _merge_people(self) -> None:
        """Let all that names the absorbed person name the survivor."""
        source, target = self.absorbed_id.partner_id, self.survivor_id.partner_id
        moved = {"identities": self._repoint(source, target)}
        moved["memberships"] = self._merge_memberships(source, target)
        self.moved = {**(self.moved or {}), **moved}
        for merge in self | self.child_ids:
            merge._carry_consents()

    def _part_people(self) -> None:
        """Give back the keys and memberships that came over and are still there."""
        source, target = self.absorbed_id.partner_id, self.survivor_id.partner_id
        moved = self.moved or {}
        self._repoint(target, source, moved.get("identities", []))
        members = self.env["retail.loyalty.member"].browse(moved.get("memberships", []))
        members.filtered(lambda one: one.partner_id == target).write(
            {"partner_id": source.id}
        )
        for merge in self | self.child_ids:
            merge._return_consents()

    def _repoint(
        self,
        source: models.BaseModel,
        target: models.BaseModel,
        ids: list[int] | None = None,
    ) -> list[int]:
        self.env.cr.execute(
            REPOINT,
            {
                "from": source.id,
                "to": target.id,
                "ids": ids,
                "user": self.env.uid,
                "company": self.company_id.id or None,
            },
            log_exceptions=False,
        )
        rows = self.env.cr.fetchall()
        self.env["retail.identity"].invalidate_model(["partner_id"])
        return sorted(id_ for (id_,) in rows)

    def _merge_memberships(
        self, source: models.BaseModel, target: models.BaseModel
    ) -> list[int]:
        """Treat memberships in other programs alike; return those that moved."""
        members = self.env["retail.loyalty.member"]
        companies = Domain(True)
        if self.company_id:
            companies = Domain("company_id", "in", [self.company_id.id, False])
        others = members.search(
            Domain("partner_id", "=", source.id)
            & Domain("id", "!=", self.absorbed_id.id)
            & Domain("state", "in", LIVING)
            & companies,
            order="id",
            limit=100,
        )
        moved = members.browse()
        for other in others:
            twin = members.search(
                [
                    ("partner_id", "=", target.id),
                    ("program_id", "=", other.program_id.id),
                ],
                limit=1,
            )
            if not twin:
                moved |= other
            elif twin._survivor().state in LIVING:
                self._merge_one(other, twin._survivor(), self.reason)
        moved.write({"partner_id": target.id})
        return moved.ids

    # --- consents ---------------------------------------------------------------------

    def _carry_consents(self) -> None:
        """Copy the absorbed member's words that are newer than the survivor's."""
        consents = self.env["retail.loyalty.consent"]
        both = self.absorbed_id | self.survivor_id
        standing = consents._standing(both)
        pairs = zip(
            standing[self.absorbed_id.id], standing[self.survivor_id.id], strict=True
        )
        for theirs, own in pairs:
            word = consents.browse(theirs.consent_id or ())
            known = consents.browse(own.consent_id or ())
            if word and (not known or _counts_more(word, known)):
                self._copy(word, "merge")

    def _return_consents(self) -> None:
        """Let the survivor's own words count again where only a copy has been heard."""
        consents = self.env["retail.loyalty.consent"]
        for standing in consents._standing(self.survivor_id)[self.survivor_id.id]:
            word = consents.browse(standing.consent_id or ())
            if not word.copy_of_id or word.copy_of_id.member_id != self.absorbed_id:
                continue
            before = self.survivor_id.consent_ids.filtered(
                lambda one, p=standing.purpose: one.purpose == p and not one.copy_of_id
            )
            self._put_back(standing, before[:1])

    def _put_back(self, standing: Standing, own: models.BaseModel) -> None:
        now = self.env["retail.loyalty.ledger"]._now()
        # They never said anything about it: nobody may be addressed on a copy's word.
        decision = own.decision if own else "withdrawn"
        self.env["retail.loyalty.consent"]._say(
            self.survivor_id,
            Word(
                standing.purpose,
                decision,
                now,
                own.channel or "desk",
                Proof(own.text_version or None, own.text_hash or None),
                uuid=derived_uuid(self.uuid, f"consent-back:{standing.purpose}"),
            ),
            origin="unmerge",
            copy_of=own,
        )

    def _copy(self, word: models.BaseModel, origin: str) -> None:
        self.env["retail.loyalty.consent"]._say(
            self.survivor_id,
            Word(
                word.purpose,
                word.decision,
                word.decided_at,
                word.channel,
                Proof(word.text_version or None, word.text_hash or None),
                uuid=derived_uuid(self.uuid, f"consent:{word.id}"),
            ),
            origin=origin,
            copy_of=word,
        )


def _counts_more(one: models.BaseModel, other: models.BaseModel) -> bool:
    if one.decided_at != other.decided_at:
        return one.decided_at > other.decided_at
    return one.decision == "withdrawn" != other.decision
