# A migration is a historical document: it imports no helper that could change under it.
"""The ids of signed requests: each is accepted once, and the oldest are let go. They say nothing of any case."""

import django.db.models.deletion
from django.db import migrations, models

RIGHTS = """
    REVOKE ALL ON portal_signedrequest FROM PUBLIC;
    -- SELECT and UPDATE on the key alone: the oldest are looked for and locked before they go.
    GRANT SELECT (id, at, partner_id, webhook_id), INSERT, UPDATE (at), DELETE ON portal_signedrequest TO portal_ground;
"""


class Migration(migrations.Migration):
    dependencies = [("portal", "0010_ops_of_mail"), ("districts", "0002_rights")]
    operations = [
        migrations.CreateModel(
            name="SignedRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("webhook_id", models.CharField(max_length=128)),
                ("at", models.DateTimeField()),
                (
                    "partner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="districts.partner"
                    ),
                ),
            ],
            options={"verbose_name": "signed request"},
        ),
        migrations.AddConstraint(
            model_name="signedrequest",
            constraint=models.UniqueConstraint(fields=("partner", "webhook_id"), name="a_webhook_id_is_accepted_once"),
        ),
        migrations.AddIndex(
            model_name="signedrequest", index=models.Index(fields=["at"], name="signed_request_oldest")
        ),
        # The rights go with the table.
        migrations.RunSQL(RIGHTS, migrations.RunSQL.noop),
    ]
