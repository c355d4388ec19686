"""Which addresses on the internet may be asked for a file: public ones, and nothing that leads to another network."""

import ipaddress

_V4_REFUSED = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15"),
        *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    )
)
_V6_GLOBAL = ipaddress.IPv6Network("2000::/3")
_V6_REFUSED = tuple(
    ipaddress.IPv6Network(network)
    for network in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)


def is_public(address: str) -> bool:
    """Whether this numeric address is one of the public internet.

    By the special-purpose address registries of IANA. IPv6 is only what is allocated for global unicast: so neither
    IPv4 within IPv6 (mapped, 6to4, NAT64, Teredo) nor an address with a zone is public.
    """
    try:
        number = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(number, ipaddress.IPv4Address):
        return not any(number in network for network in _V4_REFUSED)
    if number.scope_id is not None:
        return False
    return number in _V6_GLOBAL and not any(number in network for network in _V6_REFUSED)


def literal(host: str) -> str | None:
    """The address that a host is, in canonical form; None for a name. Raises ValueError for what only resembles one:
    "127.1", "0x7f000001", "2130706433", "127.0.0.1." and the like, which some resolvers take for addresses."""
    if ":" in host:
        return str(ipaddress.IPv6Address(host))
    last = host.rstrip(".").rpartition(".")[2].lower()
    if last.isdigit() or last.startswith("0x"):
        return str(ipaddress.IPv4Address(host))
    return None
