"""What of the promoted versions has arrived in MODELS_DIR, as far as this process knows, and fetching the rest.

One thread of each process asks the store; no request does. While the store is away it asks again after a growing pause;
otherwise it looks now and then whether the store still answers.
"""

import logging
import random
import threading
from collections.abc import Collection
from pathlib import Path
from typing import Final

from predictor.ml.errors import ArtifactError
from predictor.services.store.fetching import Wanted, fetch
from predictor.services.store.objects import Store, StoreUnavailable, store

LOOK: Final = 20.0  # seconds between two looks whether the store answers
SHORT: Final = 1.0  # seconds: the first pause, and that for another process which is fetching
LONG: Final = 60.0  # seconds: the longest pause
log = logging.getLogger(__name__)


class Arrivals:
    """Of one MODELS_DIR. Safe to use from several threads."""

    def __init__(self, root: Path) -> None:
        self.trouble = ""  # why the store cannot be used now
        self._root = root
        self._wanted: Collection[Wanted] = ()
        self._here: list[Wanted] = []
        self._reasons: dict[str, str] = {}
        self._failures = 0  # in a row
        self._news = threading.Event()

    def has(self, wanted: Wanted) -> bool:
        """Whether a version is here, sound and the right one; what was once seen is not looked at again."""
        if wanted not in self._here:
            if not wanted.is_in(self._root):
                return False
            self._here = [each for each in self._here if each.kind != wanted.kind] + [wanted]
        return True

    def want(self, wanted: Collection[Wanted]) -> None:
        """Let these be fetched."""
        if [*wanted] != [*self._wanted]:
            self._wanted = wanted
            self._news.set()

    def reason(self, wanted: Wanted) -> str:
        """Why a version is not here."""
        return self._reasons.get(str(wanted)) or self.trouble or f"{wanted} is being fetched from the store."

    def follow(self, end: threading.Event) -> None:
        """Fetch what is wanted until the event is set."""
        while not end.is_set():
            remote = store()
            rest = LOOK
            try:
                if remote:
                    rest = self.look(remote)
            except Exception:
                log.exception("The promoted versions could not be fetched from the store.")
            self._news.wait(rest)
            self._news.clear()

    def look(self, remote: Store) -> float:
        """Fetch what is not here, or ask whether the store answers; returns the seconds until the next look."""
        wanted = [*self._wanted]
        late = [each for each in wanted if not self.has(each)]
        busy, failed, trouble = False, {}, ""
        for each in late:  # what is wrong with one does not keep the others away
            try:
                fetch(remote, self._root, each)
                log.info("%s was fetched from the store.", each)
            except BlockingIOError:
                busy = True
            except ArtifactError as error:
                failed[str(each)] = str(error)
            except StoreUnavailable as error:
                trouble = str(error)
            except OSError as error:
                trouble = f"A version cannot be written to MODELS_DIR: {error.strerror or error}."
        if wanted and not late:
            try:
                trouble = self._missing(remote, random.choice(wanted))  # noqa: S311  all of them in time
            except StoreUnavailable as error:
                trouble = str(error)
        if busy and not (trouble or failed):
            return SHORT
        self._tell(trouble, failed)
        self._failures = self._failures + 1 if trouble or failed else 0
        return pause(self._failures) if self._failures else LOOK * random.uniform(0.5, 1)  # noqa: S311  see `pause`

    def _missing(self, remote: Store, wanted: Wanted) -> str:
        """A sentence, if a version that is here is no longer in the store, where a new machine would look for it."""
        is_there = remote.has(wanted.kind, wanted.version, wanted.files)
        return "" if is_there else f"{wanted} is no longer in the store: run `manage.py upload_versions` to restore it."

    def _tell(self, trouble: str, failed: dict[str, str]) -> None:
        """Log what is new; the same trouble is not told twice."""
        for what in [trouble, *failed.values()]:
            if what and what not in {self.trouble, *self._reasons.values()}:
                log.warning("%s The versions that are here answer.", what)
        if self.trouble and not trouble:
            log.info("The store of versions can be used again.")
        self.trouble, self._reasons = trouble, failed


def pause(failures: int) -> float:
    """Seconds until another try, after so many failures in a row: twice as many each time, up to a minute."""
    return min(SHORT * 2.0 ** min(failures, 10), LONG) * random.uniform(0.5, 1)  # noqa: S311  spreads the processes
