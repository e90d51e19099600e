"""A cache in a process's own memory."""

from django.core.cache.backends.locmem import LocMemCache


class MemoryCache(LocMemCache):
    def validate_key(self, key: str) -> None:
        """Any will do. Django's warns of keys that memcached would refuse, and looks at each of their letters."""
