"""Judging: what must be true after a run, asked of the ``ops`` views, the gateway's own record and two commands."""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import psycopg

from tests.faults.ground import LEVELS, Ground
from tests.faults.schedule import HEALTHY_S, HUNG_S, LANE_S, Plan
from tests.faults.seen import Lookout
from tests.faults.traffic import Ledger
from tests.stack.portal import Portal

NAMED = 5
#: The promises whose whole ladder fits into a run.
LADDERS = ("CLAIM", "FORWARD", "ACKNOWLEDGE")
#: The clocks of two processes of one machine, read one after the other.
JITTER_S = 0.05
#: A post that does not answer is called once more no earlier than this.
REDIAL_S = 60.0
Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Bounds:
    """How late is too late, in seconds. Loss, doubling and earliness have no bounds: there must be none."""

    healthy_p99: float = 2.0
    healthy_max: float = 5.0
    after_faults: float = 15.0
    forward_p95: float = 2.0
    other_lane: float = 5.0
    settles_within: float = 180.0


#: The goals of the house, on a machine of its own; and what a busy machine with two cores must keep.
GOALS = Bounds()
BUSY = Bounds(healthy_p99=8, healthy_max=15, after_faults=30, forward_p95=8, other_lane=7, settles_within=240)


@dataclass
class Verdict:
    """What was found: broken promises in words, and the figures."""

    broken: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, list[float]] = field(default_factory=dict)

    def must(self, what: str, offenders: Any) -> None:
        """Note a promise as broken by whatever there is of ``offenders``."""
        found = sorted(str(offender) for offender in offenders)
        if found:
            self.broken.append(f"{what}: {len(found)} ({', '.join(found[:NAMED])})")


def ask(portal: Portal, question: str) -> Rows:
    """Ask the views, and nothing else."""
    return portal.ask(question, address="ops_url")


def wait_until_quiet(ground: Ground, *, seconds: float) -> list[str]:
    """Wait until every deadline that is due has fired, every message is done and every mail is judged."""
    waiting = {
        "deadlines are due and do not fire": """
            SELECT count(*) FROM ops.deadline WHERE settled_at IS NULL AND due_at < now() + interval '15 s'""",
        "messages are still owed": "SELECT count(*) FROM ops.message WHERE state IN ('queued', 'sending')",
        "mails are not judged": """
            SELECT count(*) FROM ops.receipt WHERE door = 'email' AND id NOT IN (SELECT receipt_id FROM ops.case_link)
            """,
    }
    give_up = time.monotonic() + seconds
    left: list[str] = ["nothing could be asked"]
    quiet = 0
    while time.monotonic() < give_up and quiet < 2 and ground.stands:
        try:
            counted = {what: ask(ground.portal, question)[0][0] for what, question in waiting.items()}
            left = [f"{what}: {count}" for what, count in counted.items() if count]
        except (psycopg.Error, OSError, ValueError):
            left = ["the database does not answer"]
        # Twice in a row: what has just fired may owe something that the first look did not see.
        quiet = 0 if left else quiet + 1
        time.sleep(1)
    return left


@dataclass
class Court:
    """Everything the judgement is based on."""

    ground: Ground
    plan: Plan
    ledger: Ledger
    lookout: Lookout
    began: float
    bounds: Bounds
    verdict: Verdict = field(default_factory=Verdict)

    def judge(self) -> Verdict:
        """Ask everything, and return what was found."""
        verdict, portal = self.verdict, self.ground.portal
        verdict.broken += self.ledger.broken
        self.deadlines = ask(
            portal,
            """SELECT case_id::text, kind, level, settled_as, extract(epoch FROM due_at)::float8,
                      extract(epoch FROM settled_at)::float8 FROM ops.deadline""",
        )
        self.messages = ask(
            portal,
            """SELECT id::text, case_id::text, channel, to_ref, state, attempts,
                      extract(epoch FROM created_at)::float8, extract(epoch FROM first_try_at)::float8,
                      final_at IS NOT NULL FROM ops.message""",
        )
        self.links = ask(portal, "SELECT receipt_id::text, case_id::text, reference FROM ops.case_link")
        for question in (
            self._receipts, self._ladders, self._never_early, self._pages, self._gateway, self._lanes, self._lateness,
            self._forwards, self._commands,
        ):  # fmt: skip
            question()
        return verdict

    def _receipts(self) -> None:
        """Each 2xx has one receipt and one case, and nothing else has."""
        must, ledger = self.verdict.must, self.ledger
        receipts = ask(self.ground.portal, "SELECT id::text, door, idempotency_key, sha256 FROM ops.receipt")
        by_key = Counter(key for _, door, key, _ in receipts if door == "api")
        must("alerts answered 2xx and lost", ledger.answered.keys() - by_key.keys())
        must("alerts received that nobody was told of", by_key.keys() - ledger.answered.keys())
        must("alerts received twice", (key for key, count in by_key.items() if count > 1))
        ids = {identity for identity, *_ in receipts}
        told = dict(ledger.answered.values()) | ledger.called
        must("receipts with another id than was answered", told.keys() - ids)
        must(
            "calls received twice or never",
            Counter(i for i, door, *_ in receipts if door == "phone").keys() ^ ledger.called.keys(),
        )
        mails = Counter(digest for _, door, _, digest in receipts if door == "email")
        must("mails lost", set(ledger.mailed) - mails.keys())
        must("mails received twice", (digest for digest, count in mails.items() if count > 1))
        linked = Counter(receipt for receipt, *_ in self.links)
        must("receipts without a case", ids - linked.keys())
        must("receipts in two cases", (receipt for receipt, count in linked.items() if count > 1))
        where = {receipt: reference for receipt, _, reference in self.links}
        must("receipts in another case than was answered", (i for i, ref in told.items() if where.get(i) != ref))
        self.verdict.counts |= {
            "alerts": len(ledger.answered), "mails": len(ledger.mailed), "calls": len(ledger.called),
            "receipts": len(receipts), "cases": len({case for _, case, _ in self.links}),
        }  # fmt: skip

    def _ladders(self) -> None:
        """Each deadline fired once, with its whole ladder, and nothing fired after it was kept."""
        must = self.verdict.must
        rows = [row for row in self.deadlines if row[1] in LADDERS]
        count = Counter((case, kind, level) for case, kind, level, *_ in rows)
        must("deadlines that are there twice", (_short(key) for key, number in count.items() if number > 1))
        cases = {case for _, case, _ in self.links}
        must("cases without a promise to claim", cases - {case for case, kind, level in count if kind == "CLAIM"})
        reference_of = {case: reference for _, case, reference in self.links}
        acknowledging = {reference_of.get(case) for case, kind, _ in count if kind == "ACKNOWLEDGE"}
        must("forwardings answered and without a promise", self.ledger.forwarded.keys() - acknowledging)
        now = time.time()
        must("deadlines asleep", (_short(row) for row in self.deadlines if row[5] is None and row[4] < now - 5))
        missed = {(case, kind): at for case, kind, level, how, _, at in rows if level == 0 and how == "missed"}
        raised = [key for key in missed if key[1] != "ACKNOWLEDGE"]
        raised += [(case, kind) for case, kind, level in count if kind == "ACKNOWLEDGE" and level == 0]
        must(
            "steps of a ladder that are not there",
            (_short((*key, level)) for key in raised for level in LEVELS if (*key, level) not in count),
        )
        # By the order of the history: two clocks may differ by what a request had to wait.
        after = ask(
            self.ground.portal,
            """SELECT told.case_id::text || ' ' || told.action FROM ops.audit told
               JOIN ops.audit kept ON kept.case_id = told.case_id AND kept.action = 'acknowledged'
               WHERE told.seq > kept.seq AND told.action IN ('rung_told', 'rung_empty', 'deadline_missed')""",
        )
        must("steps that fired after the unit had acknowledged", (row[0] for row in after))
        fired = [row for row in self.deadlines if row[3] == "missed"]
        self.verdict.counts |= {"deadlines": len(self.deadlines), "fired": len(fired)}

    def _never_early(self) -> None:
        """Nothing fired before its time: by its own record, by our clock, and by the arrival of its message."""
        must = self.verdict.must
        must("deadlines fired early", (_short(row) for row in self.deadlines if row[3] == "missed" and row[5] < row[4]))
        must("deadlines fired early by a wrong clock", self.lookout.early)
        created = {message[0]: message[6] for message in self.messages}
        must(
            "messages that left before the time they were owed at",
            {asked.id for asked in self.ground.gateway.asked if asked.at < created.get(asked.id, 0) - JITTER_S},
        )

    def _pages(self) -> None:
        """Nobody was told twice of the same step, on the same channel; who did not answer is called once more."""
        fired = {(case, kind) for case, kind, level, how, *_ in self.deadlines if level and how == "missed"}
        ladders = Counter(case for case, _ in fired)
        pages = Counter((case, post, channel) for _, case, channel, post, *_ in self._without_calls_in_vain())
        self.verdict.must(
            "pages that went to the same post twice",
            (f"{post} by {channel} of {case}" for (case, post, channel), n in pages.items() if n > ladders[case]),
        )

    def _without_calls_in_vain(self) -> Rows:
        """Leave out the calls that follow one that nobody answered, a minute or more after it failed."""
        kept: list[tuple[Any, ...]] = []
        for message in sorted(self.messages, key=lambda one: one[6]):
            before = [one for one in kept if one[1:4] == message[1:4] and one[4] == "failed"]
            if message[2] != "voice" or not any(message[6] - one[6] >= REDIAL_S for one in before):
                kept.append(message)
        return kept

    def _gateway(self) -> None:
        """Each message is done or has a next try; what the gateway saw was owed; what we call sent, it said yes to."""
        must, gateway, letters = self.verdict.must, self.ground.gateway, set(self.ground.letters.ids)
        known = {message[0] for message in self.messages}
        must("messages at the gateway that nobody owed", (gateway.ids() | letters) - known)
        states = Counter(state for _, _, _, _, state, *_ in self.messages)
        must("messages neither done nor tried again", (m[0] for m in self.messages if m[4] in {"queued", "sending"}))
        taken = gateway.ids(yes=True) | letters
        must(
            "messages called sent that nobody took",
            (m[0] for m in self.messages if m[4] in {"accepted", "delivered"} and m[0] not in taken),
        )
        delivered = {m[0] for m in self.messages if m[4] == "delivered"}
        must("messages called delivered on a forged receipt", delivered - gateway.truly_confirmed())
        again = len(gateway.asked) - len(gateway.ids())
        self.verdict.counts |= {"messages": len(known), **{f"messages {state}": n for state, n in states.items()}}
        self.verdict.counts |= {"requests at the gateway": len(gateway.asked), "of them repeats": again}

    def _lanes(self) -> None:
        """While only the SMS gateway hung, nothing that was to be said by voice waited for it."""
        if not any(blow.on == "sms hang" and blow.at == HEALTHY_S for blow in self.plan.blows):
            return
        first, last = self.began + HEALTHY_S, self.began + HEALTHY_S + HUNG_S
        arrived: dict[str, float] = {}
        for asked in self.ground.gateway.asked:
            arrived.setdefault(asked.id, asked.at)
        waits = [
            arrived.get(m[0], m[6] + 999) - m[6] for m in self.messages if m[2] == "voice" and first <= m[6] <= last
        ]
        self.verdict.seconds["voice while SMS hangs"] = waits
        self.verdict.must(
            "voice calls held up by the SMS gateway", (f"{s:.1f} s" for s in waits if s > self.bounds.other_lane)
        )
        if not waits:
            self.verdict.broken.append("no voice call was owed while the SMS gateway hung: the run says nothing of it")

    def _lateness(self) -> None:
        """How late, with nothing broken, and after what is needed has come back."""
        others = [blow.at for blow in self.plan.blows if blow.what != "gateway"]
        calm = self.began + min([HEALTHY_S + LANE_S, *others])
        fired = [(due, at) for *_, how, due, at in self.deadlines if how == "missed"]
        healthy = [at - due for due, at in fired if at < calm]
        faults = [at - self.lookout.after_the_gaps(due, at) for due, at in fired if at >= calm]
        self.verdict.seconds |= {"late, healthy": healthy, "late, under faults": [max(0.0, s) for s in faults]}
        b, worst = self.bounds, self.verdict.must
        worst(
            f"deadlines more than {b.healthy_max:.0f} s late with nothing broken",
            (f"{s:.1f} s" for s in healthy if s > b.healthy_max),
        )
        worst(
            f"healthy p99 above {b.healthy_p99:.0f} s",
            (f"{s:.1f} s" for s in [percentile(healthy, 99)] if s > b.healthy_p99),
        )
        worst(
            f"deadlines more than {b.after_faults:.0f} s late after a fault",
            (f"{s:.1f} s" for s in faults if s > b.after_faults),
        )

    def _forwards(self) -> None:
        """From the click on "forward" to the request at the gateway, with nothing broken."""
        calm = self.began + min(HEALTHY_S, *(blow.at for blow in self.plan.blows))
        seen: dict[tuple[str, str], float] = {}
        case_of = {reference: case for _, case, reference in self.links}
        about = {m[0]: (m[1], m[3].partition("/")[0]) for m in self.messages if m[2] == "sms"}
        for asked in self.ground.gateway.asked:
            if asked.id in about:
                seen.setdefault(about[asked.id], asked.at)
        took = [
            seen[case_of[reference], unit] - clicked
            for reference, (unit, clicked) in self.ledger.forwarded.items()
            if clicked < calm - 1 and (case_of.get(reference, ""), unit) in seen
        ]
        self.verdict.seconds["forward to gateway, healthy"] = took
        self.verdict.must(
            f"forwards whose p95 is above {self.bounds.forward_p95:.0f} s",
            (f"{s:.1f} s" for s in [percentile(took, 95)] if s > self.bounds.forward_p95),
        )

    def _commands(self) -> None:
        for words in (("verify_audit", "--json"), ("invariants", "--json")):
            done = self.ground.portal.command(*words)
            if done.returncode:
                self.verdict.broken.append(f"{words[0]}: {_faults(done.stdout) or done.stderr[-2000:]}")
        self.verdict.counts["lines of history"] = ask(self.ground.portal, "SELECT count(*) FROM ops.audit")[0][0]


def percentile(seconds: list[float], percent: float) -> float:
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] if ordered else 0.0


def _short(row: tuple[Any, ...]) -> str:
    return f"{row[1]}/{row[2]} of {row[0]}"


def _faults(said: str) -> str:
    try:
        report = json.loads(said)
    except ValueError:
        return ""
    broken = [row for row in report.get("invariants", ()) if not row["ok"]]
    return json.dumps(broken or report.get("faults"), ensure_ascii=False)[:2000]
