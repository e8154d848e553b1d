"""Build the walls of the mail door: receipts under row security, written once and judged once; layouts on the ground."""

from django.db import migrations

# A migration is a historical document: it imports no helper that could change under it.

STATE = "(SELECT nullif(current_setting('portal.state', true), '')::bigint)"

WALLS = f"""
    ALTER TABLE cases_mailreceipt ENABLE ROW LEVEL SECURITY;
    ALTER TABLE cases_mailreceipt FORCE ROW LEVEL SECURITY;
    REVOKE ALL ON cases_mailreceipt FROM PUBLIC;
    CREATE POLICY engine ON cases_mailreceipt TO portal_engine USING (true) WITH CHECK (true);
    CREATE POLICY ops ON cases_mailreceipt FOR SELECT TO portal_owner USING (true);
    -- The tray of a state is read by its cell, and by nobody else.
    CREATE POLICY cell ON cases_mailreceipt FOR SELECT TO portal_cell USING (state_id = {STATE});

    GRANT SELECT, INSERT ON cases_mailreceipt TO portal_engine;
    GRANT UPDATE (state_id, judged_at, verdict, kind, subject, sender) ON cases_mailreceipt TO portal_engine;
    GRANT SELECT ON cases_mailreceipt TO portal_cell;

    -- No case is in a layout: administrators write it, and whoever reads mail reads it.
    GRANT SELECT, INSERT, UPDATE ON mail_layout TO portal_ground;
    GRANT USAGE ON SEQUENCE mail_layout_id_seq TO portal_ground;
"""

ONCE = """
    CREATE FUNCTION cases_mail_is_judged_once() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' OR OLD.judged_at IS NOT NULL THEN
            RAISE EXCEPTION '% is history: a mail is received once and judged once', TG_TABLE_NAME;
        END IF;
        IF (NEW.id, NEW.mailbox, NEW.uidvalidity, NEW.uid, NEW.sha256, NEW.size, NEW.received_at)
           IS DISTINCT FROM
           (OLD.id, OLD.mailbox, OLD.uidvalidity, OLD.uid, OLD.sha256, OLD.size, OLD.received_at)
           OR NEW.internal_date IS DISTINCT FROM OLD.internal_date OR NEW.same_as_id IS DISTINCT FROM OLD.same_as_id
        THEN
            RAISE EXCEPTION '% is history: what was received is never changed', TG_TABLE_NAME;
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER judged_once BEFORE UPDATE OR DELETE ON cases_mailreceipt
        FOR EACH ROW EXECUTE FUNCTION cases_mail_is_judged_once();
    CREATE TRIGGER needs_an_actor BEFORE INSERT OR UPDATE OR DELETE ON cases_mailreceipt
        FOR EACH ROW EXECUTE FUNCTION cases_needs_an_actor();
"""


class Migration(migrations.Migration):
    """There is no way down: without the walls the portal must not start."""

    dependencies = [("cases", "0010_mail")]

    operations = [migrations.RunSQL(WALLS), migrations.RunSQL(ONCE)]
