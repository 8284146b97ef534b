"""``retail.loyalty.snapshot``: the figures of one day, published for good (R18, R19).

The executive report reads snapshots, never the ledger that tills are using: one set of
definitions for every company of a group, computed by night. A published day does not
change: its rows are append-only in the database. What is told later about that day is
proposed as a new version that says what differs, and a person publishes or declines it.
Figures are computed by ``loyalty_snapshot_compute.py``.
"""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

APPROVERS = (
    "retail_integration_base.group_steward",
    "retail_integration_base.group_finance",
)


class RetailLoyaltySnapshot(models.Model):
    _name = "retail.loyalty.snapshot"
    _description = "Published Day of Loyalty"
    _order = "day desc, program_id, version desc"
    _log_access = False

    program_id = fields.Many2one(
        "retail.loyalty.program", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        "res.company", readonly=True, help="Empty: of a group's program."
    )
    day = fields.Date(required=True, readonly=True)
    version = fields.Integer(required=True, readonly=True, default=1)
    state = fields.Selection(
        [
            ("proposed", "To publish"),
            ("published", "Published"),
            ("replaced", "Replaced"),
            ("declined", "Declined"),
        ],
        required=True,
        readonly=True,
        index=True,
    )
    digest = fields.Char(
        required=True, readonly=True, help="SHA-256 of the figures: the same again?"
    )
    difference = fields.Text(
        string="What differs", readonly=True, help="From the version published before."
    )
    computed_at = fields.Datetime(string="Computed", required=True, readonly=True)
    published_at = fields.Datetime(string="Published", readonly=True)
    decided_by_id = fields.Many2one("res.users", string="Decided by", readonly=True)
    row_ids = fields.One2many("retail.loyalty.snapshot.row", "snapshot_id")

    _published_uniq = models.UniqueIndex(
        "(program_id, day) WHERE state = 'published'",
        "This day is published already.",
    )
    _proposed_uniq = models.UniqueIndex(
        "(program_id, day) WHERE state = 'proposed'",
        "A new version of this day waits for a decision.",
    )
    _version_uniq = models.Constraint(
        "UNIQUE (program_id, day, version)", "There is this version already."
    )

    @api.depends("program_id", "day", "version")
    def _compute_display_name(self) -> None:
        for snapshot in self:
            name = f"{snapshot.program_id.name} · {snapshot.day}"
            snapshot.display_name = f"{name} · {snapshot.version}"

    # --- what people do ---------------------------------------------------------------

    def _check_decider(self) -> None:
        """Let stewards and finance pass.

        :raises AccessError: neither
        """
        self.check_access("read")
        groups = (self.env.user.has_group(one) for one in APPROVERS)
        if not (self.env.su or any(groups)):
            raise AccessError(self.env._("Only stewards and finance publish figures."))

    def action_publish(self) -> None:
        """Let these versions take the place of what was published.

        :raises AccessError: neither steward nor finance
        :raises UserError: decided before
        """
        self._check_decider()
        for snapshot in self.sudo():
            snapshot._decide("published")
            self.env["retail.audit.entry"]._record(
                "loyalty_snapshot.published",
                snapshot,
                details={"day": str(snapshot.day), "difference": snapshot.difference},
            )

    def action_decline(self) -> None:
        """Leave these days as they were published.

        :raises AccessError: neither steward nor finance
        :raises UserError: decided before
        """
        self._check_decider()
        for snapshot in self.sudo():
            snapshot._decide("declined")

    def _decide(self, state: str) -> None:
        self.ensure_one()
        self.flush_model()
        cr = self.env.cr
        if state == "published":
            cr.execute(
                "UPDATE retail_loyalty_snapshot SET state = 'replaced'"
                " WHERE program_id = %s AND day = %s AND state = 'published'",
                (self.program_id.id, self.day),
                log_exceptions=False,
            )
        cr.execute(
            "UPDATE retail_loyalty_snapshot"
            "   SET state = %s, decided_by_id = %s, published_at = %s"
            " WHERE id = %s AND state = 'proposed'",
            (
                state,
                self.env.uid,
                fields.Datetime.now() if state == "published" else None,
                self.id,
            ),
            log_exceptions=False,
        )
        if not cr.rowcount:
            raise UserError(self.env._("Somebody decided about this day before."))
        self.invalidate_model(flush=False)
