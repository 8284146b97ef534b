"""The HTTP client over TLS: the same promises on an encrypted connection."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from misbehaving_partner import Server, failure, send, serve

from retail_integration_base.tools import http_client


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Return the file of a certificate for 127.0.0.1, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "partner")])
    now = dt.datetime.now(dt.timezone.utc)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    cert = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "partner.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + cert.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def tls_partner(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    yield from serve(Server(context))


def test_tls_works_and_its_connections_are_used_again(tls_partner, certificate):
    http_client.session_of("backend").verify = str(certificate)
    for _ in range(3):
        assert send(tls_partner, "/ok").status == 200
    assert len(set(tls_partner.ports)) == 1


def test_an_unknown_certificate_gets_no_request(tls_partner):
    error, _ = failure(tls_partner, "/ok")
    assert error.context["unknown_outcome"] is False
    assert tls_partner.seen == []


@pytest.mark.parametrize("path", ["/drip", "/drip_body", "/slow"])
def test_the_deadline_ends_a_drip_over_tls_too(tls_partner, certificate, path):
    http_client.session_of("backend").verify = str(certificate)
    error, spent_s = failure(tls_partner, path, deadline_s=0.5)
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
