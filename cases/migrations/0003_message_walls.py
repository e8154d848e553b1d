"""Say whose a message is: the cell sees those about its cases, a unit those its own posts were sent about a case it has."""

from django.db import migrations

# A migration is a historical document: it imports no helper that could change under it.

UNITS = "ANY ((SELECT string_to_array(nullif(current_setting('portal.units', true), ''), ','))::bigint[])"

WALLS = f"""
    CREATE POLICY cell ON notifications_message TO portal_cell
        USING (EXISTS (SELECT FROM cases_case c WHERE c.id = about_id))
        WITH CHECK (EXISTS (SELECT FROM cases_case c WHERE c.id = about_id));
    CREATE POLICY unit ON notifications_message FOR SELECT TO portal_unit
        USING (EXISTS (SELECT FROM districts_contact p WHERE p.id = contact_id AND p.unit_id = {UNITS})
               AND EXISTS (SELECT FROM cases_case c WHERE c.id = about_id));
    CREATE POLICY cell ON notifications_attempt FOR SELECT TO portal_cell
        USING (EXISTS (SELECT FROM notifications_message m WHERE m.id = message_id));
    CREATE POLICY unit ON notifications_attempt FOR SELECT TO portal_unit
        USING (EXISTS (SELECT FROM notifications_message m WHERE m.id = message_id));
    CREATE POLICY cell ON notifications_ring FOR SELECT TO portal_cell
        USING (EXISTS (SELECT FROM notifications_message m WHERE m.id = message_id));
    CREATE POLICY unit ON notifications_ring FOR SELECT TO portal_unit
        USING (EXISTS (SELECT FROM notifications_message m WHERE m.id = message_id));
    -- What follows from an act of a unit is written by the rules with the engine's sight; a unit writes no message.
    REVOKE INSERT ON notifications_message FROM portal_unit;
    REVOKE UPDATE (state, attempts, due_at, lease_until, first_try_at, final_at, withdrawn_at, provider_id, last_error)
        ON notifications_message FROM portal_unit;
"""


class Migration(migrations.Migration):
    """There is no way down: without the walls the portal must not start."""

    dependencies = [("cases", "0002_walls"), ("notifications", "0002_message_walls"), ("districts", "0002_rights")]

    operations = [migrations.RunSQL(WALLS)]
