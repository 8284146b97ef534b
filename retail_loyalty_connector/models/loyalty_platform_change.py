"""``retail.loyalty.platform.change``: that a platform has to be told who is who.

One row per account there of somebody who was merged, parted again or erased here. Their
points are orders of their own (``data/ledger/platform.sql``). Rows are made by merges
(``loyalty_merge_platform.py``) and erasures (``loyalty_erasure_platform.py``); telling
is in ``loyalty_platform_change_work.py``. What a vendor cannot do is an exception that
says what a person does there, without naming anybody: the row does.
"""

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from odoo.addons.retail_integration_base.fields import LooseMany2one
from odoo.addons.retail_integration_base.tools import correlation
from odoo.addons.retail_integration_base.tools.clock import to_naive, utc_now

#: what may still be taken off the list; what is being told is not
IDLE = ("waiting", "person")
END = """
    UPDATE retail_loyalty_platform_change
       SET state = %(state)s, done_at = %(now)s, error_code = NULL, error = NULL
     WHERE id = ANY(%(ids)s) AND state = ANY(%(from)s)
 RETURNING id
"""


class RetailLoyaltyPlatformChange(models.Model):
    _name = "retail.loyalty.platform.change"
    _description = "Change of Members to Tell a Platform"
    _inherit = "retail.loyalty.asking.mixin"
    _log_access = False
    _order = "id desc"
    _rec_name = "kind"

    uuid = fields.Char(string="Key", required=True, readonly=True)
    backend_id = fields.Many2one(
        "retail.backend",
        string="Platform",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    company_id = LooseMany2one("res.company", readonly=True)
    kind = fields.Selection(
        [("merge", "Merged"), ("part", "Parted again"), ("erase", "Erased")],
        required=True,
        readonly=True,
    )
    member_id = LooseMany2one(
        "retail.loyalty.member", required=True, readonly=True, index=True
    )
    member_ref = fields.Char(string="Member there", required=True, readonly=True)
    other_id = LooseMany2one(
        "retail.loyalty.member", string="Other member", readonly=True
    )
    other_ref = fields.Char(string="Other member there", readonly=True)
    merge_id = LooseMany2one("retail.loyalty.merge", readonly=True, index=True)
    erasure_id = LooseMany2one("retail.loyalty.erasure", readonly=True, index=True)
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("sending", "Being told"),
            ("person", "Needs a person"),
            ("done", "Done"),
            ("dropped", "Not needed any more"),
        ],
        required=True,
        readonly=True,
    )
    attempt_count = fields.Integer(string="Attempts", required=True, readonly=True)
    next_at = fields.Datetime(string="Next attempt", readonly=True)
    claimed_at = fields.Datetime(readonly=True)
    created_at = fields.Datetime(string="Since", required=True, readonly=True)
    done_at = fields.Datetime(string="Settled", readonly=True)
    error_code = fields.Char(string="Error", readonly=True)
    error = fields.Char(string="What to do", readonly=True)
    correlation_id = fields.Char(readonly=True)

    _uuid_uniq = models.Constraint("UNIQUE (uuid)", "This change is known already.")
    _next_idx = models.Index("(next_at) WHERE state IN ('waiting', 'sending')")

    @api.model
    def _tell(
        self,
        uuid: str,
        kind: str,
        member: models.BaseModel,
        ref: str,
        **more: int | str | None,
    ) -> None:
        """Have the platform of a member's program told; once per ``uuid``.

        :param ref: what the platform calls the member
        :param more: ``other_id`` and ``other_ref``, ``merge_id``, ``erasure_id``
        """
        backend = member.program_id.backend_id
        now = to_naive(utc_now()).replace(microsecond=0)
        row = {
            "uuid": uuid,
            "backend_id": backend.id,
            "company_id": backend.company_id.id,
            "kind": kind,
            "member_id": member.id,
            "member_ref": ref,
            "state": "waiting",
            "attempt_count": 0,
            "next_at": now,
            "created_at": now,
            "correlation_id": correlation.current() or None,
            **more,
        }
        self.env.cr.execute(
            SQL(
                "INSERT INTO retail_loyalty_platform_change (%s) VALUES %s"
                " ON CONFLICT (uuid) DO NOTHING",
                SQL(", ").join(SQL.identifier(name) for name in row),
                tuple(row.values()),
            ),
            log_exceptions=False,
        )

    def _end(self, state: str, *, of: tuple[str, ...] = IDLE) -> models.BaseModel:
        """End those of these that are in a state ``of``; return them."""
        facts = {"state": state, "ids": self.ids, "from": list(of)}
        self.env.cr.execute(END, facts | {"now": to_naive(utc_now())})
        ended = self.browse(row[0] for row in self.env.cr.fetchall())
        ended.invalidate_recordset()
        ended._close_exceptions()
        if state == "done":
            self.env["retail.loyalty.erasure"]._note_told(ended)
        return ended

    @api.model
    def _note_gone(self, backend: models.BaseModel, ref: str) -> None:
        """Settle what was left to a person: the account is there no more."""
        wanted = [("backend_id", "=", backend.id), ("member_ref", "=", ref)]
        left = self.sudo().search([*wanted, ("kind", "in", ("merge", "erase"))])
        left._end("done")

    def _dedupe_key(self) -> str:
        return f"platform-change:{self.id}"

    def _close_exceptions(self) -> None:
        keys = [one._dedupe_key() for one in self]
        self.env["retail.exception"].sudo().search(
            [("dedupe_key", "in", keys), ("state", "!=", "resolved")]
        )._resolve("replayed", self.env._("The platform knows."))

    # --- what people do ---------------------------------------------------------------

    def action_done_there(self) -> None:
        """Say that a person did it at the platform.

        :raises AccessError: not a steward
        """
        self.check_access("read")
        if not self.env.user.has_group("retail_integration_base.group_steward"):
            raise AccessError(self.env._("Stewards say what was done at a platform."))
        for one in self.sudo()._end("done"):
            self.env["retail.audit.entry"]._record("platform_change.done", one)

    def action_try_again(self) -> None:
        """Tell the platform once more, after the cause was mended."""
        self.check_access("read")
        if not self.env.user.has_group("retail_integration_base.group_operator"):
            raise AccessError(self.env._("Operators have platforms told again."))
        left = self.sudo().filtered(lambda one: one.state == "person")
        left.write({"state": "waiting", "next_at": to_naive(utc_now())})
