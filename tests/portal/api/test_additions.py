"""What comes after an alert: supplements, files and retractions, whenever they come, and whoever is told of them."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import Error, connection
from django.test.client import BOUNDARY, encode_multipart
from django.utils import timezone

from cases import evidence, supplements
from cases.models import Addition, Alert, Case, CaseEvent, Forwarding, Identifier, SealedFile
from cases.states import Status
from districts.actors import CLOCK, partner_actor
from districts.models import Contact, State, Unit
from districts.reach import reach_of
from notifications.models import Message
from tests.portal.api.conftest import ALERTS, CELL_TELEPHONE, Caller, case_of, report
from tests.portal.api.test_signatures import SECRET, sign

PNG = b"\x89PNG\r\n\x1a\n" + b"not really a picture" * 10
# Django's own constant would have its test client make the form once more.
FORM = f"multipart/form-data; boundary={BOUNDARY}"


@pytest.fixture(autouse=True)
def own_store(settings: Any, tmp_path: Any) -> None:
    settings.FILES_DIR = str(tmp_path)


@pytest.fixture
def alert(meta: Caller) -> Alert:
    alert_id = meta.send(report()).json()["id"]
    with reach_of(CLOCK):
        return Alert.objects.get(pk=alert_id)


def address(alert: Alert, what: str) -> str:
    return f"{ALERTS}/{alert.pk}/{what}"


def add(caller: Caller, alert: Alert, what: str, body: Any, key: str | None = None, **headers: str) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    sent |= {"Idempotency-Key": key} if key else {}
    return caller.ask("post", address(alert, what), data=raw, content_type="application/json", headers=sent)


def form(content: bytes = PNG, name: str = "screen.png", **fields: Any) -> bytes:
    return encode_multipart(BOUNDARY, {"file": SimpleUploadedFile(name, content, "image/png"), **fields})


def upload(caller: Caller, alert: Alert, raw: bytes | None = None, key: str | None = None, **headers: str) -> Any:
    sent = {name.replace("_", "-"): value for name, value in headers.items()} | (
        {"Idempotency-Key": key} if key else {}
    )
    return caller.ask(
        "post",
        address(alert, "files"),
        data=form() if raw is None else raw,
        content_type=sent.pop("Content-Type", FORM),
        headers=sent,
    )


def forwarded_to(case: Case, state: State) -> Unit:
    """Let a unit have the case, with somebody at its first rung."""
    from django.contrib.auth.models import Group

    cell = Unit.objects.get(code="RJ-CELL")
    kota = Unit.objects.create(
        state=state, code="RJ-KOTA", kind="district", parent=cell, name_en="Kota", name_hi="कोटा",
        group=Group.objects.create(name="RJ-KOTA"),
    )  # fmt: skip
    Contact.objects.create(unit=kota, post="control_room", rung=1, phone="+915550000777")
    now = timezone.now()
    with reach_of(CLOCK):
        Forwarding.objects.create(
            case=case, unit=kota, status="forwarded", part="lead", forwarded_at=now, last_activity_at=now
        )
    return kota


def rung(topic: str = "case_raised") -> list[str]:
    with reach_of(CLOCK):
        return sorted(Message.objects.filter(topic=topic).values_list("to", flat=True))


def actions(case: Case) -> list[str]:
    with reach_of(CLOCK):
        return list(CaseEvent.objects.filter(case=case).order_by("seq").values_list("action", flat=True))


def close(case: Case) -> None:
    with reach_of(CLOCK):
        now = timezone.now()
        case.status, case.closed_at, case.outcome, case.last_activity_at = Status.CLOSED, now, "S2", now
        case.save(update_fields=["status", "closed_at", "outcome", "last_activity_at"])


def test_a_supplement_stands_beside_the_alert_and_what_is_new_points_to_the_person(meta: Caller, alert: Alert):
    case = case_of(alert)
    raw = json.dumps(
        {"subject": {"phones": [{"number": "+915550009876"}]}, "text": "से एक मित्र मिला", "odd": 1}
    ).encode()
    answer = add(meta, alert, "supplements", raw)

    assert answer.status_code == 201
    body = answer.json()
    assert body["alert_id"] == str(alert.pk)
    assert body["reference"] == case.reference
    assert body["sha256"] == hashlib.sha256(raw).hexdigest()
    assert body["warnings"] == ["/odd"]
    assert evidence.unseal(body["sha256"]) == raw
    with reach_of(CLOCK):
        kept = Addition.objects.get(pk=body["id"])
        assert (kept.kind, kept.body["odd"], kept.case_id) == ("supplement", 1, case.pk)
        assert Identifier.objects.filter(case=case, value="+915550009876").exists()
        assert Alert.objects.get(pk=alert.pk).body == alert.body
    assert actions(case)[-1] == "supplemented"


def test_a_supplement_rings_the_desk_while_no_unit_has_the_case_and_the_unit_when_it_has(
    meta: Caller, alert: Alert, rajasthan: State
):
    add(meta, alert, "supplements", {"text": "more"})
    assert rung() == [CELL_TELEPHONE, CELL_TELEPHONE]

    forwarded_to(case_of(alert), rajasthan)
    add(meta, alert, "supplements", {"text": "and more"})
    assert rung() == ["+915550000777", "+915550000777", CELL_TELEPHONE, CELL_TELEPHONE]


def test_after_closing_a_supplement_is_taken_and_rings_the_desk(meta: Caller, alert: Alert):
    case = case_of(alert)
    close(case)
    answer = add(meta, alert, "supplements", {"text": "she is online again", "urgency": {"level": "imminent"}})

    assert (answer.status_code, answer.json()["state"]) == (201, "closed")
    assert rung() == [CELL_TELEPHONE, CELL_TELEPHONE]
    with reach_of(CLOCK):
        assert Case.objects.get(pk=case.pk).urgency == "P1"


def test_a_supplement_that_says_imminent_raises_an_open_case(meta: Caller, alert: Alert):
    add(meta, alert, "supplements", {"urgency": {"level": "imminent"}})

    assert case_of(alert).urgency == "P0"


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{", 400), (b"[]", 422), ({}, 422), ({"text": ""}, 422), ({"text": 7}, 422),
     ({"subject": {"claimed_age": "x"}}, 422), (b"\xff", 400), ({"text": "x" * 1_048_577}, 413)],
)  # fmt: skip
def test_a_supplement_that_can_not_be_read_leaves_nothing_behind(meta: Caller, alert: Alert, body: Any, status: int):
    answer = add(meta, alert, "supplements", body)

    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    with reach_of(CLOCK):
        assert Addition.objects.count() == 0
    assert rung() == []


@pytest.mark.parametrize("what", ["supplements", "retract"])
def test_the_same_key_again_is_the_stored_answer_and_another_body_is_refused(meta: Caller, alert: Alert, what: str):
    body = {"reason": "a film", "text": "a film"}
    first = add(meta, alert, what, body, key="a-1")
    again = add(meta, alert, what, body, key="a-1")
    other = add(meta, alert, what, body | {"reason": "a song", "text": "a song"}, key="a-1")

    assert (again.status_code, again["Idempotency-Replayed"], again.content) == (200, "true", first.content)
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency_key_reused")
    with reach_of(CLOCK):
        assert Addition.objects.count() == 1


def test_five_at_once_with_one_key_are_one(meta: Caller, alert: Alert):
    def knock(_number: int) -> int:
        try:
            status: int = add(
                Caller(meta.key, meta.partner), alert, "supplements", {"text": "x"}, key="one"
            ).status_code
            return status
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as threads:
        statuses = list(threads.map(knock, range(5)))
    assert statuses.count(201) == 1
    assert set(statuses) <= {200, 201, 409}
    with reach_of(CLOCK):
        assert Addition.objects.count() == 1


def test_a_file_is_sealed_as_it_is_and_its_bytes_say_what_it_is(meta: Caller, alert: Alert):
    answer = upload(meta, alert, form(name="screen.txt", sha256=hashlib.sha256(PNG).hexdigest().upper()))

    assert answer.status_code == 201
    assert set(answer.json()) == {"file_id", "sha256", "size", "media_type"}
    assert answer.json() | {"file_id": ""} == {
        "file_id": "",
        "sha256": hashlib.sha256(PNG).hexdigest(),
        "size": len(PNG),
        "media_type": "image/png",
    }
    assert evidence.unseal(answer.json()["sha256"]) == PNG
    case = case_of(alert)
    with reach_of(CLOCK):
        file = SealedFile.objects.get(pk=answer.json()["file_id"])
        assert (file.case_id, file.alert_id, file.name) == (case.pk, alert.pk, "screen.txt")
    assert actions(case)[-1] == "file_received"
    assert rung() == [CELL_TELEPHONE, CELL_TELEPHONE]


def test_files_that_follow_one_another_ring_once(meta: Caller, alert: Alert):
    for number in range(3):
        assert upload(meta, alert, form(PNG + bytes([number]))).status_code == 201
    assert len(rung()) in {2, 4}  # four, if the five minutes turned meanwhile


def test_a_file_sent_again_with_its_key_is_one_though_the_form_around_it_is_another(meta: Caller, alert: Alert):
    first = upload(meta, alert, key="f-1")
    other_form = form().replace(BOUNDARY.encode(), b"another")
    again = upload(meta, alert, other_form, key="f-1", Content_Type="multipart/form-data; boundary=another")
    changed = upload(meta, alert, form(PNG + b"!"), key="f-1")

    assert (again.status_code, again.content) == (200, first.content)
    assert changed.status_code == 422
    with reach_of(CLOCK):
        assert SealedFile.objects.count() == 1


def test_a_file_that_was_changed_on_the_way_is_not_kept(meta: Caller, alert: Alert):
    answer = upload(meta, alert, form(sha256=hashlib.sha256(b"other").hexdigest()))

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "sha256_mismatch"
    with reach_of(CLOCK):
        assert SealedFile.objects.count() == 0


@pytest.mark.parametrize(
    ("raw", "content_type", "status"),
    [
        (b"rubbish", FORM, 422),
        (encode_multipart(BOUNDARY, {"file": "only words"}), FORM, 422),
        (encode_multipart(BOUNDARY, {"picture": SimpleUploadedFile("a.png", PNG)}), FORM, 422),
        (form(sha256="short"), FORM, 422),
        (form(), "multipart/form-data", 415),
        (form(), "application/json", 415),
        (form(), "multipart/form-data; boundary=" + "b" * 300, 400),
        (encode_multipart(BOUNDARY, {f"f{n}": "x" for n in range(1200)}), FORM, 400),
    ],
)
def test_a_form_that_is_none_is_refused_and_never_a_500(
    meta: Caller, alert: Alert, raw: bytes, content_type: str, status: int
):
    assert upload(meta, alert, raw, Content_Type=content_type).status_code == status


def test_a_file_that_is_too_large_or_one_too_many_is_refused(
    meta: Caller, alert: Alert, settings: Any, monkeypatch: pytest.MonkeyPatch
):
    settings.FILE_BYTES_MAX = 100_000
    assert upload(meta, alert, form(b"x" * 100_000)).status_code == 201
    assert upload(meta, alert, form(b"x" * 100_001)).status_code == 413
    assert upload(meta, alert, form(b"x" * 200_000)).status_code == 413

    monkeypatch.setattr(supplements, "FILES_MAX", 2)
    assert upload(meta, alert, form(b"2")).status_code == 201
    full = upload(meta, alert, form(b"3"))
    assert (full.status_code, full.json()["type"]) == (409, "/problems/too_many_files")


@pytest.mark.parametrize("content", [b"", b"<svg onload=alert(1)>", b"PK\x03\x04", b"MZ", b"\x00" * 1000])
def test_whatever_it_is_it_is_sealed(meta: Caller, alert: Alert, content: bytes):
    answer = upload(meta, alert, form(content, name="../../etc/p\u202egnp.exe"))

    assert answer.status_code == 201
    assert evidence.unseal(answer.json()["sha256"]) == content
    with reach_of(CLOCK):
        name = SealedFile.objects.get(pk=answer.json()["file_id"]).name
    assert "/" not in name
    assert "\u202e" not in name


def test_a_retraction_deletes_nothing_and_rings_the_desk_and_the_unit(meta: Caller, alert: Alert, rajasthan: State):
    forwarded_to(case_of(alert), rajasthan)
    before = case_of(alert)
    answer = add(meta, alert, "retract", {"reason": "it was a film"}, key="r-1")

    assert answer.status_code == 202
    after = case_of(alert)
    assert (after.status, after.urgency) == (before.status, before.urgency)
    assert actions(after)[-1] == "retracted"
    assert meta.get(f"{ALERTS}/{alert.pk}").json()["retracted_at"] == answer.json()["received_at"]
    assert rung() == ["+915550000777", "+915550000777", CELL_TELEPHONE, CELL_TELEPHONE]
    assert add(meta, alert, "retract", {"reason": "it was a film"}, key="r-1").status_code == 200
    assert len(rung()) == 4
    assert add(meta, alert, "retract", {"reason": "  "}).status_code == 422
    assert add(meta, alert, "retract", {}).status_code == 422


def test_the_partner_reads_counts_and_never_what_it_said(meta: Caller, alert: Alert):
    for _ in range(2):
        add(meta, alert, "supplements", {"text": "aarav is at the lake"})
    upload(meta, alert)
    told = meta.get(f"{ALERTS}/{alert.pk}")

    assert (told.json()["supplements"], told.json()["files"], told.json()["retracted_at"]) == (2, 1, None)
    assert "lake" not in told.content.decode()
    assert meta.get(ALERTS).json()["alerts"][0] == told.json()
    with reach_of(partner_actor(meta.partner)), pytest.raises(Error, match="permission denied"):
        list(Addition.objects.all())


@pytest.mark.parametrize("what", ["supplements", "files", "retract"])
def test_somebody_elses_alert_and_none_are_answered_alike(meta: Caller, stranger: Caller, alert: Alert, what: str):
    def ask(which: Any) -> tuple[int, str]:
        stub = Alert(pk=which)
        send = upload(stranger, stub) if what == "files" else add(stranger, stub, what, {"reason": "x", "text": "x"})
        return send.status_code, send.content.decode().replace(str(which), "ID")

    assert ask(alert.pk) == ask(uuid4()) == ask("no-uuid")
    assert ask(alert.pk)[0] == 404
    with reach_of(CLOCK):
        assert Addition.objects.count() == 0
        assert SealedFile.objects.count() == 0


def test_all_three_are_signed_where_signatures_are_needed(meta: Caller, alert: Alert):
    meta.partner.require_signature, meta.partner.signing_secret = True, SECRET
    meta.partner.save(update_fields=["require_signature", "signing_secret"])
    raw, picture = b'{"text": "x"}', form(bytes(range(256)))

    assert add(meta, alert, "supplements", raw).status_code == 401
    assert add(meta, alert, "supplements", raw, **sign(raw, webhook_id="s-1")).status_code == 201
    assert add(meta, alert, "supplements", raw, **sign(raw, webhook_id="s-1")).status_code == 401
    assert upload(meta, alert, picture).status_code == 401
    assert upload(meta, alert, picture, **sign(picture, webhook_id="s-2")).status_code == 201
    assert upload(meta, alert, picture + b" ", **sign(picture, webhook_id="s-3")).status_code == 401


def test_what_was_added_is_history(meta: Caller, alert: Alert):
    add(meta, alert, "supplements", {"text": "x"})
    with reach_of(CLOCK), pytest.raises(Error):
        addition = Addition.objects.get()
        addition.received_at += timedelta(days=1)
        addition.save(update_fields=["received_at"])
