"""Fixtures that several unit tests share."""

from __future__ import annotations

from collections import OrderedDict

import pytest
from misbehaving_partner import Server, serve

from retail_integration_base.tools import http_client


@pytest.fixture
def partner():
    """Yield a partner on loopback, and sessions that nobody used before."""
    yield from serve(Server())


@pytest.fixture(autouse=True)
def fresh_sessions(monkeypatch: pytest.MonkeyPatch):
    """Keep connections of one test out of the next."""
    monkeypatch.setattr(http_client, "_sessions", OrderedDict())
