"""
A message may be about no case: the test of a number. It is seen by nobody who sees messages by their case.

The policies of cell and unit ask for the case of ``about_id``, and there is none: only the engine sees a test, and the
rules that show what came of it ask first whose post it is.
"""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("notifications", "0060_failed_lately"), ("districts", "0061_duty")]

    operations = [
        # Delivery names its dead ends itself now, with an index of their own: nobody reads this one.
        migrations.RemoveIndex(model_name="message", name="message_failed_lately"),
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
                    ("digest", "many matters wait"),
                    ("contact_test", "a test of a number"),
                ],
                max_length=32,
                verbose_name="topic",
            ),
        ),
        migrations.AlterField(model_name="message", name="about_id", field=models.UUIDField(null=True)),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=Q(topic="contact_test", about_id=None)
                | (~Q(topic="contact_test") & Q(about_id__isnull=False)),
                name="message_is_about_a_case_or_a_number",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                fields=["contact", "-created_at"], condition=Q(topic="contact_test"), name="message_test_of_a_contact"
            ),
        ),
    ]
