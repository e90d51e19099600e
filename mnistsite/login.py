"""The admin's login: whoever fails often must wait. Nobody else is locked out, and nobody for good.

Failures are counted by address and account, and by address alone. A count of the account's failures from all addresses
would let anybody lock its owner out. Each worker process counts for itself, as the API's throttles do.
"""

import hashlib
import logging
import time
from typing import Any, Final

from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.signals import user_login_failed
from django.core.cache import caches
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from mnistsite.counters import count
from predictor.api.clients import client_network

FAILURES_OF_ACCOUNT: Final = 5  # from one address
FAILURES_OF_ADDRESS: Final = 20  # with any accounts
WINDOW: Final = 300  # seconds
TOO_MANY: Final = "too_many_failures"

log = logging.getLogger(__name__)


class LoginForm(AdminAuthenticationForm):
    def clean(self) -> dict[str, Any]:
        """Refuse before the password is hashed, which takes half a second of processor time."""
        if self.request and _is_blocked(self.request, self.cleaned_data.get("username", "")):
            raise ValidationError(f"Too many failed attempts. Try again in {_minutes()}.", code=TOO_MANY)
        cleaned: dict[str, Any] = super().clean()
        return cleaned


class Site(admin.AdminSite):
    site_header = site_title = "Draw a digit"
    login_form = LoginForm

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response = super().login(request, extra_context)
        if isinstance(response, TemplateResponse):
            form = (response.context_data or {}).get("form")
            if form is not None and form.is_bound and form.has_error(NON_FIELD_ERRORS, TOO_MANY):
                response.status_code = 429
                response["Retry-After"] = str(_left())
        return response


@receiver(user_login_failed)
def count_failure(sender: object, credentials: dict[str, Any], request: HttpRequest | None, **kwargs: Any) -> None:
    if request is None:
        return
    name = str(credentials.get("username", ""))
    log.warning("Login failed: account %r, address %s", name[:150], client_network(request))
    for key in _limits(request, name):
        count(key, 1, WINDOW)


def _is_blocked(request: HttpRequest, name: str) -> bool:
    limits = _limits(request, name)
    failures = caches["process"].get_many(limits)
    return any(count >= limits[key] for key, count in failures.items())


def _limits(request: HttpRequest, name: str) -> dict[str, int]:
    """How many failures are allowed, by the keys that they are counted under in this window of time."""
    address, window = client_network(request), int(time.time() // WINDOW)
    account = hashlib.sha256(name.casefold().encode()).hexdigest()
    return {
        f"login:{window}:{address}": FAILURES_OF_ADDRESS,
        f"login:{window}:{address}:{account}": FAILURES_OF_ACCOUNT,
    }


def _left() -> int:
    """Seconds until the next window begins."""
    return int(WINDOW - time.time() % WINDOW) + 1


def _minutes() -> str:
    minutes = -(-_left() // 60)
    return "a minute" if minutes == 1 else f"{minutes} minutes"
