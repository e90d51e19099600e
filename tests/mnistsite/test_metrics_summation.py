"""The sum over all worker processes is the one that the library would make of their files."""

from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, values
from prometheus_client.multiprocess import MultiProcessCollector

from mnistsite.metrics.summation import summed
from tests.metrics import read


def count(directory: Path, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a process of this number would."""
    monkeypatch.setattr(values, "ValueClass", values.MultiProcessValue(lambda: number))
    registry = CollectorRegistry()
    drawings = Counter("test_drawings", "Drawings.", ["digit", "verdict"], registry=registry)
    plain = Counter("test_plain", "Without a label.", registry=registry)
    busy = Gauge("test_busy", "Busy.", ["worker"], multiprocess_mode="livesum", registry=registry)
    seconds = Histogram("test_seconds", "Seconds.", ["route"], buckets=(0.1, 1, 10), registry=registry)
    plain.inc(number + 0.5)
    busy.labels("all").inc(2)
    for each in range(number + 3):
        drawings.labels(each, 'un\\s"u\nre é').inc()
        seconds.labels(f"route {each % 2}").observe(each**2 / 3)


@pytest.fixture
def directory(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    monkeypatch.setattr(values, "_multi_process_cleanups", [])
    for number in (2, 0, 1):
        count(tmp_path, number, monkeypatch)
    values.close_all_multiprocess_files()
    return tmp_path


def library(directory: Path) -> str:
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(directory))
    return generate_latest(registry).decode()


def test_it_is_the_librarys(directory):
    found = read(summed(directory))
    assert found == read(library(directory))
    assert len(found) == 19
    assert {line for line in summed(directory).splitlines() if line[0] == "#"} == {
        line for line in library(directory).splitlines() if line[0] == "#"
    }


def test_lines_of_a_metric_stand_together_and_its_buckets_in_order(directory):
    lines = [line for line in summed(directory).splitlines() if 'route="route 1"' in line and "_bucket" in line]
    assert [line.split('le="')[1].split('"')[0] for line in lines] == ["0.1", "1.0", "10.0", "+Inf"]
    names = [line.split()[2] for line in summed(directory).splitlines() if line.startswith("# TYPE")]
    assert len(names) == len(set(names)) == 4


def test_a_file_that_was_only_just_prepared_counts_nothing(directory):
    before = summed(directory)
    (directory / "counter_9.db").write_bytes(bytes(1024 * 1024))
    assert summed(directory) == before


def test_nothing_was_counted(tmp_path):
    assert summed(tmp_path) == ""
