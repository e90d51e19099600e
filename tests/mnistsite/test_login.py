"""Who fails to log in again and again must wait; others need not."""

from types import SimpleNamespace

import pytest
from django.urls import reverse

from mnistsite import login

pytestmark = pytest.mark.django_db
URL = reverse("admin:login")


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """No test runs across the end of a window."""
    clock = SimpleNamespace(now=1_000_000_000.0)
    monkeypatch.setattr(login, "time", SimpleNamespace(time=lambda: clock.now))
    return clock


@pytest.fixture(autouse=True)
def _account(django_user_model, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    django_user_model.objects.create_superuser("ann", password="right")


def attempt(client, password, name="ann", address="198.51.100.7"):
    return client.post(URL, {"username": name, "password": password}, REMOTE_ADDR=address)


def fail(client, times=login.FAILURES_OF_ACCOUNT, **who):
    for _ in range(times):
        assert attempt(client, "wrong", **who).status_code == 200


def test_after_five_failures_the_password_is_not_even_looked_at(client):
    fail(client)
    response = attempt(client, "right")
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= login.WINDOW + 1
    assert "Too many failed attempts. Try again in" in response.content.decode()


@pytest.mark.parametrize("other", [{"address": "198.51.100.8"}, {"name": "bob"}])
def test_others_are_not_locked_out(client, other, django_user_model):
    django_user_model.objects.create_superuser("bob", password="right")
    fail(client)
    assert attempt(client, "right", **other).status_code == 302


def test_the_account_is_the_same_in_capitals_and_the_network_in_ipv6(client):
    for number in range(login.FAILURES_OF_ACCOUNT):
        attempt(client, "wrong", "ANN" if number % 2 else "ann", f"2001:db8::{number + 1}")
    assert attempt(client, "right", address="2001:db8::99").status_code == 429
    assert attempt(client, "right", address="2001:db8:0:1::1").status_code == 302


def test_an_address_that_tries_many_accounts_must_wait(client):
    for number in range(login.FAILURES_OF_ADDRESS):
        attempt(client, "wrong", name=f"guess{number}")
    assert attempt(client, "right").status_code == 429


def test_the_wait_ends(client, clock):
    fail(client)
    clock.now += login.WINDOW
    assert attempt(client, "right").status_code == 302


def test_a_success_is_not_counted(client):
    for _ in range(login.FAILURES_OF_ACCOUNT + 1):
        assert attempt(client, "right").status_code == 302
        client.logout()


def test_failures_are_logged_in_one_line_without_the_password(client, caplog):
    attempt(client, "s3cret", name="ann\nforged")
    (line,) = [record.getMessage() for record in caplog.records if record.name == "mnistsite.login"]
    assert line == r"Login failed: account 'ann\nforged', address 198.51.100.7"


def test_the_forwarded_address_counts_behind_a_proxy(client, settings):
    settings.NUM_PROXIES = 1
    for _ in range(login.FAILURES_OF_ACCOUNT):
        client.post(URL, {"username": "ann", "password": "wrong"}, headers={"X-Forwarded-For": "203.0.113.7"})
    right = {"username": "ann", "password": "right"}
    assert client.post(URL, right, headers={"X-Forwarded-For": "203.0.113.7"}).status_code == 429
    assert client.post(URL, right, headers={"X-Forwarded-For": "203.0.113.8"}).status_code == 302


def test_a_form_that_is_expensive_to_parse_is_refused(client):
    form = "application/x-www-form-urlencoded"
    refused = client.generic("POST", URL, b"%" * 200_001, content_type=form)
    assert refused.status_code == 413
    assert "larger than 200,000 bytes" in refused.content.decode()
