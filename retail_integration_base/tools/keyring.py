"""Secrets at rest: encryption with a ring of keys, and fingerprints to recognise them.

Lives here: cryptography only. Lives elsewhere: where the keys come from (environment
or ``odoo.conf``, models) and who may write a credential (``retail.credential``). The
keys are never stored in the database, so a dump alone opens nothing.
"""

from __future__ import annotations

import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from .errors import ConfigurationError, KeyRingMissing

_FINGERPRINT_CONTEXT = b"retail.credential.fingerprint:"


class KeyRing:
    """Encrypts with the first key, decrypts with any (Fernet specification)."""

    def __init__(self, keys: list[Fernet]) -> None:
        self._fernet = MultiFernet(keys)

    @classmethod
    def from_text(cls, text: str) -> KeyRing:
        """Return the ring of comma separated urlsafe-base64 keys of 32 bytes each.

        :raises KeyRingMissing: no key at all.
        :raises ConfigurationError: a key in another form; its position is named, its
            text is not.
        """
        parts = [part.strip() for part in (text or "").split(",") if part.strip()]
        if not parts:
            raise KeyRingMissing(
                "no key to keep credentials with: set RETAIL_SECRET_KEYS or "
                "retail_secret_keys in odoo.conf"
            )
        keys = []
        for position, part in enumerate(parts, start=1):
            try:
                keys.append(Fernet(part))
            except ValueError:
                raise ConfigurationError(
                    f"key {position} of the key ring is not 32 bytes in urlsafe base64"
                ) from None
        return cls(keys)

    def encrypt(self, text: str) -> str:
        """Return ``text`` encrypted, another token at each call."""
        return self._fernet.encrypt(text.encode()).decode()

    def decrypt(self, token: str) -> str:
        """Return the clear text.

        :raises ConfigurationError: damaged, or written with a key that is gone.
        """
        try:
            return self._fernet.decrypt(token.encode()).decode()
        except InvalidToken:
            raise ConfigurationError(_NOT_OURS) from None

    def rotate(self, token: str) -> str:
        """Return the same clear text encrypted with the first key.

        :raises ConfigurationError: as :meth:`decrypt`.
        """
        try:
            return self._fernet.rotate(token.encode()).decode()
        except InvalidToken:
            raise ConfigurationError(_NOT_OURS) from None


_NOT_OURS = (
    "a stored credential is damaged or was written with a key that is not in the key "
    "ring: add the old key behind the new one, or enter the secret again"
)


def generate_key() -> str:
    """Return a new random key for the ring."""
    return Fernet.generate_key().decode()


def fingerprint(secret: str) -> str:
    """Return 12 hex digits that recognise a secret without telling it."""
    return hashlib.sha256(_FINGERPRINT_CONTEXT + secret.encode()).hexdigest()[:12]
