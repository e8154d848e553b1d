"""Lay down looks back, hand-overs to other states and requests for information, with the walls around them."""

import django.db.models.deletion
from django.db import migrations, models

import districts.keys

# A migration is a historical document: it imports no helper that could change under it.

UNITS = "ANY ((SELECT string_to_array(nullif(current_setting('portal.units', true), ''), ','))::bigint[])"
CASE_IN_SIGHT = "EXISTS (SELECT FROM cases_case c WHERE c.id = case_id)"

FORCE = f"""
    ALTER TABLE {{table}} ENABLE ROW LEVEL SECURITY;
    ALTER TABLE {{table}} FORCE ROW LEVEL SECURITY;
    REVOKE ALL ON {{table}} FROM PUBLIC;
    CREATE POLICY engine ON {{table}} TO portal_engine USING (true) WITH CHECK (true);
    CREATE POLICY ops ON {{table}} FOR SELECT TO portal_owner USING (true);
    CREATE POLICY cell ON {{table}} TO portal_cell USING ({CASE_IN_SIGHT}) WITH CHECK ({CASE_IN_SIGHT});
    GRANT SELECT, INSERT ON {{table}} TO portal_engine, portal_cell;
    CREATE TRIGGER needs_an_actor BEFORE INSERT OR UPDATE OR DELETE ON {{table}}
        FOR EACH ROW EXECUTE FUNCTION cases_needs_an_actor();
"""

WALLS = f"""
    CREATE POLICY unit ON cases_followup FOR SELECT TO portal_unit
        USING ((unit_id IS NULL OR unit_id = {UNITS}) AND {CASE_IN_SIGHT});
    GRANT SELECT ON cases_followup TO portal_unit;
    CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON cases_followup
        FOR EACH ROW EXECUTE FUNCTION cases_is_written_once();

    -- The code of a hand-over and what is asked of whom stay with the cell: no unit reads either.
    GRANT UPDATE (confirmed_at, confirmed_by, their_reference) ON cases_crossing TO portal_engine, portal_cell;
    GRANT UPDATE (answered_at, answered_by, answer, sighting_id) ON cases_inquiry TO portal_engine, portal_cell;
    CREATE FUNCTION cases_crossing_is_confirmed_once() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' OR OLD.confirmed_at IS NOT NULL
            OR to_jsonb(NEW) - 'confirmed_at' - 'confirmed_by' - 'their_reference'
            <> to_jsonb(OLD) - 'confirmed_at' - 'confirmed_by' - 'their_reference'
        THEN
            RAISE EXCEPTION 'cases_crossing is history: it is written once and never changed';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER confirmed_once BEFORE UPDATE OR DELETE ON cases_crossing
        FOR EACH ROW EXECUTE FUNCTION cases_crossing_is_confirmed_once();
    CREATE FUNCTION cases_inquiry_is_answered_once() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' OR OLD.answered_at IS NOT NULL
            OR to_jsonb(NEW) - 'answered_at' - 'answered_by' - 'answer' - 'sighting_id'
            <> to_jsonb(OLD) - 'answered_at' - 'answered_by' - 'answer' - 'sighting_id'
        THEN
            RAISE EXCEPTION 'cases_inquiry is history: it is written once and never changed';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER answered_once BEFORE UPDATE OR DELETE ON cases_inquiry
        FOR EACH ROW EXECUTE FUNCTION cases_inquiry_is_answered_once();
"""


class Migration(migrations.Migration):
    """There is no way down: without the walls the portal must not start."""

    dependencies = [
        ("cases", "0090_sightings_and_receipts"),
        ("districts", "0090_times_of_further_promises"),
    ]

    operations = [
        migrations.CreateModel(
            name="FollowUp",
            fields=[
                (
                    "id",
                    models.UUIDField(default=districts.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.PositiveSmallIntegerField()),
                (
                    "result",
                    models.CharField(
                        choices=[
                            ("safe", "safe"),
                            ("in_care", "in treatment or counselling"),
                            ("not_reached", "not reached"),
                            ("danger", "in danger again"),
                            ("refused", "does not want to talk"),
                        ],
                        max_length=12,
                    ),
                ),
                ("note", models.TextField(blank=True, max_length=2000)),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=80)),
            ],
            options={
                "verbose_name": "look back",
                "verbose_name_plural": "looks back",
            },
        ),
        migrations.CreateModel(
            name="Crossing",
            fields=[
                (
                    "id",
                    models.UUIDField(default=districts.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("code", models.CharField(max_length=6)),
                ("made_at", models.DateTimeField()),
                ("made_by", models.CharField(max_length=80)),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("confirmed_by", models.CharField(blank=True, max_length=80)),
                ("their_reference", models.CharField(blank=True, max_length=80)),
            ],
            options={
                "verbose_name": "hand-over to another state",
                "verbose_name_plural": "hand-overs to other states",
            },
        ),
        migrations.CreateModel(
            name="Inquiry",
            fields=[
                (
                    "id",
                    models.UUIDField(default=districts.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.PositiveSmallIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("platform", "emergency disclosure by a platform"),
                            ("telecom", "location from a telecom company"),
                            ("emergency_112", "event of emergency 112"),
                        ],
                        max_length=16,
                    ),
                ),
                ("addressee", models.CharField(max_length=200)),
                (
                    "basis",
                    models.CharField(
                        choices=[
                            ("emergency", "Danger to life: emergency disclosure under the platform's own rules"),
                            ("bnss_94", "Section 94, Bharatiya Nagarik Suraksha Sanhita 2023"),
                            ("it_rules", "Rule 3(1)(j), Information Technology (Intermediary Guidelines) Rules 2021"),
                            ("dpdp_7f", "Section 7(f), Digital Personal Data Protection Act 2023"),
                            ("mhca_115", "Section 115(2), Mental Healthcare Act 2017"),
                        ],
                        max_length=12,
                    ),
                ),
                ("purpose", models.CharField(max_length=1000)),
                ("subject", models.CharField(max_length=500)),
                ("officer_name", models.CharField(max_length=120)),
                ("officer_rank", models.CharField(blank=True, max_length=80)),
                ("officer_phone", models.CharField(blank=True, max_length=20)),
                ("asked_at", models.DateTimeField()),
                ("asked_by", models.CharField(max_length=80)),
                ("preserve_until", models.DateTimeField(null=True)),
                ("answered_at", models.DateTimeField(null=True)),
                ("answered_by", models.CharField(blank=True, max_length=80)),
                ("answer", models.CharField(blank=True, max_length=1000)),
            ],
            options={
                "verbose_name": "request",
                "verbose_name_plural": "requests",
            },
        ),
        migrations.RemoveConstraint(
            model_name="deadline",
            name="one_open_deadline_per_kind_and_level",
        ),
        migrations.RemoveConstraint(
            model_name="deadline",
            name="deadline_kind_is_known",
        ),
        migrations.AddField(
            model_name="case",
            name="family_not_told",
            field=models.CharField(blank=True, max_length=500, verbose_name="why the family is not told"),
        ),
        migrations.AddField(
            model_name="deadline",
            name="number",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="historicalcase",
            name="family_not_told",
            field=models.CharField(blank=True, max_length=500, verbose_name="why the family is not told"),
        ),
        migrations.AddField(
            model_name="outreach",
            name="consent",
            field=models.BooleanField(null=True),
        ),
        migrations.AddField(
            model_name="outreach",
            name="helpline",
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.AlterField(
            model_name="deadline",
            name="kind",
            field=models.CharField(
                choices=[
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
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="outreach",
            name="kind",
            field=models.CharField(
                choices=[
                    ("dm", "message"),
                    ("call", "call"),
                    ("family_call", "call to the family"),
                    ("friend_call", "call to a friend"),
                    ("helpline", "handed over to a helpline"),
                ],
                max_length=12,
            ),
        ),
        migrations.AddConstraint(
            model_name="deadline",
            constraint=models.UniqueConstraint(
                condition=models.Q(("settled_at", None)),
                fields=("case", "forwarding", "kind", "number", "level"),
                name="one_open_deadline_per_kind_and_level",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="deadline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "CLAIM",
                            "FORWARD",
                            "ACKNOWLEDGE",
                            "MOVE",
                            "CONTACT",
                            "FLASH",
                            "REPORT",
                            "OTHER_STATE",
                            "INFORMATION",
                            "FOLLOW_UP",
                        ],
                    )
                ),
                name="deadline_kind_is_known",
            ),
        ),
        migrations.AddField(
            model_name="followup",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="follow_ups", to="cases.case"
            ),
        ),
        migrations.AddField(
            model_name="followup",
            name="unit",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="districts.unit"
            ),
        ),
        migrations.AddField(
            model_name="crossing",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="crossings", to="cases.case"
            ),
        ),
        migrations.AddField(
            model_name="crossing",
            name="forwarding",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="crossing", to="cases.forwarding"
            ),
        ),
        migrations.AddField(
            model_name="inquiry",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="inquiries", to="cases.case"
            ),
        ),
        migrations.AddField(
            model_name="inquiry",
            name="sighting",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.sighting"
            ),
        ),
        migrations.AddConstraint(
            model_name="followup",
            constraint=models.CheckConstraint(condition=models.Q(("number__range", (1, 4))), name="four_looks_back"),
        ),
        migrations.AddConstraint(
            model_name="crossing",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("confirmed_at", None), ("confirmed_by", "")),
                    models.Q(("confirmed_at__isnull", False), models.Q(("confirmed_by", ""), _negated=True)),
                    _connector="OR",
                ),
                name="crossing_is_confirmed_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="inquiry",
            constraint=models.UniqueConstraint(fields=("case", "number"), name="one_inquiry_per_number"),
        ),
        migrations.AddConstraint(
            model_name="inquiry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("answered_at", None), ("answered_by", "")),
                    models.Q(("answered_at__isnull", False), models.Q(("answered_by", ""), _negated=True)),
                    _connector="OR",
                ),
                name="inquiry_is_answered_to_somebody",
            ),
        ),
        migrations.RunSQL(
            [FORCE.format(table=table) for table in ("cases_followup", "cases_crossing", "cases_inquiry")]
        ),
        migrations.RunSQL(WALLS),
    ]
