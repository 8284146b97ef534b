"""``retail.api.key``: a partner's key for the gateway.

A key is 32 random bytes, shown once; stored are its prefix (to find it) and a SHA-256
digest (enough for a random secret, and checked in microseconds; Odoo's own keys cost
milliseconds each). Scopes limit what it opens.
"""

import hashlib
import hmac
import secrets

from odoo import api, fields, models

from ..tools.clock import to_naive, utc_now

PREFIX_LENGTH = 12


class RetailApiKey(models.Model):
    _name = "retail.api.key"
    _inherit = ["retail.anchored.mixin"]
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
    scope = fields.Selection(
        [("events:write", "Send messages")], required=True, default="events:write"
    )
    expires_at = fields.Datetime(string="Expires")

    _prefix_uniq = models.Constraint("UNIQUE (prefix)", "Try again.")

    @api.model
    def _issue(
        self, backend: models.BaseModel, name: str
    ) -> tuple["RetailApiKey", str]:
        """Create a key for ``backend``; its text is returned this one time."""
        key = self.create({"backend_id": backend.id, "name": name})
        return key, key._renew()

    def _renew(self) -> str:
        """Give the key a new text, after which the old one opens nothing."""
        self.ensure_one()
        text = f"rtk_{secrets.token_urlsafe(32)}"
        self.sudo().write({"prefix": text[:PREFIX_LENGTH], "digest": _digest(text)})
        return text

    def action_issue(self) -> dict:
        """Make the key's text and show it, for the only time; it is stored nowhere."""
        self.ensure_one()
        self.check_access("write")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Copy this key now, it is not shown again"),
                "message": self._renew(),
                "type": "warning",
                "sticky": True,
                # Reload: a second press would replace the key that was just copied.
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _live_digests(self) -> tuple[tuple[str, str, object], ...]:
        """Return ``(scope, digest, expiry)`` of the keys, for the gateway's memory."""
        return tuple(
            (key.scope, key.digest, key.expires_at or None)
            for key in self.sudo()
            if key.digest
        )

    @api.model_create_multi
    def create(self, vals_list: list[dict]) -> "RetailApiKey":
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals: dict) -> bool:
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self) -> bool:
        self.env.registry.clear_cache()
        return super().unlink()


def key_matches(
    text: str, scope: str, digests: tuple[tuple[str, str, object], ...]
) -> bool:
    """Tell whether ``text`` is one of the live keys and opens ``scope``."""
    given = _digest(text)
    now = to_naive(utc_now())
    matched = False
    for key_scope, digest, expires_at in digests:
        live = key_scope == scope and (expires_at is None or now < expires_at)
        # No early exit: the time must not tell which key came close.
        matched |= hmac.compare_digest(given, digest) and live
    return matched


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
