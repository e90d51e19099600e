"""The groups that migrations create, their permissions, and the data that migrations carry over."""

import importlib
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from predictor.ml.consensus import Consensus
from predictor.models import Submission
from predictor.services.collecting.priority import priority

GRANTED = {
    "Reviewer": {"view_submission", "label_submission"},
    "Maintainer": {
        "view_submission", "change_submission", "delete_submission", "label_submission", "export_dataset",
        "view_label", "view_modelversion", "view_trainingrun", "view_promotion", "retrain", "promote",
    },
}  # fmt: skip


def granted() -> dict[str, set[str]]:
    return {group.name: set(group.permissions.values_list("codename", flat=True)) for group in Group.objects.all()}


@pytest.mark.django_db
def test_a_fresh_database_has_both_groups():
    assert granted() == GRANTED


@pytest.mark.django_db
def test_migrating_again_adds_no_permission():
    call_command("migrate", verbosity=0)
    own = Permission.objects.filter(content_type__app_label="predictor")
    assert own.count() == own.values("codename").distinct().count()
    assert str(Permission.objects.get(codename="label_submission")).endswith("Can label submission")


@pytest.mark.django_db
def test_a_member_of_a_group_has_its_permissions(django_user_model):
    user = django_user_model.objects.create_user("ann")
    user.groups.add(Group.objects.get(name="Reviewer"))
    assert user.has_perm("predictor.label_submission")
    for forbidden in ("delete_submission", "export_dataset", "retrain", "promote"):
        assert not user.has_perm(f"predictor.{forbidden}")


# From the tables of 0002, and back.


@pytest.fixture
def before(transactional_db):
    """The app's tables as of 0002; today's are restored afterwards."""
    yield migrate("0002_claims")
    call_command("migrate", verbosity=0)


def migrate(name: str):
    call_command("migrate", "predictor", name, verbosity=0)
    return MigrationExecutor(connection).loader.project_state([("predictor", name)]).apps


def test_labels_claims_and_prompts_become_history(before, django_user_model):
    when = [datetime(2026, 1, day, tzinfo=UTC) for day in range(1, 4)]
    given = {kind: {"version": 1, "probabilities": [0.6, 0.3, 0.1] + [0] * 7} for kind in ("cnn", "svm")}
    user = django_user_model.objects.create_user("ann")
    table = before.get_model("predictor", "Submission")
    fields = {"image": b"", "pixels": b"", "preprocessing": 1}
    full = table.objects.create(
        **fields, digest="1", prompt=5, claim="x", claimed_at=when[1], label=7, labelled_by_id=user.pk,
        labelled_at=when[2], answers=given, verdict="digit", agreement="all",
    )  # fmt: skip
    table.objects.filter(pk=full.pk).update(created_at=when[0])
    empty = table.objects.create(**fields, digest="2")
    torn = table.objects.create(**fields, digest="3", answers=given, verdict="unsure", agreement="all")
    after = migrate("0003_labels")
    table, history = (after.get_model("predictor", name) for name in ("Submission", "Label"))
    said = history.objects.filter(submission=full.pk).order_by("id")
    assert [*said.values_list("value", "source", "by", "created_at")] == [
        ("5", "prompt", None, when[0]), ("x", "claim", None, when[1]), ("7", "reviewer", user.pk, when[2])
    ]  # fmt: skip
    assert history.objects.count() == 3
    rows = [table.objects.get(pk=row.pk) for row in (full, empty, torn)]
    assert [(row.review, row.label) for row in rows] == [("digit", 7), ("waiting", None), ("waiting", None)]
    assert [row.priority for row in rows] == pytest.approx([0.7, 1.0, 1.7])
    assert len({row.lot for row in rows}) == 3
    earlier = migrate("0002_claims").get_model("predictor", "Submission")
    assert [*earlier.objects.filter(pk=full.pk).values_list("prompt", "claim", "label")] == [(5, "x", 7)]


def test_old_rows_get_the_same_priority_as_new_ones(before):
    migration = importlib.import_module("predictor.migrations.0003_labels")
    mean = [0.7, 0.1, 0.2] + [0] * 7
    for verdict, agreement in (("digit", "all"), ("digit", "majority"), ("unsure", "all"), ("digit", None)):
        row = Submission(answers={"svm": {"probabilities": mean}}, verdict=verdict, agreement=agreement)
        assert migration.priority(row) == pytest.approx(priority(Consensus(0, verdict, agreement), mean))


def test_reversing_the_migration_removes_the_groups(before):
    assert granted() == {}
    migrate("0003_labels")
    assert granted() == GRANTED | {"Maintainer": GRANTED["Maintainer"] - {"view_trainingrun", "view_promotion"}}
