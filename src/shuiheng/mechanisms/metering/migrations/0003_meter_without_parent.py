from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("metering", "0002_meter_tree"),
    ]

    operations = [
        migrations.RemoveField(model_name="meter", name="parent"),
    ]
