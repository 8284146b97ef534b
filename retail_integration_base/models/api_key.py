"""``retail.api.key``: a partner's key for the gateway.

A key is 32 random bytes, shown once; stored are its prefix (to find it) and a SHA-256
digest (enough for a random secret, and checked in microseconds; Odoo's own keys cost
milliseconds each). Scopes limit what it opens, its service user what is seen there.
How a key is checked is in ``api_key_check.py``.
"""

import hashlib
import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.network import parse_networks

PREFIX_LENGTH = 12
LIMIT_DEFAULT = 600
POWERFUL_GROUPS = (
    "base.group_system",
    "base.group_erp_manager",
    "retail_integration_base.group_admin",
    "retail_integration_base.group_security",
)


class RetailApiKey(models.Model):
    _name = "retail.api.key"
    _inherit = [
        "retail.anchored.mixin",
        "retail.announced.mixin",
        "retail.accountable.mixin",
    ]
    _description = "Partner API Key"
    _order = "backend_id, id desc"
    _check_company_auto = True
    _anchor_fields = ("backend_id",)

    name = fields.Char(required=True)
    backend_id = fields.Many2one(
        "retail.backend", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="backend_id.company_id", store=True)
    active = fields.Boolean(default=True)
    prefix = fields.Char(readonly=True, copy=False)
    digest = fields.Char(groups=fields.NO_ACCESS, copy=False)
    scope_ids = fields.Many2many(
        "retail.api.scope",
        string="May",
        default=lambda self: self._default_scope_ids(),
        help="What this key opens, and nothing else.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Service user",
        help="Requests run with this user's rights. Empty: the backend's service user.",
    )
    expires_at = fields.Datetime(string="Expires")
    allowed_networks = fields.Text(
        string="Allowed addresses",
        help="Addresses or networks (192.0.2.0/24), one per line. Empty: any. Behind a "
        "proxy this is worth as much as the address that the proxy reports.",
    )
    limit_per_minute = fields.Integer(
        string="Requests per minute",
        default=LIMIT_DEFAULT,
        help="As many may also come at once after a minute of silence. 0: no limit.",
    )
    overlap_hours = fields.Integer(
        string="Overlap (hours)",
        default=24,
        help="When the key is rotated, the old one opens this much longer.",
    )
    previous_prefix = fields.Char(
        string="Old key starts with", readonly=True, copy=False
    )
    previous_digest = fields.Char(groups=fields.NO_ACCESS, copy=False)
    previous_expires_at = fields.Datetime(string="Old key opens until", copy=False)

    use_ids = fields.One2many("retail.api.key.use", "key_id")
    last_used_at = fields.Datetime(related="use_ids.last_used_at", string="Last used")
    last_address = fields.Char(related="use_ids.last_address", string="Last used from")

    _prefix_uniq = models.Constraint("UNIQUE (prefix)", "Try again.")
    _limits_sound = models.Constraint(
        "CHECK (limit_per_minute >= 0 AND overlap_hours >= 0)",
        "Limits cannot be negative.",
    )

    @api.model
    def _default_scope_ids(self) -> models.BaseModel:
        return self.env.ref("retail_integration_base.scope_events_write")

    @api.constrains("allowed_networks")
    def _check_allowed_networks(self) -> None:
        for key in self:
            try:
                parse_networks(key.allowed_networks or "")
            except ValueError as error:
                raise ValidationError(
                    self.env._("Not an address or network: %(error)s", error=error)
                ) from error

    @api.constrains("user_id", "backend_id")
    def _check_user(self) -> None:
        for key in self.filtered("user_id"):
            user = key.user_id.sudo()
            if key.backend_id.company_id not in user.company_ids:
                raise ValidationError(
                    self.env._(
                        "The service user of %(backend)s may not work in %(company)s.",
                        backend=key.name,
                        company=key.backend_id.company_id.name,
                    )
                )
            if any(user.has_group(group) for group in POWERFUL_GROUPS):
                raise ValidationError(
                    self.env._(
                        "%(user)s may administer this system. Choose a user that may "
                        "do no more than this partner needs.",
                        user=user.name,
                    )
                )

    @api.model
    def _issue(
        self, backend: models.BaseModel, name: str, *scopes: str
    ) -> tuple["RetailApiKey", str]:
        """Create a key for ``backend``; its text is returned this one time.

        :param scopes: names of what it may do; sending messages if none is given
        """
        values = {"backend_id": backend.id, "name": name}
        if scopes:
            found = self.env["retail.api.scope"].search([("name", "in", scopes)])
            if len(found) < len(set(scopes)):
                raise ValidationError(self.env._("Unknown scope."))
            values["scope_ids"] = [fields.Command.set(found.ids)]
        key = self.create(values)
        return key, key._renew()

    def _renew(self) -> str:
        """Give the key a new text, after which the old one opens nothing."""
        self.ensure_one()
        text = f"rtk_{secrets.token_urlsafe(32)}"
        self.sudo().write(
            {
                "prefix": text[:PREFIX_LENGTH],
                "digest": digest_of(text),
                "previous_prefix": False,
                "previous_digest": False,
                "previous_expires_at": False,
            }
        )
        return text

    def _rotate(self) -> str:
        """Give the key a new text; the old one opens until the overlap is over."""
        self.ensure_one()
        was = self.sudo()
        old = {
            "previous_prefix": was.prefix,
            "previous_digest": was.digest,
            "previous_expires_at": fields.Datetime.now()
            + timedelta(hours=self.overlap_hours),
        }
        text = self._renew()
        was.write(old)
        return text

    def action_issue(self) -> dict:
        """Make the key's text and show it, for the only time; it is stored nowhere."""
        self.ensure_one()
        self.check_access("write")
        return self._show_once(self._renew())

    def action_rotate(self) -> dict:
        """Make a new text and show it once; the partner has the overlap to change."""
        self.ensure_one()
        self.check_access("write")
        return self._show_once(self._rotate())

    def _show_once(self, text: str) -> dict:
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Copy this key now, it is not shown again"),
                "message": text,
                "type": "warning",
                "sticky": True,
                # Reload: a second press would replace the key that was just copied.
                "next": {"type": "ir.actions.act_window_close"},
            },
        }


def digest_of(text: str) -> str:
    """Return what is stored of a key."""
    return hashlib.sha256(text.encode()).hexdigest()
