"""New secrets to share with a partner, in the form that a signature scheme wants.

Lives here: making the text. Lives elsewhere: checking a text (``tools/signing.py``),
keeping it (``retail.credential``). Called by ``retail.subscription``.
"""

from __future__ import annotations

import base64
import secrets

SECRET_BYTES = 32


def new_secret(form: str) -> str:
    """Return 32 random bytes as text; ``form`` is the scheme's ``secret_form``."""
    random = secrets.token_bytes(SECRET_BYTES)
    if form == "hex":
        return random.hex()
    if form in ("base64", "whsec_base64"):
        text = base64.b64encode(random).decode()
        return f"whsec_{text}" if form == "whsec_base64" else text
    return base64.urlsafe_b64encode(random).rstrip(b"=").decode()
