"""``retail.signature.scheme``: how a sender signs, as data (design §3).

Holds the fields and their translation to ``tools.signing.SignatureSpec``; the
arithmetic lives there. Read by the gateway (incoming) and the connectors (outgoing).
"""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.errors import ConfigurationError
from ..tools.signature_spec import SignatureSpec


class RetailSignatureScheme(models.Model):
    _name = "retail.signature.scheme"
    _inherit = ["retail.accountable.mixin"]
    _description = "Signature Scheme"
    _inherit = ["retail.announced.mixin"]
    _order = "name"

    name = fields.Char(required=True)
    code = fields.Char(required=True, help="Stable technical name.")
    active = fields.Boolean(default=True)
    kind = fields.Selection(
        [
            ("hmac", "HMAC over the message"),
            ("static_header", "Fixed header value"),
            ("basic", "User and password"),
        ],
        required=True,
        default="hmac",
    )
    digest = fields.Selection(
        [("sha256", "SHA-256"), ("sha512", "SHA-512"), ("sha1", "SHA-1 (legacy)")],
        required=True,
        default="sha256",
    )
    encoding = fields.Selection(
        [("base64", "Base64"), ("hex", "Hexadecimal")],
        required=True,
        default="base64",
    )
    parts = fields.Char(
        required=True,
        default="body",
        help="What is signed, in order and separated by blanks: url, id, timestamp, "
        "body, and any other word as itself. Example: id . timestamp . body",
    )
    signature_header = fields.Char(required=True)
    signature_form = fields.Selection(
        [
            ("plain", "The signature alone"),
            ("prefixed", "A prefix, then the signature"),
            ("v1_list", "List of v1,<signature> (Standard Webhooks)"),
            ("stripe_list", "t=…,v1=… (Stripe)"),
        ],
        required=True,
        default="plain",
    )
    signature_prefix = fields.Char(default="")
    id_header = fields.Char(help="Header with the sender's message id, if any.")
    timestamp_header = fields.Char(help="Header with the time of the attempt, if any.")
    timestamp_form = fields.Selection(
        [("unix", "Unix seconds"), ("iso8601", "ISO 8601")]
    )
    tolerance_s = fields.Integer(
        string="Oldest accepted (s)", default=300, required=True
    )
    tolerance_future_s = fields.Integer(
        string="Clock ahead accepted (s)", default=300, required=True
    )
    secret_form = fields.Selection(
        [
            ("utf8", "The text itself"),
            ("whsec_base64", "whsec_ and Base64"),
            ("base64", "Base64"),
            ("hex", "Hexadecimal"),
        ],
        required=True,
        default="utf8",
    )

    _code_uniq = models.Constraint("UNIQUE (code)", "This scheme code exists already.")

    @api.constrains(
        "kind",
        "parts",
        "signature_form",
        "signature_prefix",
        "id_header",
        "timestamp_header",
        "timestamp_form",
        "tolerance_s",
        "tolerance_future_s",
    )
    def _check_coherent(self) -> None:
        for scheme in self:
            try:
                scheme._spec()
            except ConfigurationError as error:
                raise ValidationError(error.message) from error

    def _spec(self) -> SignatureSpec:
        """Return the scheme as the pure verifier wants it."""
        self.ensure_one()
        return SignatureSpec(
            code=self.code,
            kind=self.kind,
            digest=self.digest,
            encoding=self.encoding,
            parts=tuple(self.parts.split()),
            signature_header=self.signature_header,
            signature_form=self.signature_form,
            signature_prefix=self.signature_prefix or "",
            id_header=self.id_header or None,
            timestamp_header=self.timestamp_header or None,
            timestamp_form=self.timestamp_form or None,
            tolerance_s=self.tolerance_s,
            tolerance_future_s=self.tolerance_future_s,
            secret_form=self.secret_form,
        )
