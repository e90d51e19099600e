"""The client of a request, as far as its address tells."""

import ipaddress
import re
from functools import lru_cache
from typing import TypeAlias

from django.conf import settings
from django.http import HttpRequest

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
_with_port = re.compile(r"(?P<ipv4>\d+\.\d+\.\d+\.\d+):\d+|\[(?P<ipv6>[^\]]+)\](:\d+)?", re.ASCII).fullmatch


def client_network(request: HttpRequest) -> str:
    """The client's IPv4 address, or the /64 of its IPv6 address, within which one household has any number of them.

    With NUM_PROXIES of our own in front, it is the entry of X-Forwarded-For that the outermost of them wrote; entries
    before it come from the client and prove nothing. If it is not an address, the connection's address counts.
    """
    direct = request.META.get("REMOTE_ADDR", "")
    address = _address(_forwarded(request)) or _address(direct)
    if address is None:
        return str(direct)
    return str(address if address.version == 4 else ipaddress.ip_network((address, 64), strict=False))


def proven_address(request: HttpRequest) -> Address | None:
    """The client's address where something may be opened to it; None if it is in doubt.

    It is in doubt behind a proxy that NUM_PROXIES does not count: all its clients come from the proxy's address.
    """
    if "HTTP_X_FORWARDED_FOR" not in request.META and "HTTP_FORWARDED" not in request.META:
        return _address(request.META.get("REMOTE_ADDR", ""))
    return _address(_forwarded(request))


def _forwarded(request: HttpRequest) -> str:
    """What the outermost of our proxies wrote; empty where there is none."""
    entries = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    return entries[-min(settings.NUM_PROXIES, len(entries))] if settings.NUM_PROXIES else ""


@lru_cache(maxsize=1024)
def _address(text: str) -> Address | None:
    """An address, with or without a port; None if the text is none."""
    found = _with_port(text.strip())
    bare = found["ipv4"] or found["ipv6"] if found else text.strip()
    try:
        address = ipaddress.ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if address.version == 6 else address
