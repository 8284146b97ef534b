"""Whom a connection may reach and what both ends prove: network guard and TLS.

Lives here: the description of a partner's surroundings (``Trust``) and the TLS context
made from it. Lives elsewhere: where it is configured (``retail.backend``,
``retail.credential``). Called by ``tools/http_client.py`` once per session.
"""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass, field

from requests.certs import where

from .address_guard import Lookup, Network, system_lookup
from .errors import ConfigurationError


@dataclass(frozen=True)
class Trust:
    """What a partner needs beyond a public host with a public certificate.

    Two requests share connections only if their trust is the same.

    :param networks: private networks it may be in.
    :param plain_http: whether ``http://`` is allowed.
    :param ca_pem: further certificate authorities, PEM.
    :param client_pem: our certificate, its chain and its key, PEM.
    """

    networks: tuple[Network, ...] = ()
    plain_http: bool = False
    ca_pem: str = ""
    client_pem: str = field(default="", repr=False)
    lookup: Lookup = system_lookup


def tls_context(trust: Trust) -> ssl.SSLContext:
    """Return the context of a partner's connections; verification is always on.

    :raises ConfigurationError: a certificate or key that cannot be read.
    """
    context = ssl.create_default_context(cafile=where())
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if trust.ca_pem:
        try:
            context.load_verify_locations(cadata=trust.ca_pem)
        except ssl.SSLError:
            raise ConfigurationError(
                "the further certificate authorities are not PEM certificates"
            ) from None
    if trust.client_pem:
        _load_client(context, trust.client_pem)
    return context


def _load_client(context: ssl.SSLContext, pem: str) -> None:
    # OpenSSL reads keys from files only; this one exists in memory alone, 0600.
    descriptor = os.memfd_create("tls-client", os.MFD_CLOEXEC)
    try:
        os.fchmod(descriptor, 0o600)
        with open(descriptor, "wb", closefd=False) as file:
            file.write(pem.encode())
        # A password callback, or OpenSSL would ask at the terminal.
        context.load_cert_chain(f"/proc/self/fd/{descriptor}", password=_no_password)
    except (ssl.SSLError, ValueError):
        raise ConfigurationError(
            "the client certificate must be PEM: certificate, its chain and its "
            "unencrypted key"
        ) from None
    finally:
        os.close(descriptor)


def _no_password() -> str:
    raise ValueError("the key is encrypted")
