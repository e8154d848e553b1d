"""Rounds: every receipt nobody has judged is read and judged, once, however often a round is broken off."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

import structlog
from django.conf import settings
from django.db import DataError, IntegrityError, transaction

from cases import evidence, history, ladder, transitions
from cases.evidence import SealBroken
from cases.intake import Arrival, Received, receive
from cases.mail import arriving, judging, layouts
from cases.mail.arriving import Origin
from cases.mail.reader import Reader, Unread
from cases.mail.reading.decoding import body_of
from cases.mail.receiving import MAILBOX
from cases.mail.trust import domains_of, trust_of
from cases.models import MailReceipt, SealedFile, Verdict
from districts.actors import Actor, Sight, partner_actor
from districts.models import Partner, State, Unit, UnitKind
from districts.reach import reach_of

log = structlog.get_logger("cases.mail")
Letter = dict[str, Any]


class NoCell(Exception):
    """There is no state with a cell yet, so nobody to give a case to."""


class Taken(NamedTuple):
    """A file taken out of a mail and sealed."""

    name: str
    media_type: str
    sha256: str
    size: int


def unjudged(*, limit: int = 100) -> list[MailReceipt]:
    """Return the oldest receipts that nobody has judged."""
    return list(MailReceipt.objects.filter(judged_at=None).order_by("id")[:limit])


def judge(receipt: MailReceipt, *, reader: Reader, at: datetime) -> Verdict | None:
    """
    Read a mail and make of it what it is; None if somebody else has judged it meanwhile.

    Opens reaches of its own: nothing is held while the mail is read.

    :raises NoCell: if no state has a cell yet
    """
    if receipt.same_as_id is not None:
        with reach_of(MAILBOX):
            return _settle(receipt, Verdict.AGAIN, at=at)
    with reach_of(MAILBOX):
        known, domains = layouts.active_layouts(), _own_domains()
    letter: Letter | None = None
    try:
        letter = reader.read(receipt.sha256, layouts=known, own_domains=domains, at=at)
        why = f"only in part ({letter['cut']})" if letter["cut"] else "nothing in it can be read"
    except Unread as unread:
        why = unread.why
    with reach_of(MAILBOX):
        origin = origin_of(letter, at=at)
    return _made(receipt, letter, origin, why=why, at=at)


def origin_of(letter: Letter | None, *, at: datetime) -> Origin:
    """Return whose mail it is, the state it is for, and how far it is trusted."""
    sender = letter["from"]["domain"] if letter else ""
    celled = set(Unit.objects.valid(at).filter(kind=UnitKind.STATE_CELL).values_list("state_id", flat=True))
    states = [state for state in State.objects.order_by("pk") if state.pk in celled]
    # Where several states have the same partner, the mailbox's own state comes first.
    states.sort(key=lambda state: state.code != settings.MAIL_STATE)
    if not states:
        raise NoCell
    partners = [
        partner
        for state in states
        for partner in Partner.objects.filter(state=state, active=True)
        .select_related("state")
        .order_by("practice", "pk")
        if sender and sender in domains_of(partner)
    ]
    partner = partners[0] if partners else None
    if letter is None or not letter["one_sender"]:
        return arriving.nobodys(partner.state if partner else states[0], partner)
    trust = trust_of(letter["trust"], authserv_id=settings.MAIL_AUTHSERV_ID, domain=sender, partner=partner)
    return Origin(state=partner.state if partner else states[0], partner=partner, trust=trust)


def opened_from_tray(receipt: MailReceipt, *, reader: Reader, by: Actor, at: datetime) -> Received:
    """Make a case of a mail that lies in the tray, in the reach of the officer who says that it is one."""
    known, domains = layouts.active_layouts(), _own_domains()
    letter: Letter | None = None
    try:
        letter = reader.read(receipt.sha256, layouts=known, own_domains=domains, at=at)
        origin = origin_of(letter, at=at)
        origin = Origin(state=_state_of(receipt), partner=_of_state(origin.partner, receipt), trust=origin.trust)
        arrival = arriving.arrival_of(letter, receipt, origin, at=at)
    except Unread as unread:
        origin = arriving.nobodys(_state_of(receipt))
        arrival = arriving.unreadable(receipt, origin, why=unread.why, subject=receipt.subject)
    return _received(receipt, arrival, _taken_out(receipt, letter), by=by, at=at, why="")


def _made(receipt: MailReceipt, letter: Letter | None, origin: Origin, *, why: str, at: datetime) -> Verdict | None:
    """Make a case of it or lay it into the tray; what can not be stored as it was read is a case all the same."""
    files = _taken_out(receipt, letter)
    by = partner_actor(origin.sender, sight=Sight.ENGINE) if origin.sender else MAILBOX
    subject = letter["subject"] if letter else ""
    fallback = arriving.unreadable(receipt, origin, why=why, subject=subject)
    if letter is not None and not judging.says_nothing(letter):
        try:
            with reach_of(by):
                return _judged(receipt, letter, origin, files, by=by, at=at)
        except (DataError, IntegrityError, ValueError, TypeError, KeyError) as problem:
            log.exception("a mail could not be stored as it was read", receipt=str(receipt.pk))
            why = type(problem).__name__
            fallback = arriving.unreadable(receipt, origin, why=why, subject=subject)
    with reach_of(by):
        if not _is_open(receipt):
            return None
        if letter is not None and (kind := _tray_kind(letter, origin)):
            return _settle(receipt, Verdict.TRAY, letter=letter, state=origin.state, kind=kind, at=at)
        _received(receipt, fallback, files, by=by, at=at, why=why)
        return _settle(receipt, Verdict.UNREADABLE, letter=letter, state=origin.state, at=at)


def _judged(
    receipt: MailReceipt, letter: Letter, origin: Origin, files: list[Taken], *, by: Actor, at: datetime
) -> Verdict | None:
    if not _is_open(receipt):
        return None
    if kind := _tray_kind(letter, origin):
        return _settle(receipt, Verdict.TRAY, letter=letter, state=origin.state, kind=kind, at=at)
    cut = letter["cut"] and not judging.tells_of_somebody(letter)
    arrival = arriving.arrival_of(letter, receipt, origin, at=at)
    _received(receipt, arrival, files, by=by, at=at, why=f"only in part ({letter['cut']})" if cut else "")
    return _settle(receipt, Verdict.UNREADABLE if cut else Verdict.ALERT, letter=letter, state=origin.state, at=at)


def _tray_kind(letter: Letter, origin: Origin) -> str:
    known = arriving.known_platform(letter["parsed"]["partner_reference"], origin) is not None
    kind = judging.kind_of(letter, trusted=origin.trust["verified"], known_reference=known)
    return str(kind) if kind else ""


def _received(
    receipt: MailReceipt, arrival: Arrival, files: list[Taken], *, by: Actor, at: datetime, why: str
) -> Received:
    """Give it to intake; its alert has the id of its receipt. The files of it hang on the case."""
    known = arrival.partner_reference and arriving.known_platform(
        arrival.partner_reference, Origin(arrival.state, arrival.partner, arrival.body["trust"])
    )
    arrival.body["mail"]["follow_up"] = known is not None and bool(arrival.partner_reference)
    received = receive(arrival, by=by, at=at, alert_id=receipt.pk)
    if why:
        files = [Taken("mail.eml", "message/rfc822", receipt.sha256, receipt.size), *files]
    for file in files:
        SealedFile.objects.create(
            case=received.case,
            alert=received.alert,
            sha256=file.sha256,
            size=file.size,
            name=file.name,
            media_type=file.media_type,
            received_at=at,
            received_from=by.label,
        )
    if why:
        facts = {"alert": str(receipt.pk), "why": why, "sha256": receipt.sha256}
        history.record(received.case, "mail_unreadable", by=by, at=at, facts=facts)
        # An alarm of its own: in a list a case without a name looks like one that can wait.
        cell = transitions.cell_of(received.case, at=at)
        ladder.alarm(received.case, cell=cell, once=f"unreadable:{receipt.pk}", at=at, desk=True)
    return received


def _is_open(receipt: MailReceipt) -> bool:
    """Lock the receipt, and tell whether it is still to be judged."""
    return MailReceipt.objects.select_for_update(no_key=True).filter(pk=receipt.pk, judged_at=None).exists()


@transaction.atomic
def _settle(
    receipt: MailReceipt,
    verdict: Verdict,
    *,
    at: datetime,
    letter: Letter | None = None,
    state: State | None = None,
    kind: str = "",
) -> Verdict | None:
    """Write down what a mail was judged to be."""
    if not _is_open(receipt):
        return None
    receipt.judged_at, receipt.verdict, receipt.kind, receipt.state = at, verdict, kind, state
    receipt.subject = letter["subject"][:300] if letter else ""
    receipt.sender = letter["from"]["address"][:200] if letter else ""
    receipt.save(update_fields=["judged_at", "verdict", "kind", "state", "subject", "sender"])
    return verdict


def _taken_out(receipt: MailReceipt, letter: Letter | None) -> list[Taken]:
    """Take the attachments out of the sealed bytes and seal each of them."""
    if not letter or not letter["files"]:
        return []
    try:
        content = evidence.unseal(receipt.sha256)
    except SealBroken:
        return []
    return list(_sealed_files(content, letter["files"]))


def _sealed_files(content: bytes, files: list[dict[str, Any]]) -> Iterator[Taken]:
    for file in files:
        body = body_of(content[file["start"] : file["end"]], file["transfer"])
        yield Taken(file["name"][:255], file["media_type"][:100], evidence.seal(body), len(body))


def _own_domains() -> list[str]:
    """Return the domains of the partners: an address of theirs is not the person's."""
    return sorted({domain for partner in Partner.objects.all() for domain in domains_of(partner)})


def _state_of(receipt: MailReceipt) -> State:
    if receipt.state is None:
        raise NoCell
    return receipt.state


def _of_state(partner: Partner | None, receipt: MailReceipt) -> Partner | None:
    return partner if partner and partner.state_id == receipt.state_id else None
