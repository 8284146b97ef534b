"""``retail.backend``: the address and the key for what we ask of a partner."""

from odoo import fields, models

from ..tools.clock import utc_now
from ..tools.errors import PageInvalid
from ..tools.http_client import OutboundRequest, OutboundResponse


class RetailBackend(models.Model):
    _inherit = "retail.backend"

    api_url = fields.Char(
        string="API address",
        help="Polls and reconciliations add the name of the list to it.",
    )
    sync_job_ids = fields.One2many("retail.sync.job", "backend_id")

    def _api_authorization(self) -> dict[str, str]:
        """Return the header with the live secret for the partner's API, if any."""
        return self._api_token("Authorization", "Bearer ")

    def _api_token(self, header: str, prefix: str = "") -> dict[str, str]:
        """Return the same under another header, for vendors that have one of theirs."""
        now = utc_now()
        secrets = (
            self.sudo()
            .credential_ids.filtered(lambda c: c.active and c.purpose == "api")
            ._reveal()
        )
        live = [secret.value for secret in secrets if secret.is_live(now)]
        return {header: f"{prefix}{live[-1]}"} if live else {}

    def _get_answer(self, request: OutboundRequest) -> OutboundResponse:
        """Send a reading request and return its complete, successful answer.

        :raises RetailError: no answer, a refusal, or more bytes than asked for
        """
        response = self._call(request)
        error = self._error_of(response)
        if error:
            raise error
        if response.truncated:
            raise PageInvalid(
                f"the answer is larger than {request.response_bytes_max} bytes; ask for"
                " smaller pages"
            )
        return response
