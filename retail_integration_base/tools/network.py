"""Addresses that a caller may have: networks in CIDR notation.

Lives here: reading the list and asking it. Lives elsewhere: which address the caller
has, as far as that is known (``controllers/api.py``: behind a proxy it is the proxy's
word, so Odoo's ``proxy_mode`` has to be set and the proxy has to overwrite
``X-Forwarded-For``).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def parse_networks(text: str) -> tuple[Network, ...]:
    """Return the networks of a text, separated by blanks, commas or line ends.

    :raises ValueError: naming the first word that is no address or network
    """
    return tuple(
        ipaddress.ip_network(word, strict=False)
        for word in text.replace(",", " ").split()
    )


def is_inside(address: str | None, networks: Sequence[Network]) -> bool:
    """Tell whether ``address`` lies in one of ``networks``; none at all allow any."""
    if not networks:
        return True
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return any((mapped or found) in network for network in networks)
