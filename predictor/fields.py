"""Fields of a request that DRF has none for."""

import base64
import binascii
import json
import re
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from predictor.ml.errors import UnsupportedImageType
from predictor.ml.pictures import MEDIA_TYPES
from predictor.models import NOT_A_DIGIT

MAX_LINES = 200
MAX_POINTS = 10_000
MAX_COORDINATE = 10_000
MAX_MILLISECONDS = 24 * 3600 * 1000
DIGITS = {str(digit) for digit in range(10)}
_data_url = re.compile(r"data:(?P<type>[\w.+/-]{0,100})(?:;[^;,]*)*?;base64,", re.IGNORECASE | re.ASCII)
_space = re.compile(r"\s+")


def decode_base64(text: str) -> bytes:
    """Bytes of base64, with or without line breaks, or of a `data:` URL.

    Raises:
        UnsupportedImageType: a `data:` URL of something other than a picture that we take.
        ValueError: not base64.
    """
    if head := _data_url.match(text):
        kind = head["type"].lower()
        if kind not in MEDIA_TYPES:
            raise UnsupportedImageType(f"{kind or 'text/plain'} is not taken; send PNG, JPEG or WebP.")
        text = text[head.end() :]
    try:
        return base64.b64decode(_space.sub("", text), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("The image is not valid base64.") from error


@extend_schema_field(OpenApiTypes.STR)
class ImageField(serializers.Field):
    """Base64 or a `data:` URL in JSON, a file part in multipart, or the raw body: always bytes inside."""

    default_error_messages = {
        "required": "The image is missing.",
        "null": "The image is missing.",
        "empty": "The image is empty.",
        "type": "The image must be base64 text or a file.",
    }

    def to_internal_value(self, data: Any) -> bytes:
        if isinstance(data, UploadedFile):
            data = data.read()
        elif isinstance(data, str):
            try:
                data = decode_base64(data)
            except ValueError as error:
                raise serializers.ValidationError(str(error)) from error
        elif not isinstance(data, bytes):
            self.fail("type")
        if not data:
            self.fail("empty")
        return bytes(data)


@extend_schema_field(OpenApiTypes.BINARY)
class FileField(ImageField):
    """The same as a file part."""


@extend_schema_field(
    {
        "type": "object",
        "required": ["size", "pen", "lines"],
        "properties": {
            "size": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
            "pen": {"type": "number"},
            "lines": {
                "type": "array",
                "maxItems": MAX_LINES,
                "items": {
                    "type": "array",
                    "items": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 3},
                },
            },
        },
    }
)
class StrokesField(serializers.Field):
    """`{"size": [w, h], "pen": p, "lines": [[[x, y, t?], …], …]}`, checked by hand: DRF's nested lists take 0.1 s."""

    default_error_messages = {
        "json": "The strokes are not valid JSON.",
        "keys": "The strokes must be an object with size, pen and lines.",
        "size": "The size must be two positive numbers.",
        "pen": "The pen must be a positive number.",
        "lines": f"The lines must be a list of at most {MAX_LINES} lists of points.",
        "points": f"At most {MAX_POINTS} points are taken.",
        "point": f"A point must be [x, y] or [x, y, t], x and y at most {MAX_COORDINATE}, t at most a day in ms.",
    }

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if isinstance(data, str):
            try:
                data = json.loads(data)
            except (ValueError, RecursionError):
                self.fail("json")
        if not isinstance(data, dict) or not {"size", "pen", "lines"} <= data.keys():
            self.fail("keys")
        size, pen, lines = data["size"], data["pen"], data["lines"]
        if not (isinstance(size, list) and len(size) == 2 and all(_is_length(side) for side in size)):
            self.fail("size")
        if not _is_length(pen):
            self.fail("pen")
        if not isinstance(lines, list) or len(lines) > MAX_LINES or not all(isinstance(line, list) for line in lines):
            self.fail("lines")
        if sum(map(len, lines)) > MAX_POINTS:
            self.fail("points")
        if not all(_is_point(point) for line in lines for point in line):
            self.fail("point")
        return {"size": size, "pen": pen, "lines": lines}


@extend_schema_field(
    {"oneOf": [{"type": "integer", "minimum": 0, "maximum": 9}, {"type": "string", "enum": ["not_a_digit"]}]}
)
class ClaimField(serializers.Field):
    """A digit or "not_a_digit" outside, one character of `Submission.claim` inside."""

    default_error_messages = {"claim": "The claim must be a digit, not_a_digit or null."}

    def to_internal_value(self, data: Any) -> str:
        if data == "not_a_digit":
            return NOT_A_DIGIT
        if str(data) not in DIGITS:
            self.fail("claim")
        return str(data)

    def to_representation(self, value: str) -> int | str:
        return "not_a_digit" if value == NOT_A_DIGIT else int(value)


def _is_number(value: Any, limit: int) -> bool:
    return type(value) in {int, float} and abs(value) <= limit


def _is_length(value: Any) -> bool:
    return _is_number(value, MAX_COORDINATE) and value > 0


def _is_point(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) in {2, 3}
        and all(_is_number(coordinate, MAX_COORDINATE) for coordinate in value[:2])
        and all(_is_number(moment, MAX_MILLISECONDS) for moment in value[2:])
    )
