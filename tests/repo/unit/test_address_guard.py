"""No call leads into our own network, whatever a name server says."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from misbehaving_partner import LOOPBACK, send

from retail_integration_base.tools.address_guard import (
    Lookup,
    checked_addresses,
    parse_networks,
    refusal_of,
)
from retail_integration_base.tools.errors import AddressRefused, ConfigurationError

PUBLIC = ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::808:808"]
INSIDE = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.1.1",
    "192.0.0.8",
    "192.88.99.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
    "2001:db8::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]
METADATA = ["169.254.169.254", "::ffff:169.254.169.254", "fd00:ec2::254"]


def answer(*addresses: str) -> Lookup:
    return lambda _host, _port: list(addresses)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_may_be_called(address):
    assert refusal_of(address) is None


@pytest.mark.parametrize("address", [*INSIDE, *METADATA, "nonsense", ""])
def test_addresses_inside_may_not(address):
    assert refusal_of(address)


@pytest.mark.parametrize("address", METADATA)
def test_no_allow_list_opens_a_metadata_service(address):
    assert refusal_of(address, parse_networks("169.254.0.0/16 fd00::/8"))


def test_an_allow_list_opens_its_networks_only():
    allowed = parse_networks("10.20.0.0/16, fd12::/48")
    assert refusal_of("10.20.30.40", allowed) is None
    assert refusal_of("::ffff:10.20.30.40", allowed) is None
    assert refusal_of("fd12::7", allowed) is None
    assert refusal_of("10.21.0.1", allowed)
    assert refusal_of("127.0.0.1", allowed)


@given(st.ip_addresses(network="10.0.0.0/8") | st.ip_addresses(network="fc00::/7"))
def test_a_private_address_is_allowed_exactly_if_its_network_is(address):
    listed = ipaddress.ip_network(f"{address}/{address.max_prefixlen}")
    assert refusal_of(str(address))
    assert refusal_of(str(address), [listed]) is None


@pytest.mark.parametrize(
    "text", ["10.0.0.1/16", "all", "0.0.0.0/0", "::/0", "8.0.0.0/7"]
)
def test_an_allow_list_that_means_nothing_or_everything_is_refused(text):
    with pytest.raises(ConfigurationError, match="network"):
        parse_networks(text)


def test_one_bad_address_refuses_the_name():
    with pytest.raises(AddressRefused, match="10.0.0.1"):
        checked_addresses("a.example", 443, (), answer(PUBLIC[0], "10.0.0.1"))


def test_a_name_without_addresses_is_unknown():
    with pytest.raises(socket.gaierror):
        checked_addresses("a.example", 443, (), answer())


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "localhost"])
def test_other_spellings_of_loopback_are_seen_through(partner, host):
    url = f"http://{host}:{partner.server_address[1]}/ok"
    with pytest.raises(AddressRefused):
        send(partner, "/ok", url=url, trust=replace(LOOPBACK, networks=()))
    assert partner.seen == []


def test_a_name_that_changes_its_mind_is_asked_once(partner):
    """DNS rebinding: the first answer is harmless, the second leads inside."""
    answers = [["127.0.0.1"], ["127.0.0.2"]]
    asked = []

    def lookup(host, port):
        asked.append((host, port))
        return answers[len(asked) - 1]

    port = partner.server_address[1]
    only_first = parse_networks("127.0.0.1/32")
    trust = replace(LOOPBACK, networks=only_first, lookup=lookup)
    url = f"http://rebind.example:{port}"
    assert send(partner, "/ok", url=f"{url}/ok", trust=trust).status == 200
    assert asked == [("rebind.example", port)]
    assert partner.seen[0][0]["Host"] == f"rebind.example:{port}"
    # A new connection asks again, and the new answer is checked like the first.
    send(partner, "/until_close", url=f"{url}/until_close", trust=trust)
    with pytest.raises(AddressRefused, match="127.0.0.2"):
        send(partner, "/ok", url=f"{url}/ok", trust=trust)
    assert len(partner.seen) == 2


def test_the_second_address_is_tried_when_the_first_is_silent(partner):
    trust = replace(LOOPBACK, lookup=answer("127.0.0.9", "127.0.0.1"))
    url = f"http://two.example:{partner.server_address[1]}/ok"
    assert send(partner, "/ok", url=url, trust=trust).status == 200


def test_plain_http_has_to_be_allowed(partner):
    with pytest.raises(AddressRefused, match="https"):
        send(partner, "/ok", trust=replace(LOOPBACK, plain_http=False))
    assert partner.seen == []
