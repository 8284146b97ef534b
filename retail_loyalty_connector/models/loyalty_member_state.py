"""``retail.loyalty.member``: what people may write, and what only actions decide.

Whoever could write state, person or tier would let a closed member spend again, or have
another's points come to a friend. So people write who somebody is; the rest comes about
by buttons (here: suspending, and taking it back), by merging, erasing and the engine.
Asked by ``retail.loyalty.member.suspension``.
"""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.retail_integration_base.models.event_mixin import OPERATOR_GROUP

#: what people say about a member at any time
OWN_WORDS = frozenset(
    {"person_name", "person_email", "person_phone", "birth_date", "birthday_month"}
)
#: and what they choose once; a number may be on a card already
FIRST_WORDS = OWN_WORDS | {"program_id", "partner_id", "number"}
# Conditional: of two people at once the later one is replayed and finds it done.
CHANGE = """
    UPDATE retail_loyalty_member
       SET state = %(after)s, state_reason = %(reason)s, state_changed_at = %(now)s,
           state_changed_by_id = %(user)s, write_uid = %(user)s,
           write_date = now() AT TIME ZONE 'UTC'
     WHERE id = %(member)s AND state = %(before)s RETURNING id
"""
RETRIED_MAX = 1000


class RetailLoyaltyMember(models.Model):
    _inherit = "retail.loyalty.member"

    state_reason = fields.Char(
        string="Why",
        readonly=True,
        copy=False,
        help="Why the member was suspended, or is active again.",
    )
    state_changed_at = fields.Datetime(
        string="State changed", readonly=True, copy=False
    )
    state_changed_by_id = fields.Many2one(
        "res.users", string="State changed by", readonly=True, copy=False
    )

    @api.model_create_multi
    def create(self, vals_list: list[dict]) -> "RetailLoyaltyMember":
        """Let nobody begin as somebody else, or with what is to be earned."""
        for vals in vals_list:
            self._check_own_words(vals, FIRST_WORDS)
        return super().create(vals_list)

    def write(self, vals: dict) -> bool:
        """Keep what only actions decide out of what people write."""
        self._check_own_words(vals, OWN_WORDS)
        return super().write(vals)

    def _check_own_words(self, vals: dict, own: frozenset[str]) -> None:
        facts = sorted(set(vals) - own)
        if facts and not self.env.su:
            names = [
                self._fields[name].get_description(self.env, ["string"])["string"]
                for name in facts
                if name in self._fields
            ]
            raise UserError(
                self.env._(
                    "Only the buttons of a member change this: %(fields)s.",
                    fields=", ".join(names),
                )
            )

    def _audit_name(self) -> str:
        """Return what audit entries, which nothing erases, call the member."""
        return self.uuid

    def _suspend(self, reason: str) -> None:
        """Let these active members neither earn nor spend until somebody says so.

        Payments that are under way end as they would have.

        :raises AccessError: not an operator. :raises UserError: not active
        """
        self._change_state("active", "suspended", reason)

    def _reactivate(self, reason: str) -> None:
        """Let these suspended members earn and spend; sales since are tried again.

        :raises AccessError: not an operator. :raises UserError: not suspended
        """
        self._change_state("suspended", "active", reason)
        blocked = self.env["retail.loyalty.accrual"].sudo()
        blocked.search(
            [
                ("member_id", "in", self.ids),
                ("state", "=", "failed"),
                ("reason", "=", "member_blocked"),
            ],
            order="id",
            limit=RETRIED_MAX,
        )._try_again()

    def _change_state(self, before: str, after: str, reason: str) -> None:
        self.check_access("write")
        if not (self.env.su or self.env.user.has_group(OPERATOR_GROUP)):
            raise AccessError(self.env._("Only operators suspend members."))
        self.env.flush_all()
        for member in self:
            facts = {
                "member": member.id,
                "before": before,
                "after": after,
                "reason": reason,
                "now": self.env["retail.loyalty.ledger"]._now(),
                "user": self.env.uid,
            }
            self.env.cr.execute(CHANGE, facts, log_exceptions=False)
            if not self.env.cr.rowcount:
                raise UserError(
                    self.env._("Somebody changed this member meanwhile: look again.")
                )
            member.invalidate_recordset()
            verb = {"suspended": "suspended", "active": "reactivated"}[after]
            self.env["retail.audit.entry"]._record(
                f"member.{verb}", member, details={"reason": reason}
            )
