"""What a telephone sends again, because it never heard the answer, is done once; what was refused may come again."""

from __future__ import annotations

import threading
from typing import Any

from django.db import connection
from django.test import Client

from cases.models import Case
from tests.portal.conftest import JSON, STRANGERS, do, read, signed_in


def send(client: Client, case: Case, verb: str, key: str, **fields: Any) -> Any:
    return client.post(f"/cases/{case.reference}/{verb}", fields, headers=JSON | {"Idempotency-Key": key})


def said(client: Client, case: Case) -> list[str]:
    return [line["action"] for line in read(client, case)["timeline"]]


NAMED = {"officer_name": "SI", "officer_phone": "112", "eta_minutes": 9}


def test_the_same_act_sent_three_times_is_done_once(forwarded: Case, desk: Any):
    north = desk("north")
    answers = [send(north, forwarded, "notes", "k-1", text="nobody opens the door") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert said(north, forwarded).count("noted") == 1
    assert send(north, forwarded, "notes", "k-2", text="nobody opens the door").status_code == 200
    assert said(north, forwarded).count("noted") == 2, "another key is another act"
    assert do(north, forwarded, "notes", text="without a key").status_code == 200
    assert said(north, forwarded).count("noted") == 3


def test_an_acknowledgement_that_was_done_is_not_refused_when_it_comes_again(forwarded: Case, desk: Any):
    north = desk("north")
    assert send(north, forwarded, "acknowledge", "k", **NAMED).status_code == 200
    again = send(north, forwarded, "acknowledge", "k", **NAMED)
    assert (again.status_code, again.json()["state"]) == (200, "acknowledged")
    assert do(north, forwarded, "acknowledge", **NAMED).status_code == 409, "without its key it is a second one"


def test_what_was_refused_leaves_no_key_behind(forwarded: Case, desk: Any):
    north = desk("north")
    assert send(north, forwarded, "move", "k").status_code == 409
    assert send(north, forwarded, "acknowledge", "a", **NAMED).status_code == 200
    assert send(north, forwarded, "move", "k").status_code == 200
    assert said(north, forwarded).count("team_moving") == 1


def test_a_case_that_was_handed_back_stays_handed_back(forwarded: Case, desk: Any):
    north = desk("north")
    first = send(north, forwarded, "return", "k", reason="not ours")
    again = send(north, forwarded, "return", "k", reason="not ours")
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert said(desk("op1"), forwarded).count("returned") == 1


def test_a_key_belongs_to_its_officer_its_case_and_its_verb(forwarded: Case, post: Any, desk: Any):
    north, op1 = desk("north"), desk("op1")
    other: Case = post()
    assert send(north, forwarded, "notes", "k", text="one").status_code == 200
    assert send(op1, forwarded, "notes", "k", text="two").status_code == 200
    assert send(op1, other, "notes", "k", text="three").status_code == 200
    assert said(op1, forwarded).count("noted") == 2
    assert said(op1, other).count("noted") == 1
    for stranger in STRANGERS:
        assert send(desk(stranger), forwarded, "notes", "k", text="four").status_code in {403, 404}
    assert said(op1, forwarded).count("noted") == 2


def test_two_at_the_same_moment_are_one(committed: Any):
    case: Case = committed()
    answers: list[int] = []

    def send_it() -> None:
        answers.append(send(signed_in("north"), case, "notes", "k", text="at the same moment").status_code)
        connection.close()

    threads = [threading.Thread(target=send_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 4
    assert said(signed_in("op1"), case).count("noted") == 1
