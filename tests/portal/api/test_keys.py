"""Who may knock: live keys of active partners, and nobody learns why another key is not one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.portal.api.conftest import ALERTS, Caller, give, report, rows


def turned_away(answer: Any) -> bytes:
    assert answer.status_code == 401, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["WWW-Authenticate"] == 'Bearer realm="partner API"'
    assert rows() == (0, 0, 0)
    content: bytes = answer.content
    return content


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", "Bearer wrong", "Basic key-of-RJ-meta", "key-of-RJ-meta", "Bearer " + "k" * 5000,
     "Bearer क", "Bearer key-of-RJ-meta key-of-RJ-meta"],
)  # fmt: skip
def test_without_a_live_key_everything_is_the_same_401(meta: Caller, authorization: str | None):
    headers = {"Idempotency-Key": "k-1"} | ({} if authorization is None else {"Authorization": authorization})
    body = json.dumps(report()).encode()
    answer = Client().post(ALERTS, data=body, content_type="application/json", headers=headers)
    meta.key = "something else that is wrong"

    assert turned_away(answer) == turned_away(meta.send(report()))


def test_a_revoked_key_is_401_at_once_and_the_other_one_still_works(meta: Caller):
    key = give(meta.partner, "the-new-key", slot=2)
    new = Caller("the-new-key", meta.partner)
    assert new.ask("post", "/api/v1/heartbeat").status_code == 204

    key.revoked_at = timezone.now()
    key.save(update_fields=["revoked_at"])
    turned_away(new.send(report()))
    assert meta.send(report()).status_code == 201


def test_a_partner_that_is_no_longer_active_is_401(meta: Caller):
    meta.partner.active = False
    meta.partner.save(update_fields=["active"])

    turned_away(meta.send(report()))


def test_a_key_opens_nothing_but_the_api(meta: Caller):
    for address in ("/console", "/inbox", "/register", "/admin/"):
        assert meta.get(address).status_code in {302, 401, 403}, address


def test_a_body_of_a_stranger_is_not_looked_at(meta: Caller):
    meta.key = "wrong"

    turned_away(meta.send(b"\xff" * 2_000_000))
