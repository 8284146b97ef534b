"""Certificates made for a test: self-signed, with their key, as PEM."""

from __future__ import annotations

import datetime as dt
import ipaddress
import re

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


def make_certificate(
    common_name: str,
    *,
    name: str | None = None,
    address: str | None = None,
    password: bytes | None = None,
) -> str:
    """Return key and certificate; ``name`` and ``address`` are what it proves."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])
    now = dt.datetime.now(dt.timezone.utc)
    names: list[x509.GeneralName] = [x509.DNSName(name)] if name else []
    if address:
        names.append(x509.IPAddress(ipaddress.ip_address(address)))
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
    )
    if names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName(names), critical=False
        )
    certificate = builder.sign(key, hashes.SHA256())
    locked = (
        serialization.BestAvailableEncryption(password)
        if password
        else serialization.NoEncryption()
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked
    )
    return (private + certificate.public_bytes(serialization.Encoding.PEM)).decode()


def certificates_of(pem: str) -> str:
    """Return the certificates of a PEM text without its key."""
    found = re.findall(
        "-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", pem, re.S
    )
    return "".join(found)
