"""What a large request leaves behind in a worker's memory."""

import ctypes
import gc

_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc's; other C libraries have none


def give_back() -> None:
    """Return unused memory to the system, within a few milliseconds.

    Django's requests are in cycles, which only the collector frees; until then they hold the photograph. What was freed
    before other memory that is still in use, glibc returns only when told to.
    """
    gc.collect()
    if _trim is not None:
        _trim(0)
