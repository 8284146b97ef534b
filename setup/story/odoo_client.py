"""Odoo as a person's browser talks to it: sign in, read, press buttons.

The story reads and acts through the same public methods as the screens, with the same
rights. Not here: what is read (``hub``). Standard library only.
"""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Sequence
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

REQUEST_TIMEOUT_S = 30.0


class StoryFailure(Exception):
    """The story cannot go on as told; the sentence says why."""


class OdooUnavailable(StoryFailure):
    """Odoo does not answer at the moment: worth asking again."""


class OdooRefused(StoryFailure):
    """Odoo answered that this cannot be done."""


class OdooClient:
    """One person's session.

    :param base_url: ``http://host:port`` of Odoo.
    """

    def __init__(self, base_url: str, database: str, login: str, password: str) -> None:
        self.base_url = base_url
        self._database = database
        self._login = login
        self._password = password
        self._signed_in = False
        # The policy: the standard one drops cookies of a host without a dot.
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPCookieProcessor(
                CookieJar(DefaultCookiePolicy(strict_domain=False))
            ),
        )

    def call(self, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        """Call a public method of a model. Raises OdooUnavailable, OdooRefused."""
        if not self._signed_in:
            self._sign_in()
        return self._post(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": args, "kwargs": kwargs},
        )

    def read(
        self, model: str, domain: Sequence[Any], fields: Sequence[str], **options: Any
    ) -> list[dict[str, Any]]:
        """Return the records of a search as dicts."""
        return self.call(model, "search_read", list(domain), list(fields), **options)

    def count(self, model: str, domain: Sequence[Any]) -> int:
        """Return how many records a search finds."""
        return self.call(model, "search_count", list(domain))

    def _sign_in(self) -> None:
        session = self._post(
            "/web/session/authenticate",
            {"db": self._database, "login": self._login, "password": self._password},
        )
        if not session.get("uid"):
            raise OdooRefused(f"{self._login} cannot sign in.")
        self._signed_in = True

    def _post(self, path: str, parameters: dict[str, Any]) -> Any:
        body = {"jsonrpc": "2.0", "method": "call", "id": 1, "params": parameters}
        request = urllib.request.Request(  # noqa: S310 (the demo's own address)
            self.base_url + path,
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        try:
            with self._opener.open(request, timeout=REQUEST_TIMEOUT_S) as answer:
                content = json.load(answer)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise OdooUnavailable(f"Odoo does not answer: {error}") from error
        if "error" in content:
            data = content["error"].get("data") or {}
            text = data.get("message") or content["error"].get("message")
            raise OdooRefused(f"{path.rpartition('/')[2]}: {text}")
        return content.get("result")
