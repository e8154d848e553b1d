"""Lay down messages, attempts and the rings of the demo telephones."""

import django.db.models.deletion
from django.db import migrations, models

import districts.keys


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("districts", "0002_rights"),
    ]

    operations = [
        migrations.CreateModel(
            name="Message",
            fields=[
                (
                    "id",
                    models.UUIDField(default=districts.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("topic", models.CharField(max_length=32)),
                (
                    "channel",
                    models.CharField(
                        choices=[("sms", "SMS"), ("voice", "voice call"), ("email", "e-mail")], max_length=8
                    ),
                ),
                ("to", models.CharField(blank=True, max_length=254)),
                ("to_ref", models.CharField(max_length=90)),
                ("language", models.CharField(max_length=5)),
                ("text", models.TextField()),
                ("template_id", models.CharField(max_length=80)),
                ("facts", models.JSONField(default=dict)),
                ("about", models.CharField(max_length=40)),
                ("about_id", models.UUIDField()),
                ("group", models.CharField(max_length=80)),
                ("once", models.CharField(max_length=200, unique=True)),
                ("practice", models.BooleanField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "waiting to be sent"),
                            ("sending", "on its way to the gateway"),
                            ("accepted", "taken by the gateway"),
                            ("delivered", "delivered"),
                            ("failed", "failed"),
                            ("cancelled", "cancelled before anybody took it"),
                            ("superseded", "another channel got through first"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("lease_until", models.DateTimeField(null=True)),
                ("first_try_at", models.DateTimeField(null=True)),
                ("final_at", models.DateTimeField(null=True)),
                ("withdrawn_at", models.DateTimeField(null=True)),
                ("provider_id", models.CharField(blank=True, max_length=120)),
                (
                    "token",
                    models.CharField(max_length=64, unique=True),
                ),
                ("last_error", models.CharField(blank=True, max_length=120)),
                (
                    "contact",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="messages",
                        to="districts.contact",
                    ),
                ),
                (
                    "instead_of",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="stand_ins",
                        to="notifications.message",
                    ),
                ),
            ],
            options={
                "verbose_name": "message",
                "verbose_name_plural": "messages",
            },
        ),
        migrations.CreateModel(
            name="Attempt",
            fields=[
                (
                    "id",
                    models.UUIDField(default=districts.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("accepted", "taken"),
                            ("refused", "refused for good"),
                            ("unreachable", "certainly not taken"),
                            ("unanswered", "perhaps taken: no clear answer"),
                            ("abandoned", "perhaps taken: the sender died"),
                        ],
                        max_length=12,
                    ),
                ),
                ("status_code", models.PositiveSmallIntegerField(null=True)),
                ("detail", models.CharField(blank=True, max_length=120)),
                ("provider_id", models.CharField(blank=True, max_length=120)),
                ("heard", models.CharField(blank=True, max_length=12)),
                ("heard_at", models.DateTimeField(null=True)),
                ("key", models.CharField(blank=True, max_length=4)),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="tries", to="notifications.message"
                    ),
                ),
            ],
            options={
                "verbose_name": "attempt",
                "verbose_name_plural": "attempts",
            },
        ),
        migrations.CreateModel(
            name="Ring",
            fields=[
                (
                    "id",
                    models.UUIDField(default=districts.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[("sms", "SMS"), ("voice", "voice call"), ("email", "e-mail")], max_length=8
                    ),
                ),
                ("to", models.CharField(max_length=254)),
                ("text", models.TextField()),
                ("at", models.DateTimeField()),
                (
                    "contact",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rings",
                        to="districts.contact",
                    ),
                ),
                (
                    "message",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="ring", to="notifications.message"
                    ),
                ),
            ],
            options={
                "verbose_name": "ring of a demo telephone",
                "verbose_name_plural": "rings of the demo telephones",
            },
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("state__in", ["queued", "sending"])),
                fields=["channel", "due_at"],
                name="message_due",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["about_id", "created_at"], name="message_about"),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["group"], name="message_group"),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(("channel__in", ["sms", "voice", "email"])), name="message_channel_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["queued", "sending", "accepted", "delivered", "failed", "cancelled", "superseded"])
                ),
                name="message_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("final_at", None), ("state__in", ["queued", "sending"])),
                    models.Q(
                        ("final_at__isnull", False), ("state__in", ["cancelled", "delivered", "failed", "superseded"])
                    ),
                    ("state", "accepted"),
                    _connector="OR",
                ),
                name="message_final_at_iff_final",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("lease_until__isnull", False), ("state", "sending")),
                    models.Q(models.Q(("state", "sending"), _negated=True), ("lease_until", None)),
                    _connector="OR",
                ),
                name="message_leased_iff_sending",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("attempts", 0), ("first_try_at", None)),
                    models.Q(("attempts__gt", 0), ("first_try_at__isnull", False)),
                    _connector="OR",
                ),
                name="message_first_try_iff_tried",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(("text", ""), _negated=True), name="message_says_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("to", ""), _negated=True), ("state", "failed"), _connector="OR"),
                name="message_has_an_address",
            ),
        ),
        migrations.AddConstraint(
            model_name="attempt",
            constraint=models.UniqueConstraint(fields=("message", "number"), name="one_attempt_per_number"),
        ),
        migrations.AddConstraint(
            model_name="attempt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at", None), ("outcome", "")),
                    models.Q(("ended_at__isnull", False), models.Q(("outcome", ""), _negated=True)),
                    _connector="OR",
                ),
                name="attempt_ended_iff_outcome",
            ),
        ),
        migrations.AddConstraint(
            model_name="attempt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("outcome__in", ["", "accepted", "refused", "unreachable", "unanswered", "abandoned"])
                ),
                name="attempt_outcome_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="attempt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("heard", ""), ("heard_at", None)),
                    models.Q(("heard_at__isnull", False), models.Q(("heard", ""), _negated=True)),
                    _connector="OR",
                ),
                name="attempt_heard_at_iff_heard",
            ),
        ),
        migrations.AddIndex(
            model_name="ring",
            index=models.Index(fields=["-at"], name="ring_newest"),
        ),
        migrations.AddConstraint(
            model_name="ring",
            constraint=models.CheckConstraint(
                condition=models.Q(("channel__in", ["sms", "voice", "email"])), name="ring_channel_is_known"
            ),
        ),
    ]
