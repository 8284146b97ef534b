"""The HTTP client over TLS: the same promises on an encrypted connection."""

from __future__ import annotations

import os
import socket
import ssl
from dataclasses import replace

import pytest
from certificates import certificates_of, make_certificate
from misbehaving_partner import LOOPBACK, Server, failure, send, serve

from retail_integration_base.tools.errors import ConfigurationError
from retail_integration_base.tools.http_trust import Trust, tls_context


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Return the file of a certificate for 127.0.0.1, with its key."""
    path = tmp_path_factory.mktemp("tls") / "partner.pem"
    path.write_text(make_certificate("partner", address="127.0.0.1"))
    return path


@pytest.fixture(scope="module")
def trust(certificate):
    """Return the trust that knows the partner's authority: itself."""
    return replace(LOOPBACK, ca_pem=certificates_of(certificate.read_text()))


@pytest.fixture
def tls_partner(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    yield from serve(Server(context))


def test_tls_works_and_its_connections_are_used_again(tls_partner, trust):
    for _ in range(3):
        assert send(tls_partner, "/ok", trust=trust).status == 200
    assert len(set(tls_partner.ports)) == 1


def test_an_unknown_certificate_gets_no_request(tls_partner):
    error, _ = failure(tls_partner, "/ok")
    assert error.context["unknown_outcome"] is False
    assert tls_partner.seen == []


@pytest.mark.parametrize("path", ["/drip", "/drip_body", "/slow"])
def test_the_deadline_ends_a_drip_over_tls_too(tls_partner, trust, path):
    error, spent_s = failure(tls_partner, path, deadline_s=0.5, trust=trust)
    assert error.context["unknown_outcome"] is True
    assert error.context["deadline_exceeded"] is True
    assert spent_s < 1.5


def test_a_silent_handshake_ends_at_the_deadline(partner):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/"
        error, spent_s = failure(partner, "/", url=url, deadline_s=0.4)
    assert error.context["unknown_outcome"] is False
    assert spent_s < 1.5


def test_the_name_in_the_url_is_proven_whatever_address_was_pinned(tls_partner, trust):
    """The pinned address does not stand in for the name in TLS."""
    elsewhere = replace(trust, lookup=lambda _host, _port: ["127.0.0.1"])
    url = f"https://partner.example:{tls_partner.server_address[1]}/ok"
    error, _ = failure(tls_partner, "/ok", url=url, trust=elsewhere)
    assert error.context["unknown_outcome"] is False
    assert tls_partner.seen == []


def test_a_name_is_sent_and_checked_while_the_address_is_pinned():
    pem = make_certificate("partner.example", name="partner.example")
    asked = []
    context = _server_context(pem)
    context.sni_callback = lambda _sock, name, _context: asked.append(name)
    trust = replace(
        LOOPBACK,
        ca_pem=certificates_of(pem),
        lookup=lambda _host, _port: ["127.0.0.1"],
    )
    for server in serve(Server(context)):
        url = f"https://partner.example:{server.server_address[1]}/ok"
        assert send(server, "/ok", url=url, trust=trust).status == 200
        assert server.seen[0][0]["Host"].startswith("partner.example:")
    assert asked == ["partner.example"]


def test_a_partner_that_wants_our_certificate_gets_it(certificate, trust):
    ours = make_certificate("retail hub")
    context = _server_context(certificate.read_text())
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=certificates_of(ours))
    strangers = make_certificate("stranger")
    for server in serve(Server(context)):
        with_ours = replace(trust, client_pem=ours)
        assert send(server, "/ok", trust=with_ours).status == 200
        for wrong in (trust, replace(trust, client_pem=strangers)):
            error, _ = failure(server, "/ok", trust=wrong)
            assert error.retry
        assert len(server.seen) == 1


def test_key_material_leaves_no_file_and_no_descriptor(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        tls_context(Trust(client_pem=make_certificate("hub")))
    assert list(tmp_path.iterdir()) == []
    assert len(os.listdir("/proc/self/fd")) <= before + 1


@pytest.mark.parametrize(
    "trust",
    [
        Trust(ca_pem="no certificate"),
        Trust(client_pem="no certificate"),
        Trust(client_pem=certificates_of(make_certificate("without key"))),
        Trust(client_pem=make_certificate("locked", password=b"secret")),
    ],
)
def test_unusable_certificates_are_named_when_they_are_entered(trust):
    with pytest.raises(ConfigurationError, match="certificate"):
        tls_context(trust)


def _server_context(pem):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    descriptor = os.memfd_create("server")
    os.write(descriptor, pem.encode())
    context.load_cert_chain(f"/proc/self/fd/{descriptor}")
    os.close(descriptor)
    return context
