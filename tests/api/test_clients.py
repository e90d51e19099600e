"""Which requests a limit counts together."""

import pytest
from django.test import RequestFactory

from predictor.api.clients import client_network

PROXY = "10.0.0.1"


def network(forwarded: str | None = None, direct: str = PROXY) -> str:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return client_network(RequestFactory().get("/", headers=headers, REMOTE_ADDR=direct))


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("203.0.113.7:51234", "203.0.113.7"),
        (" 203.0.113.7 ", "203.0.113.7"),
        ("2001:db8:1:2::7", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::8", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::7]", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::7]:51234", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("[::ffff:203.0.113.7]:80", "203.0.113.7"),
    ],
)
def test_behind_a_proxy_its_entry_counts_without_a_port(settings, forwarded, expected):
    settings.NUM_PROXIES = 1
    assert network(forwarded) == expected


@pytest.mark.parametrize("forged", ["198.51.100.1", "198.51.100.1:80, 198.51.100.2", "unknown", "", "a, b, c"])
def test_what_the_client_put_in_front_proves_nothing(settings, forged):
    settings.NUM_PROXIES = 1
    assert network(f"{forged}, 203.0.113.7:4711") == "203.0.113.7"


def test_of_two_proxies_the_outer_one_wrote_the_entry(settings):
    settings.NUM_PROXIES = 2
    assert network("198.51.100.1, 203.0.113.7, 10.0.0.2") == "203.0.113.7"


@pytest.mark.parametrize("forwarded", [None, "", "unknown", "_hidden", "203.0.113.7.8", "[", "1.2.3.4:x", "999.1.1.1"])
def test_where_no_address_is_forwarded_the_connection_counts(settings, forwarded):
    settings.NUM_PROXIES = 1
    assert network(forwarded) == PROXY


def test_without_a_proxy_nothing_forwarded_counts(settings):
    settings.NUM_PROXIES = 0
    assert network("203.0.113.7") == PROXY
    assert network("203.0.113.7", direct="2001:db8::1") == "2001:db8::/64"


def test_a_unix_socket_has_no_address(settings):
    settings.NUM_PROXIES = 0
    assert network(direct="") == ""
