"""Lay down the seals: only the engine closes the books, and nobody opens them again."""

import django.db.models.deletion
from django.db import migrations, models

# A migration is a historical document: it imports no helper that could change under it.

WALLS = """
    ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
    ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
    REVOKE ALL ON {table} FROM PUBLIC;
    CREATE POLICY engine ON {table} TO portal_engine USING (true) WITH CHECK (true);
    CREATE POLICY ops ON {table} FOR SELECT TO portal_owner USING (true);
    GRANT SELECT, INSERT ON {table} TO portal_engine;
    CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION cases_is_written_once();
    CREATE TRIGGER needs_an_actor BEFORE INSERT ON {table}
        FOR EACH ROW EXECUTE FUNCTION cases_needs_an_actor();
"""

# Whoever writes a line moves the end of its chain; how far it is sealed is moved by the engine, and only forward.
HEADS = """
    REVOKE UPDATE ON cases_chainhead FROM portal_engine, portal_cell;
    GRANT UPDATE (case_id, seq, hash) ON cases_chainhead TO portal_engine, portal_cell;
    CREATE FUNCTION cases_begins_unsealed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'a new history is sealed by nobody yet';
    END $$;
    CREATE TRIGGER begins_unsealed BEFORE INSERT ON cases_chainhead
        FOR EACH ROW WHEN (NEW.sealed_seq <> 0) EXECUTE FUNCTION cases_begins_unsealed();
    GRANT UPDATE (sealed_seq) ON cases_chainhead TO portal_engine;
    CREATE OR REPLACE FUNCTION cases_chain_grows() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (NEW.case_id, NEW.seq, NEW.hash) = (OLD.case_id, OLD.seq, OLD.hash)
           AND NEW.sealed_seq > OLD.sealed_seq AND NEW.sealed_seq <= NEW.seq THEN
            RETURN NEW;
        END IF;
        IF NEW.case_id <> OLD.case_id OR NEW.seq <> OLD.seq + 1 OR NEW.sealed_seq <> OLD.sealed_seq OR NOT EXISTS (
            SELECT FROM cases_caseevent e WHERE e.case_id = NEW.case_id AND e.seq = NEW.seq AND e.hash = NEW.hash
        ) THEN
            RAISE EXCEPTION 'the chain of a case grows by the line that was just written, and by nothing else';
        END IF;
        RETURN NEW;
    END $$;
"""


class Migration(migrations.Migration):
    """There is no way down: what is sealed stays sealed."""

    dependencies = [
        ("cases", "0110_handovers"),
    ]

    operations = [
        migrations.CreateModel(
            name="Seal",
            fields=[
                ("number", models.PositiveBigIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("lines", models.PositiveIntegerField()),
                ("last_look", models.PositiveBigIntegerField()),
                ("tree", models.CharField(max_length=64)),
                ("prev_root", models.CharField(max_length=64)),
                ("root", models.CharField(max_length=64)),
            ],
            options={
                "verbose_name": "seal",
                "verbose_name_plural": "seals",
                "ordering": ["number"],
            },
        ),
        migrations.CreateModel(
            name="SealedLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place", models.PositiveIntegerField()),
                ("of", models.CharField(choices=[("history", "History"), ("looks", "Looks")], max_length=7)),
                ("seq", models.PositiveBigIntegerField()),
                ("hash", models.CharField(max_length=64)),
            ],
            options={
                "verbose_name": "sealed line",
                "verbose_name_plural": "sealed lines",
                "ordering": ["seal", "place"],
            },
        ),
        migrations.CreateModel(
            name="Stamp",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("by", models.CharField(choices=[("authority", "Authority"), ("letter", "Letter")], max_length=9)),
                ("at", models.DateTimeField()),
                ("answer", models.BinaryField()),
            ],
            options={
                "verbose_name": "stamp",
                "verbose_name_plural": "stamps",
            },
        ),
        migrations.AddField(
            model_name="chainhead",
            name="sealed_seq",
            field=models.PositiveIntegerField(db_default=0),
        ),
        migrations.AddIndex(
            model_name="chainhead",
            index=models.Index(
                condition=models.Q(("sealed_seq__lt", models.F("seq"))), fields=["case"], name="histories_to_be_sealed"
            ),
        ),
        migrations.AddConstraint(
            model_name="seal",
            constraint=models.CheckConstraint(condition=models.Q(("lines__gt", 0)), name="a_seal_holds_something"),
        ),
        migrations.AddConstraint(
            model_name="seal",
            constraint=models.CheckConstraint(condition=models.Q(("number__gt", 0)), name="seals_are_counted_from_one"),
        ),
        migrations.AddField(
            model_name="sealedline",
            name="case",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="cases.case",
            ),
        ),
        migrations.AddField(
            model_name="sealedline",
            name="seal",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="held", to="cases.seal"
            ),
        ),
        migrations.AddField(
            model_name="stamp",
            name="seal",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="stamps", to="cases.seal"
            ),
        ),
        migrations.AddConstraint(
            model_name="sealedline",
            constraint=models.UniqueConstraint(fields=("seal", "place"), name="one_sealed_line_per_place"),
        ),
        migrations.AddConstraint(
            model_name="sealedline",
            constraint=models.UniqueConstraint(
                condition=models.Q(("of", "history")), fields=("case", "seq"), name="a_line_is_sealed_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="sealedline",
            constraint=models.UniqueConstraint(
                condition=models.Q(("of", "looks")), fields=("seq",), name="a_look_is_sealed_once"
            ),
        ),
        migrations.AddIndex(
            model_name="stamp",
            index=models.Index(fields=["by", "-at"], name="newest_stamp"),
        ),
        migrations.RunSQL([WALLS.format(table=table) for table in ("cases_seal", "cases_sealedline", "cases_stamp")]),
        migrations.RunSQL(HEADS),
    ]
