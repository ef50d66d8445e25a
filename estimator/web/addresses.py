"""From which address a request comes, behind proxies that are trusted."""

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from estimator.errors import ScenarioError
from estimator.web.settings import variable

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
EVERYBODY = (ip_network("0.0.0.0/0"), ip_network("::/0"))

CLIENT_BITS = 64
"""Of an IPv6 address, those that a provider gives to one client, who chooses the others."""

WITH_PORT = re.compile(r"\[(?P<six>[^\]]*)\](?::\d+)?|(?P<four>[\d.]+):\d+")
"""An address with a port, as some balancers write it."""


def trusted_proxies(words: str) -> tuple[Network, ...]:
    """Read the addresses and networks of proxies; * stands for whoever connects.

    Raises
    ------
    ScenarioError : one is neither

    Examples
    --------
    >>> trusted_proxies("10.0.0.0/8, ::1")
    (IPv4Network('10.0.0.0/8'), IPv6Network('::1/128'))
    """
    named = [each.strip() for each in words.split(",") if each.strip()]
    if "*" in named:
        return EVERYBODY
    try:
        return tuple(ip_network(each) for each in named)
    except ValueError as error:
        raise ScenarioError(
            f"{variable('forwarded_allow_ips')} holds no list of addresses and networks: {error}. "
            "Write such as 127.0.0.1,10.0.0.0/8."
        ) from error


def address_of(peer: str, hops: str, trusted: Sequence[Network]) -> str:
    """Find the address of a client: the last one that no trusted proxy has.

    Each proxy adds, at the right, the address that it was asked from, so what stands left of the first stranger may
    be forged.

    Parameters
    ----------
    peer : who connected
    hops : X-Forwarded-For, "client, proxy, proxy"
    trusted : the proxies; where everybody is one, the last hop alone is believed

    Examples
    --------
    >>> address_of("127.0.0.1", "1.2.3.4, 5.6.7.8", trusted_proxies("127.0.0.1"))
    '5.6.7.8'
    >>> address_of("9.9.9.9", "1.2.3.4", trusted_proxies("127.0.0.1"))
    '9.9.9.9'
    """
    found = _read(peer)
    if found is None:
        return peer
    for hop in reversed(hops.split(",")):
        before = _read(hop)
        if before is None or not any(found in each for each in trusted):
            break
        found = before
        if trusted == EVERYBODY:
            break
    return str(found)


def client_at(address: str) -> str:
    """Name the client at an address: of IPv6 the network that one client has.

    Examples
    --------
    >>> client_at("2001:db8:1:2:3:4:5:6"), client_at("192.0.2.1")
    ('2001:db8:1:2::/64', '192.0.2.1')
    """
    found = _read(address)
    return str(ip_network((found, CLIENT_BITS), strict=False)) if isinstance(found, IPv6Address) else address


def _read(written: str) -> Address | None:
    """Read an address without its port, that of a socket for both IPv4 and IPv6 as what it stands for."""
    text = written.strip()
    with_port = WITH_PORT.fullmatch(text)
    if with_port:
        text = with_port["six"] or with_port["four"] or ""
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return (isinstance(found, IPv6Address) and found.ipv4_mapped) or found
