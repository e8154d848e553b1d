"""Traffic: careful partners, a mailbox, a telephone, and officers at their screens; what they were answered is kept."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx

from tests.faults.ground import DISTRICTS, KEYS, OPERATORS, PASSWORD, Ground
from tests.faults.schedule import Plan, Report

#: Longer than any outage of a run: who has no answer by then will get none.
GIVE_UP_S = 120.0
PAUSE_S = 0.3
#: What a careful partner sends again (docs/api.md).
AGAIN = {409, 429, 500, 502, 503, 504}
JSON = {"Accept": "application/json"}
MAIL = """From: Safety <alerts@meta-safety.example>\r
To: desk@police.example\r
Subject: Imminent harm FAULT-MAIL-{number}\r
Date: Tue, 24 Nov 2026 10:00:00 +0000\r
Message-ID: <{seed}.{number}@meta-safety.example>\r
Content-Type: text/plain; charset=utf-8\r
\r
Case number: FAULT-MAIL-{number}\r
Platform: Instagram\r
Username: @kalpanik.{number}\r
User ID: 77{number}\r
Content: I am so alone\r
"""


class Desk:
    """Somebody's browser. It signs in again when it must, and asks again until it is answered."""

    def __init__(self, ground: Ground, name: str) -> None:
        self.name = name
        self._ground = ground
        self._url = ground.portal.url
        self._http = httpx.Client(base_url=self._url, headers={"Referer": f"{self._url}/"}, timeout=15, trust_env=False)
        self._signed_in = False
        #: When a button was first pressed, without the time that somebody waited for their turn at the desk.
        self.clicked: dict[str, float] = {}
        self._guard = threading.Lock()

    def post(self, path: str, **fields: str) -> httpx.Response | None:
        """Post a form once; nothing if there was no answer."""

        def press() -> httpx.Response:
            self.clicked.setdefault(path, time.time())
            return self._http.post(path, data=fields | self._token(), headers=JSON)

        return self._try(press)

    def sit_down(self) -> None:
        """Sign in beforehand."""
        self._try(lambda: self._http.get("/"))

    def case(self, reference: str) -> dict[str, Any] | None:
        """Read a case, however long it takes."""
        give_up = time.monotonic() + GIVE_UP_S
        while time.monotonic() < give_up and self._ground.stands:
            answer = self._try(lambda: self._http.get(f"/cases/{reference}", headers=JSON))
            if answer is not None and answer.status_code == 200:
                return dict(answer.json())
            if answer is not None and answer.status_code == 404:
                return None
            time.sleep(PAUSE_S)
        return None

    def close(self) -> None:
        self._http.close()

    def _try(self, ask: Callable[[], httpx.Response]) -> httpx.Response | None:
        with self._guard, suppress(httpx.HTTPError, ValueError):
            if not self._signed_in:
                self._http.get("/accounts/login/")
                form = {"login": self.name, "password": PASSWORD} | self._token()
                self._signed_in = self._http.post("/accounts/login/", data=form).status_code == 302
            answer = ask()
            sent_away = "/accounts/" in answer.headers.get("location", "")
            self._signed_in = answer.status_code not in {401, 403} and not sent_away
            return answer
        return None

    def _token(self) -> dict[str, str]:
        return {"csrfmiddlewaretoken": self._http.cookies.get("csrftoken") or ""}


@dataclass
class Ledger:
    """What the outside was told: everything that must be found again."""

    #: Idempotency key → (receipt, reference), for the API.
    answered: dict[str, tuple[str, str]] = field(default_factory=dict)
    #: The id given by the harness → reference, for the telephone.
    called: dict[str, str] = field(default_factory=dict)
    #: SHA-256 of the mails that were put into the mailbox.
    mailed: list[str] = field(default_factory=list)
    #: Reference → the unit it was forwarded to, and when that was clicked (seconds since the epoch).
    forwarded: dict[str, tuple[str, float]] = field(default_factory=dict)
    acknowledged: set[str] = field(default_factory=set)
    #: What somebody was told that contradicts what they had been told, or was never told.
    broken: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)


class Traffic:
    """Lets the reports of a plan come in at their times."""

    def __init__(self, ground: Ground, plan: Plan) -> None:
        self._ground, self._plan = ground, plan
        self.ledger = Ledger()
        self._desks = {name: Desk(ground, name) for name in (*OPERATORS, *DISTRICTS.values())}
        for desk in self._desks.values():
            desk.sit_down()
        self._senders = ThreadPoolExecutor(16, "partner")
        self._officers = ThreadPoolExecutor(8, "officer")
        self._running: list[Future[None]] = []
        self._client = httpx.Client(base_url=ground.portal.url, timeout=15, trust_env=False)

    def begin(self, report: Report) -> None:
        """Let a report come in; return at once."""
        how = {"api": self._send, "email": self._mail, "phone": self._call}[report.door]
        self._running.append(self._senders.submit(how, report))

    def finish(self) -> None:
        """Wait until everybody has been answered."""
        # Who is answered hands on to an officer: the list grows while it is read.
        for running in self._running:
            try:
                running.result(timeout=4 * GIVE_UP_S)
            except Exception as problem:  # noqa: BLE001 - whatever went wrong is told with the rest
                self.ledger.broken.append(f"somebody was stopped by {type(problem).__name__}: {problem}")
        for pool in (self._senders, self._officers):
            pool.shutdown()
        for desk in self._desks.values():
            desk.close()
        self._client.close()

    def _send(self, report: Report) -> None:
        key, number = f"fault-{self._plan.seed}-{report.number}", report.number
        partner = list(KEYS)[number % len(KEYS)]
        body = {
            "partner_reference": f"FAULT-{number}",
            "platform": "instagram",
            "sent_at": "2026-11-24T09:00:00Z",
            "subject": {"platform_user_id": f"9{number}", "handle": f"kalpanik.{number}"},
        }
        headers = {"Authorization": f"Bearer {KEYS[partner]}", "Idempotency-Key": key}
        if report.twice:
            self._running.append(self._senders.submit(self._insist, key, body, headers))
        began = time.monotonic()
        if self._insist(key, body, headers):
            self.ledger.waits.append(time.monotonic() - began)
            self._hand_on(report, self.ledger.answered[key][1])

    def _insist(self, key: str, body: dict[str, Any], headers: dict[str, str]) -> bool:
        """Send an alert as a careful partner does: with the same key, until it is answered."""
        give_up = time.monotonic() + GIVE_UP_S
        while time.monotonic() < give_up and self._ground.stands:
            with suppress(httpx.HTTPError, ValueError, KeyError):
                answer = self._client.post("/api/v1/alerts", json=body, headers=headers)
                if answer.status_code in {200, 201}:
                    said = answer.json()
                    told = (said["id"], said["reference"])
                    if self.ledger.answered.setdefault(key, told) != told:
                        self.ledger.broken.append(f"{key} was answered twice, and differently")
                    return True
                if answer.status_code not in AGAIN:
                    self.ledger.broken.append(f"{key} was refused: {answer.status_code} {answer.text[:200]}")
                    return False
            time.sleep(PAUSE_S)
        self.ledger.broken.append(f"{key} was not answered within {GIVE_UP_S:.0f} s")
        return False

    def _mail(self, report: Report) -> None:
        content = MAIL.format(number=report.number, seed=self._plan.seed).encode()
        assert self._ground.mailbox
        self._ground.mailbox.deliver(content)
        self.ledger.mailed.append(hashlib.sha256(content).hexdigest())

    def _call(self, report: Report) -> None:
        once = str(UUID(int=(self._plan.seed << 64) + report.number + 1, version=4))
        desk = self._desks[OPERATORS[report.number % len(OPERATORS)]]
        words = {"said": "He says goodbye.", "place": "Kota", "urgency": "P1", "source": "friend", "once": once}
        known = {"caller_phone": f"+9155501{report.number:05d}", "subject_handle": f"by.phone.{report.number}"}
        give_up = time.monotonic() + GIVE_UP_S
        while time.monotonic() < give_up and self._ground.stands:
            answer = desk.post("/intake/phone", **words, **known)
            if answer is not None and answer.status_code in {200, 201}:
                self.ledger.called[once] = answer.json()["reference"]
                return
            if answer is not None and answer.status_code == 422:
                self.ledger.broken.append(f"call {once} was refused: {answer.text[:300]}")
                return
            time.sleep(PAUSE_S)
        self.ledger.broken.append(f"call {once} was not taken within {GIVE_UP_S:.0f} s")

    def _hand_on(self, report: Report, reference: str) -> None:
        if report.fate != "left":
            self._running.append(self._officers.submit(self._work, report, reference))

    def _work(self, report: Report, reference: str) -> None:
        """Claim, forward and acknowledge, as far as the case is meant to go."""
        time.sleep(report.looked_at_after)
        operator = self._desks[OPERATORS[report.number % len(OPERATORS)]]
        unit, name = list(DISTRICTS.items())[report.number % len(DISTRICTS)]
        self._act(operator, reference, "claim", lambda case: bool(case["claimed_by"]))
        if report.fate == "claimed":
            return
        time.sleep(report.looked_at_after / 2)
        sent = self._act(operator, reference, "forward", lambda case: bool(case["forwardings"]), unit=unit, role="lead")
        if not sent:
            return
        self.ledger.forwarded[reference] = (unit, operator.clicked[f"/cases/{reference}/forward"])
        if report.fate == "forwarded":
            return
        time.sleep(report.looked_at_after)
        named = {"officer_name": "SI Fault", "officer_phone": "+915550009999", "eta_minutes": "12"}
        if self._act(self._desks[name], reference, "acknowledge", _is_acknowledged, **named):
            self.ledger.acknowledged.add(reference)

    def _act(
        self, desk: Desk, reference: str, verb: str, is_done: Callable[[dict[str, Any]], bool], **fields: str
    ) -> bool:
        """Do something until it is done; where the answer was lost, look whether it was before doing it again."""
        give_up = time.monotonic() + GIVE_UP_S
        said = "nothing"
        while time.monotonic() < give_up and self._ground.stands:
            answer = desk.post(f"/cases/{reference}/{verb}", **fields)
            if answer is not None and answer.status_code == 200:
                return True
            said = "nothing" if answer is None else f"{answer.status_code} {answer.text[:200]}"
            case = desk.case(reference)
            if case is not None and is_done(case):
                return True
            if case is None and answer is not None and answer.status_code == 404:
                self.ledger.broken.append(f"a case that was answered is lost: {desk.name} does not find {reference}")
                return False
            time.sleep(PAUSE_S)
        self.ledger.broken.append(f"{desk.name} could not {verb} {reference}: {said}")
        return False


def _is_acknowledged(case: dict[str, Any]) -> bool:
    return any(leg["acknowledged_at"] for leg in case["forwardings"])
