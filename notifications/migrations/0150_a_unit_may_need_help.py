"""Let a template speak of a unit that needs help."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0120_a_test_is_confirmed"),
    ]

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
                    ("case_to_and_fro", "units send a case to and fro"),
                    ("case_disowned", "a post says that a case is not theirs"),
                    ("help_wanted", "a unit needs help"),
                    ("digest", "many matters wait"),
                    ("contact_test", "a test of a number"),
                ],
                max_length=32,
                verbose_name="topic",
            ),
        ),
    ]
