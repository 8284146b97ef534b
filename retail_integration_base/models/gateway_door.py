"""``retail.gateway``: who may speak.

What a worker remembers of each backend's door, and the check of signature or key.
Every message passes here, so nothing is read from the database twice.
"""

from collections.abc import Mapping

from odoo import api, models, tools

from ..tools import signing
from ..tools.clock import utc_now
from ..tools.error_api import AddressRefused, Forbidden
from ..tools.errors import AuthenticationError, BackendPaused, EnvironmentMismatch
from .api_key_check import KeyFacts
from .gateway import Door

EVENTS_SCOPE = "events:write"


class RetailGateway(models.AbstractModel):
    _inherit = "retail.gateway"

    @api.model
    def _find_door(self, code: str) -> Door | None:
        """Return the door of the active backend ``code``, or ``None``.

        Codes come from outside: one that does not exist costs no query and takes no
        place in the cache.
        """
        backend_id = self._backend_ids().get(code)
        return self._get_door(backend_id) if backend_id else None

    @api.model
    @tools.ormcache()
    def _backend_ids(self) -> dict[str, int]:
        backends = self.env["retail.backend"].sudo().search([("active", "=", True)])
        return {backend.code: backend.id for backend in backends}

    @api.model
    @tools.ormcache("backend_id")
    def _get_door(self, backend_id: int) -> Door:
        backend = self.env["retail.backend"].sudo().browse(backend_id)
        lanes = (
            self.env["retail.lane"]
            .sudo()
            .search(
                [("backend_id", "=", backend.id), ("direction", "=", "in")],
                order="number",
            )
        )
        credentials = backend.credential_ids.filtered(
            lambda c: c.active and c.purpose == "webhook_in"
        )
        return Door(
            backend_id=backend.id,
            company_id=backend.company_id.id,
            is_open=backend.state == "active" and backend.phase_read,
            spec=backend.signature_scheme_id._spec(),
            secrets=credentials._reveal() if credentials else (),
            payload_bytes_max=backend.payload_bytes_max,
            lane_ids=tuple(lanes.ids[: backend.lane_count]),
            topic_ids=self.env["retail.topic"]._ids_of("in"),
            public_url=backend.public_url or None,
            runs_here=backend.runs_here,
        )

    @api.model
    def _authenticate(
        self,
        door: Door | None,
        headers: Mapping[str, str],
        body: bytes,
        url: str,
        *,
        accepts_key: bool,
        address: str | None = None,
    ) -> tuple[Door, KeyFacts | None]:
        """Return the door, and the sender's key if it has one, if it may pass.

        An unknown backend, a wrong signature and a wrong key get the same answer at
        the same cost; only our own counter knows which it was.

        :param headers: as the server gives them: names in any case, values of repeated
            ones joined
        :param address: where the request comes from, as far as Odoo knows
        :raises AuthenticationError: the sender may not pass
        :raises AddressRefused, Forbidden: its key is right and opens something else
        :raises EnvironmentMismatch: it may, but not on this server
        :raises BackendPaused: it may, but the backend takes nothing now
        """
        authorization = headers.get("Authorization", "")
        facts = None
        if door and accepts_key and authorization:
            facts = self._admit_key(
                authorization, EVENTS_SCOPE, address, door.backend_id
            )
        else:
            self._check_signature(door, headers, body, url)
        if not door.runs_here:
            raise EnvironmentMismatch(
                "A message for production reached a server that is not production."
            )
        if not door.is_open:
            raise BackendPaused("This connection is paused; send it again later.")
        return door, facts

    def _check_signature(
        self, door: Door | None, headers: Mapping[str, str], body: bytes, url: str
    ) -> None:
        try:
            if door is None:
                signing.verify_decoy(body)
                raise AuthenticationError(
                    signing.REFUSAL, context={"reason": "unknown_backend"}
                )
            signing.verify(
                door.spec,
                door.secrets,
                # A server's headers are slow to walk through, and fast to ask.
                headers={
                    name: value
                    for name in door.spec.header_names
                    if (value := headers.get(name)) is not None
                },
                body=body,
                url=door.public_url or url,
                now=utc_now(),
            )
        except AuthenticationError as error:
            self.env["retail.refusal"]._count(
                door.backend_id if door else None, error.context["reason"]
            )
            raise

    @api.model
    def _admit_key(
        self,
        authorization: str,
        scope: str,
        address: str | None,
        backend_id: int | None = None,
    ) -> KeyFacts:
        """Return the key that may pass; a refusal is counted for its backend.

        :param backend_id: only a key of this backend is good; any key without one
        :raises AuthenticationError, AddressRefused, Forbidden: it may not
        """
        try:
            return self.env["retail.api.key"]._admit(
                authorization, scope, address, backend_id
            )
        except (AuthenticationError, AddressRefused, Forbidden) as error:
            known = backend_id or error.context.get("backend_id")
            self.env["retail.refusal"]._count(known, error.context["reason"])
            raise
