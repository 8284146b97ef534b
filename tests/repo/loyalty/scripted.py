"""Answers in their order: a platform for tests that are about one answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from retail_integration_base.tools.http_client import OutboundRequest, OutboundResponse


class Answers:
    """Gives its answers one after the other and keeps the requests.

    :param contents: JSON bodies, or status and body; a plain body is a 200.
    """

    def __init__(self, *contents: Mapping[str, Any] | tuple[int, Any]) -> None:
        self.contents = list(contents)
        self.requests: list[OutboundRequest] = []

    def __call__(self, request: OutboundRequest) -> OutboundResponse:
        """Answer, as ``retail.backend._call`` does."""
        self.requests.append(request)
        content = self.contents.pop(0)
        status, body = content if isinstance(content, tuple) else (200, content)
        return OutboundResponse(status, {}, json.dumps(body).encode(), 0.01)

    @property
    def bodies(self) -> list[Any]:
        """The JSON of what was sent."""
        return [json.loads(one.body) for one in self.requests if one.body]
