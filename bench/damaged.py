"""Whether damaged picture files, however many, end in an answer or in an error of ours.

    .venv/bin/python bench/damaged.py [--files 100000] [--seed 1]
    .venv/bin/python bench/damaged.py --seed 1 --number 4711 [--save FILE]      # one of them again

Each file is decoded, normalised and prepared for keeping, as a request would. Every other exception, a crash, and a
file that takes longer than SECONDS is a failure; exits with 1 if there are any. Interrupted, it reports what it has
done. Seconds are of processor time; memory is the peak of a process that has read up to BLOCK files, above the idle
one. Linux only.
"""

import argparse
import mmap
import os
import pickle
import random
import resource
import signal
import sys
import time
import traceback
import warnings
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.damage.sources import SIZES, TINY, Source, sources
from bench.damage.ways import damaged
from predictor.ml import images, keeping, pictures
from predictor.ml.errors import ImageError

SECONDS = 60
BLOCK = 2_000  # files that a process reads
REPORT = 50_000
SMALL_ROOM = 2_000  # bytes: then levels are kept in the file's place


@dataclass
class Found:
    """What became of some files."""

    outcomes: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    slowest: tuple[float, str] = (0, "")  # seconds, and which
    largest: tuple[float, str] = (0, "")  # megabytes, and which

    def add(self, other: "Found") -> None:
        self.outcomes += other.outcomes
        self.failures += other.failures
        self.slowest, self.largest = max(self.slowest, other.slowest), max(self.largest, other.largest)


class Files:
    """Damaged files by their number."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._sizes = sources()
        self._weights = [SIZES[size] for size in self._sizes]

    def __getitem__(self, number: int) -> tuple[Source, bytes, int]:
        """The source, the damaged file, and the room that it may take when it is kept."""
        chance = random.Random(f"{self._seed} {number}")
        forms = self._sizes[chance.choices(list(self._sizes), self._weights)[0]]
        form = chance.choice(list(forms))
        source, other = chance.choice(forms[form]), chance.choice(self._sizes[TINY][form])
        return source, damaged(source, other, chance), chance.choice((keeping.LARGEST, SMALL_ROOM))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--number", type=int, help="of a single file")
    parser.add_argument("--save", type=Path, help="where to write that file")
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # Pillow's, of damaged side data
    files = Files(options.seed)
    if options.number is not None:
        source, data, room = files[options.number]
        if options.save:
            options.save.write_bytes(data)
        print(f"{source.name}, damaged to {len(data):,} bytes")
        print(outcome(data, room))
        return
    total = Found()
    try:
        for start in range(0, options.files, BLOCK):
            total.add(in_children(files, start, min(start + BLOCK, options.files)))
            if (start + BLOCK) % REPORT == 0:
                print(f"{total.outcomes.total():,} files, {len(total.failures)} failures", flush=True)
    except KeyboardInterrupt:
        print("interrupted")
    report(total, options.seed)
    sys.exit(bool(total.failures))


def report(total: Found, seed: int) -> None:
    print(f"\n{total.outcomes.total():,} damaged files, seed {seed}")
    for name, count in total.outcomes.most_common():
        print(f"  {name:40} {count:9,}")
    print(f"slowest: {total.slowest[0]:.3f} s, {total.slowest[1]}")
    print(f"largest: {total.largest[0]:.1f} MB, {total.largest[1]}")
    print(f"{len(total.failures)} failures")
    for failure in total.failures:
        print(failure)


def in_children(files: Files, start: int, stop: int) -> Found:
    """Read the files in another process; if it dies, the file it died of is a failure, and others read the rest."""
    found = Found()
    with mmap.mmap(-1, 8) as current:
        while start < stop:
            read = in_child(files, start, stop, current)
            if isinstance(read, Found):
                found.add(read)
                break
            died = int.from_bytes(current[:])
            found.failures.append(f"number {died}, {files[died][0].name}: signal {read}")
            found.outcomes["failure"] += 1
            found.add(in_children(files, start, died))
            start = died + 1
    return found


def in_child(files: Files, start: int, stop: int, current: mmap.mmap) -> Found | int:
    """What was found, or the signal that ended the process."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        with os.fdopen(writer, "wb") as pipe:
            pickle.dump(read_all(files, start, stop, current), pipe)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        answer = pipe.read()
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        return os.WTERMSIG(status)
    found: Found = pickle.loads(answer)  # noqa: S301  our own child's
    return found


def read_all(files: Files, start: int, stop: int, current: mmap.mmap) -> Found:
    found, idle = Found(), memory()
    for number in range(start, stop):
        current[:] = number.to_bytes(8)
        source, data, room = files[number]
        which = f"number {number}, {source.name}"
        signal.alarm(SECONDS)  # ends the process, even while a decoder runs
        began, before = time.process_time(), memory()
        said = outcome(data, room)
        seconds = time.process_time() - began
        if "\n" in said:
            found.failures.append(f"{which}: {said}")
        found.outcomes["failure" if "\n" in said else f"{source.form}: {said}"] += 1
        found.slowest = max(found.slowest, (seconds, which))
        if memory() > max(before, idle + found.largest[0]):
            found.largest = memory() - idle, which
    signal.alarm(0)
    return found


def outcome(data: bytes, room: int) -> str:
    """What becomes of a file: a few words, or a traceback."""
    try:
        gray = pictures.decode(data)
        pixels = images.normalise(gray)
        kept = keeping.to_keep(data, gray, room)
        check(pixels, kept, room)
    except ImageError as error:
        return error.code
    except Exception:  # noqa: BLE001  whatever it is, it is what is looked for
        return traceback.format_exc()
    once = pictures.strip(data)
    return "answer" if pictures.strip(once) == once else "answer, but stripping twice differs"


def check(pixels: np.ndarray, kept: bytes, room: int) -> None:
    assert pixels.shape == (images.SIDE, images.SIDE)
    assert pixels.max() == 255
    assert len(kept) <= room


def memory() -> float:
    """The peak of this process, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


if __name__ == "__main__":
    main()
