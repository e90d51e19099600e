"""The dashboard and the alerts name metrics that exist, and Prometheus can read the rules."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from predictor.models import TrainingRun
from predictor.services.collecting import storage
from predictor.services.learning import runs
from tests import drawings
from tests.conftest import absent
from tests.drawings import base64_of
from tests.metrics import read
from tests.services.collecting.shadows.fakes import Fake

ROOT = Path(__file__).parent.parent.parent
DASHBOARD = ROOT / "deploy/grafana/dashboard.json"
PROMETHEUS = ROOT / "deploy/prometheus"
LABELS_OF_PROMETHEUS = {"job", "instance"}
selector = re.compile(r"\b(digits_\w+)(?:\{([^}]*)\})?")
label = re.compile(r"(\w+)(?:=~|!~|!=|=)\"")
grouping = re.compile(r"\b(?:by|on|without)\s*\(([^)]*)\)")


def expressions(value: Any) -> Iterator[str]:
    """Of a dashboard, however deep they stand."""
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from expressions(each)
    if isinstance(value, dict):
        yield from (value[name] for name in ("expr", "query") if isinstance(value.get(name), str))


TEXTS = {
    "dashboard": "\n".join(expressions(json.loads(DASHBOARD.read_text()))),
    "alerts": (PROMETHEUS / "alerts.yml").read_text(),
}


@pytest.fixture
def labels(api, monkeypatch, settings, shadows) -> dict[str, set[str]]:
    """The labels of every metric, once everything has happened that is counted."""
    body = {"image": base64_of(drawings.A_SEVEN)}
    api.post("/api/predict/", body)
    api.post("/api/predict/", {})
    with monkeypatch.context() as patch:
        patch.setattr(storage, "is_disk_full", lambda: True)
        api.post("/api/predict/", body)
    storage._trial.forget()
    shadows.loaded.load = Fake
    settings.SHADOW = [("cnn", 3)]
    shadows.refresh()
    api.post("/api/predict/", body)
    shadows.work()
    api.post("/api/predict/", {"image": base64_of(drawings.A_ONE)})
    shadows.end()
    runs.request(parameters={}, by=None, origin=TrainingRun.Origin.API)
    found: dict[str, set[str]] = {}
    for name, has in read(api.get("/metrics").content.decode()):
        found.setdefault(name, set()).update(key for key, _ in has)
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("where", TEXTS)
def test_every_metric_that_is_named_is_there_with_its_labels(labels, where):
    named = selector.findall(TEXTS[where])
    assert len(named) > 10
    for name, has in named:
        assert name in labels, f"{where} names {name}"
        assert set(label.findall(has)) <= labels[name] | LABELS_OF_PROMETHEUS, f"{name} in {where}: {has}"


@pytest.mark.django_db
@pytest.mark.parametrize("where", TEXTS)
def test_every_label_that_is_grouped_by_is_there(labels, where):
    known = set.union(*labels.values()) | LABELS_OF_PROMETHEUS
    for names in grouping.findall(TEXTS[where]):
        assert {each.strip() for each in names.split(",")} - {""} <= known, names


@pytest.mark.django_db
def test_everything_that_is_measured_is_shown(labels):
    parts = re.compile(r"_(bucket|sum|count)$")
    shown = {parts.sub("", name) for name, _ in selector.findall(TEXTS["dashboard"])}
    assert shown == {parts.sub("", name) for name in labels}


def test_panels_lie_side_by_side_and_have_names_of_their_own():
    panels = json.loads(DASHBOARD.read_text())["panels"]
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in panels)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
    assert len({panel["title"] for panel in panels}) == len({panel["id"] for panel in panels}) == len(panels)


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "config", PROMETHEUS / "prometheus.yml"),
        ("check", "rules", PROMETHEUS / "alerts.yml"),
        ("test", "rules", Path(__file__).parent / "alerts.yml"),
    ],
    ids=["config", "rules", "alerts"],
)
def test_promtool_finds_no_fault(arguments):
    promtool = shutil.which("promtool")
    if promtool is None:
        absent("promtool is missing; it is in Debian's package prometheus")
    run = subprocess.run([promtool, *arguments], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
