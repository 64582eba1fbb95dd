"""A meter's place in the tree belongs to its binding: it may be moved."""

import django.db.models.deletion
from django.db import migrations, models


def take_parents_over(apps, schema_editor):
    """Give every binding of a meter the parent that the meter had."""
    meters = apps.get_model("metering", "Meter").objects.exclude(parent=None)
    for meter in meters.only("pk", "parent_id").iterator(2000):
        meter.bindings.update(parent_id=meter.parent_id)


class Migration(migrations.Migration):

    dependencies = [
        ("metering", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="meter",
            name="accuracy",
            field=models.CharField(blank=True, choices=[("", "不详"), ("1", "1级"), ("2", "2级")], default="", max_length=1),
        ),
        migrations.AddField(
            model_name="meterbinding",
            name="counts",
            field=models.CharField(choices=[("+", "计入"), ("-", "扣减"), ("=", "差额")], default="+", max_length=1),
        ),
        migrations.AddField(
            model_name="meterbinding",
            name="parent",
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="bindings_below", to="metering.meter"),
        ),
        migrations.AddField(
            model_name="meterbinding",
            name="place",
            field=models.CharField(blank=True, default="", max_length=60, verbose_name="workshop or equipment"),
        ),
        migrations.RunPython(take_parents_over, migrations.RunPython.noop),
    ]
