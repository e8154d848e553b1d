"""Several hands on one case in the same moment, and the rehearsed night over real HTTP."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from cases.models import Case, ReadEntry
from districts.actors import CLOCK
from districts.reach import reach_of
from tests.portal.conftest import JSON, arrive, do, plant, signed_in

ROOT = Path(__file__).resolve().parents[2]


def at_once(clients: list[Client], case: Case, verb: str, **fields: Any) -> Counter[int]:
    """Let everybody press the button in the same moment, and count the answers."""
    ready = Barrier(len(clients))

    def press(client: Client) -> int:
        try:
            ready.wait()
            return int(do(client, case, verb, **fields).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(clients)) as hands:
        return Counter(hands.map(press, clients))


@pytest.mark.django_db(transaction=True)
def test_of_two_operators_who_claim_at_once_one_has_the_case():
    plant()
    for _ in range(3):
        case = arrive()
        assert at_once([signed_in("op1"), signed_in("op2")], case, "claim") == {200: 1, 409: 1}


@pytest.mark.django_db(transaction=True)
def test_of_four_telephones_that_acknowledge_at_once_one_is_taken(committed):
    case = committed()
    fields = {"officer_name": "SI", "officer_phone": "112", "eta_minutes": 5}
    assert at_once([signed_in("north") for _ in range(4)], case, "acknowledge", **fields) == {200: 1, 409: 3}
    with reach_of(CLOCK):
        assert case.events.filter(action="acknowledged").count() == 1
        # The ones who were refused have looked as well.
        assert ReadEntry.objects.filter(actor="officer:north").count() == 4


@pytest.mark.django_db(transaction=True)
def test_notes_written_at_once_all_stand_in_one_unbroken_history(committed):
    case = committed()
    hands = [signed_in(name) for name in ("op1", "op2", "north", "op1", "north")]
    assert at_once(hands, case, "notes", text="seen") == {200: 5}
    seen = hands[0].get(f"/cases/{case.reference}", headers=JSON).json()["timeline"]
    assert [line["seq"] for line in seen] == list(range(1, len(seen) + 1))
    call_command("verify_audit", "--case", case.reference)


@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
def test_the_rehearsed_night_is_walked_to_its_outcomes(live_server, capsys):
    call_command("seed", str(ROOT / "districts" / "data" / "rajasthan.json"))
    call_command("demo", "--url", live_server.url, "--pace", "0", "--until", "outcome")
    said = capsys.readouterr().out
    assert "in distress, no attempt, safe" in said
    assert "which was suggested" in said
    with reach_of(CLOCK):
        cases = Case.objects.order_by("opened_at")
        assert [(case.status, case.outcome, case.practice) for case in cases] == [
            ("forwarded", "", True),
            ("closed", "S2", True),
            ("closed", "S4", True),
        ]


def test_the_demo_says_what_to_start():
    with pytest.raises(CommandError, match="Start the portal with `make run`"):
        call_command("demo", "--url", "http://127.0.0.1:1")
