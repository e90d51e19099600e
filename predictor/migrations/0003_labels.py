"""Keep a history of labels, and give drawings that are not labelled yet a place in the queue.

Rows that were labelled or claimed before, or drawn for a prompt, get their history as far as it is known.
"""

from collections.abc import Iterator
from typing import Any

import django.db.models.deletion
import django.utils.timezone
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import QuerySet
from django.db.models.functions import Random

import predictor.models

BATCH = 1000
GROUPS = {
    "Reviewer": {"submission": ["view_submission", "label_submission"]},
    "Maintainer": {
        "submission": [
            "view_submission", "change_submission", "delete_submission", "label_submission", "export_dataset",
        ],
        "label": ["view_label"],
        "modelversion": ["view_modelversion", "retrain", "promote"],
    },
}


def batches(rows: QuerySet) -> Iterator[list[Any]]:
    """Rows in batches, by their keys: a cursor would stumble over rows that are written meanwhile."""
    last, rows = None, rows.order_by("pk")
    while batch := list((rows.filter(pk__gt=last) if last else rows)[:BATCH]):
        yield batch
        last = batch[-1].pk


def review(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("predictor", "Submission").objects.exclude(label=None).update(review="digit")


def place(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    submissions: QuerySet[Any] = apps.get_model("predictor", "Submission").objects.all()
    submissions.update(lot=Random())
    for batch in batches(submissions.only("answers", "agreement", "verdict")):
        for row in batch:
            row.priority = priority(row)
        submissions.bulk_update(batch, ["priority"])


def priority(row: Any) -> float:
    given = [answer["probabilities"] for answer in row.answers.values()]
    if not given:
        return 1.0
    second, first = sorted(sum(each) / len(given) for each in zip(*given))[-2:]
    contested = row.agreement in ("majority", "none") or row.verdict != "digit"
    return float(contested + 1 - (first - second))


def remember(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    Label = apps.get_model("predictor", "Label")
    names = ("created_at", "prompt", "claim", "claimed_at", "label", "labelled_by", "labelled_at")
    for batch in batches(apps.get_model("predictor", "Submission").objects.only(*names)):
        Label.objects.bulk_create(Label(submission=row, **fields) for row in batch for fields in said(row))


def said(row: Any) -> Iterator[dict[str, Any]]:
    if row.prompt is not None:
        yield {"value": str(row.prompt), "source": "prompt", "created_at": row.created_at}
    if row.claim is not None:
        yield {"value": row.claim, "source": "claim", "created_at": row.claimed_at or row.created_at}
    if row.label is not None:
        when = row.labelled_at or row.created_at
        yield {"value": str(row.label), "source": "reviewer", "by_id": row.labelled_by_id, "created_at": when}


def make_groups(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Create the permissions too: Django creates its own only after all migrations, and keeps these."""
    ContentType = apps.get_model("contenttypes", "ContentType")
    Group, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    for name, granted in GROUPS.items():
        group, _ = Group.objects.get_or_create(name=name)
        for table, codenames in granted.items():
            kind, _ = ContentType.objects.get_or_create(app_label="predictor", model=table)
            for codename in codenames:
                defaults = {"name": names(apps.get_model("predictor", table))[codename]}
                permission, _ = Permission.objects.get_or_create(
                    content_type=kind, codename=codename, defaults=defaults
                )
                group.permissions.add(permission)


def names(table: type[models.Model]) -> dict[str, str]:
    meta = table._meta
    own = {f"{do}_{meta.model_name}": f"Can {do} {meta.verbose_name}" for do in ("view", "change", "delete")}
    return own | dict(meta.permissions)


def drop_groups(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("auth", "Group").objects.filter(name__in=GROUPS).delete()


class Migration(migrations.Migration):

    dependencies = [
        ('predictor', '0002_claims'),
        ('auth', '0012_alter_user_first_name_max_length'),
        ('contenttypes', '0002_remove_content_type_name'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Label',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('value', models.CharField(choices=[('0', '0'), ('1', '1'), ('2', '2'), ('3', '3'), ('4', '4'), ('5', '5'), ('6', '6'), ('7', '7'), ('8', '8'), ('9', '9'), ('x', 'not a digit'), ('u', 'unsure')], max_length=1, null=True)),
                ('source', models.CharField(choices=[('reviewer', 'a reviewer'), ('claim', 'who drew it'), ('prompt', 'the page asked for it'), ('import', 'an import')], max_length=8)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.AlterModelOptions(
            name='modelversion',
            options={'ordering': ['kind', '-version'], 'permissions': [('retrain', 'Can retrain'), ('promote', 'Can promote a version')]},
        ),
        migrations.AlterModelOptions(
            name='submission',
            options={'ordering': ['-created_at'], 'permissions': [('label_submission', 'Can label submission'), ('export_dataset', 'Can export the dataset')]},
        ),
        migrations.RemoveConstraint(
            model_name='submission',
            name='label_is_a_digit',
        ),
        migrations.RemoveIndex(
            model_name='submission',
            name='predictor_s_label_16063f_idx',
        ),
        migrations.RemoveIndex(
            model_name='submission',
            name='predictor_s_predict_f072d0_idx',
        ),
        migrations.AlterField(
            model_name='submission',
            name='created_at',
            field=models.DateTimeField(auto_now_add=True),
        ),
        migrations.AddField(
            model_name='submission',
            name='lot',
            field=models.FloatField(default=predictor.models.random_key, editable=False, help_text='its place in an order by chance'),
        ),
        migrations.AddField(
            model_name='submission',
            name='sampled',
            field=models.BooleanField(db_default=False, default=False, editable=False, help_text='in a fair sample of what visitors draw'),
        ),
        migrations.AddField(
            model_name='submission',
            name='priority',
            field=models.FloatField(default=1.0, editable=False, help_text='how much a label would teach'),
        ),
        migrations.AddField(
            model_name='submission',
            name='reserved_by',
            field=models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='submission',
            name='reserved_until',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='submission',
            name='review',
            field=models.CharField(choices=[('waiting', 'waiting'), ('digit', 'a digit'), ('none', 'not a digit'), ('unsure', 'unsure'), ('disputed', 'disputed')], default='waiting', editable=False, help_text='what follows from the labels', max_length=8),
        ),
        migrations.AlterField(
            model_name='submission',
            name='label',
            field=models.PositiveSmallIntegerField(blank=True, choices=[(0, '0'), (1, '1'), (2, '2'), (3, '3'), (4, '4'), (5, '5'), (6, '6'), (7, '7'), (8, '8'), (9, '9')], help_text='what reviewers say it is, where they agree that it is a digit', null=True),
        ),
        migrations.AlterField(
            model_name='submission',
            name='prediction',
            field=models.PositiveSmallIntegerField(blank=True, choices=[(0, '0'), (1, '1'), (2, '2'), (3, '3'), (4, '4'), (5, '5'), (6, '6'), (7, '7'), (8, '8'), (9, '9')], null=True),
        ),
        migrations.RunPython(review, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name='submission',
            index=models.Index(fields=['label', 'claim', 'prompt', 'review', 'prediction'], name='submission_counts'),
        ),
        migrations.AddIndex(
            model_name='submission',
            index=models.Index(fields=['-created_at', 'review', 'label', 'claim', 'prediction', 'agreement', 'verdict', 'source'], name='submission_list'),
        ),
        migrations.AddIndex(
            model_name='submission',
            index=models.Index(condition=models.Q(('review', 'disputed')), fields=['-priority'], name='submission_disputed'),
        ),
        migrations.AddIndex(
            model_name='submission',
            index=models.Index(condition=models.Q(('review', 'waiting')), fields=['-priority'], name='submission_queue'),
        ),
        migrations.AddIndex(
            model_name='submission',
            index=models.Index(condition=models.Q(('review', 'waiting')), fields=['prediction', '-priority'], name='submission_queue_digit'),
        ),
        migrations.AddIndex(
            model_name='submission',
            index=models.Index(condition=models.Q(('review', 'waiting')), fields=['lot'], name='submission_queue_lot'),
        ),
        migrations.AddIndex(
            model_name='submission',
            index=models.Index(condition=models.Q(('sampled', False), models.Q(('review', 'waiting'), _negated=True), models.Q(('source', 'import'), _negated=True)), fields=['lot'], name='submission_outside_sample'),
        ),
        migrations.AddIndex(
            model_name='submission',
            index=models.Index(condition=models.Q(('sampled', True)), fields=['review', 'label', 'prediction'], name='submission_sample'),
        ),
        migrations.AddIndex(
            model_name='submission',
            index=models.Index(condition=models.Q(('reserved_by__isnull', False)), fields=['reserved_by'], name='submission_reserved'),
        ),
        migrations.AddConstraint(
            model_name='submission',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('label__isnull', False), ('label__range', (0, 9)), ('review', 'digit')), models.Q(models.Q(('review', 'digit'), _negated=True), ('label__isnull', True)), _connector='OR'), name='label_is_a_digit'),
        ),
        migrations.AddField(
            model_name='label',
            name='by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='label',
            name='submission',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='labels', to='predictor.submission'),
        ),
        migrations.AddIndex(
            model_name='label',
            index=models.Index(fields=['submission', 'by'], name='label_submission'),
        ),
        migrations.AddIndex(
            model_name='label',
            index=models.Index(fields=['by', '-id'], name='label_by'),
        ),
        migrations.AddConstraint(
            model_name='label',
            constraint=models.CheckConstraint(condition=models.Q(('value__isnull', True), ('value__in', ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'x', 'u']), _connector='OR'), name='value_is_known'),
        ),
        # Last: after these writes, PostgreSQL has foreign keys to check and would refuse to alter the table.
        migrations.RunPython(place, migrations.RunPython.noop),
        migrations.RunPython(remember, migrations.RunPython.noop),
        migrations.RunPython(make_groups, drop_groups),
    ]
