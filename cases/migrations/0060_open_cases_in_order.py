"""An index of what is open, in the order of the keys, so that watch looks at it slice by slice and never at the rest."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0050_taps_and_pauses")]

    operations = [
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                fields=["id"], condition=models.Q(("status", "closed"), _negated=True), name="case_open_in_order"
            ),
        ),
    ]
