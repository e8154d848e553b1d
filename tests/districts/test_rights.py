"""What the database itself allows on the ground, whoever asks and whatever the code forgets."""

from __future__ import annotations

import os

import psycopg
import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from districts.models import RegisterEntry

pytestmark = pytest.mark.django_db
#: Apps of others whose tables the portal writes as it runs; guardian's general tables are not used.
OUTSIDE = {"account", "auth", "axes", "contenttypes", "mfa", "sessions"}


def may(right: str, table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege('portal_app', %s, %s)", [table, right])
        (allowed,) = cursor.fetchone()
        return bool(allowed)


def tables(*labels: str) -> list[str]:
    return [
        model._meta.db_table
        for label in labels
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
    ]


def test_nothing_of_the_ground_can_be_deleted_or_emptied():
    ours = tables("districts")
    assert len(ours) == 17
    assert [table for table in ours if may("DELETE", table) or may("TRUNCATE", table)] == []
    assert [table for table in ours if not may("SELECT", table)] == []


def test_every_table_of_others_that_the_portal_needs_is_open_to_it():
    assert [table for table in tables(*OUTSIDE) if not may("SELECT", table)] == []


def test_nobody_is_made_a_member_or_given_a_permission_by_hand():
    for table in ("auth_group_permissions", "districts_officer_groups", "districts_officer_user_permissions"):
        assert not may("INSERT", table)


def test_the_register_can_not_be_rewritten(home):
    entry = RegisterEntry.objects.first()
    for attempt in (lambda: RegisterEntry.objects.filter(pk=entry.pk).update(actor="nobody"), entry.delete):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            attempt()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "attempt",
    [
        "UPDATE districts_registerentry SET actor = 'nobody'",
        "DELETE FROM districts_registerentry",
        "TRUNCATE districts_registerentry",
    ],
)
def test_not_even_by_the_owner_of_the_tables(home, attempt):
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as owner:
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="is history"):
            owner.execute(attempt)
        owner.rollback()
        assert owner.execute("SELECT FROM districts_registerentry").rowcount > 0
