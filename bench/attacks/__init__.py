"""Requests under the limit of the body that are made to cost as much as they can; `bench/hostile.py` sends them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Request:
    """A POST."""

    path: str
    kind: str
    body: bytes


def picture(body: bytes, path: str = "/api/predict/") -> Request:
    return Request(path, "image/png", body)
