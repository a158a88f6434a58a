"""Accounts lose the index on what changes with every message, and get some room beside each row.

PostgreSQL then writes a new version of a row beside the old one, and touches none of the table's indexes (HOT).
"""

from django.db import migrations

ROOM = "ALTER TABLE marathons_account SET (fillfactor = 70)"
NO_ROOM = "ALTER TABLE marathons_account RESET (fillfactor)"


def on_postgresql(statement):
    def run(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(statement)

    return run


class Migration(migrations.Migration):
    dependencies = [("marathons", "0006_indexes_that_others_contain")]
    operations = [
        migrations.RemoveIndex(model_name="account", name="account_changed_since"),
        migrations.RunPython(on_postgresql(ROOM), on_postgresql(NO_ROOM)),
    ]
