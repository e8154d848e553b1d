"""Let a state write its own words for a post that says a case is not theirs."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0042_calls_in_vain")]

    operations = [
        migrations.AlterField(
            model_name="template",
            name="topic",
            field=models.CharField(
                choices=[
                    ("case_forwarded", "a case comes to a unit"),
                    ("deadline_missed", "a promised time has run out"),
                    ("case_recalled", "a case is taken back from a unit"),
                    ("case_raised", "there is more about a case"),
                    ("case_returned", "a unit hands a case back"),
                    ("case_disowned", "a post says that a case is not theirs"),
                    ("digest", "many matters wait"),
                ],
                max_length=32,
                verbose_name="topic",
            ),
        ),
    ]
