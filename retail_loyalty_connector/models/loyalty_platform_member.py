"""``retail.loyalty.platform.member``: who somebody at a platform is here.

One row per member of a platform that it told us of. Two of them may be one person here:
accounts are merged there, or a card was replaced. Asking the platform is in
``loyalty_platform_member_work.py``.
"""

from collections.abc import Iterable
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from odoo.addons.retail_integration_base.fields import BigInteger, LooseMany2one
from odoo.addons.retail_integration_base.tools.clock import to_naive, utc_now
from odoo.addons.retail_integration_base.tools.errors import RetailError

from .loyalty_member_matching import Key


class Seen(NamedTuple):
    """Who a platform's member is here; ``member`` is empty if nobody, or not yet."""

    member: models.BaseModel
    is_unmatched: bool = False
    why: str = ""


class RetailLoyaltyPlatformMember(models.Model):
    _name = "retail.loyalty.platform.member"
    _description = "Member at a Loyalty Platform"
    _inherit = "retail.loyalty.asking.mixin"
    _log_access = False
    _order = "id desc"
    _rec_name = "member_ref"

    backend_id = fields.Many2one(
        "retail.backend",
        string="Platform",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    company_id = LooseMany2one("res.company", readonly=True)
    member_ref = fields.Char(string="Member there", required=True, readonly=True)
    member_id = fields.Many2one(
        "retail.loyalty.member", readonly=True, index=True, ondelete="restrict"
    )
    state = fields.Selection(
        [
            ("asked", "To be looked up"),
            ("known", "Known"),
            ("unmatched", "Nobody here"),
            ("gone", "There no more"),
        ],
        required=True,
        readonly=True,
    )
    points = BigInteger(string="Points there", readonly=True)
    tier = fields.Char(string="Tier there", readonly=True)
    told_at = fields.Datetime(string="As of", readonly=True)
    is_profile_untold = fields.Boolean(string="Profile to tell", readonly=True)
    is_list_wanted = fields.Boolean(string="Movements to read", readonly=True)
    read_until_at = fields.Datetime(string="Movements read until", readonly=True)
    next_at = fields.Datetime(string="Next look", readonly=True)
    claimed_at = fields.Datetime(readonly=True)
    attempt_count = fields.Integer(string="Failed looks", readonly=True)
    error_code = fields.Char(string="Error", readonly=True)
    error = fields.Char(string="Cause", readonly=True)

    _member_uniq = models.Constraint(
        "UNIQUE (backend_id, member_ref)", "This member of the platform is known."
    )
    _next_idx = models.Index("(next_at) WHERE next_at IS NOT NULL")

    # --- who is who -------------------------------------------------------------------

    @api.model
    def _resolve(self, backend: models.BaseModel, refs: Iterable[str]) -> dict:
        """Return ``ref -> Seen``; whom nothing here tells is looked up at the platform.

        Calls nobody: by what is known, then by the keys that the platform's ids are.
        """
        wanted = sorted(set(refs))
        nobody = self.env["retail.loyalty.member"].sudo()
        rows = self.sudo().search(
            [("backend_id", "=", backend.id), ("member_ref", "in", wanted)]
        )
        seen = {
            row.member_ref: Seen(
                row.member_id, row.state == "unmatched", row.error or ""
            )
            for row in rows
        }
        unknown = [ref for ref in wanted if ref not in seen or not seen[ref].member]
        known = nobody.search(
            [
                ("program_id.backend_id", "=", backend.id),
                ("platform_ref", "in", unknown),
            ]
        )
        seen |= {member.platform_ref: Seen(member) for member in known}
        for ref in unknown:
            if not seen.get(ref, Seen(nobody)).member:
                seen[ref] = self._resolve_by_key(backend, ref, seen.get(ref))
        return seen

    def _resolve_by_key(
        self, backend: models.BaseModel, ref: str, seen: Seen | None
    ) -> Seen:
        keys = backend._connector()._platform_keys(backend, ref)
        if keys:
            return self._ensure(backend, ref)._match(keys)
        if not (seen and seen.is_unmatched):
            self._ask(backend, [ref])
        return seen or Seen(self.env["retail.loyalty.member"])

    @api.model
    def _ensure(
        self, backend: models.BaseModel, ref: str
    ) -> "RetailLoyaltyPlatformMember":
        """Return the row of a platform's member, made if there is none."""
        self.env.cr.execute(
            SQL(
                """INSERT INTO retail_loyalty_platform_member
                          (backend_id, company_id, member_ref, state, attempt_count)
                   VALUES (%s, %s, %s, 'asked', 0)
                   ON CONFLICT (backend_id, member_ref) DO NOTHING""",
                backend.id,
                backend.company_id.id,
                ref,
            ),
            log_exceptions=False,
        )
        domain = [("backend_id", "=", backend.id), ("member_ref", "=", ref)]
        return self.sudo().search(domain, limit=1)

    @api.model
    def _ask(
        self,
        backend: models.BaseModel,
        refs: Iterable[str],
        *,
        movements: bool = False,
        profile: bool = False,
    ) -> None:
        """Have the platform asked about these members, once however often it is wanted.

        :param movements: read their movements too
        :param profile: tell first what changed of the person here
        """
        rows = [(backend.id, backend.company_id.id, ref) for ref in sorted(set(refs))]
        if not rows:
            return
        self.env.cr.execute(
            SQL(
                """INSERT INTO retail_loyalty_platform_member AS own
                          (backend_id, company_id, member_ref, state, attempt_count,
                           next_at, is_list_wanted, is_profile_untold)
                   SELECT told.*, 'asked', 0, %(now)s, %(movements)s, %(profile)s
                     FROM (VALUES %(rows)s) AS told
                   ON CONFLICT (backend_id, member_ref) DO UPDATE
                      SET next_at = %(now)s, claimed_at = NULL,
                          is_list_wanted = own.is_list_wanted OR %(movements)s,
                          is_profile_untold = own.is_profile_untold
                                              OR %(profile)s""",
                now=to_naive(utc_now()),
                movements=movements,
                profile=profile,
                rows=SQL(", ").join(SQL("%s", row) for row in rows),
            ),
            log_exceptions=False,
        )
        self.invalidate_model()

    def _match(self, keys: list[tuple[str, str]], name: str | None = None) -> Seen:
        """Find whose keys these are, or enrol them if the program says so.

        :param keys: pairs of kind and value, as the platform tells them
        """
        self.ensure_one()
        members = self.env["retail.loyalty.member"].sudo()
        program = self._program()
        if not program:
            return self._note_unmatched("no program here is run by this platform")
        try:
            wanted = [members._key(*key, self.backend_id) for key in keys]
            member = self._find_member(program, wanted)
            if not member and program.platform_unknown == "enrol" and wanted:
                member, _new = members._enrol(program, wanted, name)
        except RetailError as error:
            return self._note_unmatched(error.message, error.code)
        if not member:
            return self._note_unmatched("nobody has these keys")
        return self._note_known(member)

    def _find_member(
        self, program: models.BaseModel, keys: list[Key]
    ) -> models.BaseModel:
        members = self.env["retail.loyalty.member"].sudo()
        numbers = [key.value for key in keys if key.kind == "card"]
        found = members.search(
            [("program_id", "=", program.id), ("number", "in", numbers)], limit=1
        )
        person = found.partner_id or members._person_of(program, keys)
        return members.search(
            [("program_id", "=", program.id), ("partner_id", "=", person.id or 0)],
            limit=1,
        )

    def _known_member(self) -> models.BaseModel:
        """Return who it is here, if an order of ours has found them there before."""
        if not self.member_id:
            members = self.env["retail.loyalty.member"].sudo()
            known = members.search(
                [
                    ("program_id.backend_id", "=", self.backend_id.id),
                    ("platform_ref", "=", self.member_ref),
                ],
                limit=1,
            )
            if known:
                self._note_known(known)
        return self.member_id

    def _program(self) -> models.BaseModel:
        return (
            self.env["retail.loyalty.program"]
            .sudo()
            .search([("backend_id", "=", self.backend_id.id)], order="id", limit=1)
        )

    def _note_known(self, member: models.BaseModel) -> Seen:
        was_known = self.member_id == member
        self.write(
            {"state": "known", "member_id": member.id, "error_code": False}
            | {"error": False}
        )
        if not member.platform_ref:
            member.platform_ref = self.member_ref
        if not was_known:
            self._movements()._hasten()
        return Seen(member)

    def _note_unmatched(self, why: str, code: str | None = None) -> Seen:
        self.write({"state": "unmatched", "error": why[:500], "error_code": code})
        return Seen(self.env["retail.loyalty.member"], True, why)

    def _movements(self) -> models.BaseModel:
        """Return what moved for this member and is not settled."""
        return (
            self.env["retail.loyalty.platform.movement"]
            .sudo()
            .search(
                [
                    ("backend_id", "=", self.backend_id.id),
                    ("member_ref", "=", self.member_ref),
                    ("state", "in", ("waiting", "stuck")),
                ]
            )
        )

    # --- what people do ---------------------------------------------------------------

    def action_look_up(self) -> None:
        """Ask the platform once more, after somebody mended the cause."""
        self.check_access("read")
        if not self.env.user.has_group("retail_integration_base.group_operator"):
            raise AccessError(self.env._("Operators have members looked up."))
        for row in self.sudo():
            row._ask(row.backend_id, [row.member_ref], movements=True)
