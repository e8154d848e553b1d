"""A rehearsed night: practice alerts walked through the running portal by its own doors, as its officers would."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import uuid4

import httpx

from portal.api import rehearsal
from portal.api.rehearsal import Place

#: How often an alert is sent when the portal says that it can not be kept just now, and how long it waits in between.
TRIES = 5
LONGEST_WAIT_S = 5

JSON = {"Accept": "application/json"}
PATIENCE_S = 30.0
#: How often the unanswered case is looked at while its ladder climbs.
LOOK_S = 5.0
#: The rung of the range.
RANGE = 4


class Stuck(Exception):
    """The rehearsal cannot go on; the sentence says why and what to do."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One person in crisis who does not exist, and where."""

    unit: str
    name_en: str
    desk: str
    place: Place


SCENES: Mapping[str, Scene] = {
    "unanswered": Scene("RJ-SIKAR", "Sikar", "desk.sikar", Place("Sikar", "332001", 27.61, 75.14)),
    "answered": Scene("RJ-JHUNJHUNU", "Jhunjhunu", "desk.jhunjhunu", Place("Jhunjhunu", "333001", 28.13, 75.40)),
    "returned": Scene("RJ-KOTA-CITY", "Kota City", "desk.kota-city", Place("Kota", "325601", 25.14, 75.85)),
    "moved": Scene("RJ-KOTA-RURAL", "Kota Rural", "desk.kota-rural", Place("Kota", "325601", 25.14, 75.85)),
}


class Desk:
    """Somebody's browser: a session of their own, signed in with a demo password."""

    def __init__(self, url: str, username: str, password: str) -> None:
        """Sign in."""
        self.name = username
        self._http = httpx.Client(base_url=url, headers={"Referer": url + "/"}, timeout=PATIENCE_S)
        self._http.get("/accounts/login/")
        answer = self._http.post("/accounts/login/", data={"login": username, "password": password} | self._token())
        if answer.status_code != httpx.codes.FOUND:
            raise Stuck(f"{username} cannot sign in: the demo state is not loaded here. Start it with `make run`.")

    def act(self, reference: str, verb: str, **fields: Any) -> dict[str, Any]:
        """Do something to a case, and return it as it is afterwards."""
        answer = self._http.post(f"/cases/{reference}/{verb}", data=fields | self._token(), headers=JSON)
        if answer.is_error:
            raise Stuck(f"{self.name} could not {verb} {reference}: {_why(answer)}")
        return dict(answer.json())

    def read(self, reference: str) -> dict[str, Any]:
        """Read a case."""
        answer = self._http.get(f"/cases/{reference}", headers=JSON)
        if answer.is_error:
            raise Stuck(f"{self.name} could not read {reference}: {_why(answer)}")
        return dict(answer.json())

    def row(self, reference: str) -> dict[str, Any] | None:
        """Return the row of a case on the console, or nothing when it is no longer open."""
        answer = self._http.get("/console", headers=JSON)
        if answer.is_error:
            raise Stuck(f"{self.name} could not read the console: {_why(answer)}")
        rows = {row["reference"]: row for row in answer.json()["cases"]}
        return rows.get(reference)

    def _token(self) -> dict[str, str]:
        return {"csrfmiddlewaretoken": self._http.cookies.get("csrftoken") or ""}


@dataclass(slots=True)
class Rehearsal:
    """The whole night. ``say`` prints a line; ``pace`` is how many seconds lie between two acts."""

    url: str
    key: str
    password: str
    say: Callable[[str], None]
    pace: float = 1.5
    _desks: dict[str, Desk] = field(default_factory=dict)

    def play(self, *, until_range: bool) -> None:
        """Let alerts come in, walk two to an outcome, and leave one until its ladder has reached the range."""
        op1 = self.desk("op1")
        self.say(f"Watch it at {self.url}/console (op1) and {self.url}/telephones.")
        waiting = self._arrive("unanswered")
        self._send(op1, waiting, "unanswered")
        self._walk_to_an_outcome(op1, self._arrive("answered"))
        self._walk_through_a_return(op1, self._arrive("returned"))
        if until_range:
            self._leave_unanswered(op1, waiting)
        else:
            self.say(f"{waiting} is with Sikar and nobody answers: its ladder climbs to the range within ten minutes.")

    def desk(self, username: str) -> Desk:
        """Return somebody's browser, signed in once."""
        if username not in self._desks:
            self._desks[username] = Desk(self.url, username, self.password)
        return self._desks[username]

    def _arrive(self, name: str) -> str:
        """Send an alert as a platform would, and return the reference of its case."""
        scene = SCENES[name]
        body = rehearsal.alert(Random(), at=datetime.now(UTC), place=scene.place, level="high")  # noqa: S311 - it plays, it keeps no secret
        headers = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": uuid4().hex}
        answer = httpx.post(f"{self.url}/api/v1/alerts", json=body, headers=headers, timeout=PATIENCE_S)
        for _ in range(TRIES):
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                break
            # As a careful partner does: the same alert, with the same key, when the portal says so.
            time.sleep(min(LONGEST_WAIT_S, int(answer.headers.get("Retry-After", "1"))))
            answer = httpx.post(f"{self.url}/api/v1/alerts", json=body, headers=headers, timeout=PATIENCE_S)
        if answer.is_error:
            raise Stuck(f"The alert was not taken: {_why(answer)}")
        reference = str(answer.json()["reference"])
        self._tell(f"An alert came in: {reference}, {scene.place.city}.")
        return reference

    def _send(self, op1: Desk, reference: str, name: str) -> None:
        scene = SCENES[name]
        op1.act(reference, "claim")
        self._tell(f"op1 has claimed {reference}.")
        op1.act(reference, "forward", unit=scene.unit, role="lead", note="Practice.")
        self._tell(f"op1 has forwarded {reference} to {scene.name_en}; the control room's telephone rings.")

    def _walk_to_an_outcome(self, op1: Desk, reference: str) -> None:
        self._send(op1, reference, "answered")
        self._answer(reference, SCENES["answered"], outcome="S2")
        op1.act(reference, "close", outcome="S2", note="With the family.")
        self._tell(f"op1 has closed {reference}: in distress, no attempt, safe.")

    def _walk_through_a_return(self, op1: Desk, reference: str) -> None:
        self._send(op1, reference, "returned")
        first, second = SCENES["returned"], SCENES["moved"]
        reason = "The PIN lies in the rural district."
        self.desk(first.desk).act(reference, "return", reason=reason, suggested_unit=second.unit)
        self._tell(f"{first.name_en} has returned {reference}: {reason} It sees the case no more.")
        op1.act(reference, "forward", unit=second.unit, role="lead")
        self._tell(f"op1 has forwarded {reference} to {second.name_en}, which was suggested.")
        self._answer(reference, second, outcome="S4")
        op1.act(reference, "close", outcome="S4")
        self._tell(f"op1 has closed {reference}: with the family before police came.")

    def _answer(self, reference: str, scene: Scene, *, outcome: str) -> None:
        desk = self.desk(scene.desk)
        desk.act(reference, "acknowledge", officer_name="SI Practice", officer_phone="+915550009999", eta_minutes=12)
        self._tell(f"{scene.name_en} has acknowledged {reference}; what was still to ring is taken back.")
        desk.act(reference, "move", team="PRV 12")
        self._tell(f"{scene.name_en} has a team on its way.")
        confirmed = "family" if outcome == "S4" else "person"
        desk.act(reference, "contact", confirmed=confirmed, condition="safe", place=scene.place.city)
        self._tell(f"{scene.name_en} has reached the {confirmed}.")
        desk.act(reference, "report", kind="flash", outcome=outcome, text="Found, calm, with the family. Practice.")
        self._tell(f"{scene.name_en} has reported.")

    def _leave_unanswered(self, op1: Desk, reference: str) -> None:
        """Look on while the ladder climbs in its real time; nothing is sped up."""
        self.say(
            f"{reference} is with Sikar and nobody answers. Its ladder climbs in real time; Ctrl-C leaves it alone."
        )
        told: set[int] = set()
        before, row = None, op1.row(reference)
        while row and row["step"]:
            # The case itself is read when something has happened: every look at it is written down.
            if before != row["step"]["due_at"]:
                before = row["step"]["due_at"]
                if self._say_what_is_new(op1.read(reference), told):
                    self.say(f"{reference} has reached the range. Acknowledge it as desk.sikar to silence the rest.")
                    return
                self.say(f"  next, in {row['step']['text']}: {', '.join(row['step']['posts']) or 'an empty rung'}")
            time.sleep(LOOK_S)
            row = op1.row(reference)
        self.say(f"{reference}: somebody has answered, or no range is on its ladder.")

    def _say_what_is_new(self, case: Mapping[str, Any], told: set[int]) -> bool:
        """Say which steps of the ladder were taken since the last look; return whether the range was told."""
        sent = datetime.fromisoformat(case["forwardings"][0]["forwarded_at"])
        taken = [row for row in case["deadlines"] if row["kind"] == "ACKNOWLEDGE" and row["settled_as"] == "missed"]
        new = sorted((row for row in taken if row["level"] not in told), key=lambda row: (row["due_at"], row["level"]))
        for step in new:
            told.add(step["level"])
            after = int((datetime.fromisoformat(step["settled_at"]) - sent).total_seconds())
            self.say(f"  {after // 60:02d}:{after % 60:02d}  {_told(step)}")
        return any(step["rung"] == RANGE for step in new)

    def _tell(self, line: str) -> None:
        self.say(line)
        time.sleep(self.pace)


def _told(step: Mapping[str, Any]) -> str:
    if not step["level"]:
        return "the promise to acknowledge has been missed; the cell's console says so"
    posts = ", ".join(step["posts"])
    return (
        f"rung {step['rung']} is told: {posts}"
        if posts
        else f"rung {step['rung']} is empty; the next one is told at once"
    )


def _why(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["title"])
    except (ValueError, KeyError, TypeError):
        return f"the portal answered {answer.status_code}"
