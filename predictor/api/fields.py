"""Request fields that DRF does not have."""

import base64
import binascii
import json
import re
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from predictor.api.parsers import MAX_CONTAINERS, TAKEN
from predictor.ml.errors import ImageTooLarge, UnsupportedImageType
from predictor.models import NOT_A_DIGIT
from predictor.services.collecting.room import MAX_STROKES, strokes_size

JPEG = b"\xff\xd8\xff"
MAX_LINES = 200
MAX_POINTS = 10_000
MAX_COORDINATE = 10_000
LONGEST_POINT = 80  # bytes of JSON
MAX_MILLISECONDS = 24 * 3600 * 1000
DIGITS = {str(digit) for digit in range(10)}
_data_url = re.compile(r"data:(?P<type>[\w.+/*-]{0,100})(?P<parameters>(?:;[^,]*)?),", re.IGNORECASE | re.ASCII)
_url_safe = str.maketrans("-_", "+/")


def decode_text(text: str) -> bytes:
    """Decode base64, in either alphabet, with or without padding and line breaks, or a `data:` URL.

    Raises:
        UnsupportedImageType: a `data:` URL of an unsupported type.
        ValueError: it is neither.
    """
    head = _data_url.match(text)
    if head is None:
        return _from_base64(text)
    kind = head["type"].lower()
    if kind not in TAKEN:
        raise UnsupportedImageType(f"{kind} is not supported; send PNG, JPEG or WebP.")
    content = text[head.end() :]
    if head["parameters"].lower().endswith(";base64"):
        return _from_base64(_unquoted(content).decode("latin-1") if "%" in content else content)
    return _unquoted(content)


def _from_base64(text: str) -> bytes:
    text = "".join(text.split()).translate(_url_safe)
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("The image is not valid base64.") from error


def _unquoted(text: str) -> bytes:
    """Percent-encoded text, decoded as quoted-printable: urllib takes a second and 190 MB for a megabyte."""
    try:
        content = text.encode()
    except UnicodeEncodeError as error:
        raise ValueError("The image is not a valid data: URL.") from error
    return binascii.a2b_qp(content.translate(None, b"\t\r\n").replace(b"=", b"=3D").replace(b"%", b"="))


@extend_schema_field(OpenApiTypes.STR)
class ImageField(serializers.Field):
    """Base64 or a `data:` URL in JSON, a file part in multipart, or the raw body; becomes bytes."""

    default_error_messages = {
        "required": "The image is missing.",
        "null": "The image is missing.",
        "empty": "The image is empty.",
        "type": "The image must be base64 text or a file.",
    }

    def to_internal_value(self, data: Any) -> bytes:
        if isinstance(data, UploadedFile):
            data = _checked(data.read(len(JPEG)), data.size or 0) + data.read()  # the others are in memory already
        elif isinstance(data, str):
            try:
                data = decode_text(data)
            except ValueError as error:
                raise serializers.ValidationError(str(error)) from error
        elif not isinstance(data, bytes):
            self.fail("type")
        if not data:
            self.fail("empty")
        return _checked(data, len(data))


@extend_schema_field({"type": "array", "items": {"type": "string"}, "minItems": 1})
class ImagesField(serializers.ListField):
    """Several pictures, each of which `ImageField` checks later: one that is of no use does not spoil the others."""

    default_error_messages = {
        "required": "The images are missing.",
        "null": "The images are missing.",
        "empty": "There are no images.",
        "not_a_list": "The images must be a list.",
        "max_length": "At most {max_length} images are allowed.",
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_empty=False, **kwargs)


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
        "points": f"At most {MAX_POINTS} points are allowed.",
        "bytes": f"The strokes take more than {MAX_STROKES:,} bytes as JSON.",
        "point": f"A point must be [x, y] or [x, y, t], x and y at most {MAX_COORDINATE}, t at most a day in ms.",
    }

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        data = self._parsed(data) if isinstance(data, str) else data
        if not isinstance(data, dict) or not {"size", "pen", "lines"} <= data.keys():
            self.fail("keys")
        size, pen, lines = data["size"], data["pen"], data["lines"]
        if not (isinstance(size, list) and len(size) == 2 and all(_is_length(side) for side in size)):
            self.fail("size")
        if not _is_length(pen):
            self.fail("pen")
        if not isinstance(lines, list) or len(lines) > MAX_LINES or not all(isinstance(line, list) for line in lines):
            self.fail("lines")
        points = sum(map(len, lines))
        if points > MAX_POINTS:
            self.fail("points")
        if not all(_is_point(point) for line in lines for point in line):
            self.fail("point")
        strokes = {"size": size, "pen": pen, "lines": lines}
        if points > MAX_STROKES // LONGEST_POINT and strokes_size(strokes) > MAX_STROKES:
            self.fail("bytes")
        return strokes

    def _parsed(self, text: str) -> Any:
        if text.count("[") + text.count("{") > MAX_CONTAINERS:
            self.fail("points")
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            self.fail("json")


@extend_schema_field(
    {"oneOf": [{"type": "integer", "minimum": 0, "maximum": 9}, {"type": "string", "enum": ["not_a_digit"]}]}
)
class ClaimField(serializers.Field):
    """A digit or "not_a_digit" in the API, one character in `Submission.claim`."""

    default_error_messages = {"claim": "The claim must be a digit, not_a_digit or null."}

    def to_internal_value(self, data: Any) -> str:
        if data == "not_a_digit":
            return NOT_A_DIGIT
        if str(data) not in DIGITS:
            self.fail("claim")
        return str(data)

    def to_representation(self, value: str) -> int | str:
        return "not_a_digit" if value == NOT_A_DIGIT else int(value)


def _checked(beginning: bytes, size: int) -> bytes:
    if size > settings.MAX_BODY and not beginning.startswith(JPEG):
        raise ImageTooLarge(f"The image is larger than {settings.MAX_BODY:,} bytes, which only a JPEG may be.")
    return beginning


def _is_number(value: Any, limit: int) -> bool:
    return type(value) in {int, float} and abs(value) <= limit


def _is_length(value: Any) -> bool:
    return _is_number(value, MAX_COORDINATE) and value > 0


def _is_point(value: Any) -> bool:
    """Written out: a drawing has hundreds of them."""
    if not isinstance(value, list) or not 2 <= len(value) <= 3:
        return False
    x, y, *moments = value
    return (
        _is_number(x, MAX_COORDINATE)
        and _is_number(y, MAX_COORDINATE)
        and (not moments or _is_number(moments[0], MAX_MILLISECONDS))
    )
