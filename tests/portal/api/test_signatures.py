"""Signatures: forty ways in which one is not good, each of them 401 with nothing stored; and what is good once."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from standardwebhooks import Webhook

from portal.models import SignedRequest
from tests.portal.api.conftest import ALERTS, Caller, report, rows

KEY = b"the secret that the two of us have"
SECRET = "whsec_" + base64.b64encode(KEY).decode()
WRONG = "whsec_" + base64.b64encode(b"a secret of somebody else").decode()
Headers = dict[str, str]


def sign(
    raw: bytes, *, webhook_id: str = "msg_1", age: int = 0, key: bytes = KEY, algorithm: str = "sha256"
) -> Headers:
    """Sign as the standard is written, with no help of the code under test."""
    moment = str(int(time.time()) - age)
    digest = hmac.new(key, f"{webhook_id}.{moment}.".encode() + raw, getattr(hashlib, algorithm)).digest()
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": moment,
        "webhook-signature": "v1," + base64.b64encode(digest).decode(),
    }


def changed(**changes: str | None) -> Callable[[bytes], Headers]:
    """Return good headers with some of them changed after they were signed, or taken away."""

    def make(raw: bytes) -> Headers:
        new = {name.replace("_", "-"): value for name, value in changes.items()}
        return {name: value for name, value in (sign(raw) | new).items() if value is not None}

    return make


def reworded(reword: Callable[[str], str]) -> Callable[[bytes], Headers]:
    """Return good headers with the signature written otherwise."""
    return lambda raw: sign(raw) | {"webhook-signature": reword(sign(raw)["webhook-signature"])}


def _hex(raw: bytes) -> Headers:
    good = sign(raw)
    digest = base64.b64decode(good["webhook-signature"].removeprefix("v1,"))
    return good | {"webhook-signature": f"v1,{digest.hex()}"}


def _of_the_body_alone(raw: bytes) -> Headers:
    digest = base64.b64encode(hmac.digest(KEY, raw, "sha256")).decode()
    return sign(raw) | {"webhook-signature": f"v1,{digest}"}


def _with_the_words_of_the_secret(raw: bytes) -> Headers:
    return sign(raw, key=SECRET.encode())


def _url_safe(signature: str) -> str:
    # Made so that the two alphabets differ.
    return signature.replace("+", "-").replace("/", "_") + "-_"


NEGATIVES: dict[str, Callable[[bytes], Headers]] = {
    "nothing at all": lambda _raw: {},
    "no id": changed(webhook_id=None),
    "no timestamp": changed(webhook_timestamp=None),
    "no signature": changed(webhook_signature=None),
    "only the id": changed(webhook_timestamp=None, webhook_signature=None),
    "only the signature": changed(webhook_id=None, webhook_timestamp=None),
    "empty id": changed(webhook_id=""),
    "empty timestamp": changed(webhook_timestamp=""),
    "empty signature": changed(webhook_signature=""),
    "another id than was signed": changed(webhook_id="msg_2"),
    "the id in capitals": changed(webhook_id="MSG_1"),
    "another timestamp than was signed": lambda raw: sign(raw) | {"webhook-timestamp": str(int(time.time()) - 1)},
    "another body": lambda raw: sign(raw + b" "),
    "an empty body": lambda _raw: sign(b""),
    "another body of the same length": lambda raw: sign(raw.replace(b"instagram", b"instagrom")),
    "the same JSON written otherwise": lambda raw: sign(json.dumps(json.loads(raw), indent=1).encode()),
    "the body with a line more": lambda raw: sign(raw + b"\n"),
    "another secret": lambda raw: sign(raw, key=base64.b64decode(WRONG.removeprefix("whsec_"))),
    "an empty secret": lambda raw: sign(raw, key=b""),
    "the secret not decoded": _with_the_words_of_the_secret,
    "the secret as base64 text": lambda raw: sign(raw, key=base64.b64encode(KEY)),
    "SHA-1": lambda raw: sign(raw, algorithm="sha1"),
    "SHA-512": lambda raw: sign(raw, algorithm="sha512"),
    "the body signed without id and time": _of_the_body_alone,
    "hex and not base64": _hex,
    "base64 that is none": reworded(lambda _: "v1,%%%not-base64%%%"),
    "base64 of nothing": reworded(lambda _: "v1,"),
    "base64 for addresses": reworded(_url_safe),
    "base64 without its end": reworded(lambda good: good.rstrip("=")),
    "base64 with more behind it": reworded(lambda good: good + "AAAA"),
    "half a signature": reworded(lambda good: good[:20]),
    "no version": reworded(lambda good: good.removeprefix("v1,")),
    "version 1a, which is asymmetric": reworded(lambda good: good.replace("v1,", "v1a,")),
    "version 2": reworded(lambda good: good.replace("v1,", "v2,")),
    "a capital version": reworded(lambda good: good.replace("v1,", "V1,")),
    "several, none of them right": reworded(lambda _: " ".join(f"v1,{'A' * 43}=" for _ in range(5))),
    "several, separated by commas": reworded(lambda good: f"v1,{'A' * 43}=,{good}"),
    "letters beyond ASCII": reworded(lambda _: "v1,é"),
    "six minutes old": lambda raw: sign(raw, age=360),
    "a day old": lambda raw: sign(raw, age=86_400),
    "six minutes ahead": lambda raw: sign(raw, age=-360),
    "from the year 5138": lambda raw: sign(raw, age=-100_000_000_000),
    "milliseconds for seconds": lambda raw: sign(raw, age=-int(time.time()) * 999),
    "a timestamp with a point": lambda raw: sign(raw) | {"webhook-timestamp": f"{time.time():.3f}"},
    "a timestamp with a sign": lambda raw: sign(raw) | {"webhook-timestamp": f"+{int(time.time())}"},
    "a timestamp in words": lambda raw: sign(raw) | {"webhook-timestamp": datetime.now(UTC).isoformat()},
    "a timestamp in Hindi digits": lambda raw: sign(raw) | {"webhook-timestamp": "१७६३९०००००"},
    "a timestamp without end": lambda raw: sign(raw) | {"webhook-timestamp": "9" * 5000},
    "an id with a brace, as a body begins": lambda raw: sign(raw, webhook_id='msg.1.{"a"'),
    "an id without end": lambda raw: sign(raw, webhook_id="m" * 5000),
}


@pytest.fixture
def signer(meta: Caller) -> Caller:
    """A partner that has asked that nothing be taken without a signature."""
    meta.partner.require_signature, meta.partner.signing_secret = True, SECRET
    meta.partner.save(update_fields=["require_signature", "signing_secret"])
    return meta


def send(caller: Caller, raw: bytes, headers: Headers, key: str = "k-1") -> Any:
    return caller.send(raw, key=key, **headers)


def body(**changes: Any) -> bytes:
    return json.dumps(report(**changes)).encode()


def beat(caller: Caller, **headers: str) -> Any:
    return caller.ask("post", "/api/v1/heartbeat", data=b"", content_type="application/json", headers=headers)


def problem_of(answer: Any) -> str:
    assert answer.status_code == 401, answer.content
    assert answer["WWW-Authenticate"] == 'Bearer realm="partner API"'
    kind: str = answer.json()["type"]
    return kind.removeprefix("/problems/")


def test_forty_bad_signatures_are_401_and_leave_nothing_behind(signer: Caller):
    assert len(NEGATIVES) >= 40
    raw = body()
    for number, (name, make) in enumerate(NEGATIVES.items()):
        headers = make(raw)
        answer = send(signer, raw, headers, key=f"k-{number}")
        assert answer.status_code == 401, (name, answer.content)
        assert answer.json()["type"].startswith("/problems/signature_"), name
        assert SECRET not in answer.content.decode()
    assert rows() == (0, 0, 0)
    assert SignedRequest.objects.count() == 0
    # And the very bytes that were refused so often are received when they are signed well.
    assert send(signer, raw, sign(raw)).status_code == 201


@pytest.mark.parametrize("name", sorted(set(NEGATIVES) - {"nothing at all"}))
def test_a_signature_that_is_there_is_checked_though_none_is_needed(meta: Caller, name: str):
    meta.partner.signing_secret = SECRET
    meta.partner.save(update_fields=["signing_secret"])
    raw = body()
    headers = NEGATIVES[name](raw)
    if not any(headers.values()):
        return

    assert problem_of(send(meta, raw, headers)).startswith("signature_")
    assert meta.send(report()).status_code == 201


def test_the_library_of_the_standard_and_we_agree(signer: Caller):
    raw, now = body(), datetime.now(UTC)
    made = Webhook(SECRET).sign("msg_lib", now, raw.decode())
    headers = {"webhook-id": "msg_lib", "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": made}

    assert send(signer, raw, headers).status_code == 201


@pytest.mark.parametrize("others", ["v1,AAAA {}", "{} v1,AAAA", "v1a,AAAA v2,BBBB {} rubbish", "{}  {}"])
def test_one_good_signature_among_others_is_enough_while_secrets_are_turned(signer: Caller, others: str):
    raw = body()
    good = sign(raw)

    answer = send(signer, raw, good | {"webhook-signature": others.replace("{}", good["webhook-signature"])})
    assert answer.status_code == 201


@pytest.mark.parametrize("age", [290, -290])
def test_within_the_tolerance_clocks_may_differ(signer: Caller, age: int):
    raw = body()

    assert send(signer, raw, sign(raw, age=age)).status_code == 201


def test_an_id_is_accepted_once_whatever_comes_with_it(signer: Caller):
    raw, other = body(), body()
    headers = sign(raw)
    assert send(signer, raw, headers).status_code == 201

    assert problem_of(send(signer, raw, headers)) == "signature_used"
    assert problem_of(send(signer, raw, headers, key="k-2")) == "signature_used"
    assert problem_of(send(signer, other, sign(other), key="k-3")) == "signature_used"
    assert problem_of(beat(signer, **sign(b""))) == "signature_used"
    assert rows()[0] == 1


def test_the_same_alert_signed_anew_is_the_stored_answer(signer: Caller):
    raw = body()
    first = send(signer, raw, sign(raw))
    again = send(signer, raw, sign(raw, webhook_id="msg_2"))

    assert (again.status_code, again["Idempotency-Replayed"]) == (200, "true")
    assert again.content == first.content
    assert problem_of(send(signer, raw, sign(raw, webhook_id="msg_2"))) == "signature_used"


def test_what_was_refused_for_another_reason_has_not_used_its_id_up(signer: Caller):
    bad, good = body(sent_at="yesterday"), body()
    assert send(signer, bad, sign(bad)).status_code == 422
    assert send(signer, good, sign(good)).status_code == 201


def test_two_partners_may_use_the_same_id(signer: Caller, stranger: Caller):
    stranger.partner.signing_secret = WRONG
    stranger.partner.save(update_fields=["signing_secret"])
    raw = body()
    foreign = sign(raw, key=base64.b64decode(WRONG.removeprefix("whsec_")))

    assert send(signer, raw, sign(raw)).status_code == 201
    assert send(stranger, raw, foreign).status_code == 201
    assert problem_of(send(signer, raw, foreign | {"webhook-id": "msg_9"})) == "signature_invalid"


def test_of_five_requests_with_one_id_at_once_one_is_taken(signer: Caller):
    bodies = [body() for _ in range(5)]

    def knock(numbered: tuple[int, bytes]) -> int:
        number, raw = numbered
        try:
            status: int = send(Caller(signer.key, signer.partner), raw, sign(raw), key=f"k-{number}").status_code
            return status
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as threads:
        statuses = sorted(threads.map(knock, enumerate(bodies)))
    assert statuses == [201, 401, 401, 401, 401]
    assert rows()[0] == 1


def test_reading_needs_no_signature_and_a_wrong_one_is_still_wrong(signer: Caller):
    raw = body()
    address = send(signer, raw, sign(raw)).json()["links"]["self"]

    assert signer.get(address).status_code == 200
    assert signer.get(ALERTS).status_code == 200
    assert signer.ask("get", address, headers=sign(b"", webhook_id="g-1")).status_code == 200
    assert problem_of(signer.ask("get", address, headers=sign(b"x", webhook_id="g-2"))) == "signature_invalid"


def test_a_heartbeat_is_signed_like_everything_that_is_said(signer: Caller):
    assert problem_of(beat(signer)) == "signature_required"
    assert beat(signer, **sign(b"")).status_code == 204


def test_a_partner_without_a_secret_may_send_the_headers_and_nobody_minds(meta: Caller):
    raw = body()

    assert send(meta, raw, sign(raw)).status_code == 201
    assert SignedRequest.objects.count() == 0
