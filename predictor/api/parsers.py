"""Parsers for the bodies of a prediction."""

import codecs
from collections.abc import Mapping
from io import BytesIO
from typing import IO, Any, Final

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from rest_framework import parsers
from rest_framework.exceptions import ParseError, UnsupportedMediaType

from predictor.services.answering.classify import MEDIA_TYPES

Context = Mapping[str, Any]

MAX_CONTAINERS: Final = 20_000  # the most points that strokes may have are half as many
TAKEN: Final = MEDIA_TYPES | {"", "application/octet-stream", "image/*"}  # the last three leave it to the content

_MARKS: Final = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


class JSONParser(parsers.JSONParser):
    """DRF's parser, which knows no byte order marks, and does not catch what a thousand nested brackets raise.

    A megabyte of small lists takes half a second to parse and fifty megabytes, so they are counted first.
    """

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Context | None = None) -> Any:
        content = stream.read()
        if content.count(b"[") + content.count(b"{") > MAX_CONTAINERS:
            raise ParseError(f"JSON parse error - more than {MAX_CONTAINERS:,} lists and objects")
        context = dict(parser_context or {})
        for mark, encoding in _MARKS.items():
            if content.startswith(mark):
                content, context["encoding"] = content[len(mark) :], encoding
        try:
            return super().parse(BytesIO(content), media_type, context)
        except RecursionError as error:
            raise ParseError("JSON parse error - nested too deeply") from error


class AnyJSONParser(JSONParser):
    """JSON whatever the Content-Type, as the ancestor's clients send it."""

    media_type = "*/*"


class MultiPartParser(parsers.MultiPartParser):
    """DRF's parser, which would take a picture without a file name for text, and lose it. Text is UTF-8."""

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Context | None = None) -> Any:
        context = {**(parser_context or {}), "encoding": "latin-1"}  # each byte becomes a character
        parsed = super().parse(stream, media_type, context)
        texts = QueryDict(mutable=True)
        for name, values in parsed.data.lists():
            for value in values:
                content = value.encode("latin-1")
                if name == "image" and not content.isascii():
                    parsed.files.appendlist(name, SimpleUploadedFile(name, content))
                else:
                    texts.appendlist(name, content.decode(errors="replace"))
        return parsers.DataAndFiles(texts, parsed.files)


class ImageParser(parsers.BaseParser):
    """A picture as the whole body; the other fields may be in the query string."""

    media_type = "image/*"

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Context | None = None) -> Any:
        kind = (media_type or "").partition(";")[0].strip().lower()
        if kind not in TAKEN:
            raise UnsupportedMediaType(kind, "This image type is not supported; send PNG, JPEG or WebP.")
        fields = parser_context["request"].query_params.dict() if parser_context else {}
        return fields | {"image": stream.read()}


class BinaryParser(ImageParser):
    """The same as mere bytes."""

    media_type = "application/octet-stream"


class UntypedParser(ImageParser):
    """The same without a Content-Type."""

    media_type = ""
