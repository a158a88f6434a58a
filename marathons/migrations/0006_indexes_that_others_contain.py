import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('marathons', '0005_names_are_searched'),
    ]

    operations = [
        migrations.AlterField(
            model_name='equitypoint',
            name='participant',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='equity_points', to='marathons.participant'),
        ),
        migrations.AlterField(
            model_name='standing',
            name='marathon',
            field=models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='standings', to='marathons.marathon'),
        ),
    ]
