"""``retail.loyalty.merge``: the program's platform is told of it, and of parting.

Points go over by the orders of the merge's own entries. Who is who is a row of its own
(``retail.loyalty.platform.change``). Where the platform knows only the one who was
merged, its account is the survivor's from then on, and nothing has to be told.
"""

from odoo import models

from ..tools.postings import derived_uuid


class RetailLoyaltyMerge(models.Model):
    _inherit = "retail.loyalty.merge"

    def _merge_one(
        self, absorbed: models.BaseModel, survivor: models.BaseModel, reason: str
    ) -> "RetailLoyaltyMerge":
        merge = super()._merge_one(absorbed, survivor, reason)
        merge._tell_merged()
        return merge

    def _part(self, reason: str) -> None:
        done = super()._part(reason)
        self._tell_parted()
        return done

    def _merge_people(self) -> None:
        done = super()._merge_people()
        self._tell_profiles()
        return done

    def _part_people(self) -> None:
        done = super()._part_people()
        self._tell_profiles()
        return done

    def _tell_profiles(self) -> None:
        """Have platforms told whose the memberships are that went over or back."""
        ids = (self.moved or {}).get("memberships", [])
        self.env["retail.loyalty.member"].browse(ids)._tell_platform(None)

    def _changes(self) -> models.BaseModel:
        changes = self.env["retail.loyalty.platform.change"].sudo()
        return changes.search([("merge_id", "=", self.id)])

    def _tell_merged(self) -> None:
        absorbed, survivor = self.absorbed_id, self.survivor_id
        if not self.program_id.backend_id:
            return
        # Whom the platform could not find is somebody it knows, now.
        stuck = [("member_id", "=", absorbed.id), ("state", "=", "stuck")]
        self.env["retail.loyalty.platform.order"].sudo().search(stuck)._tell_again()
        if not absorbed.platform_ref:
            return
        if not survivor.platform_ref:
            survivor._note_platform_ref(absorbed.platform_ref)
            self.moved = {**(self.moved or {}), "platform": True}
            return
        self._tell_change("merge", absorbed.platform_ref)

    def _tell_parted(self) -> None:
        """Take the merge off the list, or have somebody undo what was done there."""
        absorbed, survivor = self.absorbed_id, self.survivor_id
        if (self.moved or {}).get("platform") and survivor.platform_ref:
            ref, survivor.platform_ref = survivor.platform_ref, False
            survivor.flush_recordset(["platform_ref"])
            absorbed.platform_ref = ref
            self._tell_change("part", ref)
            return
        merged = self._changes().filtered(lambda one: one.kind == "merge")
        if merged - merged._end("dropped"):
            self._tell_change("part", merged.member_ref)

    def _tell_change(self, kind: str, ref: str) -> None:
        survivor = self.survivor_id
        self.env["retail.loyalty.platform.change"]._tell(
            derived_uuid(self.uuid, f"platform.{kind}"),
            kind,
            self.absorbed_id,
            ref,
            other_id=survivor.id,
            other_ref=survivor.platform_ref or None,
            merge_id=self.id,
        )
