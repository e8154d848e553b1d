"""Rubbish: whatever bytes arrive, the answer is an alert or a problem, and never a 500."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from districts.models import Partner, State
from portal.api.v1 import reading, serializers
from portal.api.v1.arrival import arrival_of
from portal.api.v1.completeness import completeness
from portal.api.v1.problems import Problem
from tests.portal.api.conftest import ALERTS, Caller, report

ANSWERS = {200, 201, 400, 413, 415, 422}
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.text(alphabet=st.characters(categories=["Cs", "Cc"]), max_size=5)
    | st.sampled_from(["2026-11-21T17:52:08Z", "9999-12-31T23:59:59-23:59", "imminent", "1e400", "@", "+91", "1234567"])
)
NAMES = [*sorted(serializers.FORM.fields), "lat", "number", "at", "ip", "handle", "urls", "level", ""]
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES) | st.text(), inner, max_size=4),
    max_leaves=12,
)
QUIETLY = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
PARTNER = Partner(code="meta", name="Meta", state=State(code="RJ", name_en="Rajasthan", name_hi="राजस्थान"))


# ---- what the form lets through can be written ------------------------------------------------------------


def taken_or_refused(raw: bytes) -> None:
    """See that bytes become an alert that the database can keep, or a problem."""
    try:
        said = reading.read(raw)
        fields = serializers.checked(said)
    except Problem as problem:
        json.dumps(str(problem.detail)).encode()
        return
    arrival = arrival_of(fields, said.value, partner=PARTNER, sha256="0" * 64, size=len(raw))
    told = [arrival.parsed, arrival.body, completeness(fields), serializers.warnings_of(said)]
    for text in (json.dumps(told, ensure_ascii=False, allow_nan=False), *arrival.hard_keys, arrival.name):
        assert not reading.UNSTORABLE.search(text)
        text.encode()
    assert "\\u0000" not in json.dumps(told)
    assert len(arrival.platform) <= 40
    assert len(arrival.partner_reference) <= 200
    assert len(arrival.name) <= 200
    assert all(len(pointer.platform) <= 40 for pointer in arrival.pointers)


@settings(deadline=None)
@given(body=st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=8))
def test_values_of_any_kind_in_fields_we_know(body: dict[str, Any]):
    taken_or_refused(json.dumps(body).encode())


@settings(deadline=None, max_examples=200)
@given(name=st.sampled_from(sorted(serializers.FORM.fields)), value=VALUES)
def test_one_strange_value_in_a_sound_alert(name: str, value: Any):
    taken_or_refused(json.dumps(report(**{name: value})).encode())


@settings(deadline=None, max_examples=200)
@given(part=st.sampled_from(["subject", "content", "urgency"]), inner=st.dictionaries(st.text(), VALUES, max_size=3))
def test_strange_members_inside_a_sound_alert(part: str, inner: dict[str, Any]):
    body = report()
    body[part] |= inner
    taken_or_refused(json.dumps(body).encode())


@settings(deadline=None)
@given(raw=st.binary(max_size=200))
def test_any_bytes(raw: bytes):
    taken_or_refused(raw)


@settings(deadline=None, max_examples=200)
@given(at=st.integers(min_value=0, max_value=900), what=st.binary(max_size=6), cut=st.integers(0, 20))
def test_a_damaged_alert(at: int, what: bytes, cut: int):
    raw = json.dumps(report()).encode()
    taken_or_refused(raw[:at] + what + raw[at + cut :])


# ---- and through the door --------------------------------------------------------------------------------


def answered(answer: Any) -> None:
    assert answer.status_code in ANSWERS, answer.content
    assert json.loads(answer.content)


@QUIETLY
@given(name=st.sampled_from(sorted(serializers.FORM.fields)), value=VALUES)
def test_a_strange_alert_is_an_alert_or_a_problem(meta: Caller, name: str, value: Any):
    answered(meta.send(json.dumps(report(**{name: value})).encode()))


@QUIETLY
@given(members=st.dictionaries(st.text(), VALUES, max_size=6))
def test_strange_members_are_kept(meta: Caller, members: dict[str, Any]):
    answered(meta.send(json.dumps(report(strange=members)).encode()))


@QUIETLY
@given(key=st.text(alphabet=st.characters(min_codepoint=1, max_codepoint=255), max_size=300))
def test_any_key(meta: Caller, key: str):
    answered(meta.send(report(), key=key or " "))


@QUIETLY
@given(query=st.dictionaries(st.sampled_from(["cursor", "updated_since", "partner_reference"]), st.text(max_size=40)))
def test_any_query(meta: Caller, query: dict[str, str]):
    assert meta.get(ALERTS, **query).status_code in {200, 400}
