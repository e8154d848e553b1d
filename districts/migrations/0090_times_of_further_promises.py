"""Give policies the times of another state's word, of an answer to a request, and of the looks back."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("districts", "0080_facts_of_the_ground"),
    ]

    operations = [
        migrations.AddField(
            model_name="policy",
            name="follow_up_1_s",
            field=models.PositiveIntegerField(default=86400, verbose_name="seconds to the first look back"),
        ),
        migrations.AddField(
            model_name="policy",
            name="follow_up_2_s",
            field=models.PositiveIntegerField(default=259200, verbose_name="seconds to the second look back"),
        ),
        migrations.AddField(
            model_name="policy",
            name="follow_up_3_s",
            field=models.PositiveIntegerField(default=604800, verbose_name="seconds to the third look back"),
        ),
        migrations.AddField(
            model_name="policy",
            name="follow_up_4_s",
            field=models.PositiveIntegerField(default=2592000, verbose_name="seconds to the fourth look back"),
        ),
        migrations.AddField(
            model_name="policy",
            name="information_s",
            field=models.PositiveIntegerField(default=3600, verbose_name="seconds to an answer to a request"),
        ),
        migrations.AddField(
            model_name="policy",
            name="other_state_s",
            field=models.PositiveIntegerField(default=900, verbose_name="seconds until another state confirms"),
        ),
    ]
