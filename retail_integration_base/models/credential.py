"""``retail.credential``: a secret of a backend, encrypted at rest.

The clear text is written once and never read back through the ORM or RPC: the
field ``secret`` has only an inverse. The key ring comes from ``RETAIL_SECRET_KEYS``
or ``odoo.conf`` (``retail_secret_keys``), never from the database, so that a dump
holds nothing usable (design §3, R140).
"""

import os
from datetime import datetime, timezone

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import config

from ..tools.errors import ConfigurationError, KeyRingMissing
from ..tools.http_trust import Trust, tls_context
from ..tools.keyring import KeyRing, fingerprint
from ..tools.signing import Secret, check_secret

KEYS_VARIABLE = "RETAIL_SECRET_KEYS"
KEYS_OPTION = "retail_secret_keys"


def key_ring() -> KeyRing:
    """Return the process's key ring.

    :raises KeyRingMissing: neither the variable nor the option is set.
    """
    text = os.environ.get(KEYS_VARIABLE) or config.get(KEYS_OPTION)
    if not text:
        raise KeyRingMissing(
            f"No encryption key: set {KEYS_VARIABLE} or {KEYS_OPTION} in odoo.conf."
        )
    return KeyRing.from_text(text)


class RetailCredential(models.Model):
    _name = "retail.credential"
    _inherit = [
        "retail.anchored.mixin",
        "retail.announced.mixin",
        "retail.accountable.mixin",
    ]
    _description = "Backend Credential"
    _order = "backend_id, purpose, valid_from desc, id desc"
    _check_company_auto = True
    _anchor_fields = ("backend_id", "subscription_id")

    backend_id = fields.Many2one(
        "retail.backend", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="backend_id.company_id", store=True)
    purpose = fields.Selection(
        [
            ("webhook_in", "Verifies incoming messages"),
            ("webhook_out", "Signs outgoing messages"),
            ("api", "Calls the partner's API"),
            ("tls_client", "Client certificate with its key (PEM)"),
        ],
        required=True,
        default="webhook_in",
    )
    subscription_id = fields.Many2one(
        "retail.subscription",
        ondelete="cascade",
        index="btree_not_null",
        domain="[('backend_id', '=', backend_id)]",
        check_company=True,
        help="Signs what this subscription gets; empty: what those without a secret of "
        "their own get.",
    )
    active = fields.Boolean(default=True)
    valid_from = fields.Datetime(default=fields.Datetime.now, required=True)
    valid_until = fields.Datetime(
        help="Rotation: give the old secret an end and add the new one; "
        "until then both are accepted."
    )
    secret = fields.Char(
        compute="_compute_secret",
        inverse="_inverse_secret",
        help="Written once, never shown again.",
    )
    ciphertext = fields.Char(groups=fields.NO_ACCESS, copy=False)
    fingerprint = fields.Char(
        readonly=True,
        copy=False,
        help="First digits of a digest, to compare two secrets without seeing them.",
    )

    _subscription_signs = models.Constraint(
        "CHECK (subscription_id IS NULL OR purpose = 'webhook_out')",
        "The secret of a subscription signs outgoing messages.",
    )

    @api.depends("backend_id.name", "purpose")
    def _compute_display_name(self) -> None:
        words = dict(self._fields["purpose"]._description_selection(self.env))
        for credential in self:
            purpose = words.get(credential.purpose, "")
            credential.display_name = f"{credential.backend_id.name}: {purpose}"

    @api.constrains("backend_id", "subscription_id")
    def _check_subscription(self) -> None:
        for credential in self.filtered("subscription_id"):
            if credential.subscription_id.backend_id != credential.backend_id:
                raise ValidationError(
                    self.env._("This subscription is another system's.")
                )

    def _compute_secret(self) -> None:
        self.secret = False

    def _inverse_secret(self) -> None:
        for credential in self.filtered("secret"):
            clear = credential.secret
            credential._check_usable(clear)
            try:
                ciphertext = key_ring().encrypt(clear)
            except KeyRingMissing as error:
                raise UserError(error.message) from error
            credential.sudo().write(
                {
                    "ciphertext": ciphertext,
                    "fingerprint": fingerprint(clear),
                }
            )
            credential.invalidate_recordset(["secret"])

    def _check_usable(self, clear: str) -> None:
        """Refuse a secret now that every message would be refused with later."""
        try:
            if self.purpose in ("webhook_in", "webhook_out"):
                check_secret(self.backend_id.signature_scheme_id._spec(), clear)
            elif self.purpose == "tls_client":
                tls_context(Trust(client_pem=clear))
        except ConfigurationError as error:
            raise ValidationError(error.message) from error

    def _reveal(self) -> tuple[Secret, ...]:
        """Return the clear secrets with their validity; callers keep them in memory.

        :raises KeyRingMissing: no key ring in this process.
        """
        ring = key_ring()
        return tuple(
            Secret(
                value=ring.decrypt(credential.ciphertext),
                not_before=_aware(credential.valid_from),
                not_after=_aware(credential.valid_until),
            )
            for credential in self.sudo()
            if credential.ciphertext
        )

    @api.model
    def _rotate_all(self) -> int:
        """Encrypt every secret anew with the first key of the ring; return how many.

        The middle step of changing the key: put the new key first, run this, then
        take the old key out of the ring.
        """
        ring = key_ring()
        everything = self.sudo().with_context(active_test=False)
        stored = everything.search([("ciphertext", "!=", False)])
        for credential in stored:
            credential.ciphertext = ring.rotate(credential.ciphertext)
        return len(stored)


def _aware(value: datetime | bool) -> datetime | None:
    """Return Odoo's naive UTC ``value`` as an aware datetime, or ``None``."""
    if not value:
        return None
    return fields.Datetime.to_datetime(value).replace(tzinfo=timezone.utc)
