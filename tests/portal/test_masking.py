"""Names and numbers are shown to whoever holds the case, and to nobody else without a reason."""

import json

import pytest

from portal.views import masking
from tests.portal.conftest import JSON, PHONE, arrive, do, read

SECRETS = ("Kalpanik", PHONE, PHONE.removeprefix("+91"), "203.0.113.45", "aarav@mail.example", "social.example")


def secrets_in(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret in text]


def test_whoever_holds_the_claim_reads_the_alert_as_it_came(post, desk):
    case, op1 = post(), desk("op1")
    do(op1, case, "claim")
    seen = read(op1, case)
    assert seen["alerts"][0]["parsed"]["phones"] == [PHONE]
    assert seen["person"]["name"] == "Aarav Kalpanik"
    assert set(seen["alerts"][0]["parsed"]) == {
        "platform", "partner_reference", "handle", "platform_user_id", "display_name", "phones", "emails", "ip_events",
        "content_text", "posted_at", "urls",
    }  # fmt: skip


@pytest.mark.parametrize("who", ["op2", "north", "dig"])
def test_everybody_else_reads_it_masked(forwarded, desk, who):
    client = desk(who)
    for headers in (JSON, {}):
        shown = client.get(f"/cases/{forwarded.reference}", headers=headers).content.decode()
        assert secrets_in(shown) == []
    parsed = read(client, forwarded)["alerts"][0]["parsed"]
    assert parsed["phones"] == ["••••••1234"]
    assert parsed["platform"] == "instagram"


def test_the_unit_reads_the_post_and_where_without_who(forwarded, desk):
    alert = read(desk("north"), forwarded)["alerts"][0]
    assert alert["parsed"]["content_text"].endswith("I am at the lake")
    assert alert["places"][0]["pin"] == "333001"
    assert read(desk("dig"), forwarded)["alerts"][0]["parsed"]["content_text"] == masking.HIDDEN


def test_giving_a_case_back_masks_it_again(post, desk):
    case, op1 = post(), desk("op1")
    do(op1, case, "claim")
    released = do(op1, case, "release").json()
    assert secrets_in(json.dumps(released)) == []


@pytest.mark.parametrize(("who", "address"), [("op1", "/console"), ("north", "/inbox"), ("dig", "/register")])
def test_no_list_has_a_name_a_number_or_a_word_of_the_post(forwarded, desk, who, address):
    for headers in (JSON, {}):
        shown = desk(who).get(address, headers=headers).content.decode()
        assert forwarded.reference in shown
        assert secrets_in(shown) == []
        assert "lake" not in shown


def test_a_minor_is_masked_harder(land, desk):
    case = arrive(claimed_age=15)
    seen = desk("op2").get("/console", headers=JSON).json()["cases"][0]
    assert seen["reference"] == case.reference
    assert (seen["person"]["name"], seen["person"]["handle"]) == ("•••", "@•••")


def test_showing_a_number_takes_a_reason_and_is_an_event(forwarded, desk):
    north = desk("north")
    answer = do(north, forwarded, "reveal", field="phone", reason="to call back").json()
    assert answer["revealed"] == {"field": "phone", "label": "telephone", "value": PHONE}
    line = answer["timeline"][-1]
    assert (line["action"], line["actor"], line["facts"]["field"]) == ("revealed", "officer:north", "phone")
    assert PHONE not in json.dumps(line)
    refused = do(north, forwarded, "reveal", field="email", reason="to write")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/nothing_to_reveal")


@pytest.mark.parametrize(
    ("value", "masked"),
    [("Aarav", "A•••"), ("कृष्णा", "कृ•••"), ("श्रीमती", "श•••"), ("", ""), ("  ", "")],
)
def test_a_name_keeps_its_first_letter_whole(value, masked):
    assert masking.name(value) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("call +91 55500 01234 now", "call ••• now"),
        ("mail me: a.b@mail.example", "mail me: •••"),
        ("ask @ravi_k or www.page.example/x?y", "ask ••• or •••"),
        ("raj is in rajasthan", "••• is in rajasthan"),
        ("ring 112 or 14416", "ring 112 or 14416"),
        ("राजेश को बताओ", "••• को बताओ"),
    ],
)
def test_a_text_loses_what_somebody_could_be_found_by(text, masked):
    assert masking.text(text, ["raj", "राजेश"]) == masked
