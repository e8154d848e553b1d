"""Keep what was read in a supplement beside it, in the shape that every alert has, so that its page can show it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """The way down drops the column: the sealed bytes and the body say the same, in the partner's own words."""

    dependencies = [("cases", "0020_additions")]

    operations = [
        migrations.AddField(model_name="addition", name="parsed", field=models.JSONField(default=dict)),
    ]
