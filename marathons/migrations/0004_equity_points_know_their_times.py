from datetime import UTC, datetime

from django.db import migrations, models

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)  # for points written before: whatever comes is newer


class Migration(migrations.Migration):
    dependencies = [("marathons", "0003_tighter_constraints")]

    operations = [
        migrations.AddField(
            model_name="equitypoint",
            name=name,
            field=models.DateTimeField(default=LONG_AGO, editable=False),
            preserve_default=False,
        )
        for name in ("opened_at", "closed_at")
    ]
