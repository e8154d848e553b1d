"""Build the walls of the messages floor: row security, rights per reach, and words that are frozen."""

from django.db import migrations

# A migration is a historical document: it imports no helper that could change under it.

TABLES = ("notifications_message", "notifications_attempt", "notifications_ring")

FORCE = """
    ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
    ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
    REVOKE ALL ON {table} FROM PUBLIC;
    -- Delivery works for every state. It adds and reads; what it may change is said column by column below.
    CREATE POLICY engine ON {table} TO portal_engine USING (true) WITH CHECK (true);
    -- The owner reads for the ops views, which show no words; it writes nothing but by migration.
    CREATE POLICY ops ON {table} FOR SELECT TO portal_owner USING (true);
"""

# The policies of portal_cell and portal_unit say whose message it is, which this floor does not know: the floor above
# adds them. Until it does, these rights show nothing. Nobody may DELETE, and what a message says, to whom and about what,
# cannot be changed by anybody once it is owed.
RIGHTS = """
    GRANT SELECT, INSERT ON notifications_message TO portal_engine, portal_cell, portal_unit;
    GRANT UPDATE (state, attempts, due_at, lease_until, first_try_at, final_at, withdrawn_at, provider_id, last_error)
        ON notifications_message TO portal_engine, portal_cell, portal_unit;
    GRANT SELECT, INSERT ON notifications_attempt TO portal_engine;
    GRANT UPDATE (ended_at, outcome, status_code, detail, provider_id, heard, heard_at, key)
        ON notifications_attempt TO portal_engine;
    GRANT SELECT, INSERT ON notifications_ring TO portal_engine;
    GRANT SELECT ON notifications_attempt, notifications_ring TO portal_cell, portal_unit;
"""

TAKE_RIGHTS = """
    REVOKE ALL ON notifications_message, notifications_attempt, notifications_ring
        FROM portal_engine, portal_cell, portal_unit;
"""

UNFORCE = """
    DROP POLICY engine ON {table};
    DROP POLICY ops ON {table};
    ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;
    ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [("notifications", "0001_messages")]

    operations = [
        *(migrations.RunSQL(FORCE.format(table=table), UNFORCE.format(table=table)) for table in TABLES),
        migrations.RunSQL(RIGHTS, TAKE_RIGHTS),
    ]
