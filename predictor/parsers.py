"""The bodies that a prediction takes, beside multipart."""

from collections.abc import Mapping
from typing import IO, Any

from rest_framework import parsers
from rest_framework.exceptions import ParseError, UnsupportedMediaType

from predictor.ml.pictures import MEDIA_TYPES

Context = Mapping[str, Any]


class JSONParser(parsers.JSONParser):
    """DRF's, which lets the error for a thousand nested brackets through."""

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Context | None = None) -> Any:
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError("JSON parse error - nested too deeply") from error


class AnyJSONParser(JSONParser):
    """JSON whatever the Content-Type says, as the ancestor's clients send it."""

    media_type = "*/*"


class ImageParser(parsers.BaseParser):
    """A picture as the whole body; the other fields may stand in the query string."""

    media_type = "image/*"

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Context | None = None) -> Any:
        kind = (media_type or "").partition(";")[0].strip().lower()
        if kind not in MEDIA_TYPES:
            raise UnsupportedMediaType(kind, "This image type is not taken; send PNG, JPEG or WebP.")
        fields = parser_context["request"].query_params.dict() if parser_context else {}
        return fields | {"image": stream.read()}
