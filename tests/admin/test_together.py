"""Two people label, in the list and in the queue, while a third draws and a fourth deletes.

Whatever happens in between, a label lands on the drawing that was on the screen, or nowhere. SEEDS=10 tries it longer.
"""

import json
import os
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from predictor.models import Label, Submission
from tests.admin.lists import LIST

pytestmark = pytest.mark.django_db

STEPS = 200
QUEUE = reverse("admin:predictor_submission_queue")
SAVE = reverse("admin:predictor_submission_save")
VALUES = [*"0123456789", "x", "u"]
ROW = re.compile(r"<tr>.*?</tr>", re.DOTALL)
LINK = re.compile(r'href="/admin/predictor/submission/([0-9a-f-]{36})/change/')
FIELD = re.compile(r"<input[^>]*>")
ATTRIBUTE = re.compile(r'(name|value)="([^"]*)"')

Expected = set[tuple[str, str, str]]  # drawing, value, reviewer


@dataclass
class Lister:
    """Types into the list what belongs to the picture beside the field, as it is shown."""

    client: Client
    rng: random.Random
    expected: Expected
    fields: dict[str, str] = field(default_factory=dict)
    beside: dict[str, str] = field(default_factory=dict)  # the drawing that is shown, by the name of the field

    def step(self) -> None:
        if not self.beside or self.rng.random() < 0.2:
            self.look(self.client.get(LIST).content.decode())
            return
        typed = self.rng.sample(sorted(self.beside), min(2, len(self.beside)))
        for name in typed:
            value = self.rng.choice([*VALUES, "q"])
            self.fields[name] = value
            self.expected.add((self.beside[name], value, "ann"))
        response = self.client.post(LIST, self.fields | {"_save": "Save"}, follow=True)
        assert response.status_code == 200
        self.look(response.content.decode())

    def look(self, page: str) -> None:
        self.fields = {}
        for each in FIELD.findall(page):
            attributes = dict(ATTRIBUTE.findall(each))
            if re.match(r"(initial-)?form-", attributes.get("name", "")):
                self.fields[attributes["name"]] = attributes.get("value", "")
        rows = [row for row in ROW.findall(page) if LINK.search(row)]
        names = [re.search(r'name="(form-\d+-label)"', row) for row in rows]
        self.beside = {
            name[1]: link[1] for row, name in zip(rows, names, strict=True) if name and (link := LINK.search(row))
        }


@dataclass
class Queuer:
    """Presses keys as the queue's page does: on the first of its line, whatever the server says behind its back."""

    client: Client
    rng: random.Random
    expected: Expected
    line: list[str] = field(default_factory=list)

    def step(self) -> None:
        if not self.line or self.rng.random() < 0.1:
            self.line = [card["id"] for card in self.client.get(QUEUE).context["cards"]]
            return
        shown = self.line.pop(0)
        value = self.rng.choice([*VALUES, "skip"])
        self.expected.add((shown, value, "ben"))
        body = {"labels": [{"id": shown, "value": value}], "have": self.line, "skip": []}
        response = self.client.post(SAVE, json.dumps(body), content_type="application/json")
        assert response.status_code == 200
        answer: dict[str, Any] = response.json()
        self.line = [pk for pk in self.line if pk not in answer["lost"]] + [item["id"] for item in answer["items"]]


def draw(rng: random.Random) -> None:
    pixels = rng.randbytes(784)
    Submission.objects.create(
        digest=f"{rng.getrandbits(60)}",
        pixels=pixels,
        image=b"",
        preprocessing=1,
        source="page",
        prediction=rng.randrange(10),
        priority=rng.random() * 2,
    )


def delete(rng: random.Random) -> None:
    if ids := list(Submission.objects.order_by("digest").values_list("pk", flat=True)):
        Submission.objects.filter(pk=rng.choice(ids)).delete()


@pytest.mark.parametrize("seed", range(int(os.environ.get("SEEDS", "2"))))
def test_no_label_lands_on_another_drawing_than_was_on_the_screen(django_user_model, seed):
    rng = random.Random(seed)  # noqa: S311
    for _ in range(30):
        draw(rng)
    expected: Expected = set()
    people = []
    for name, kind in (("ann", Lister), ("ben", Queuer)):
        client = Client()
        client.force_login(django_user_model.objects.create_superuser(name))
        people.append(kind(client, rng, expected))
    acts: list[Callable[[], None]] = [*(person.step for person in people), lambda: draw(rng), lambda: delete(rng)]
    for _ in range(STEPS):
        rng.choices(acts, [4, 4, 2, 1])[0]()
        labelled = Label.objects.filter(source=Label.Source.REVIEWER).values_list("submission", "value", "by__username")
        assert {(str(pk), value, by) for pk, value, by in labelled} <= expected
    assert Label.objects.count() > STEPS / 8
