"""``retail.loyalty.erasure``: a member is forgotten, and every total stays (R144).

One steward orders it, another one agrees. Then, in one transaction: what names the
person leaves member, contact, consents and lists; points that are left are written off
(kind *breakage*) or stay until they expire, as was ordered; keys and stored messages go
by the hub's erasure (``retail.identity.action_erase_person``). Entries, accounts, sums
and hash chains are not touched: they name the member by numbers only.

A platform of the program has to forget the person as well (``…_platform.py``); until it
did, or somebody says so, the row stays on the list.
"""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.retail_integration_base.fields import BigInteger

from ..tools.postings import Posting, Reversal, Source, derived_uuid

STEWARD_GROUP = "retail_integration_base.group_steward"
FORGET_CONSENTS = """
    UPDATE retail_loyalty_consent SET ip = NULL, ref = NULL
     WHERE member_id = ANY (%s) AND (ip IS NOT NULL OR ref IS NOT NULL)
"""
FORGET_REFS = (
    "UPDATE retail_loyalty_platform_member SET member_ref = 'erased-' || id,"
    " error = replace(error, member_ref, '***') WHERE member_id = ANY (%s)",
    "UPDATE retail_loyalty_platform_movement SET member_ref = 'erased-' || member_id,"
    " error = replace(error, member_ref, '***') WHERE member_id = ANY (%s)",
    "UPDATE retail_loyalty_platform_change SET member_ref = 'erased-' || id,"
    " error = NULL WHERE member_id = ANY (%s)",
    "UPDATE retail_loyalty_platform_change SET other_ref = NULL"
    " WHERE other_id = ANY (%s)",
)
HAS_BOOKS = "SELECT EXISTS (SELECT FROM account_move_line WHERE partner_id = %s)"


class RetailLoyaltyErasure(models.Model):
    _name = "retail.loyalty.erasure"
    _description = "Erasure of a Member"
    _inherit = ["retail.anchored.mixin"]
    _order = "id desc"
    _anchor_fields = ("member_id",)

    member_id = fields.Many2one(
        "retail.loyalty.member", required=True, ondelete="restrict", index=True
    )
    program_id = fields.Many2one(related="member_id.program_id", store=True)
    company_id = fields.Many2one(
        related="member_id.program_id.company_id", store=True, index=True
    )
    points_policy = fields.Selection(
        [
            ("write_off", "Written off now"),
            ("keep", "Kept until they expire; nobody can spend them"),
        ],
        string="Points that are left",
        required=True,
        default="write_off",
    )
    ref = fields.Char(
        string="Reference",
        required=True,
        help="Of the request, such as a case number; no name.",
    )
    state = fields.Selection(
        [
            ("draft", "Ordered"),
            ("done", "Erased"),
            ("declined", "Declined"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        index=True,
    )
    decided_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    decided_at = fields.Datetime(string="Decided", readonly=True, copy=False)
    points_written_off = BigInteger(readonly=True, copy=False)
    points_reserved = BigInteger(
        string="Still reserved",
        readonly=True,
        copy=False,
        help="By payments that were under way; they end by themselves.",
    )
    is_contact_kept = fields.Boolean(
        string="Contact kept",
        readonly=True,
        copy=False,
        help="It stands in the books or belongs to a user: it is no member any more,"
        " its name stays until the books may forget it.",
    )
    platform_state = fields.Selection(
        [("none", "No platform"), ("open", "To be told"), ("told", "Told")],
        string="Platform",
        readonly=True,
        copy=False,
        default="none",
    )

    _open_uniq = models.UniqueIndex(
        "(member_id) WHERE state <> 'declined'", "This was ordered before."
    )

    @api.depends("member_id")
    def _compute_display_name(self) -> None:
        for erasure in self:
            # No number: audit entries keep this name for good.
            erasure.display_name = self.env._("Erasure %s", erasure.id)

    @api.model_create_multi
    def create(self, vals_list: list[dict]) -> "RetailLoyaltyErasure":
        """Order it; only buttons decide."""
        for vals in vals_list:
            self._check_own_words(vals)
        return super().create(vals_list)

    def write(self, vals: dict) -> bool:
        self._check_own_words(vals)
        if not self.env.su and any(one.state != "draft" for one in self):
            raise UserError(self.env._("What was decided does not change."))
        return super().write(vals)

    def _check_own_words(self, vals: dict) -> None:
        if not self.env.su and set(vals) - {"member_id", "points_policy", "ref"}:
            raise UserError(self.env._("Use the buttons to decide."))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_decided(self) -> None:
        if any(one.state != "draft" for one in self):
            raise UserError(self.env._("What was decided stays as a record."))

    # --- deciding ---------------------------------------------------------------------

    def action_approve(self) -> None:
        """Agree, as the second person, and erase at once.

        :raises AccessError: not a steward. :raises UserError: one's own order, decided
            before, or the member is merged into another
        """
        self._check_steward()
        for order in self:
            if order.create_uid == self.env.user:
                raise UserError(
                    self.env._("You ordered it yourself; somebody else has to agree.")
                )
            order._check_open()
            order.sudo()._erase()

    def action_decline(self) -> None:
        """Say no, for good.

        :raises AccessError: not a steward. :raises UserError: decided before
        """
        self._check_steward()
        for order in self:
            order._check_open()
            order.sudo().write(order._decided("declined"))

    def action_platform_told(self) -> None:
        """Say that the program's platform has forgotten the person, too.

        :raises AccessError: not a steward
        """
        self._check_steward()
        for order in self.sudo().filtered(lambda one: one.platform_state == "open"):
            order._changes()._end("done")
            if order.platform_state == "open":
                order._forget_at_platform()

    def _check_steward(self) -> None:
        self.check_access("write")
        if not (self.env.su or self.env.user.has_group(STEWARD_GROUP)):
            raise AccessError(self.env._("Only stewards may erase a person."))

    def _check_open(self) -> None:
        if self.state != "draft":
            raise UserError(self.env._("Somebody decided about it before."))
        if self.member_id.state == "merged":
            raise UserError(
                self.env._("This member was merged: erase who they are today.")
            )

    def _decided(self, state: str) -> dict:
        now = self.env["retail.loyalty.ledger"]._now()
        return {"state": state, "decided_by_id": self.env.uid, "decided_at": now}

    # --- erasing ----------------------------------------------------------------------

    def _erase(self) -> None:
        member = self.member_id
        everybody = member | member._absorbed()
        identities = self.env["retail.identity"].search(
            [("partner_id", "in", everybody.partner_id.ids)], limit=1000
        )
        values = self._decided("done")
        if self.points_policy == "write_off":
            values["points_written_off"] = self._write_off()
        values["points_reserved"] = sum(member.account_ids.mapped("held"))
        kept = [one._erase_person() for one in everybody]
        values["is_contact_kept"] = any(kept)
        if self._tell_platform(everybody):
            # Whoever tells the platform has to know what it calls them.
            values["platform_state"] = "open"
        else:
            everybody._erase_at_platform()
        known = identities.filtered(lambda one: one.erasure_state != "done")
        if known:
            known.action_erase_person()
        self.write(values)
        self.env["retail.audit.entry"]._record(
            "member.erased",
            self,
            details={
                "members": everybody.mapped("uuid"),
                "points_policy": self.points_policy,
                "points_written_off": self.points_written_off,
                "ordered_by": self.create_uid.id,
            },
            approved_by=self.env.user,
        )

    def _write_off(self) -> int:
        """Cancel what is pending and write off what is free; return how much."""
        ledger = self.env["retail.loyalty.ledger"]
        pending = self.env["retail.loyalty.pending"].search(
            [
                ("account_id", "in", self.member_id.account_ids.ids),
                ("state", "=", "pending"),
            ],
            limit=10_000,
        )
        name = f"erasure:{self.id}"
        ledger._reverse(
            Reversal(derived_uuid(one.uuid, name), one.uuid, reason=self.ref)
            for one in pending
        )
        postings = []
        for account in self.member_id.account_ids:
            free = ledger._balance(account).available
            if free > 0:
                postings.append(
                    Posting(
                        derived_uuid(self.member_id.uuid, f"{name}:{account.id}"),
                        account.id,
                        "breakage",
                        -free,
                        source=Source(channel="erasure"),
                        reason=self.ref,
                    )
                )
        answers = ledger._post(postings)
        return -sum(answer.amount for answer in answers if answer.ok)
