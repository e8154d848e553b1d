"""
The ground tables are opened to the role that everybody stands on, and the register is closed to rewriting.

A migration is a historical document: the SQL is written in full and nothing of the project is imported.
"""

import django.db.models.deletion
from django.db import migrations, models

# Nothing on the ground is deleted, things end: there is no DELETE on a table of ours.
RIGHTS = """
    GRANT SELECT, INSERT, UPDATE ON
        districts_state, districts_district, districts_unit, districts_contact, districts_officer,
        districts_posting, districts_partner, districts_partnerkey, districts_policy
        TO portal_ground;
    -- Permissions come from postings; Django asks these two all the same, and nobody may fill them.
    GRANT SELECT ON districts_officer_groups, districts_officer_user_permissions TO portal_ground;
    GRANT SELECT, INSERT ON districts_registerentry TO portal_ground;

    -- A unit makes its group and never changes it.
    GRANT SELECT, INSERT ON auth_group TO portal_ground;
    GRANT SELECT ON auth_group_permissions, auth_permission, django_content_type, django_migrations TO portal_ground;
    GRANT SELECT, INSERT ON django_admin_log TO portal_ground;
    -- Signing in and out: sessions, second factors, and the count of failures.
    GRANT SELECT, INSERT, UPDATE, DELETE ON
        django_session, account_emailaddress, account_emailconfirmation, mfa_authenticator,
        axes_accessattempt, axes_accessattemptexpiration, axes_accessfailurelog, axes_accesslog
        TO portal_ground;
"""
NO_RIGHTS = """
    REVOKE ALL ON
        districts_state, districts_district, districts_unit, districts_contact, districts_officer,
        districts_posting, districts_partner, districts_partnerkey, districts_policy,
        districts_officer_groups, districts_officer_user_permissions, districts_registerentry,
        auth_group, auth_group_permissions, auth_permission, django_content_type, django_migrations, django_admin_log,
        django_session, account_emailaddress, account_emailconfirmation, mfa_authenticator,
        axes_accessattempt, axes_accessattemptexpiration, axes_accessfailurelog, axes_accesslog
        FROM portal_ground;
"""
WRITTEN_ONCE = """
    CREATE FUNCTION districts_registerentry_is_history() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'districts_registerentry is history: it is written once and never changed'
            USING ERRCODE = 'insufficient_privilege';
    END $$;
    CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON districts_registerentry
        FOR EACH ROW EXECUTE FUNCTION districts_registerentry_is_history();
    CREATE TRIGGER never_emptied BEFORE TRUNCATE ON districts_registerentry
        FOR EACH STATEMENT EXECUTE FUNCTION districts_registerentry_is_history();
"""
REWRITABLE = """
    DROP TRIGGER never_emptied ON districts_registerentry;
    DROP TRIGGER written_once ON districts_registerentry;
    DROP FUNCTION districts_registerentry_is_history();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("districts", "0001_ground"),
        # Whose tables are named above.
        ("account", "0009_emailaddress_unique_primary_email"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("axes", "0010_accessattemptexpiration"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("sessions", "0001_initial"),
    ]

    operations = [
        # The time of an act comes from whoever asks for it, never from the model's own clock.
        migrations.AlterField(
            model_name="officer",
            name="created_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="created"),
        ),
        migrations.AddField(
            model_name="registerentry",
            name="state",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="districts.state",
                verbose_name="state",
            ),
        ),
        migrations.AddField(
            model_name="registerentry",
            name="unit",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="districts.unit",
                verbose_name="unit",
            ),
        ),
        migrations.AddIndex(
            model_name="registerentry",
            index=models.Index(fields=["subject", "act"], name="register_of_one_subject"),
        ),
        migrations.RunSQL(RIGHTS, NO_RIGHTS),
        migrations.RunSQL(WRITTEN_ONCE, REWRITABLE),
    ]
