"""
Every message of the mailbox is a receipt in ops, also one that is no alert.

A message that lies in a mailbox made anew is the same message and is told once. A migration is a historical document:
the SQL is written in full and nothing of the project is imported.
"""

from django.db import migrations

WITH_MAIL = """
    DROP VIEW ops.receipt;
    -- An alert that came by mail has the id of its receipt; mail that is no alert, or not judged yet, has no alert.
    CREATE VIEW ops.receipt AS
        SELECT a.id, p.code AS partner, nullif(a.idempotency_key, '') AS idempotency_key,
               nullif(a.partner_reference, '') AS partner_reference, a.sha256, a.received_at, a.door
        FROM cases_alert a LEFT JOIN districts_partner p ON p.id = a.partner_id
        UNION ALL
        SELECT m.id, NULL, NULL, NULL, m.sha256, m.received_at, 'email'
        FROM cases_mailreceipt m
        WHERE m.same_as_id IS NULL AND NOT EXISTS (SELECT FROM cases_alert a WHERE a.id = m.id);
    GRANT SELECT ON ops.receipt TO portal_ops;
"""
WITHOUT_MAIL = """
    DROP VIEW ops.receipt;
    CREATE VIEW ops.receipt AS
        SELECT a.id, p.code AS partner, nullif(a.idempotency_key, '') AS idempotency_key,
               nullif(a.partner_reference, '') AS partner_reference, a.sha256, a.received_at, a.door
        FROM cases_alert a LEFT JOIN districts_partner p ON p.id = a.partner_id;
    GRANT SELECT ON ops.receipt TO portal_ops;
"""


class Migration(migrations.Migration):
    dependencies = [("portal", "0002_ops"), ("cases", "0011_mail_walls")]
    operations = [migrations.RunSQL(WITH_MAIL, WITHOUT_MAIL)]
