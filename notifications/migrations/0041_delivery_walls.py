"""Build the walls of what 0040 laid down: who may write it, and what no template may hold, whoever writes it."""

from django.db import migrations

# A migration is a historical document: it imports no helper that could change under it.

# Whoever has opened no reach: the onboarding desk.
DESK = "(SELECT coalesce(current_setting('role', true), 'none')) = 'none'"

FORCE = """
    ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
    ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
    REVOKE ALL ON {table} FROM PUBLIC;
"""
WALLS = f"""
    -- Columns that change after a message is owed. Its words, its template and its header stay frozen.
    GRANT UPDATE (answer_by, dead_end, dead_end_at, provider) ON notifications_message TO portal_engine, portal_cell;
    GRANT UPDATE (replaced_by_id) ON notifications_message TO portal_engine;

    -- Whether a gateway answers concerns no case: everybody may know, and delivery alone writes it.
    CREATE POLICY engine ON notifications_provider TO portal_engine USING (true) WITH CHECK (true);
    CREATE POLICY known ON notifications_provider FOR SELECT TO portal_ground USING (true);
    CREATE POLICY ops ON notifications_provider FOR SELECT TO portal_owner USING (true);
    GRANT SELECT, INSERT, UPDATE ON notifications_provider TO portal_engine;
    GRANT SELECT ON notifications_provider TO portal_ground;

    -- No case is in a template: administrators write it, and whoever owes a message reads it. A version that has been
    -- sent is not rewritten: its end is all that may be added.
    CREATE POLICY known ON notifications_template FOR SELECT TO portal_ground USING (true);
    CREATE POLICY desk_adds ON notifications_template FOR INSERT TO portal_ground WITH CHECK ({DESK});
    CREATE POLICY desk_ends ON notifications_template FOR UPDATE TO portal_ground USING ({DESK}) WITH CHECK ({DESK});
    CREATE POLICY ops ON notifications_template FOR SELECT TO portal_owner USING (true);
    GRANT SELECT, INSERT, UPDATE (valid_to) ON notifications_template TO portal_ground;
"""
# Digits of every script that is written in India, and the usual ones.
DIGITS = "0-9०-९০-৯੦-੯૦-૯୦-୯௦-௯౦-౯೦-೯൦-൯٠-٩۰-۹０-９"
LITERAL = r"regexp_replace(text, '\{(reference|urgency|deadline|unit|call_back|link|count)\}', ' ', 'g')"
CLOSED = rf"""
    ALTER TABLE notifications_template
        ADD CONSTRAINT template_has_only_known_variables CHECK ({LITERAL} !~ '[{{}}]'),
        ADD CONSTRAINT template_holds_no_number CHECK ({LITERAL} !~ '[{DIGITS}][\s.,()+/–-]*[{DIGITS}]'),
        ADD CONSTRAINT template_holds_no_address CHECK ({LITERAL} !~* '://|@|\ywww\y|[[:alnum:]]\.[[:alnum:]]');
"""


class Migration(migrations.Migration):
    """There is no way down: without the walls the portal must not start."""

    dependencies = [("notifications", "0040_two_providers_and_templates"), ("districts", "0002_rights")]

    operations = [
        *(
            migrations.RunSQL(FORCE.format(table=table))
            for table in ("notifications_provider", "notifications_template")
        ),
        migrations.RunSQL(WALLS),
        migrations.RunSQL(CLOSED),
    ]
