"""People with an account, and their scripts."""

from django.contrib.auth.models import Group, User
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient


def maintainer() -> User:
    user = User.objects.create_user("mary")
    user.groups.add(Group.objects.get(name="Maintainer"))
    return user


def script_of(user: User) -> APIClient:
    """With a token."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {Token.objects.create(user=user).key}")
    return client
