"""Lay down providers and templates, and what a message must remember to be tried, replaced and given up by name."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("districts", "0002_rights"),
        ("notifications", "0020_webhooks"),
    ]

    operations = [
        migrations.CreateModel(
            name="Provider",
            fields=[
                ("name", models.CharField(max_length=16, primary_key=True, serialize=False, verbose_name="name")),
                (
                    "channel",
                    models.CharField(
                        choices=[("sms", "SMS"), ("voice", "voice call"), ("email", "e-mail")],
                        max_length=8,
                        verbose_name="channel",
                    ),
                ),
                ("failures", models.PositiveIntegerField(default=0, verbose_name="failures in a row")),
                ("opened_at", models.DateTimeField(null=True, verbose_name="out of order since")),
                ("probe_at", models.DateTimeField(null=True, verbose_name="next trial")),
                ("last_ok_at", models.DateTimeField(null=True, verbose_name="last answered")),
                ("last_failure_at", models.DateTimeField(null=True, verbose_name="last failed")),
                ("last_error", models.CharField(blank=True, max_length=120, verbose_name="last failure")),
            ],
            options={
                "verbose_name": "provider",
                "verbose_name_plural": "providers",
            },
        ),
        migrations.CreateModel(
            name="Template",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "topic",
                    models.CharField(
                        choices=[
                            ("case_forwarded", "a case comes to a unit"),
                            ("deadline_missed", "a promised time has run out"),
                            ("case_recalled", "a case is taken back from a unit"),
                            ("case_raised", "there is more about a case"),
                            ("case_returned", "a unit hands a case back"),
                            ("digest", "many matters wait"),
                        ],
                        max_length=32,
                        verbose_name="topic",
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[("sms", "SMS"), ("voice", "voice call"), ("email", "e-mail")],
                        max_length=8,
                        verbose_name="channel",
                    ),
                ),
                (
                    "language",
                    models.CharField(
                        choices=[("hi", "Hindi"), ("en", "English")], max_length=2, verbose_name="language"
                    ),
                ),
                ("version", models.PositiveSmallIntegerField(verbose_name="version")),
                ("text", models.TextField(max_length=1200, verbose_name="text")),
                ("dlt_template_id", models.CharField(blank=True, max_length=30, verbose_name="DLT template id")),
                ("dlt_header", models.CharField(blank=True, max_length=11, verbose_name="DLT header (sender)")),
                ("valid_from", models.DateTimeField(verbose_name="in force from")),
                ("valid_to", models.DateTimeField(blank=True, null=True, verbose_name="in force until")),
            ],
            options={
                "verbose_name": "message template",
                "verbose_name_plural": "message templates",
                "ordering": ["state", "topic", "channel", "language", "-version"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="message",
            name="message_state_is_known",
        ),
        migrations.RemoveConstraint(
            model_name="message",
            name="message_final_at_iff_final",
        ),
        migrations.AddField(
            model_name="attempt",
            name="provider",
            field=models.CharField(blank=True, max_length=16),
        ),
        migrations.AddField(
            model_name="message",
            name="answer_by",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="message",
            name="dead_end",
            field=models.CharField(
                blank=True,
                choices=[
                    ("no_address", "no number and no address"),
                    ("waiting", "no channel gets through, still trying"),
                    ("unanswered", "nobody answers the telephone"),
                    ("exhausted", "every channel has failed"),
                    ("given_up", "given up after hours"),
                ],
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="message",
            name="dead_end_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="message",
            name="header",
            field=models.CharField(blank=True, max_length=11),
        ),
        migrations.AddField(
            model_name="message",
            name="not_before",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="message",
            name="provider",
            field=models.CharField(blank=True, max_length=16),
        ),
        migrations.AddField(
            model_name="message",
            name="replaced_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="replaces",
                to="notifications.message",
            ),
        ),
        migrations.AddField(
            model_name="message",
            name="turn",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AlterField(
            model_name="message",
            name="state",
            field=models.CharField(
                choices=[
                    ("queued", "waiting to be sent"),
                    ("sending", "on its way to the gateway"),
                    ("accepted", "taken by the gateway"),
                    ("delivered", "delivered"),
                    ("failed", "failed"),
                    ("cancelled", "cancelled before anybody took it"),
                    ("superseded", "another channel got through first"),
                    ("replaced", "a newer message took its place"),
                ],
                default="queued",
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="provider",
            constraint=models.CheckConstraint(
                condition=models.Q(("channel__in", ["sms", "voice", "email"])), name="provider_channel_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="provider",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("opened_at", None), ("probe_at", None)),
                    models.Q(("opened_at__isnull", False), ("probe_at__isnull", False)),
                    _connector="OR",
                ),
                name="provider_open_iff_tried_again",
            ),
        ),
        migrations.AddField(
            model_name="template",
            name="state",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="templates",
                to="districts.state",
                verbose_name="state",
            ),
        ),
        migrations.AddField(
            model_name="message",
            name="wording",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="notifications.template",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("answer_by__isnull", False)), fields=["answer_by"], name="message_unanswered"
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("state", "queued")), fields=["contact", "channel"], name="message_pile"
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("dead_end_at__isnull", False), ("withdrawn_at", None)),
                fields=["dead_end_at"],
                name="message_dead_end_open",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("replaced_by__isnull", False)), fields=["replaced_by"], name="message_replaced"
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        ["queued", "sending", "accepted", "delivered", "failed", "cancelled", "superseded", "replaced"],
                    )
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
                        ("final_at__isnull", False),
                        ("state__in", ["cancelled", "delivered", "failed", "replaced", "superseded"]),
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
                    models.Q(("state", "replaced"), _negated=True), ("replaced_by__isnull", False), _connector="OR"
                ),
                name="message_replaced_by_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("dead_end", ""), ("dead_end_at", None)),
                    models.Q(models.Q(("dead_end", ""), _negated=True), ("dead_end_at__isnull", False)),
                    _connector="OR",
                ),
                name="message_dead_end_at_iff_dead_end",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(("answer_by", None), ("state", "accepted"), _connector="OR"), name="message_awaited"
            ),
        ),
        migrations.AddConstraint(
            model_name="template",
            constraint=models.UniqueConstraint(
                fields=("state", "topic", "channel", "language", "version"), name="one_template_per_version"
            ),
        ),
        migrations.AddConstraint(
            model_name="template",
            constraint=models.CheckConstraint(
                condition=models.Q(("channel__in", ["sms", "voice", "email"])), name="template_channel_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="template",
            constraint=models.CheckConstraint(
                condition=models.Q(("language__in", ["hi", "en"])), name="template_language_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="template",
            constraint=models.CheckConstraint(
                condition=models.Q(("text", ""), _negated=True), name="template_says_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="template",
            constraint=models.CheckConstraint(
                condition=models.Q(("valid_to__gte", models.F("valid_from"))), name="template_ends_after_it_begins"
            ),
        ),
    ]
