"""Let a call in vain say when the post is called once more; the next call is a row only when it is due."""

from django.db import migrations, models

# A migration is a historical document: it imports no helper that could change under it.
RIGHTS = "GRANT UPDATE (call_again_at) ON notifications_message TO portal_engine, portal_cell"
NO_RIGHTS = "REVOKE UPDATE (call_again_at) ON notifications_message FROM portal_engine, portal_cell"


class Migration(migrations.Migration):
    dependencies = [("notifications", "0041_delivery_walls")]

    operations = [
        migrations.RemoveField(model_name="message", name="not_before"),
        migrations.AddField(model_name="message", name="call_again_at", field=models.DateTimeField(null=True)),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("call_again_at__isnull", False)),
                fields=["call_again_at"],
                name="message_call_again",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("call_again_at", None),
                    models.Q(("state", "failed"), ("withdrawn_at", None)),
                    _connector="OR",
                ),
                name="message_call_in_vain",
            ),
        ),
        migrations.RunSQL(RIGHTS, NO_RIGHTS),
    ]
