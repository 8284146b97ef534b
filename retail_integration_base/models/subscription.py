"""``retail.subscription``: what one receiver of a backend is told, where, signed how.

Several per backend, each with its own address, secret, lanes and state: what happens to
one never holds another (decision 26). Made by a steward or by the partner through the
API. How deliveries fare is in ``subscription_health.py``, what is done with messages
that went out in ``subscription_delivery.py``; the messages are ``retail.outbox.event``.
"""

import uuid
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools.clock import to_naive, utc_now
from ..tools.errors import ConfigurationError
from ..tools.secret_text import new_secret

URL_CHARS_MAX = 2000
#: how long an old secret still signs beside the new one
OVERLAP_S_DEFAULT = 24 * 3600


class RetailSubscription(models.Model):
    _name = "retail.subscription"
    _description = "Subscription"
    _inherit = ["mail.thread", "retail.anchored.mixin", "retail.accountable.mixin"]
    _order = "backend_id, name, id"
    _check_company_auto = True
    _anchor_fields = ("backend_id",)

    name = fields.Char(required=True, default="Default", tracking=True)
    uuid = fields.Char(
        string="Id",
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: str(uuid.uuid4()),
        help="How the partner names this subscription.",
    )
    message_seed = fields.Char(
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: str(uuid.uuid4()),
        help="What the ids of its messages follow from, beside topic and document.",
    )
    backend_id = fields.Many2one(
        "retail.backend", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="backend_id.company_id", store=True)
    active = fields.Boolean(default=True, tracking=True)
    # Not tracked: partners put keys into addresses. Its audit entries leave them out.
    url = fields.Char(string="Address", help="Where its messages are posted to.")
    topic_ids = fields.Many2many(
        "retail.topic", domain=[("direction", "=", "out")], string="Topics"
    )
    state = fields.Selection(
        [("active", "Active"), ("paused", "Paused"), ("disabled", "Disabled")],
        required=True,
        default="active",
        readonly=True,
        tracking=True,
        copy=False,
        help="Paused: messages are kept and wait. Disabled: none are kept any more.",
    )
    state_reason = fields.Char(readonly=True, copy=False)
    is_locked = fields.Boolean(
        string="Only we resume it",
        readonly=True,
        copy=False,
        help="The partner cannot resume it through the API.",
    )
    origin = fields.Selection(
        [("steward", "Steward"), ("partner", "Partner, through the API")],
        string="Made by",
        required=True,
        readonly=True,
        default="steward",
    )
    credential_ids = fields.One2many(
        "retail.credential",
        "subscription_id",
        groups="retail_integration_base.group_security,"
        "retail_integration_base.group_admin",
    )
    lane_ids = fields.One2many("retail.lane", "subscription_id")

    _uuid_uniq = models.Constraint("UNIQUE (uuid)", "Try again.")
    _seed_uniq = models.Constraint("UNIQUE (message_seed)", "Try again.")
    _address_known = models.Constraint(
        "CHECK (url IS NOT NULL OR state <> 'active')",
        "An active subscription needs an address.",
    )

    @api.constrains("url")
    def _check_url(self) -> None:
        for subscription in self.filtered("url"):
            fault = self._url_fault(subscription.url, subscription.backend_id)
            if fault:
                raise ValidationError(fault)

    @api.model
    def _url_fault(self, url: str, backend: models.BaseModel) -> str | None:
        """Return what is wrong with an address, ``None`` if it can be called.

        Whether the host may be called is decided when it is, by its address then.
        """
        try:
            parts = urlsplit(url)
            host, _port = parts.hostname, parts.port
        except ValueError:
            return self.env._("This is not an address.")
        if parts.scheme not in ("http", "https") or not host:
            return self.env._("An address begins with https:// and a host.")
        if parts.scheme == "http" and not backend.plain_http:
            return self.env._(
                "An address begins with https:// (http:// has to be allowed on the "
                "system)."
            )
        if parts.username or parts.password or parts.fragment:
            return self.env._("An address has no user, password or fragment.")
        if len(url) > URL_CHARS_MAX or any(ord(c) <= 32 or ord(c) > 126 for c in url):
            return self.env._(
                "An address has at most %(count)s plain characters and no spaces.",
                count=URL_CHARS_MAX,
            )
        return None

    @api.model_create_multi
    def create(self, vals_list: list[dict]) -> "RetailSubscription":
        subscriptions = super().create(vals_list)
        self.env["retail.lane"]._ensure_outgoing(subscriptions)
        return subscriptions

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self) -> None:
        messages = self.env["retail.outbox.event"].sudo()
        if messages.search([("subscription_id", "in", self.ids)], limit=1):
            raise UserError(
                self.env._("A subscription with messages can be archived, not deleted.")
            )

    # --- lanes ------------------------------------------------------------------------

    def _lane_ids_in_use(self) -> dict[int, list[int]]:
        """Return the lanes of each of these, as many as its backend works."""
        groups = (
            self.env["retail.lane"]
            .sudo()
            .search(
                [("subscription_id", "in", self.ids)], order="subscription_id, number"
            )
            .grouped("subscription_id")
        )
        return {
            subscription.id: lanes.ids[: subscription.backend_id.lane_count]
            for subscription, lanes in groups.items()
        }

    # --- secrets ----------------------------------------------------------------------

    def _signing_secrets(self, now: datetime) -> list[str]:
        """Return the live secrets, newest first; those of the backend if it has none.

        :raises ConfigurationError: nothing may leave unsigned
        """
        self.ensure_one()
        own = self.sudo().credential_ids.filtered("active")
        shared = self.backend_id.sudo().credential_ids.filtered(
            lambda c: c.active and c.purpose == "webhook_out" and not c.subscription_id
        )
        secrets = (own or shared)._reveal()
        live = [secret.value for secret in secrets if secret.is_live(now)]
        if not live:
            raise ConfigurationError(
                f"{self.backend_id.code} has no live secret to sign messages of the "
                f"subscription {self.name!r} with."
            )
        return live

    def _renew_secret(self, overlap_s: int = OVERLAP_S_DEFAULT) -> str:
        """Give the subscription a new secret; it is returned this one time.

        Until ``overlap_s`` is over, messages are signed with the old one too, where
        the scheme has room for several signatures.
        """
        self.ensure_one()
        now = to_naive(utc_now())
        end = now + timedelta(seconds=overlap_s)
        credentials = self.sudo().credential_ids.filtered("active")
        credentials.filtered(lambda c: not c.valid_until or c.valid_until > end).write(
            {"valid_until": end}
        )
        clear = new_secret(self.backend_id.signature_scheme_id.secret_form)
        self.env["retail.credential"].sudo().create(
            {
                "backend_id": self.backend_id.id,
                "subscription_id": self.id,
                "purpose": "webhook_out",
                "valid_from": now,
                "secret": clear,
            }
        )
        return clear

    def action_renew_secret(self) -> dict:
        """Make a new secret and show it, for the only time."""
        self.ensure_one()
        self.check_access("write")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Copy this secret now, it is not shown again"),
                "message": self._renew_secret(),
                "type": "warning",
                "sticky": True,
                # Reload: a second press would make another secret.
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    # --- states -----------------------------------------------------------------------

    def _is_served(self) -> bool:
        """Tell whether its messages may leave now."""
        self.ensure_one()
        backend = self.backend_id
        return (
            self.active
            and self.state == "active"
            and backend.active
            and backend.state == "active"
            and backend.runs_here
            and backend.phase_events
        )

    def _change_state(self, state: str, reason: str | None, **values: object) -> None:
        """Change the state; messages that waited start to move when it is active."""
        self.write({"state": state, "state_reason": reason, **values})
        if state == "active":
            self._arm()

    def _arm(self) -> None:
        self.env["retail.lane"]._arm_after_commit(set(self.sudo().lane_ids.ids))

    def action_pause(self) -> None:
        """Keep the messages of these subscriptions until they are resumed."""
        self.check_access("write")
        by = self.env._("Paused by %(user)s", user=self.env.user.name)
        self._change_state("paused", by)

    def action_resume(self) -> None:
        """Send again, first what has waited, in its order."""
        self.check_access("write")
        self._change_state("active", None, is_locked=False, failing_since_at=False)

    def action_disable(self) -> None:
        """Send nothing and keep nothing new; only a steward resumes it."""
        self.check_access("write")
        by = self.env._("Disabled by %(user)s", user=self.env.user.name)
        self._change_state("disabled", by, is_locked=True)

    def write(self, vals: dict) -> bool:
        result = super().write(vals)
        if vals.get("active") is False:
            # The lanes cancel what is left: whoever holds a lane knows that none of
            # its messages is on its way.
            self._arm()
        return result
