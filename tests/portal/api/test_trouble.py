"""When a part is gone: nothing is promised, the partner is told when to come back and whom to ring."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import psycopg
import pytest
from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper

from cases.intake import receive_once
from districts.models import Contact
from portal.api.v1 import telephone, views
from tests.portal.api.conftest import ALERTS, CELL_TELEPHONE, Caller, report, rows
from tests.servers import SUPERUSER

connection = cast("DatabaseWrapper", connections["default"])


@contextmanager
def no_database() -> Iterator[None]:
    """Point Django at a port where nobody listens, for a while."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    kept = {name: connection.settings_dict[name] for name in ("PORT", "OPTIONS")}
    pool = {**kept["OPTIONS"]["pool"], "timeout": 0.3, "min_size": 0}
    connection.close()
    connection.close_pool()
    connection.settings_dict.update(PORT=port, OPTIONS={**kept["OPTIONS"], "pool": pool})
    try:
        yield
    finally:
        connection.close()
        connection.close_pool()
        connection.settings_dict.update(kept)


def unavailable(answer: Any, telephone: str) -> None:
    assert answer.status_code == 503, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Content-Language"] == "en"
    assert int(answer["Retry-After"]) > 0
    problem = answer.json()
    assert problem["type"] == "/problems/unavailable"
    assert problem["telephone"] == telephone
    assert "Traceback" not in answer.content.decode()


def test_without_a_database_it_is_503_and_the_same_alert_is_taken_later(meta: Caller):
    assert meta.ask("post", "/api/v1/heartbeat").status_code == 204
    body = report()
    with no_database():
        unavailable(meta.send(body, key="k-1"), CELL_TELEPHONE)
        unavailable(meta.get(ALERTS), CELL_TELEPHONE)
        unavailable(meta.ask("post", "/api/v1/heartbeat"), CELL_TELEPHONE)

    assert meta.send(body, key="k-1").status_code == 201
    assert rows() == (1, 1, 1)


def test_a_stranger_is_not_told_the_number(meta: Caller):
    meta.ask("post", "/api/v1/heartbeat")
    meta.key = "wrong"
    with no_database():
        unavailable(meta.send(report()), "")


def test_a_connection_that_breaks_in_the_middle_is_503_and_nothing_is_stored(
    meta: Caller, monkeypatch: pytest.MonkeyPatch
):
    """The server ends our session right before the alert would be committed."""
    whole = receive_once

    def broken(*args: Any, **kwargs: Any) -> Any:
        answer = whole(*args, **kwargs)
        with psycopg.connect(os.environ[SUPERUSER]) as superuser:
            superuser.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
        return answer

    monkeypatch.setattr(views, "receive_once", broken)
    body = report()
    unavailable(meta.send(body, key="k-1"), CELL_TELEPHONE)

    monkeypatch.undo()
    connection.close()
    assert rows() == (0, 0, 0)
    assert meta.send(body, key="k-1").status_code == 201


def test_what_nobody_has_thought_of_is_a_500_without_a_trace(meta: Caller, monkeypatch: pytest.MonkeyPatch):
    def surprise(*_args: Any, **_kwargs: Any) -> Any:
        message = "Kalpanik at line 7"
        raise KeyError(message)

    monkeypatch.setattr(views, "receive_once", surprise)
    answer = meta.send(report())

    assert answer.status_code == 500
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["type"] == "/problems/unexpected"
    assert answer.json()["telephone"] == CELL_TELEPHONE
    for word in ("Kalpanik", "Traceback", "KeyError", "line 7"):
        assert word not in answer.content.decode()


def test_the_number_of_the_first_rung_is_told_and_a_vacant_post_is_passed_over(meta: Caller, rajasthan: Any):
    Contact.objects.filter(rung=1).update(vacant=True)
    telephone.remember("digest", rajasthan.pk)

    assert telephone._lines[rajasthan.pk][1] == "+915550000902"
