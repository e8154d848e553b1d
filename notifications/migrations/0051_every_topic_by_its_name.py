"""Name every topic: two branches had each added one and left out the other's."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0061_contact_tests"),
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
                    ("case_disowned", "a post says that a case is not theirs"),
                    ("digest", "many matters wait"),
                    ("contact_test", "a test of a number"),
                ],
                max_length=32,
                verbose_name="topic",
            ),
        ),
    ]
