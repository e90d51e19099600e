import django.db.models.deletion
import django.utils.timezone
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def permit(apps: Apps, schema_editor: BaseDatabaseSchemaEditor | None) -> None:
    """Let maintainers see runs and promotions; "retrain" and "promote" allow more."""
    ContentType = apps.get_model("contenttypes", "ContentType")
    Group, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    for group in Group.objects.filter(name="Maintainer"):
        for table, name in (("trainingrun", "training run"), ("promotion", "promotion")):
            kind, _ = ContentType.objects.get_or_create(app_label="predictor", model=table)
            defaults = {"name": f"Can view {name}"}
            permission, _ = Permission.objects.get_or_create(
                content_type=kind, codename=f"view_{table}", defaults=defaults
            )
            group.permissions.add(permission)


class Migration(migrations.Migration):

    dependencies = [
        ('predictor', '0010_kept_picture'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='TrainingRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('queued', 'queued'), ('running', 'running'), ('succeeded', 'succeeded'), ('failed', 'failed'), ('cancelled', 'cancelled'), ('lost', 'lost')], default='queued', max_length=9)),
                ('sentence', models.CharField(blank=True, help_text='how it stands, or how it ended', max_length=500)),
                ('origin', models.CharField(choices=[('admin', 'the admin'), ('api', 'the API'), ('command', 'a command')], max_length=7)),
                ('parameters', models.JSONField(help_text='what it was asked to do')),
                ('dataset', models.JSONField(default=dict, help_text='the drawings and labels that it is trained on, and digests')),
                ('environment', models.JSONField(default=dict, help_text="the code's revision and the libraries' versions")),
                ('progress', models.JSONField(default=dict, help_text='stage, steps done and in all')),
                ('log', models.TextField(blank=True, help_text='the last lines of its output')),
                ('report', models.JSONField(default=dict, help_text='what came of it')),
                ('cancel_at', models.DateTimeField(help_text='when it was asked to stop', null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('started_at', models.DateTimeField(null=True)),
                ('beat_at', models.DateTimeField(help_text='its last sign of life', null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('cancelled_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Promotion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=8)),
                ('earlier', models.PositiveIntegerField(help_text='the champion until then, if it is known', null=True)),
                ('version', models.PositiveIntegerField()),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('run', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='promotions', to='predictor.trainingrun')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.AddConstraint(
            model_name='trainingrun',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['queued', 'running'])), fields=('state',), name='one_run_at_a_time'),
        ),
        migrations.AddIndex(
            model_name='promotion',
            index=models.Index(fields=['kind', '-id'], name='promotion_kind'),
        ),
        migrations.RunPython(permit, migrations.RunPython.noop),
    ]
