"""``retail.api.key``: is this key good for that request?

Asked with every request of a partner, so everything is in the worker's memory: one
digest and one comparison, whatever was sent. Called by the gateway (messages) and by
``controllers/api.py`` (everything else).
"""

import hmac
from datetime import datetime
from typing import NamedTuple

from odoo import api, models, tools

from ..tools import signing
from ..tools.clock import to_naive, utc_now
from ..tools.error_api import AddressRefused, Forbidden
from ..tools.errors import AuthenticationError
from ..tools.network import Network, is_inside, parse_networks
from .api_key import PREFIX_LENGTH, digest_of

NOBODY = "0" * 64


class KeyFacts(NamedTuple):
    """What a worker remembers of a key."""

    id: int
    backend_id: int
    company_id: int
    user_id: int
    scopes: frozenset[str]
    networks: tuple[Network, ...]
    limit_per_minute: int
    is_open: bool


class KeyText(NamedTuple):
    """One text that opens a key: its digest, and until when."""

    digest: str
    expires_at: datetime | None
    facts: KeyFacts


class RetailApiKey(models.Model):
    _inherit = "retail.api.key"

    @api.model
    def _admit(
        self,
        authorization: str,
        scope: str,
        address: str | None,
        backend_id: int | None = None,
    ) -> KeyFacts:
        """Return the key that ``authorization`` names if it opens ``scope``.

        :param address: where the request comes from, as far as Odoo knows
        :param backend_id: only a key of this backend is good
        :raises AuthenticationError: no such key, or none any more
        :raises AddressRefused, Forbidden: the key is right and may not do this
        """
        kind, _space, text = authorization.partition(" ")
        facts = self._find_facts(text.strip()) if kind.lower() == "bearer" else None
        if facts is None or backend_id not in (None, facts.backend_id):
            raise AuthenticationError(signing.REFUSAL, context={"reason": "key"})
        if not is_inside(address, facts.networks):
            raise AddressRefused(
                f"This key is not accepted from {address or 'an unknown address'}.",
                context={"reason": "address", "backend_id": facts.backend_id},
            )
        if scope not in facts.scopes:
            raise Forbidden(
                f"This key lacks the scope {scope}.",
                context={"reason": "scope", "backend_id": facts.backend_id},
            )
        return facts

    @api.model
    def _find_facts(self, text: str) -> KeyFacts | None:
        """Return what is known of the live key ``text``, or ``None``."""
        known = self._key_texts().get(text[:PREFIX_LENGTH])
        # Compared in any case: the time must not tell which prefixes exist.
        same = hmac.compare_digest(digest_of(text), known.digest if known else NOBODY)
        if known is None or not same:
            return None
        alive = known.expires_at is None or to_naive(utc_now()) < known.expires_at
        return known.facts if alive else None

    @api.model
    @tools.ormcache()
    def _key_texts(self) -> dict[str, KeyText]:
        texts: dict[str, KeyText] = {}
        for key in self.sudo().search([("digest", "!=", False)]):
            user = key.user_id or key.backend_id.user_id
            if not (key.backend_id.active and user.active):
                continue
            facts = key._facts(user)
            ends = [end for end in (key.expires_at, key.previous_expires_at) if end]
            texts[key.prefix] = KeyText(key.digest, key.expires_at or None, facts)
            if key.previous_digest and key.previous_expires_at:
                texts[key.previous_prefix] = KeyText(
                    key.previous_digest, min(ends), facts
                )
        return texts

    def _facts(self, user: models.BaseModel) -> KeyFacts:
        return KeyFacts(
            id=self.id,
            backend_id=self.backend_id.id,
            company_id=self.backend_id.company_id.id,
            user_id=user.id,
            scopes=frozenset(self.scope_ids.mapped("name")),
            networks=parse_networks(self.allowed_networks or ""),
            limit_per_minute=self.limit_per_minute,
            is_open=self.backend_id.state == "active",
        )
