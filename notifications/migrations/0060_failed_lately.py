"""An index of what failed, so that watch finds the dead ends of the last hour among a million messages."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0050_a_post_may_disown")]

    operations = [
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                fields=["final_at"], condition=models.Q(("state", "failed")), name="message_failed_lately"
            ),
        ),
    ]
