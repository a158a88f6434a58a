"""Boards are searched for parts of names. PostgreSQL gets an index for that, where it has the extension for it.

Without the extension (a database whose owner may not create it) a search reads all names: right, but slower. To add the
index later: CREATE EXTENSION pg_trgm, then the statement below.
"""

from django.db import DatabaseError, migrations, transaction

INDEX = """
CREATE INDEX IF NOT EXISTS user_parts_of_name ON marathons_user
USING gin (upper((first_name || ' ' || last_name)::text) gin_trgm_ops)
"""


def add_index(apps, schema_editor):
    connection = schema_editor.connection
    if connection.vendor != "postgresql":
        return
    try:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            cursor.execute(INDEX)
    except DatabaseError:
        return


def drop_index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS user_parts_of_name")


class Migration(migrations.Migration):
    dependencies = [("marathons", "0004_equity_points_know_their_times")]
    operations = [migrations.RunPython(add_index, drop_index)]
