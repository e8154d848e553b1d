"""
Tell whoever listens that a case has a new line in its history: PostgreSQL sends it at commit, and never after a rollback.

What is sent names the row and holds no word of it. Who may know of it is asked when it is handed on, not here: the
grants of a case can change in the very transaction that writes the line.
"""

from django.db import migrations

TELL = """
    CREATE FUNCTION cases_tell() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_notify('portal_events', json_build_object(
            'key', NEW.id, 'case', NEW.case_id, 'seq', NEW.seq, 'action', NEW.action, 'unit', NEW.unit_id)::text);
        RETURN NULL;
    END $$;
    CREATE TRIGGER told_at_commit AFTER INSERT ON cases_caseevent FOR EACH ROW EXECUTE FUNCTION cases_tell();
"""
SILENT = """
    DROP TRIGGER told_at_commit ON cases_caseevent;
    DROP FUNCTION cases_tell();
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0060_open_cases_in_order")]
    operations = [migrations.RunSQL(TELL, SILENT)]
