"""Give the random number of each drawing a name that says so.

The column is renamed in place; two partial indexes are built anew, which takes about two seconds for a million rows.
"""

from django.db import migrations, models

import predictor.models

WAITING = models.Q(('review', 'waiting'))
OUTSIDE_SAMPLE = models.Q(
    ('sampled', False), models.Q(('review', 'waiting'), _negated=True), models.Q(('source', 'import'), _negated=True)
)


class Migration(migrations.Migration):

    dependencies = [
        ('predictor', '0005_import_source'),
    ]

    operations = [
        migrations.RemoveIndex(model_name='submission', name='submission_queue_lot'),
        migrations.RemoveIndex(model_name='submission', name='submission_outside_sample'),
        migrations.RenameField(model_name='submission', old_name='lot', new_name='random_key'),
        migrations.AlterField(
            model_name='submission',
            name='random_key',
            field=models.FloatField(default=predictor.models.random_key, editable=False, help_text='its place in a random order'),
        ),
        migrations.AddIndex(
            model_name='submission',
            index=models.Index(condition=WAITING, fields=['random_key'], name='submission_queue_random'),
        ),
        migrations.AddIndex(
            model_name='submission',
            index=models.Index(condition=OUTSIDE_SAMPLE, fields=['random_key'], name='submission_outside_sample'),
        ),
    ]
