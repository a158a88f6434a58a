"""The clock's one row. Its epoch is random: two installations never mistake each other's stamps for their own."""

import secrets

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def start_the_clock(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("marathons", "Clock").objects.get_or_create(pk=1, defaults={"epoch": secrets.token_hex(4)})


class Migration(migrations.Migration):
    dependencies = [("marathons", "0001_initial")]

    operations = [migrations.RunPython(start_the_clock, migrations.RunPython.noop)]
