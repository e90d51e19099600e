"""The classifiers that answer, and the table that lists all published versions."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import Error, connection
from django.db.models import Max

from mnistsite.database.outages import report
from predictor.ml import artifacts
from predictor.ml import champions as files
from predictor.ml.champions import read_champions
from predictor.ml.errors import ArtifactError
from predictor.ml.kinds import KINDS, PIXEL_KINDS, STROKE_KINDS
from predictor.ml.registry import Broken, Champions, Registry
from predictor.models import Promotion
from predictor.services.store.arrivals import Arrivals
from predictor.services.store.fetching import Wanted
from predictor.services.store.rows import in_store, sync_model_versions

FOLLOW: Final = 2.0  # seconds between two looks at the table of promotions
REST: Final = 60.0  # seconds until the champions are written down again, if they could not be
log = logging.getLogger(__name__)

__all__ = [
    "KINDS",
    "PIXEL_KINDS",
    "STROKE_KINDS",
    "champion_versions",
    "champions",
    "follow",
    "promoted",
    "refresh",
    "store_trouble",
    "sync_model_versions",
    "write_down",
]


class _Followed:
    """A registry, and what this process knows of the promotions."""

    def __init__(self, root: Path) -> None:
        self.promoted: dict[str, int] = {}
        self.late: dict[str, Broken] = {}  # what was promoted, and is not here yet
        self.written: dict[str, int] = {}  # what was last written to `champions.json`
        self.rests_until = 0.0  # when writing it is tried again
        self.arrivals = Arrivals(root)
        self.registry = Registry(root, lambda: self.promoted)


@cache
def _followed(root: Path) -> _Followed:
    return _Followed(root)


def champions() -> Champions:
    """The current champions; the first call in a process opens their sessions.

    Neither the database nor the store is asked: `follow` and `refresh` do that.
    """
    followed = _followed(settings.MODELS_DIR)
    found = followed.registry.champions()
    return Champions(found.classifiers, found.broken | followed.late) if followed.late else found


def store_trouble() -> str:
    """Why this process cannot use the store of versions; empty if it can, or if there is none."""
    return _followed(settings.MODELS_DIR).arrivals.trouble


def refresh() -> Champions:
    """Read the promotions, and return the champions that follow from them.

    A version that is still to be fetched from the store does not answer yet; the champion before it does.

    Raises:
        Error: the database is away; the champions stay.
    """
    followed, chosen = _followed(settings.MODELS_DIR), promoted()
    wanted = in_store(chosen)
    followed.arrivals.want(wanted)
    late = [each for each in wanted if not followed.arrivals.has(each)]
    if any(_is_another(followed.registry.champions(), each) for each in wanted):
        followed.registry = Registry(followed.registry.root, lambda: followed.promoted)
    followed.late = {each.kind: Broken(each.version, followed.arrivals.reason(each)) for each in late}
    before = {each.kind: followed.promoted[each.kind] for each in late if each.kind in followed.promoted}
    followed.promoted = {kind: version for kind, version in chosen.items() if kind not in followed.late} | before
    return champions()


def _is_another(found: Champions, wanted: Wanted) -> bool:
    """Whether another version of the same number answers, as of an image whose numbers the site has given anew."""
    answers = found.classifiers.get(wanted.kind)
    if answers is None or answers.version != wanted.version:
        return False
    return bool(answers.sidecar.sha256 != wanted.files[artifacts.ARTIFACT]["sha256"])


def follow() -> threading.Event:
    """From now on read the promotions every `FOLLOW` seconds, in a thread of its own: no request waits for that.

    A promoted version is loaded there too, and answers as soon as it has passed its self-test. What has to be fetched
    from the store, another thread fetches. The event ends both.
    """
    end = threading.Event()
    threading.Thread(target=_follow, args=(end,), name="promotions", daemon=True).start()
    if settings.MODELS_STORE:
        arrivals = _followed(settings.MODELS_DIR).arrivals
        threading.Thread(target=arrivals.follow, args=(end,), name="store", daemon=True).start()
    return end


def _follow(end: threading.Event) -> None:
    told: dict[str, str] = {}
    while True:
        _try("read", refresh, told)
        if settings.MODELS_STORE:
            _try("written down", lambda: _write_down(_followed(settings.MODELS_DIR)), told)
        if end.wait(FOLLOW):
            return


def _try(what: str, work: Callable[[], object], told: dict[str, str]) -> None:
    """Whatever goes wrong, the champions answer on, and the next look may succeed. The same trouble is told once."""
    try:
        work()
        told.pop(what, None)
    except Error as error:
        report(error)
    except Exception as error:  # else nothing would follow the promotions any more
        if told.get(what) != repr(error):
            log.exception("The promotions cannot be %s.", what)
        told[what] = repr(error)
    finally:
        connection.close()


def _write_down(followed: _Followed) -> None:
    """Let `champions.json` name what answers: it is what a process starts with, whatever is away then."""
    chosen, root = followed.promoted, followed.registry.root
    if chosen == followed.written or time.monotonic() < followed.rests_until:
        return
    try:
        write_down(root, chosen)
    except (ArtifactError, OSError) as error:
        log.warning("The champions cannot be written down: %s", error)
        followed.rests_until = time.monotonic() + REST
    else:
        followed.written = chosen


def write_down(root: Path, chosen: Mapping[str, int]) -> None:
    """Let `champions.json` name these versions, unless it does.

    Raises:
        ArtifactError: one of them was not published here, or does not work.
        OSError: it could not be written.
    """
    with suppress(ArtifactError):  # then they are written anew
        if files.answering(root).items() >= chosen.items():
            return
    files.promote(root, chosen)


def promoted() -> dict[str, int]:
    """The version of each kind that was promoted last; a kind that never was is missing."""
    last = Promotion.objects.values("kind").order_by("kind").annotate(last=Max("id")).values("last")
    return dict(Promotion.objects.filter(kind__in=KINDS, pk__in=last).values_list("kind", "version"))


def champion_versions() -> dict[str, int]:
    """The version of each kind that should answer, whether it works or not.

    Raises:
        ArtifactError: `champions.json` is damaged; the last good state answers.
    """
    return read_champions(settings.MODELS_DIR) | _followed(settings.MODELS_DIR).promoted
