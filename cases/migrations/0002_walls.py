"""Build the walls: row security on every table of the cases, rights per reach, and history that is written once."""

from django.db import migrations

# A migration is a historical document: it imports no helper that could change under it.

STATE = "(SELECT nullif(current_setting('portal.state', true), '')::bigint)"
PARTNER = "(SELECT nullif(current_setting('portal.partner', true), '')::bigint)"
GROUPS = "ANY ((SELECT string_to_array(nullif(current_setting('portal.groups', true), ''), ','))::integer[])"
UNITS = "ANY ((SELECT string_to_array(nullif(current_setting('portal.units', true), ''), ','))::bigint[])"

# Every table of this floor, and the column that leads to its case ('' where it has a rule of its own).
CASE_COLUMN = {
    "cases_case": "",
    "cases_alert": "",
    "cases_idempotencykey": "",
    "cases_casegroupgrant": "",
    "cases_forwarding": "",
    "cases_hardkey": "case_id",
    "cases_caselink": "case_id",
    "cases_person": "case_id",
    "cases_identifier": "case_id",
    "cases_sealedfile": "case_id",
    "cases_report": "case_id",
    "cases_outreach": "case_id",
    "cases_deadline": "case_id",
    "cases_caseevent": "case_id",
    "cases_chainhead": "case_id",
    "cases_readentry": "case_id",
    "cases_historicalcase": "id",
    "cases_historicalperson": "case_id",
    "cases_historicalforwarding": "case_id",
}

FORCE = """
    ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
    ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
    REVOKE ALL ON {table} FROM PUBLIC;
    -- The engine is intake, the sweep and delivery: it works for every state.
    CREATE POLICY engine ON {table} TO portal_engine USING (true) WITH CHECK (true);
    -- The owner reads for the ops views, which show no content; it writes nothing but by migration.
    CREATE POLICY ops ON {table} FOR SELECT TO portal_owner USING (true);
"""

# The cell: whoever sees the case sees what hangs on it. The case itself is a plain equality, which costs nothing.
CELL_CHILD = """
    CREATE POLICY cell ON {table} TO portal_cell
        USING (EXISTS (SELECT FROM cases_case c WHERE c.id = {table}.{column}))
        WITH CHECK (EXISTS (SELECT FROM cases_case c WHERE c.id = {table}.{column}));
"""

CELL = f"""
    CREATE POLICY cell ON cases_case TO portal_cell USING (state_id = {STATE}) WITH CHECK (state_id = {STATE});
    CREATE POLICY cell ON cases_alert TO portal_cell USING (state_id = {STATE}) WITH CHECK (state_id = {STATE});
    CREATE POLICY cell ON cases_casegroupgrant TO portal_cell
        USING (EXISTS (SELECT FROM cases_case c WHERE c.id = content_object_id))
        WITH CHECK (EXISTS (SELECT FROM cases_case c WHERE c.id = content_object_id));
    CREATE POLICY cell ON cases_forwarding TO portal_cell
        USING (EXISTS (SELECT FROM cases_case c WHERE c.id = case_id))
        WITH CHECK (EXISTS (SELECT FROM cases_case c WHERE c.id = case_id));
"""

# A unit reads. What its officers change is changed by rules, after they have locked the row through this wall.
UNIT = f"""
    CREATE POLICY unit ON cases_casegroupgrant FOR SELECT TO portal_unit USING (group_id = {GROUPS});
    CREATE POLICY unit ON cases_case TO portal_unit
        USING (EXISTS (SELECT FROM cases_casegroupgrant g
                       WHERE g.content_object_id = cases_case.id AND g.group_id = {GROUPS}));
    -- Lists of a unit start here, so this is a plain equality and nothing else.
    CREATE POLICY unit ON cases_forwarding TO portal_unit USING (unit_id = {UNITS});
    CREATE POLICY unit ON cases_caselink FOR SELECT TO portal_unit
        USING (EXISTS (SELECT FROM cases_case c WHERE c.id = case_id));
    CREATE POLICY unit ON cases_alert FOR SELECT TO portal_unit
        USING (EXISTS (SELECT FROM cases_caselink l WHERE l.alert_id = cases_alert.id AND l.ended_at IS NULL));
    CREATE POLICY unit ON cases_person FOR SELECT TO portal_unit
        USING (EXISTS (SELECT FROM cases_case c WHERE c.id = case_id));
    CREATE POLICY unit ON cases_identifier FOR SELECT TO portal_unit
        USING (EXISTS (SELECT FROM cases_case c WHERE c.id = case_id));
    CREATE POLICY unit ON cases_sealedfile FOR SELECT TO portal_unit
        USING (EXISTS (SELECT FROM cases_case c WHERE c.id = case_id));
    CREATE POLICY unit ON cases_outreach FOR SELECT TO portal_unit
        USING (EXISTS (SELECT FROM cases_case c WHERE c.id = case_id));
    CREATE POLICY unit ON cases_report FOR SELECT TO portal_unit
        USING (EXISTS (SELECT FROM cases_case c WHERE c.id = case_id)
               AND EXISTS (SELECT FROM cases_forwarding f WHERE f.id = forwarding_id));
    CREATE POLICY unit ON cases_deadline FOR SELECT TO portal_unit
        USING (unit_id = {UNITS} AND EXISTS (SELECT FROM cases_case c WHERE c.id = case_id));
    CREATE POLICY unit ON cases_caseevent FOR SELECT TO portal_unit
        USING ((unit_id IS NULL OR unit_id = {UNITS}) AND EXISTS (SELECT FROM cases_case c WHERE c.id = case_id));
    CREATE POLICY unit ON cases_readentry TO portal_unit
        USING (EXISTS (SELECT FROM cases_case c WHERE c.id = case_id))
        WITH CHECK (EXISTS (SELECT FROM cases_case c WHERE c.id = case_id));
"""

PARTNERS = f"""
    CREATE POLICY partner ON cases_alert FOR SELECT TO portal_partner USING (partner_id = {PARTNER});
    CREATE POLICY partner ON cases_caselink FOR SELECT TO portal_partner
        USING (EXISTS (SELECT FROM cases_alert a WHERE a.id = alert_id));
    CREATE POLICY partner ON cases_case FOR SELECT TO portal_partner
        USING (EXISTS (SELECT FROM cases_caselink l WHERE l.case_id = cases_case.id AND l.ended_at IS NULL));
    CREATE POLICY partner ON cases_readentry TO portal_partner
        USING (EXISTS (SELECT FROM cases_case c WHERE c.id = case_id))
        WITH CHECK (EXISTS (SELECT FROM cases_case c WHERE c.id = case_id));
"""

RIGHTS = """
    -- Written once by whoever may, and never changed by anybody.
    GRANT SELECT, INSERT ON cases_alert, cases_idempotencykey, cases_caseevent, cases_readentry, cases_report,
        cases_outreach, cases_sealedfile, cases_historicalcase, cases_historicalperson, cases_historicalforwarding
        TO portal_engine;
    GRANT SELECT, INSERT ON cases_alert, cases_caseevent, cases_readentry, cases_report, cases_outreach,
        cases_sealedfile, cases_historicalcase, cases_historicalperson, cases_historicalforwarding TO portal_cell;
    GRANT SELECT, INSERT, UPDATE ON cases_case, cases_forwarding, cases_deadline, cases_chainhead, cases_person,
        cases_identifier, cases_caselink, cases_hardkey TO portal_engine, portal_cell;
    GRANT SELECT, INSERT, DELETE ON cases_casegroupgrant TO portal_engine, portal_cell;

    GRANT SELECT ON cases_case, cases_casegroupgrant, cases_forwarding, cases_caselink, cases_alert, cases_person,
        cases_identifier, cases_sealedfile, cases_outreach, cases_report, cases_deadline, cases_caseevent
        TO portal_unit;
    -- PostgreSQL asks for the right to update before it locks a row; one harmless column is enough.
    GRANT UPDATE (last_activity_at) ON cases_case, cases_forwarding TO portal_unit;
    GRANT INSERT, SELECT (id) ON cases_readentry TO portal_unit, portal_partner;

    GRANT SELECT ON cases_alert TO portal_partner;
    GRANT SELECT (id, alert_id, case_id, ended_at) ON cases_caselink TO portal_partner;
    GRANT SELECT (id, reference, status, outcome, opened_at, claimed_at, forwarded_at, acknowledged_at, moving_at,
        contact_at, reported_at, closed_at, last_activity_at) ON cases_case TO portal_partner;

    CREATE SEQUENCE cases_reference;
    GRANT USAGE ON SEQUENCE cases_reference TO portal_engine, portal_cell;
"""

WRITTEN_ONCE = [
    "cases_alert",
    "cases_idempotencykey",
    "cases_caseevent",
    "cases_readentry",
    "cases_report",
    "cases_outreach",
    "cases_sealedfile",
    "cases_historicalcase",
    "cases_historicalperson",
    "cases_historicalforwarding",
]
HISTORY = """
    CREATE FUNCTION cases_is_written_once() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% is history: it is written once and never changed', TG_TABLE_NAME;
    END $$;
    -- A chain grows by one line at a time; a head set back or ahead by hand is refused.
    CREATE FUNCTION cases_chain_grows() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.case_id <> OLD.case_id OR NEW.seq <> OLD.seq + 1 OR NOT EXISTS (
            SELECT FROM cases_caseevent e WHERE e.case_id = NEW.case_id AND e.seq = NEW.seq AND e.hash = NEW.hash
        ) THEN
            RAISE EXCEPTION 'the chain of a case grows by the line that was just written, and by nothing else';
        END IF;
        RETURN NEW;
    END $$;
    CREATE CONSTRAINT TRIGGER chain_grows AFTER UPDATE ON cases_chainhead
        DEFERRABLE INITIALLY IMMEDIATE FOR EACH ROW EXECUTE FUNCTION cases_chain_grows();
"""
ONCE = """
    CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION cases_is_written_once();
"""

# simple-history does not see update(), bulk writes and raw SQL; a write that nobody has put a name to is refused.
NAMED = ["cases_case", "cases_forwarding", "cases_person", "cases_casegroupgrant", "cases_deadline", "cases_caselink"]
ACTOR = """
    CREATE FUNCTION cases_needs_an_actor() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF nullif(current_setting('portal.actor', true), '') IS NULL THEN
            RAISE EXCEPTION '% may only be written in somebody''s name: open a reach first', TG_TABLE_NAME;
        END IF;
        RETURN coalesce(NEW, OLD);
    END $$;
"""
NAMED_TRIGGER = """
    CREATE TRIGGER needs_an_actor BEFORE INSERT OR UPDATE OR DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION cases_needs_an_actor();
"""


class Migration(migrations.Migration):
    """There is no way down: without the walls the portal must not start."""

    dependencies = [("cases", "0001_ground")]

    operations = [
        migrations.RunSQL([FORCE.format(table=table) for table in CASE_COLUMN], elidable=False),
        migrations.RunSQL(
            [CELL_CHILD.format(table=table, column=column) for table, column in CASE_COLUMN.items() if column]
        ),
        migrations.RunSQL([CELL, UNIT, PARTNERS, RIGHTS]),
        migrations.RunSQL([HISTORY, ACTOR]),
        migrations.RunSQL([ONCE.format(table=table) for table in WRITTEN_ONCE]),
        migrations.RunSQL([NAMED_TRIGGER.format(table=table) for table in NAMED]),
    ]
