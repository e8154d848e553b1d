"""Let a recall have a deadline of its own: the word of the unit that it knows."""

from django.db import migrations, models

KINDS = [
    ("CLAIM", "claim"),
    ("FORWARD", "forward"),
    ("ACKNOWLEDGE", "acknowledge"),
    ("MOVE", "send a team"),
    ("CONTACT", "reach the person"),
    ("FLASH", "flash report"),
    ("REPORT", "detailed report"),
    ("OTHER_STATE", "confirmation of the other state"),
    ("INFORMATION", "answer to a request"),
    ("FOLLOW_UP", "look back"),
    ("RECALL", "word that the recall is known"),
]


class Migration(migrations.Migration):
    dependencies = [("cases", "0130_passages"), ("districts", "0131_time_to_know_of_a_recall")]

    operations = [
        migrations.AlterField(model_name="deadline", name="kind", field=models.CharField(choices=KINDS, max_length=12)),
        migrations.RemoveConstraint(model_name="deadline", name="deadline_kind_is_known"),
        migrations.AddConstraint(
            model_name="deadline",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", [kind for kind, _ in KINDS])), name="deadline_kind_is_known"
            ),
        ),
    ]
