"""The sum of all worker processes' files, in Prometheus's text format.

The library's collector makes several objects of every value in every file, and of every label in every line: a quarter
of a second where strangers have tried out all the site's addresses. Here a file's keys are looked at once in a process.
"""

import json
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from prometheus_client.mmap_dict import MmapedDict


@dataclass(frozen=True)
class _Series:
    """What a file's key says: the lines above the metric, the line's own beginning, and what of it is a bucket."""

    heading: str
    beginning: str
    bound: float | None = None  # of a bucket
    count: str = ""  # the beginning of the line that counts all buckets


def summed(directory: Path) -> str:
    """Counters, histograms, and gauges whose sum over all processes is meant."""
    lines: defaultdict[str, list[str]] = defaultdict(list)
    buckets: defaultdict[tuple[str, str], list[tuple[float, str, float]]] = defaultdict(list)
    for (kind, key), value in _values(directory).items():
        series = _series(kind, key)
        if series.bound is None:
            lines[series.heading].append(f"{series.beginning} {value}\n")
        else:
            buckets[series.heading, series.count].append((series.bound, series.beginning, value))
    for (heading, count), found in buckets.items():
        total = 0.0
        for _, beginning, value in sorted(found):
            total += value
            lines[heading].append(f"{beginning} {total}\n")
        lines[heading].append(f"{count} {total}\n")
    return "".join(heading + "".join(found) for heading, found in sorted(lines.items()))


def _values(directory: Path) -> dict[tuple[str, str], float]:
    """By the kind of metric and the key in the files."""
    sums: defaultdict[tuple[str, str], float] = defaultdict(float)
    for path in sorted(directory.glob("*.db")):
        kind = path.name.partition("_")[0]
        try:
            found = MmapedDict.read_all_values_from_file(path)  # type: ignore[no-untyped-call]
        except FileNotFoundError:  # its process has just ended
            continue
        for key, value, _, _ in found:
            sums[kind, key] += value
    return sums


@cache
def _series(kind: str, key: str) -> _Series:
    metric, name, labels, text = json.loads(key)
    shown = f"{metric}_total" if kind == "counter" else metric
    heading = f"# HELP {shown} {text}\n# TYPE {shown} {kind}\n"
    bound = labels.get("le") if kind == "histogram" else None
    if bound is None:
        return _Series(heading, name + _braces(labels))
    others = {label: value for label, value in labels.items() if label != "le"}
    return _Series(heading, name + _braces(labels), float(bound), f"{metric}_count{_braces(others)}")


def _braces(labels: dict[str, str]) -> str:
    """As JSON escapes strings, so does Prometheus."""
    inner = ",".join(f"{label}={json.dumps(value, ensure_ascii=False)}" for label, value in sorted(labels.items()))
    return f"{{{inner}}}" if inner else ""
