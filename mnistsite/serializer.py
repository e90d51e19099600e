"""How values are written to Redis and read from it."""

from typing import Any

from django_redis.serializers.json import JSONSerializer


class TolerantJSONSerializer(JSONSerializer):
    """JSON, because pickles that others wrote must not be loaded. A value that is not JSON counts as missing."""

    def loads(self, value: bytes) -> Any:
        try:
            return super().loads(value)
        except (ValueError, RecursionError):
            return None
