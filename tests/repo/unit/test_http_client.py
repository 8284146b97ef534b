"""The HTTP client where it works: framing, limits, connections, decisions."""

from __future__ import annotations

import os
from datetime import datetime, timezone

import pytest
from misbehaving_partner import send

from retail_integration_base.tools import http_client
from retail_integration_base.tools.errors import (
    ConfigurationError,
    RateLimited,
    RejectedByRemote,
    RemoteUnavailable,
)
from retail_integration_base.tools.http_client import OutboundRequest, OutboundResponse

NOW = datetime(2026, 11, 20, 10, 31, 2, tzinfo=timezone.utc)


def test_a_request_arrives_as_it_was_prepared(partner):
    response = send(partner, "/ok?x=1", headers={"webhook-id": "m", "X-A": "b"})
    assert response.status == 200
    assert response.text == '{"ok":true}'
    assert response.headers["x-request-id"] == "r-1"
    assert not response.truncated
    assert 0 < response.latency_s < 3
    headers, body = partner.seen[0]
    assert body == b'{"a":1}'
    assert headers["webhook-id"] == "m"
    assert headers["Accept-Encoding"] == "identity"
    assert "Cookie" not in headers


def test_connections_are_used_again_and_cookies_are_not_kept(partner):
    for _ in range(5):
        send(partner, "/ok")
        send(partner, "/chunked")
        send(partner, "/empty")
    assert len(set(partner.ports)) == 1
    assert not any("Cookie" in headers for headers, _body in partner.seen)


def test_backends_and_processes_have_sessions_of_their_own(monkeypatch):
    mine = http_client.session_of("a")
    assert http_client.session_of("a") is mine
    assert http_client.session_of("b") is not mine
    monkeypatch.setattr(os, "getpid", lambda: -1)
    assert http_client.session_of("a") is not mine


def test_the_number_of_sessions_is_bounded():
    for n in range(http_client.SESSIONS_MAX + 10):
        http_client.session_of(str(n))
    assert len(http_client._sessions) == http_client.SESSIONS_MAX


def test_the_environment_chooses_no_proxy(partner, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert send(partner, "/ok").status == 200


def test_redirects_are_answers(partner):
    response = send(partner, "/redirect")
    assert response.status == 302
    assert response.headers["location"] == "/ok"
    assert len(partner.seen) == 1
    large = send(partner, "/large_redirect", response_bytes_max=1000)
    assert len(large.body_excerpt) == 1000
    assert large.truncated


@pytest.mark.parametrize(
    ("path", "text"), [("/chunked", "hello world"), ("/until_close", "all there is")]
)
def test_every_framing_is_read(partner, path, text):
    assert send(partner, path).text == text


def test_compressed_answers_stay_as_they_are(partner):
    assert send(partner, "/gzipped").body_excerpt.startswith(b"\x1f\x8b")


def test_large_answers_are_cut(partner):
    response = send(partner, "/large", response_bytes_max=1000)
    assert len(response.body_excerpt) == 1000
    assert response.truncated
    exact = send(partner, "/exact", response_bytes_max=1000)
    assert len(exact.body_excerpt) == 1000
    assert not exact.truncated


@pytest.mark.parametrize(
    "changes",
    [
        {"url": "ftp://127.0.0.1/"},
        {"url": "/relative"},
        {"url": "http:///nohost"},
        {"url": "http://user:pw@127.0.0.1/"},
        {"url": "http://@127.0.0.1/"},
        {"method": "TRACE"},
        {"method": "post"},
        {"timeout_read_s": 0},
        {"deadline_s": -1},
    ],
)
def test_requests_that_must_not_be_are_refused(changes):
    with pytest.raises(ConfigurationError) as caught:
        OutboundRequest(**{"method": "POST", "url": "http://127.0.0.1/", **changes})
    assert "pw" not in caught.value.message


@pytest.mark.parametrize("headers", [{"a": "b\r\nc: d"}, {"a\n": "b"}, {"a": " b"}])
def test_headers_cannot_be_smuggled(partner, headers):
    with pytest.raises(ConfigurationError, match="cannot be formed"):
        send(partner, "/ok", headers=headers)
    assert partner.seen == []


def response(status, **headers):
    return OutboundResponse(status, headers, b"", 0.1)


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_success_is_no_error(status):
    assert http_client.error_of_response(response(status), NOW) is None


@pytest.mark.parametrize(
    ("status", "error", "unknown_outcome"),
    [
        (301, RejectedByRemote, False),
        (400, RejectedByRemote, False),
        (401, RejectedByRemote, False),
        (404, RejectedByRemote, False),
        (408, RemoteUnavailable, False),
        (409, RejectedByRemote, False),
        (410, RejectedByRemote, False),
        (425, RemoteUnavailable, False),
        (429, RateLimited, False),
        (500, RemoteUnavailable, True),
        (502, RemoteUnavailable, True),
        (503, RemoteUnavailable, False),
        (504, RemoteUnavailable, True),
    ],
)
def test_each_status_has_a_decision(status, error, unknown_outcome):
    found = http_client.error_of_response(response(status), NOW)
    assert type(found) is error
    assert found.context == {"status": status, "unknown_outcome": unknown_outcome}


def test_the_partner_says_when_to_come_back():
    answer = OutboundResponse(429, {"retry-after": "17"}, b"", 0.1)
    assert http_client.error_of_response(answer, NOW).retry_after_s == 17
