"""Which network addresses we may call: the guard against server-side request forgery.

Lives here: turning a host name into checked addresses, and the lists behind that. Lives
elsewhere: connecting to exactly these addresses (``tools/http_deadline.py``), which
private networks a partner may have (``retail.backend``). Called for every new
connection.

Why: an address in the configuration, or what a partner's name server says at the moment
of the call, must not lead into our own network (OWASP API7:2023, CWE-918).
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence

from .errors import AddressRefused, ConfigurationError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
#: Host and port -> addresses as text, in the order to try them.
Lookup = Callable[[str, int], Sequence[str]]

#: An allow-list names our own networks; wider ones would switch the guard off.
PREFIX_BITS_MIN = {4: 8, 6: 7}

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
#: Answer with credentials of the machine; no allow-list opens them.
_METADATA = frozenset(
    ipaddress.ip_address(text)
    for text in (
        "169.254.169.254",
        "169.254.170.2",
        "168.63.129.16",
        "100.100.100.200",
        "192.0.0.192",
        "fd00:ec2::254",
        "fd20:ce::254",
    )
)
#: Special-purpose addresses (IANA registries, RFC 6890) that ``is_global`` judges
#: differently between Python versions, and tunnels that hide another address.
_SPECIAL = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8",
        "100.64.0.0/10",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "240.0.0.0/4",
        "::/96",
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",
        "2002::/16",
        "3fff::/20",
        "5f00::/16",
        "fec0::/10",
    )
)


def parse_networks(text: str | None) -> tuple[Network, ...]:
    """Return the networks of an allow-list such as ``10.20.0.0/16, fd12::/48``.

    :raises ConfigurationError: not a network, or one so wide that nothing is guarded.
    """
    networks = []
    for word in (text or "").replace(",", " ").split():
        try:
            network = ipaddress.ip_network(word)
        except ValueError:
            raise ConfigurationError(
                f"{word!r} is not a network; write it like 10.20.0.0/16"
            ) from None
        if network.prefixlen < PREFIX_BITS_MIN[network.version]:
            raise ConfigurationError(
                f"{word!r} is too wide; name the partner's own network"
            )
        networks.append(network)
    return tuple(networks)


def system_lookup(host: str, port: int) -> list[str]:
    """Return the addresses that the machine's resolver gives for a name.

    :raises socket.gaierror: it knows none.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(sockaddr[0]) for *_rest, sockaddr in found]


def checked_addresses(
    host: str, port: int, allowed: Sequence[Network], lookup: Lookup
) -> list[str]:
    """Resolve ``host`` once and return its addresses if each of them may be called.

    One bad address refuses the name: a mixture is how a name server leads us astray.

    :param allowed: private networks that this partner may be in.
    :raises AddressRefused: naming the host and what kind of address it led to.
    :raises socket.gaierror: the name is not known.
    """
    # A name with several records of one address is usual; keep the order.
    addresses = list(dict.fromkeys(lookup(host.strip("[]"), port)))
    if not addresses:
        raise socket.gaierror(socket.EAI_NONAME, "no address")
    for address in addresses:
        reason = refusal_of(address, allowed)
        if reason:
            raise AddressRefused(
                f"{host} leads to {address}, {reason}: allow its network on the "
                "backend if that is right",
                context={"host": host, "address": address},
            )
    return addresses


def refusal_of(text: str, allowed: Sequence[Network] = ()) -> str | None:
    """Return why an address must not be called, ``None`` if it may."""
    try:
        address = _meant(ipaddress.ip_address(text.partition("%")[0]))
    except ValueError:
        return "which is no address"
    if address in _METADATA:
        return "a metadata service"
    if any(address in network for network in allowed):
        return None
    if any(address in network for network in _SPECIAL):
        return "a special-purpose address"
    if address.is_multicast:
        return "a multicast address"
    if address.is_loopback:
        return "a loopback address"
    if address.is_link_local:
        return "a link-local address"
    return None if address.is_global else "a private or reserved address"


def _meant(address: Address) -> Address:
    """Return the IPv4 address inside a mapped or NAT64 one: that is where it leads."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return address.ipv4_mapped
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address
