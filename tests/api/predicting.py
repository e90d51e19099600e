"""Requests to POST /api/predict/, and those that it refuses."""

from tests import drawings
from tests.drawings import base64_of

URL = "/api/predict/"


def post(api, **fields):
    return api.post(URL, {"image": base64_of(drawings.BLACK_ON_WHITE)} | fields)


def post_png(api, content, kind="image/png", url=URL):
    return api.generic("POST", url, content, content_type=kind)


REFUSALS = {
    "malformed JSON": (b'{"image": ', "application/json", 400, "parse_error", None),
    "JSON of more lists than strokes have": (
        b"[" + b"[]," * 20_000 + b"0]",
        "application/json",
        400,
        "parse_error",
        None,
    ),
    "JSON nested a hundred thousand deep": (b"[" * 100_000, "application/json", 400, "parse_error", None),
    "JSON that is no object": (b"[1, 2]", "application/json", 400, "invalid", None),
    "JSON in another encoding": (b'{"image": "\xff"}', "application/json", 400, "parse_error", None),
    "no image": (b"{}", "application/json", 400, "invalid", "image"),
    "an empty image": (b'{"image": ""}', "application/json", 400, "invalid", "image"),
    "an image that is a number": (b'{"image": 3}', "application/json", 400, "invalid", "image"),
    "an image that is null": (b'{"image": null}', "application/json", 400, "invalid", "image"),
    "broken base64": (b'{"image": "@@@"}', "application/json", 400, "invalid", "image"),
    "base64 of no image": (b'{"image": "aGVsbG8="}', "application/json", 422, "undecodable_image", "image"),
    "a data URL of text": (b'{"image": "data:text/plain;base64,aGk="}', "application/json", 415, None, "image"),
    "a data URL with half a character": (
        b'{"image": "data:image/\\ud800;base64,AAAA"}',
        "application/json",
        400,
        "invalid",
        "image",
    ),
    "multipart without a boundary": (b"x", "multipart/form-data", 400, "parse_error", None),
    "a form": (b"image=x", "application/x-www-form-urlencoded", 415, "unsupported_media_type", None),
    "plain text": (b"three", "text/plain", 415, "unsupported_media_type", None),
    "a GIF by its type": (drawings.GIF, "image/gif", 415, "unsupported_media_type", None),
    "a GIF under another name": (drawings.GIF, "image/png", 415, "unsupported_image_type", "image"),
    "a truncated PNG": (drawings.BLACK_ON_WHITE[:300], "image/png", 422, "undecodable_image", "image"),
    "an empty body": (b"", "image/png", 400, "invalid", "image"),
    "a blank picture": (drawings.BLANK, "image/png", 422, "blank_image", "image"),
    "too wide a picture": (drawings.TOO_WIDE, "image/png", 413, "image_too_large", "image"),
    "too many pixels": (drawings.TOO_MANY, "image/png", 413, "image_too_large", "image"),
    "a PNG over 1 MiB": (drawings.OVER_1_MIB, "image/png", 413, "image_too_large", "image"),
    "JSON over 1 MiB": (b" " * (1024 * 1024 + 1), "application/json", 413, "body_too_large", None),
    "a body over 20 MiB": (bytes(20 * 1024 * 1024 + 1), "image/jpeg", 413, "body_too_large", None),
}
BAD_STROKES = [
    "not json",
    "[" * 15_000,
    [],
    {},
    {"size": [280, 280], "pen": 18},
    {"size": [280], "pen": 18, "lines": []},
    {"size": [280, 0], "pen": 18, "lines": []},
    {"size": [280, True], "pen": 18, "lines": []},
    {"size": [280, 280], "pen": "18", "lines": []},
    {"size": [280, 280], "pen": 18, "lines": {}},
    {"size": [280, 280], "pen": 18, "lines": [[]] * 201},
    {"size": [280, 280], "pen": 18, "lines": [[[1, 1]] * 10_001]},
    {"size": [280, 280], "pen": 18, "lines": [[[1]]]},
    {"size": [280, 280], "pen": 18, "lines": [[[1, 2, 3, 4]]]},
    {"size": [280, 280], "pen": 18, "lines": [[["1", 2]]]},
    {"size": [280, 280], "pen": 18, "lines": [[[10**400, 2]]]},
    {"size": [280, 280], "pen": 18, "lines": ["ab"]},
]
