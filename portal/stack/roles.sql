-- The roles of the portal and what each may do in the database this file is run in.
--
-- Run by a superuser, once in every database that is to hold a portal; running it again changes nothing.
-- It sets no passwords: the embedded default does that itself (portal/stack/roles.py), Docker Compose does it in
-- portal/stack/compose-init.sh, and on servers of your own you do it with `\password portal_app` in psql.
-- Rights on tables are granted by the migrations, which run as portal_owner.

SET client_min_messages = warning;

DO $roles$
DECLARE
    wanted text;
BEGIN
    -- Roles belong to the whole server; two starts at once must not both try to make them.
    PERFORM pg_advisory_xact_lock(hashtext('portal roles'));
    FOREACH wanted IN ARRAY ARRAY['portal_owner', 'portal_app', 'portal_backup', 'portal_ops',
                                  'portal_ground', 'portal_unit', 'portal_cell', 'portal_partner', 'portal_engine']
    LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            EXECUTE format('CREATE ROLE %I', wanted);
        END IF;
    END LOOP;

    -- Who may sign in. portal_owner runs migrations; portal_app is what every process connects as;
    -- portal_backup reads all, past row security; portal_ops reads the views of schema ops.
    ALTER ROLE portal_owner LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION;
    ALTER ROLE portal_app LOGIN NOINHERIT NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION;
    ALTER ROLE portal_backup LOGIN NOSUPERUSER BYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION;
    ALTER ROLE portal_ops LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION;

    -- Rights that are worn, never signed in with: the ground tables, and the four reaches.
    FOREACH wanted IN ARRAY ARRAY['portal_ground', 'portal_unit', 'portal_cell', 'portal_partner', 'portal_engine']
    LOOP
        EXECUTE format('ALTER ROLE %I NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION', wanted);
    END LOOP;

    -- The ground is always there; a reach must be taken, for one transaction, by naming it.
    GRANT portal_ground TO portal_app WITH INHERIT TRUE, SET FALSE;
    FOREACH wanted IN ARRAY ARRAY['portal_unit', 'portal_cell', 'portal_partner', 'portal_engine']
    LOOP
        EXECUTE format('GRANT portal_ground TO %I WITH INHERIT TRUE, SET FALSE', wanted);
        EXECUTE format('GRANT %I TO portal_app WITH INHERIT FALSE, SET TRUE', wanted);
    END LOOP;
    GRANT pg_read_all_data TO portal_backup WITH INHERIT TRUE, SET FALSE;

    -- A migration that must wait for a lock gives up instead of queueing every reader behind it.
    ALTER ROLE portal_owner SET lock_timeout = '10s';
    -- A process that stands still inside a transaction must not hold a case, or a deadline, until somebody notices it.
    ALTER ROLE portal_app SET idle_in_transaction_session_timeout = '10s';

    -- This database: ours alone, and owned by portal_owner, who thereby may create the schemas it needs.
    EXECUTE format('ALTER DATABASE %I OWNER TO portal_owner', current_database());
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO portal_app, portal_backup, portal_ops', current_database());
END
$roles$;

ALTER SCHEMA public OWNER TO portal_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO portal_app, portal_ground, portal_unit, portal_cell, portal_partner, portal_engine;

-- Exclusion constraints over units and times, and search by likeness.
CREATE EXTENSION IF NOT EXISTS btree_gist SCHEMA public;
CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public;

CREATE SCHEMA IF NOT EXISTS ops AUTHORIZATION portal_owner;
ALTER SCHEMA ops OWNER TO portal_owner;
REVOKE ALL ON SCHEMA ops FROM PUBLIC;
GRANT USAGE ON SCHEMA ops TO portal_ops;

RESET client_min_messages;
