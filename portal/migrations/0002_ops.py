"""
The views of schema ops: what happened, without a word of what was said (CONTRACT 7).

They run with the rights of portal_owner, whom row security lets read for this alone, and portal_ops may read nothing
else. A migration is a historical document: the SQL is written in full and nothing of the project is imported.
"""

from django.db import migrations

VIEWS = """
    CREATE VIEW ops.receipt AS
        SELECT a.id, p.code AS partner, nullif(a.idempotency_key, '') AS idempotency_key,
               nullif(a.partner_reference, '') AS partner_reference, a.sha256, a.received_at, a.door
        FROM cases_alert a LEFT JOIN districts_partner p ON p.id = a.partner_id;

    -- unit_codes are the units that may see the case now, from the table that row security asks.
    CREATE VIEW ops.case_link AS
        SELECT l.alert_id AS receipt_id, c.id AS case_id, c.reference, c.status AS state,
               ARRAY(SELECT DISTINCT u.code::text FROM cases_casegroupgrant g
                     JOIN districts_unit u ON u.group_id = g.group_id
                     WHERE g.content_object_id = c.id ORDER BY 1) AS unit_codes
        FROM cases_caselink l JOIN cases_case c ON c.id = l.case_id
        WHERE l.ended_at IS NULL;

    CREATE VIEW ops.deadline AS
        SELECT id, case_id, kind, level, due_at, settled_at, nullif(settled_as, '') AS settled_as FROM cases_deadline;

    CREATE VIEW ops.message AS
        SELECT id, about_id AS case_id, channel, to_ref, state, attempts, created_at, first_try_at, final_at
        FROM notifications_message;

    CREATE VIEW ops.audit AS
        SELECT case_id, seq, prev_hash, hash, at, actor, action FROM cases_caseevent;

    CREATE VIEW ops.file AS
        SELECT id, case_id, sha256, size FROM cases_sealedfile;

    CREATE VIEW ops.read_log AS
        SELECT at, actor, object, kind FROM cases_readentry;

    GRANT SELECT ON ops.receipt, ops.case_link, ops.deadline, ops.message, ops.audit, ops.file, ops.read_log
        TO portal_ops;
"""
NO_VIEWS = """
    DROP VIEW ops.receipt, ops.case_link, ops.deadline, ops.message, ops.audit, ops.file, ops.read_log;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("portal", "0001_pulse"),
        ("cases", "0002_walls"),
        ("notifications", "0001_messages"),
    ]
    operations = [migrations.RunSQL(VIEWS, NO_VIEWS)]
