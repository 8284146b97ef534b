"""``retail.loyalty.platform.movement``: what a platform moved becomes entries of ours.

Once: under an id that follows from the platform's. The whole batch is one posting. The
ledger follows what has happened there, even into a debt if the program says so, and
what it does not follow needs a person.
"""

from odoo import models

from odoo.addons.retail_integration_base.tools.clock import to_naive, utc_now

from ..tools import platform_news as news
from ..tools.error_platform import PlatformShortfall
from ..tools.outcomes import Posted
from ..tools.postings import (
    PLATFORM,
    Posting,
    Reversal,
    Source,
    Transfer,
    derived_uuid,
)
from .loyalty_platform_movement_work import WAIT_S, Verdict

#: Points that are missing may come with the next page: movements are told in any order.
SHORT_TRIES = 3


class RetailLoyaltyPlatformMovement(models.Model):
    _inherit = "retail.loyalty.platform.movement"

    def _take_over(
        self, backend: models.BaseModel, verdicts: dict[int, Verdict]
    ) -> None:
        """Post these movements, all with one call of the ledger."""
        known, refused = self._posted_before(backend), self._refused_before(backend)
        mine = [verdicts[one.id] for one in self]
        accounts = self._accounts(
            [one.member_id for one in mine] + [one.there_id for one in mine]
        )
        left = {
            account.id: account.posted - account.held - account.floor
            for account in accounts.values()
        }
        asked: list[tuple[RetailLoyaltyPlatformMovement, Posting]] = []
        for one in self:
            verdict = verdicts[one.id]
            if one.movement_ref in known:
                verdict.state, verdict.entry_id = "taken", known[one.movement_ref]
                continue
            account = accounts[verdict.member_id]
            is_short = one.points < 0 and left[account.id] + one.points < 0
            if is_short and not one._may_be_short(account.member_id, verdict):
                continue
            if one._give_back(backend, verdict):
                left[account.id] += one.points
                continue
            left[account.id] += one.points
            # What the ledger refused once stays refused: it is another request now.
            is_forced = is_short or one.movement_ref in refused
            if one.points > 0:
                account = accounts.get(verdict.there_id, account)
            asked.append((one, one._prepare_posting(backend, account, is_forced)))
        posted = self.env["retail.loyalty.ledger"]._post([one for _m, one in asked])
        for (one, posting), answer in zip(asked, posted, strict=True):
            verdict = verdicts[one.id]
            one._note_posted(verdict, answer)
            target = accounts[verdict.member_id]
            if answer.ok and posting.account_id != target.id:
                one._carry(backend, accounts[verdict.there_id], target)

    def _carry(
        self,
        backend: models.BaseModel,
        account: models.BaseModel,
        target: models.BaseModel,
    ) -> None:
        """Take points that came to an old account on to the survivor's.

        The platform is told, as of every transfer: they go over there, too.
        """
        self.env["retail.loyalty.ledger"]._transfer(
            Transfer(
                derived_uuid(f"{backend.code}:{self.movement_ref}", "platform.carried"),
                account.id,
                target.id,
                self.points,
                source=Source(channel=PLATFORM, ref=self.movement_ref),
            )
        )

    def _accounts(self, member_ids: list[int]) -> dict[int, models.BaseModel]:
        """Return each member's account in the first wallet of the program."""
        self.env.flush_all()
        accounts = self.env["retail.loyalty.account"].sudo()
        # Balances move beside the ORM.
        accounts.invalidate_model(["posted", "held", "floor"], flush=False)
        found = accounts.search([("member_id", "in", member_ids)], order="wallet_id")
        firsts: dict[int, models.BaseModel] = {}
        for account in found:
            wallet = account.program_id.wallet_ids[:1]
            if account.wallet_id == wallet:
                firsts[account.member_id.id] = account
        return firsts

    def _posted_before(self, backend: models.BaseModel) -> dict[str, int]:
        """Return entries that these movements became already, by movement."""
        uuids = {
            news.entry_uuid(backend.code, one.movement_ref, forced=forced): one
            for one in self
            for forced in (False, True)
        }
        entries = self.env["retail.loyalty.entry"].sudo()
        found = entries.search_fetch([("uuid", "in", list(uuids))], ["uuid"])
        return {uuids[entry.uuid].movement_ref: entry.id for entry in found}

    def _refused_before(self, backend: models.BaseModel) -> set[str]:
        uuids = {
            news.entry_uuid(backend.code, one.movement_ref): one.movement_ref
            for one in self
        }
        found = self.env["retail.loyalty.refusal"].sudo()
        found = found.search_fetch([("uuid", "in", list(uuids))], ["uuid"])
        return {uuids[one.uuid] for one in found}

    def _may_be_short(self, member: models.BaseModel, verdict: Verdict) -> bool:
        """Tell whether points that are missing here are taken all the same.

        First the movements that bring them get some time: a list may begin with the
        newest. Then the program decides: owed, or left to a person.
        """
        if self.is_debt_accepted:
            return True
        now = to_naive(utc_now())
        if self.attempt_count < SHORT_TRIES:
            verdict.wait(now, WAIT_S, "the points may still be told")
            return False
        if member.program_id.platform_shortfall == "debt":
            return True
        verdict.fail(
            PlatformShortfall(
                f"{-self.points} points of {member.display_name} were spent at"
                f" {self.backend_id.name} that are not there here: let them be owed, or"
                " have the platform corrected.",
                context={"points": self.points, "movement": self.movement_ref},
            )
        )
        return False

    def _prepare_posting(
        self, backend: models.BaseModel, account: models.BaseModel, is_forced: bool
    ) -> Posting:
        kind = news.posted_kind(self.kind, self.points)
        reason = (self.reason or "").strip() or self.env._(
            "%(what)s at %(platform)s",
            what=dict(self._fields["kind"]._description_selection(self.env))[self.kind],
            platform=backend.name,
        )
        return Posting(
            news.entry_uuid(backend.code, self.movement_ref, forced=is_forced),
            account.id,
            kind,
            self.points,
            effective_at=self.moved_at,
            source=Source(channel=PLATFORM, ref=self.movement_ref),
            reason=reason if kind == "adjustment" else self.reason or None,
            company_id=backend.company_id.id,
            forced=is_forced,
            movement_id=self.id,
        )

    def _give_back(self, backend: models.BaseModel, verdict: Verdict) -> bool:
        """Undo what locking points there took here; tell whether there was such.

        They go back to the lots that they came from.
        """
        if self.kind != "release" or not self.hold_ref:
            return False
        hold = self.search(
            [
                ("backend_id", "=", backend.id),
                ("hold_ref", "=", self.hold_ref),
                ("kind", "=", "hold"),
                ("state", "=", "taken"),
                ("points", "=", -self.points),
            ],
            limit=1,
        )
        if not hold.entry_id:
            return False
        reversal = Reversal(
            derived_uuid(f"{backend.code}:{self.movement_ref}", "platform.release"),
            hold.entry_id.uuid,
            self.points,
            effective_at=self.moved_at,
            source=Source(channel=PLATFORM, ref=self.movement_ref),
            movement_id=self.id,
        )
        [answer] = self.env["retail.loyalty.ledger"]._reverse([reversal])
        if answer.ok:
            verdict.state, verdict.entry_id = "taken", answer.entry_id
        return answer.ok

    def _note_posted(self, verdict: Verdict, answer: Posted) -> None:
        if answer.ok:
            verdict.state, verdict.entry_id = "taken", answer.entry_id
            return
        if answer.code == "insufficient":
            # Somebody spent them between our look and the posting.
            verdict.wait(to_naive(utc_now()), WAIT_S, "the points were just spent")
            return
        verdict.fail(
            PlatformShortfall(
                f"the ledger refused {self.points:+d} points of movement"
                f" {self.movement_ref}: {answer.code or answer.state}",
                context={"movement": self.movement_ref, "available": answer.available},
            )
        )
