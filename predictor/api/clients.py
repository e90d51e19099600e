"""The client of a request, as far as its address tells."""

import ipaddress
import re

from django.conf import settings
from django.http import HttpRequest

_with_port = re.compile(r"(?P<ipv4>\d+\.\d+\.\d+\.\d+):\d+|\[(?P<ipv6>[^\]]+)\](:\d+)?", re.ASCII).fullmatch


def client_network(request: HttpRequest) -> str:
    """The client's IPv4 address, or the /64 of its IPv6 address, within which one household has any number of them.

    With NUM_PROXIES of our own in front, it is the entry of X-Forwarded-For that the outermost of them wrote; entries
    before it come from the client and prove nothing. If it is not an address, the connection's address counts.
    """
    direct = request.META.get("REMOTE_ADDR", "")
    entries = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    forwarded = entries[-min(settings.NUM_PROXIES, len(entries))] if settings.NUM_PROXIES else ""
    return _network(forwarded) or _network(direct) or direct


def _network(text: str) -> str | None:
    """The network of an address, with or without a port; None if the text is not an address."""
    found = _with_port(text.strip())
    bare = found["ipv4"] or found["ipv6"] if found else text.strip()
    try:
        address = ipaddress.ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    if address.version == 4:
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, 64), strict=False))
