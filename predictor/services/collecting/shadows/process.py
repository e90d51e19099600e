"""The versions in the shadow of this process: what the web server starts, offers drawings, and ends."""

import logging
import threading
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from django.db import Error, connection

from mnistsite.database.gate import leave
from mnistsite.database.outages import report
from predictor.services.answering.answers import Answer, Kept
from predictor.services.answering.champions import FOLLOW
from predictor.services.collecting.shadows.asking import Asking, Task
from predictor.services.collecting.shadows.chosen import Version, chosen, is_champion
from predictor.services.collecting.shadows.loaded import Loaded


@dataclass
class Process:
    """Each version that is asked has a queue, which may get a thread, of its own: a slow one holds up no other.

    Attributes:
        asking: is replaced as a whole, never changed: others may be reading it.
        has_threads: whether a queue that is new starts its thread.
    """

    loaded: Loaded = field(default_factory=Loaded)
    asking: Mapping[Version, Asking] = field(default_factory=dict)
    has_threads: bool = False
    _champions: set[Version] = field(default_factory=set)  # that would be asked, if they did not answer anyway

    def refresh(self) -> None:
        """Read which versions are asked in the shadow; each is loaded by its thread.

        Raises:
            Error: the database is away; they stay as they are.
        """
        found = chosen()
        leave()
        champions = {version for version in found if is_champion(version)}
        for kind, number in champions - self._champions:
            log.info("%s v%d is the champion, so it is not asked in the shadow.", kind, number)
        self._champions = champions
        self._follow([version for version in found if version not in champions])

    def offer(self, answers: Sequence[Answer], kept: Sequence[Kept]) -> None:
        asking, kinds = self.asking, {kind for kind, _ in self.loaded.classifiers}
        for answer, stored in zip(answers, kept, strict=True) if kinds else ():
            if not kinds.isdisjoint(answer.models):
                task = _task(answer, stored)
                for each in asking.values():
                    each.offer(task)

    def end(self) -> None:
        asking = self.asking.values()
        for each in asking:
            each.end()
        for each in asking:
            each.wait()

    def _follow(self, wanted: Sequence[Version]) -> None:
        for version in self.asking.keys() - wanted:
            self.asking[version].stop()
        self.asking = {version: each for version, each in self.asking.items() if version in wanted}
        self.loaded.follow(wanted)
        for version in wanted:
            if version not in self.asking:
                new = Asking(version, self.loaded)
                if self.has_threads:
                    new.start()  # there may be no thread to be had; then the next look tries again
                self.asking = {**self.asking, version: new}


log = logging.getLogger(__name__)
here: Final = Process()
_end: Final = threading.Event()


def follow() -> None:
    """From now on ask versions in the shadow, each in its thread, and look every `FOLLOW` seconds which they are.

    Call it in the process that uses them, after the fork.
    """
    here.has_threads = True
    threading.Thread(target=_follow, name="shadows' versions", daemon=True).start()


def offer(answers: Sequence[Answer], kept: Sequence[Kept]) -> None:
    """Have drawings that were answered and stored asked about later, if a version is in the shadow. Returns at once."""
    here.offer(answers, kept)


def end() -> None:
    """Ask about what waits, for a moment: the process is about to end."""
    _end.set()
    here.end()


def why_silent() -> dict[Version, str]:
    """Of the versions that are chosen and do not work in this process: why not."""
    return here.loaded.silent


def _follow() -> None:
    while True:
        try:
            here.refresh()
        except Error as error:  # whatever it is, they are asked on, and the next look may succeed
            report(error)
        except Exception:
            log.exception("The versions in the shadow stay as they are.")
        finally:
            connection.close()
        if _end.wait(FOLLOW):
            return


def _task(answer: Answer, stored: Kept) -> Task:
    return Task(
        uuid.UUID(stored.id),
        answer.pixels.copy(),  # of whatever larger array they are a part, it need not stay
        answer.trajectory,
        {kind: (given.version, given.prediction) for kind, given in answer.models.items()},
        answer.consensus.prediction if len(answer.models) > 1 else None,
    )
