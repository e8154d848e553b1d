"""Every misconfiguration is named, with what to do about it."""

from __future__ import annotations

import os

import psycopg
import pytest
from django.core.checks import run_checks
from django.db import connection, connections
from psycopg import sql

from portal import checks, walls
from portal.environment import PROBLEMS, Problem
from portal.stack.database import make_portal_database
from tests import database
from tests.servers import SUPERUSER, url_for

MENDED = "ALTER TABLE cases_person FORCE ROW LEVEL SECURITY; REVOKE SELECT ON cases_case FROM portal_app"


def ids() -> set[str]:
    return {str(found.id) for found in checks.database_holds(None, databases=["default"])}


def signed_in_as(user: str, password: str) -> set[str]:
    """Look through the eyes of another login, as a wrong DATABASE_URL would."""
    settings = connection.settings_dict
    before = {name: settings[name] for name in ("USER", "PASSWORD")}
    database._disconnect()
    settings.update(USER=user, PASSWORD=password)
    try:
        return ids()
    finally:
        database._disconnect()
        settings.update(before)


@pytest.mark.django_db(transaction=True)
def test_the_test_database_is_sound():
    assert walls.login().name == "portal_app"
    assert ids() == set()
    assert [found for found in run_checks(databases=["default"]) if found.is_serious()] == []


@pytest.mark.django_db(transaction=True)
def test_the_owner_is_refused():
    password = url_for("portal_owner", "x").split(":")[2].split("@")[0]
    assert signed_in_as("portal_owner", password) == {"portal.E013"}


@pytest.mark.django_db(transaction=True)
def test_a_superuser_and_a_bypasser_are_refused(superuser):
    assert signed_in_as("postgres", os.environ[SUPERUSER].split(":")[2].split("@")[0]) == {"portal.E011"}
    superuser.execute("CREATE ROLE too_free LOGIN PASSWORD 'x' BYPASSRLS")
    try:
        name = sql.Identifier(connection.settings_dict["NAME"])
        superuser.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO too_free").format(name))
        assert signed_in_as("too_free", "x") == {"portal.E012"}
    finally:
        superuser.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM too_free").format(name))
        superuser.execute("DROP ROLE too_free")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("ALTER TABLE cases_person NO FORCE ROW LEVEL SECURITY", "portal.E015"),
        ("GRANT SELECT ON cases_case TO portal_app", "portal.E014"),
    ],
)
def test_a_fallen_wall_is_found(superuser, fault, said):
    superuser.execute(fault)
    try:
        found = checks.database_holds(None, databases=["default"])
        assert [problem.id for problem in found] == [said]
        assert all(problem.hint for problem in found)
    finally:
        superuser.execute(MENDED)


@pytest.mark.django_db(transaction=True)
def test_a_locale_without_hindi_is_found():
    """As a hand-made cluster has it: initdb --no-locale."""
    name = "portal_test_wrong_locale"
    with psycopg.connect(os.environ[SUPERUSER], autocommit=True) as server:
        wrong = "CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER libc LOCALE 'C'"
        server.execute(sql.SQL(wrong).format(sql.Identifier(name)))
        make_portal_database(os.environ[SUPERUSER], name, passwords={})
        right = connection.settings_dict["NAME"]
        database._disconnect()
        connection.settings_dict["NAME"] = name
        try:
            assert ids() == {"portal.E017"}
        finally:
            database._disconnect()
            connection.settings_dict["NAME"] = right
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_away_is_said_in_one_line():
    port = connection.settings_dict["PORT"]
    pool = connection.settings_dict["OPTIONS"]["pool"]
    database._disconnect()
    connection.settings_dict["PORT"] = 1
    connection.settings_dict["OPTIONS"]["pool"] = pool | {"timeout": 0.3}
    try:
        (found,) = checks.database_holds(None, databases=["default"])
    finally:
        database._disconnect()
        connection.settings_dict["PORT"] = port
        connection.settings_dict["OPTIONS"]["pool"] = pool
    assert found.id == "portal.E010"
    assert "\n" not in found.msg
    assert len(connections.all()) == 1


@pytest.mark.parametrize("secret", ["short", "a" * 60, "django-insecure-" + "x7Qm2LpV9sKd4TzB" * 4])
def test_a_secret_that_can_be_guessed_is_refused(settings, secret):
    settings.SECRET_KEY = secret
    assert [found.id for found in checks.secret_is_strong(None)] == ["portal.E002"]


def test_a_malformed_variable_is_named_with_its_hint(monkeypatch):
    monkeypatch.setattr("portal.environment.PROBLEMS", [*PROBLEMS, Problem("REDIS_URL", "it is not set", "Set it.")])
    found = checks.environment_is_sound(None)
    assert [(error.msg, error.hint) for error in found] == [("REDIS_URL: it is not set.", "Set it.")]


def test_what_is_wrong_in_service_is_warned_of(settings):
    settings.PUBLIC_URL, settings.DEBUG, settings.DEMO, settings.EMAIL_URL = "http://setu.example", True, True, ""
    assert [found.id for found in checks.production_is_safe(None)] == [f"portal.W00{n}" for n in (1, 2, 3, 4)]
    settings.PUBLIC_URL, settings.DEBUG, settings.DEMO = "https://setu.example", False, False
    settings.EMAIL_URL = settings.SMS_GATEWAY_URL = settings.VOICE_GATEWAY_URL = "https://gateway.example"
    assert checks.production_is_safe(None) == []


def test_a_second_provider_without_a_first_one_is_warned_of(settings):
    settings.PUBLIC_URL, settings.EMAIL_URL = "https://setu.example", "smtp://127.0.0.1:25"
    settings.SMS_GATEWAY_URL, settings.SMS_GATEWAY_URL_2 = "", "https://gateway.example"
    settings.VOICE_GATEWAY_URL = settings.VOICE_GATEWAY_URL_2 = "https://gateway.example"
    found = {found.id: found.msg for found in checks.production_is_safe(None)}
    assert found["portal.W005"] == "There is no first provider beside: SMS_GATEWAY_URL_2."
