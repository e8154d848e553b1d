"""System checks: what is wrong with the set-up, named, with what to do about it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004 - Django's own name
from django.db import DatabaseError, InterfaceError
from psycopg_pool import PoolTimeout

from portal import environment, walls

SECRET_SHORTEST = 50
SECRET_LETTERS = 5
AWAY = (DatabaseError, InterfaceError, PoolTimeout)
Found = list[CheckMessage]
Apps = Sequence[AppConfig] | None


@register("environment")
def environment_is_sound(app_configs: Apps, **_kwargs: Any) -> Found:  # noqa: ARG001 - Django's name for it
    """Name every variable that is missing or malformed."""
    return [
        Error(f"{problem.name}: {problem.what}.", hint=problem.hint, id="portal.E001")
        for problem in environment.PROBLEMS
    ]


@register(Tags.security)
def secret_is_strong(app_configs: Apps, **_kwargs: Any) -> Found:  # noqa: ARG001 - Django's name for it
    """Refuse a secret that can be guessed; whoever knows it can sign in as anybody."""
    secret = settings.SECRET_KEY
    if any(problem.name == "SECRET_KEY" for problem in environment.PROBLEMS):
        return []
    if (
        len(secret) >= SECRET_SHORTEST
        and len(set(secret)) >= SECRET_LETTERS
        and not secret.startswith("django-insecure")
    ):
        return []
    hint = "Make one: python3 -c 'import secrets; print(secrets.token_urlsafe(50))', and set SECRET_KEY to it."
    return [Error("SECRET_KEY: it is too short or too plain.", hint=hint, id="portal.E002")]


@register(Tags.database)
def database_holds(app_configs: Apps, databases: Sequence[str] | None = None, **_kwargs: Any) -> Found:  # noqa: ARG001 - Django's name for it
    """Refuse to work as anything stronger than portal_app, on a table without its wall, or in a wrong locale."""
    if not databases or "default" not in databases or _runs_as_owner():
        return []
    try:
        return [*_login_is_weak(), *_walls_stand(), *_locale_is_right()]
    except AWAY as problem:
        hint = "Start it, or correct DATABASE_URL; `make run` brings a database of its own."
        said = (str(problem).strip().splitlines() or [type(problem).__name__])[0]
        return [Error(f"The database does not answer: {said}", hint=hint, id="portal.E010")]


@register(Tags.security, deploy=True)
def production_is_safe(app_configs: Apps, **_kwargs: Any) -> Found:  # noqa: ARG001 - Django's name for it
    """Warn of what is right on a desk and wrong in service."""
    found: Found = []
    if not settings.PUBLIC_URL.startswith("https://"):
        hint = "Put a proxy with a certificate before the portal and set PUBLIC_URL to its https:// address."
        found.append(
            Warning("PUBLIC_URL is not https: sign-ins would travel in the clear.", hint=hint, id="portal.W001")
        )
    if settings.DEBUG:
        found.append(Warning("DEBUG is on: a failure shows its inside.", hint="Set DEBUG=0.", id="portal.W002"))
    if settings.DEMO:
        hint = "Set PORTAL_DEMO=0, and start with PORTAL_EMPTY=1 and a seed file of your own."
        found.append(Warning("The demo is on: its sign-ins are known to everybody.", hint=hint, id="portal.W003"))
    missing = [name for name in ("SMS_GATEWAY_URL", "VOICE_GATEWAY_URL", "EMAIL_URL") if not getattr(settings, name)]
    if missing:
        hint = "Set them to the addresses of your providers (.env.example); without them the demo telephones ring."
        found.append(Warning(f"No post is rung by: {', '.join(missing)}.", hint=hint, id="portal.W004"))
    alone = [f"{name}_2" for name in missing if getattr(settings, f"{name}_2")]
    if alone:
        hint = "A second provider stands in for a first one: give the first one's address in the variable without _2."
        found.append(Warning(f"There is no first provider beside: {', '.join(alone)}.", hint=hint, id="portal.W005"))
    return found


def _runs_as_owner() -> bool:
    """Tell whether manage.py runs a command about the shape of the database, which is the owner's to run."""
    return sys.argv[1:2] in (["migrate"], ["makemigrations"], ["showmigrations"], ["sqlmigrate"])


def _login_is_weak() -> Iterator[CheckMessage]:
    login = walls.login()
    hint = "Set DATABASE_URL to the address of portal_app (portal/stack/roles.sql makes it); the owner only migrates."
    if login.is_superuser:
        yield Error(f"The portal is signed in as {login.name}, a superuser.", hint=hint, id="portal.E011")
    elif login.bypasses:
        yield Error(f"The portal is signed in as {login.name}, who bypasses row security.", hint=hint, id="portal.E012")
    elif login.owns or login.is_owner:
        yield Error(f"The portal is signed in as {login.name}, who owns tables.", hint=hint, id="portal.E013")
    elif opened := walls.tables_open_to_us():
        rights = "Take the rights away: REVOKE ALL ON the table FROM the role; rights belong to the reaches."
        named = ", ".join(opened)
        yield Error(f"{login.name} may touch {named} without a reach.", hint=rights, id="portal.E014")


def _walls_stand() -> Iterator[CheckMessage]:
    for table in walls.unforced_tables():
        hint = f"In a migration: ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; and policies."
        yield Error(f"{table} holds something of a case and has no forced row security.", hint=hint, id="portal.E015")
    for right in walls.rewritable_history():
        hint = "In a migration: REVOKE UPDATE, DELETE, TRUNCATE on it from that role."
        yield Error(f"History can be rewritten: {right}.", hint=hint, id="portal.E016")


def _locale_is_right() -> Iterator[CheckMessage]:
    found = walls.locale()
    if not found.knows_hindi:
        hint = (
            "Make the cluster anew: initdb -E UTF8 --locale-provider=builtin --builtin-locale=C.UTF-8, "
            "and restore into it. With LC_CTYPE C, Hindi names are never alike."
        )
        said = f"encoding {found.encoding}, locale {found.name or found.ctype}"
        yield Error(f"The database does not know Hindi letters ({said}).", hint=hint, id="portal.E017")
