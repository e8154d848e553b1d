"""Lay down the webhooks to partners and the log of their tries, with the walls around them."""

import django.db.models.deletion
from django.db import migrations, models

import districts.keys

# A migration is a historical document: it imports no helper that could change under it.

STATE = "(SELECT nullif(current_setting('portal.state', true), '')::bigint)"
# Whoever has opened no reach: the onboarding desk.
DESK = "(SELECT coalesce(current_setting('role', true), 'none')) = 'none'"
OWN_STATE = f"EXISTS (SELECT FROM districts_partner p WHERE p.id = partner_id AND p.state_id = {STATE})"

FORCE = """
    ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
    ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
    REVOKE ALL ON {table} FROM PUBLIC;
    CREATE POLICY engine ON {table} TO portal_engine USING (true) WITH CHECK (true);
    CREATE POLICY ops ON {table} FOR SELECT TO portal_owner USING (true);
    GRANT SELECT, INSERT ON {table} TO portal_engine;
"""
WALLS = f"""
    -- There is nothing but codes in them: the desk reads the log, and sends one once more.
    CREATE POLICY desk ON notifications_webhook TO portal_ground USING ({DESK}) WITH CHECK ({DESK});
    CREATE POLICY desk ON notifications_webhooktry FOR SELECT TO portal_ground USING ({DESK});
    GRANT SELECT, UPDATE (stage, final_at, due_at, give_up_at) ON notifications_webhook TO portal_ground;
    GRANT SELECT ON notifications_webhooktry TO portal_ground;
    -- The cell owes them to the partners of its own state, and sends none.
    CREATE POLICY cell ON notifications_webhook TO portal_cell USING ({OWN_STATE}) WITH CHECK ({OWN_STATE});
    GRANT INSERT ON notifications_webhook TO portal_cell;
    CREATE POLICY cell ON notifications_webhooktry FOR SELECT TO portal_cell
        USING (EXISTS (SELECT FROM notifications_webhook w WHERE w.id = notifications_webhooktry.webhook_id));

    -- What is said, to whom and of what does not change once it is owed; nothing is deleted.
    GRANT UPDATE (stage, attempts, due_at, give_up_at, final_at) ON notifications_webhook TO portal_engine;
    GRANT UPDATE (ended_at, status_code, detail) ON notifications_webhooktry TO portal_engine;
"""


class Migration(migrations.Migration):
    """There is no way down: without the walls the portal must not start."""

    dependencies = [("notifications", "0002_message_walls"), ("districts", "0002_rights")]

    operations = [
        migrations.CreateModel(
            name="Webhook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "webhook_id",
                    models.UUIDField(default=districts.keys.uuid7, editable=False, unique=True, verbose_name="id"),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("alert.state_changed", "state changed"),
                            ("alert.information_requested", "information requested"),
                            ("alert.closed", "closed"),
                        ],
                        max_length=32,
                        verbose_name="what",
                    ),
                ),
                ("alert_id", models.UUIDField(verbose_name="alert")),
                ("body", models.TextField(verbose_name="body")),
                (
                    "stage",
                    models.CharField(
                        choices=[("owed", "waiting"), ("delivered", "delivered"), ("failed", "given up")],
                        default="owed",
                        max_length=10,
                        verbose_name="stage",
                    ),
                ),
                ("attempts", models.PositiveIntegerField(default=0, verbose_name="attempts")),
                ("created_at", models.DateTimeField(verbose_name="created")),
                ("due_at", models.DateTimeField(verbose_name="next try")),
                ("give_up_at", models.DateTimeField(verbose_name="given up at")),
                ("final_at", models.DateTimeField(null=True, verbose_name="ended")),
                (
                    "partner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="webhooks",
                        to="districts.partner",
                        verbose_name="partner",
                    ),
                ),
            ],
            options={"verbose_name": "webhook", "verbose_name_plural": "webhooks"},
        ),
        migrations.CreateModel(
            name="WebhookTry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("status_code", models.PositiveSmallIntegerField(null=True)),
                ("detail", models.CharField(blank=True, max_length=80)),
                (
                    "webhook",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="tries", to="notifications.webhook"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="webhook",
            index=models.Index(condition=models.Q(("stage", "owed")), fields=["due_at"], name="webhook_due"),
        ),
        migrations.AddIndex(
            model_name="webhook",
            index=models.Index(
                condition=models.Q(("stage", "owed")), fields=["alert_id", "id"], name="webhook_in_order"
            ),
        ),
        migrations.AddIndex(model_name="webhook", index=models.Index(fields=["partner", "-id"], name="webhook_log")),
        migrations.AddConstraint(
            model_name="webhook",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("final_at", None), ("stage", "owed")),
                    models.Q(models.Q(("stage", "owed"), _negated=True), ("final_at__isnull", False)),
                    _connector="OR",
                ),
                name="webhook_final_at_iff_ended",
            ),
        ),
        migrations.AddConstraint(
            model_name="webhooktry",
            constraint=models.UniqueConstraint(fields=("webhook", "number"), name="one_try_per_number_of_a_webhook"),
        ),
        migrations.RunSQL(
            [FORCE.format(table=table) for table in ("notifications_webhook", "notifications_webhooktry")]
        ),
        migrations.RunSQL(WALLS),
    ]
