"""Bad input: a problem document, nothing stored, nothing repeated of what was sent, and never a 500."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from portal.api.v1.problems import BadJSON, Invalid
from portal.api.v1.reading import read
from portal.api.v1.serializers import checked
from tests.portal.api.conftest import ALERTS, Caller, report, rows, without

MEMBERS = {"type", "title", "status", "detail", "instance"}
DEEP = 5000


def refused(answer: Any, status: int, code: str) -> dict[str, Any]:
    """See that an answer is a problem document of that kind, and that nothing came of the request."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Content-Language"] == "en"
    problem: dict[str, Any] = json.loads(answer.content)
    assert problem.keys() >= MEMBERS
    assert problem["type"] == f"/problems/{code}"
    assert problem["status"] == status
    assert rows() == (0, 0, 0)
    return problem


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b" ", "not_json"),
        (b"{", "not_json"),
        (b"{'partner_reference': 1}", "not_json"),
        (b'{"partner_reference": "M\xff"}', "not_utf8"),
        ("{}".encode("utf-16"), "not_utf8"),
        (b'{"a": NaN}', "not_json"),
        (b'{"a": -Infinity}', "not_json"),
        (b'{"a": "\x00"}', "not_json"),
        (b'{"a": 01}', "not_json"),
        (b'{"a": 1} {"a": 2}', "not_json"),
        (b'{"partner_reference": "a", "partner_reference": "b"}', "duplicate_member"),
        (b'{"subject": {"handle": "a", "handle": "b"}}', "duplicate_member"),
        (b"[" * DEEP + b"]" * DEEP, "too_deep"),
        (b"[" * 40 + b"]" * 40, "too_deep"),
        (b'{"a":' * DEEP + b"1" + b"}" * DEEP, "too_deep"),
        (b"[" * 200_000, "too_deep"),
    ],
)
def test_what_is_no_json_is_found_out(raw: bytes, code: str):
    with pytest.raises(BadJSON) as found:
        read(raw)
    assert (found.value.status_code, found.value.code) == (400, code)


def test_what_is_no_json_is_400_and_the_place_is_named(meta: Caller):
    assert "line 2, column 1" in refused(meta.send(b'{"a": 1,\n'), 400, "not_json")["detail"]


@pytest.mark.parametrize("raw", [b"[]", b"1", b"null", b'"alert"', b"true", b"1e999", b"9" * 5000])
def test_json_that_is_no_object_is_422(meta: Caller, raw: bytes):
    assert refused(meta.send(raw), 422, "invalid_alert")["errors"][0]["pointer"] == ""


WRONG = [
    ("/partner_reference", lambda b: b.update(partner_reference=7_700_001), "wrong_type"),
    ("/partner_reference", lambda b: b.update(partner_reference=""), "required"),
    ("/partner_reference", lambda b: b.update(partner_reference="  "), "required"),
    ("/partner_reference", lambda b: b.update(partner_reference="M" * 201), "too_long"),
    ("/partner_reference", lambda b: b.update(partner_reference="M\x00"), "bad_characters"),
    ("/partner_reference", lambda b: b.pop("partner_reference"), "required"),
    ("/sent_at", lambda b: b.pop("sent_at"), "required"),
    ("/sent_at", lambda b: b.update(sent_at=None), "null"),
    ("/sent_at", lambda b: b.update(sent_at=1_790_000_000), "wrong_type"),
    ("/sent_at", lambda b: b.update(sent_at="yesterday"), "not_rfc3339"),
    ("/sent_at", lambda b: b.update(sent_at="2026-11-21T17:52:08"), "not_rfc3339"),
    ("/sent_at", lambda b: b.update(sent_at="2026-11-21"), "not_rfc3339"),
    ("/sent_at", lambda b: b.update(sent_at="2026-13-21T17:52:08Z"), "not_rfc3339"),
    ("/sent_at", lambda b: b.update(sent_at="2026-11-21T17:52:08+25:00"), "not_rfc3339"),
    ("/sent_at", lambda b: b.update(sent_at="0001-01-01T00:00:00+05:30"), "not_rfc3339"),
    ("/sent_at", lambda b: b.update(sent_at="0001-01-02T00:00:00Z"), "too_early"),
    ("/sent_at", lambda b: b.update(sent_at="9999-12-31T23:59:59-05:30"), "not_rfc3339"),
    ("/sent_at", lambda b: b.update(sent_at="9999-12-31T23:59:59Z"), "in_the_future"),
    ("/sent_at", lambda b: b.update(sent_at="२०२६-11-21T17:52:08Z"), "not_rfc3339"),
    ("/content/posted_at", lambda b: b["content"].update(posted_at="2077-01-01T00:00:00Z"), "in_the_future"),
    ("/ip_events/0/at", lambda b: b["ip_events"][0].update(at="2077-01-01T00:00:00Z"), "in_the_future"),
    ("/subject", lambda b: b.update(subject="aarav"), "wrong_type"),
    ("/subject", lambda b: b.update(subject=["aarav"]), "wrong_type"),
    ("/subject/handle", lambda b: b["subject"].update(handle=["aarav"]), "wrong_type"),
    ("/subject/handle", lambda b: b["subject"].update(handle=True), "wrong_type"),
    ("/subject/handle", lambda b: b["subject"].update(handle="h" * 5000), "too_long"),
    ("/subject/display_names", lambda b: b["subject"].update(display_names="Aarav"), "wrong_type"),
    ("/subject/display_names/0", lambda b: b["subject"].update(display_names=[1]), "wrong_type"),
    ("/subject/claimed_age", lambda b: b["subject"].update(claimed_age="17"), "wrong_type"),
    ("/subject/claimed_age", lambda b: b["subject"].update(claimed_age=True), "wrong_type"),
    ("/subject/claimed_age", lambda b: b["subject"].update(claimed_age=17.5), "wrong_type"),
    ("/subject/claimed_age", lambda b: b["subject"].update(claimed_age=-1), "min_value"),
    ("/subject/claimed_age", lambda b: b["subject"].update(claimed_age=10**30), "max_value"),
    ("/subject/claimed_age", lambda b: b["subject"].update(claimed_age=10**400), "wrong_type"),
    ("/subject/phones", lambda b: b["subject"].update(phones="055500 01234"), "wrong_type"),
    ("/subject/phones/0", lambda b: b["subject"].update(phones=["055500 01234"]), "wrong_type"),
    ("/subject/phones/0/number", lambda b: b["subject"].update(phones=[{"number": 5550001234}]), "wrong_type"),
    ("/subject/phones/1/verified", lambda b: b["subject"]["phones"].append({"verified": "yes"}), "wrong_type"),
    ("/subject/phones", lambda b: b["subject"].update(phones=[{"number": "1"}] * 101), "too_long"),
    ("/content/urls/0", lambda b: b["content"].update(urls=[{}]), "wrong_type"),
    ("/content/urls/0", lambda b: b["content"].update(urls=["https://x.example/" + "p" * 2000]), "too_long"),
    ("/content/live", lambda b: b["content"].update(live="true"), "wrong_type"),
    ("/content/live", lambda b: b["content"].update(live=1), "wrong_type"),
    ("/practice", lambda b: b.update(practice="false"), "wrong_type"),
    ("/urgency", lambda b: b.update(urgency="imminent"), "wrong_type"),
    ("/urgency/level", lambda b: b["urgency"].update(level="very"), "unknown_word"),
    ("/urgency/level", lambda b: b["urgency"].update(level=1), "wrong_type"),
    ("/urgency/level", lambda b: b["urgency"].update(level=["imminent"]), "wrong_type"),
    ("/ip_events/0/port", lambda b: b["ip_events"][0].update(port=70000), "max_value"),
    ("/ip_events/0/port", lambda b: b["ip_events"][0].update(port="443"), "wrong_type"),
    ("/locations/0/lat", lambda b: b["locations"][0].update(lat="25.18"), "wrong_type"),
    ("/locations/0/lat", lambda b: b["locations"][0].update(lat=125.18), "max_value"),
    ("/locations/0/lon", lambda b: b["locations"][0].update(lon=True), "wrong_type"),
    ("/locations/0/source", lambda b: b["locations"][0].update(source={}), "wrong_type"),
    ("/locations", lambda b: b.update(locations={"0": {}}), "wrong_type"),
    ("/prior_references/1", lambda b: b.update(prior_references=["a", None]), "null"),
]


@pytest.mark.parametrize(("pointer", "spoil", "code"), WRONG, ids=[f"{at} {code}" for at, _, code in WRONG])
def test_a_wrong_field_is_named_by_its_pointer(pointer: str, spoil: Any, code: str):
    body = report()
    spoil(body)
    with pytest.raises(Invalid) as found:
        checked(read(json.dumps(body).encode()))

    assert [(fault.pointer, fault.code) for fault in found.value.faults] == [(pointer, code)]
    assert found.value.faults[0].detail


def test_every_wrong_field_is_named_at_once_and_is_422(meta: Caller):
    body = report(sent_at="now", practice=3)
    body["subject"]["handle"] = 4
    problem = refused(meta.send(body), 422, "invalid_alert")

    assert {fault["pointer"] for fault in problem["errors"]} == {"/sent_at", "/practice", "/subject/handle"}


@pytest.mark.parametrize(
    "subject", [None, {}, {"handle": ""}, {"handle": " @ "}, {"phones": []}, {"phones": [{"verified": True}]}]
)
def test_without_anything_that_leads_to_the_person_it_is_422(meta: Caller, subject: Any):
    body = without(report(subject=subject), "content.urls")
    problem = refused(meta.send(body), 422, "invalid_alert")

    assert problem["errors"][0] | {"detail": ""} == {"pointer": "/subject", "code": "identifier_needed", "detail": ""}


def test_nothing_that_was_sent_is_repeated(meta: Caller, caplog: pytest.LogCaptureFixture):
    secret = "Kalpanik-secret"
    body = report(sent_at=secret, platform=[secret])
    body["urgency"]["level"] = secret
    body["subject"] = {"handle": {secret: secret}, "claimed_age": secret, "phones": secret}
    with caplog.at_level(logging.INFO):
        answers = [meta.send(body), meta.send(json.dumps(body).encode() + secret.encode())]

    for answer in answers:
        assert 400 <= answer.status_code < 500
        assert secret.encode() not in answer.content
    assert secret not in caplog.text
    line = next(record for record in caplog.records if getattr(record, "code", "") == "invalid_alert")
    assert "/urgency/level" in vars(line)["pointers"]


# ---- what can be kept is kept ----------------------------------------------------------------------------


@pytest.mark.parametrize("strange", ["\x00", "\ud800", "a\udfffb", "\x00" * 50])
def test_characters_that_the_database_can_not_keep_are_no_reason_to_refuse(meta: Caller, strange: str):
    body = report(mood={strange: strange})
    body["content"]["text"] = f"अलविदा {strange}"
    body["subject"]["handle"] = f"aarav{strange}"
    answer = meta.send(json.dumps(body).encode())

    assert answer.status_code == 201, answer.content
    assert set(answer.json()["warnings"]) >= {"/content/text", "/subject/handle", "/mood"}


@pytest.mark.parametrize(
    "number", [b"1e999", b"-1e999", b"1e-999", b"9" * 5000, b"-0.0", b"1" * 39, b"0." + b"3" * 3000]
)
def test_numbers_beyond_measure_in_unknown_fields_are_no_reason_to_refuse(meta: Caller, number: bytes):
    raw = json.dumps(report(strange="@")).encode().replace(b'"@"', number)

    assert meta.send(raw).status_code == 201


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-21T17:52:08Z",
        "2026-11-21t17:52:08z",
        "2026-11-21 17:52:08+05:30",
        "2026-11-21T17:52:08.123456789Z",
        "2026-11-21T17:52:08-00:00",
        "2016-12-31T23:59:60Z",
        "1970-01-01T00:00:00Z",
    ],
)
def test_every_time_of_rfc_3339_is_read(meta: Caller, written: str):
    assert meta.send(report(sent_at=written)).status_code == 201


def test_a_clock_that_is_hours_ahead_is_no_reason_to_refuse(meta: Caller):
    assert meta.send(report(sent_at=(timezone.now() + timedelta(hours=6)).isoformat())).status_code == 201


def test_a_byte_order_mark_is_no_reason_to_refuse(meta: Caller):
    assert meta.send(b"\xef\xbb\xbf" + json.dumps(report()).encode()).status_code == 201


# ---- around the body -------------------------------------------------------------------------------------


def test_one_mebibyte_is_taken_and_one_byte_more_is_413(meta: Caller):
    raw = json.dumps(report()).encode()
    whole = raw + b" " * (settings.ALERT_BYTES_MAX - len(raw))

    refused(meta.send(whole + b" "), 413, "body_too_large")
    assert meta.send(whole).status_code == 201


def test_a_text_as_long_as_the_body_may_be_is_taken(meta: Caller):
    body = report()
    body["content"]["text"] = "a" * 1_000_000

    assert meta.send(body).status_code == 201


@pytest.mark.parametrize(
    "media_type",
    ["text/plain", "application/xml", "application/x-www-form-urlencoded", "application/json; charset=latin-1"],
)
def test_another_media_type_is_415(meta: Caller, media_type: str):
    refused(meta.send(report(), Content_Type=media_type), 415, "unsupported_media_type")


def test_a_compressed_body_is_415(meta: Caller):
    refused(meta.send(report(), Content_Encoding="gzip"), 415, "unsupported_media_type")


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "*/*", "nonsense"])
def test_no_accept_header_is_a_reason_to_refuse(meta: Caller, accept: str):
    answer = meta.send(report(), Accept=accept)

    assert answer.status_code == 201
    assert answer["Content-Type"] == "application/json"


@pytest.mark.parametrize("key", ["", "   "])
def test_without_a_key_it_is_400(meta: Caller, key: str):
    raw = json.dumps(report()).encode()
    answer = meta.ask("post", ALERTS, data=raw, content_type="application/json", headers={"Idempotency-Key": key})
    refused(answer, 400, "idempotency_key_missing")


@pytest.mark.parametrize("key", ["k" * 256, "schlüssel", "a\tb", "a\x7fb"])
def test_a_key_that_is_none_is_400(meta: Caller, key: str):
    refused(meta.send(report(), key=key), 400, "idempotency_key_malformed")


@pytest.mark.parametrize(
    ("method", "address", "allowed"),
    [
        ("put", ALERTS, "GET, POST, HEAD, OPTIONS"),
        ("delete", ALERTS, "GET, POST, HEAD, OPTIONS"),
        ("patch", f"{ALERTS}/x", "GET, HEAD, OPTIONS"),
        ("post", f"{ALERTS}/x", "GET, HEAD, OPTIONS"),
        ("get", "/api/v1/heartbeat", "POST, OPTIONS"),
    ],
)
def test_a_wrong_method_is_405_and_the_right_ones_are_named(meta: Caller, method: str, address: str, allowed: str):
    answer = meta.ask(method, address)

    refused(answer, 405, "method_not_allowed")
    assert answer["Allow"] == allowed


@pytest.mark.parametrize(
    "address", ["/api/v1/", "/api/v1/nothing", f"{ALERTS}/", f"{ALERTS}/x/pictures", "/api/v1/docs/x"]
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_any_other_address_is_a_404_of_the_api(meta: Caller, method: str, address: str):
    refused(meta.ask(method, address), 404, "not_found")
