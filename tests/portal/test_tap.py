"""The page behind the link of a message: small, silent about the person, and nothing happens until somebody presses."""

import re
from http import HTTPStatus
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.utils import timezone

from cases.models import Case, CaseEvent, Forwarding, ReadEntry, Tap
from districts.actors import CLOCK
from districts.models import Contact, Officer
from districts.reach import reach_of
from notifications import contact_tests
from notifications.channels.wire import Sent
from notifications.delivery import Answer, claim_due, record
from notifications.models import Message
from portal.views import tap
from tests.portal.conftest import JSON, PHONE, do, read

SMALL = 10 * 1024
NEVER_SAID = ("Aarav", "aarav", "Kalpanik", PHONE, "lake", "Jhunjhunu", "333001", "instagram")


@pytest.fixture(autouse=True)
def nobody_has_guessed_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tap, "MISSES", tap.Throttle(rate=0.5, burst=30, at_once=1000, clock=lambda: 0.0))


def link_of(case: Case, post: str = "RJ-NORTH/control_room", channel: str = "sms") -> str:
    with reach_of(CLOCK):
        message = Message.objects.get(about_id=case.pk, to_ref=post, channel=channel, topic="case_forwarded")
    found = re.search(r"https?://[^/]+(/a/[A-Za-z0-9_-]{22})(?= |$)", message.text) if channel == "sms" else None
    return found[1] if found else "/a/" + message.facts["link"].rpartition("/")[2]


def state_of(case: Case) -> tuple[Any, ...]:
    """Everything that a look could have changed."""
    with reach_of(CLOCK):
        leg = Forwarding.objects.get(case=case)
        taps = tuple(Tap.objects.order_by("pk").values_list("used_at", "used_as"))
        return leg.status, CaseEvent.objects.count(), ReadEntry.objects.count(), Message.objects.count(), taps


@pytest.fixture
def phone() -> Client:
    """A telephone that nobody is signed in on, and that has no token of a form."""
    return Client(enforce_csrf_checks=True)


def test_looking_changes_nothing_however_often_and_by_whom(forwarded, phone, desk):
    link, before = link_of(forwarded), state_of(forwarded)
    for _ in range(3):
        assert phone.get(link).status_code == HTTPStatus.OK
        assert phone.head(link).status_code == HTTPStatus.OK
        assert phone.get(link, headers=JSON).status_code == HTTPStatus.OK
        assert phone.get(link, headers={"User-Agent": "scanner", "Sec-Purpose": "prefetch"}).status_code == 200
        assert desk("south").get(link).status_code == HTTPStatus.OK
    for method in ("put", "delete", "patch", "options"):
        assert getattr(phone, method)(link).status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert state_of(forwarded) == before


def test_the_page_is_small_private_and_works_without_a_script(forwarded, phone):
    answer = phone.get(link_of(forwarded))
    page = answer.content.decode()
    styles = [finders.find(name) for name in re.findall(r"/static/(css/\w+\.css)", page)]
    assert len(styles) == 2
    assert len(answer.content) + sum(len(open(name, "rb").read()) for name in styles if name) < SMALL  # noqa: PTH123, SIM115 - two small files
    assert "<script" not in page
    assert not [word for word in NEVER_SAID if word in page]
    assert forwarded.reference in page
    assert "RJ-NORTH इकाई" in page
    assert answer.headers["Cache-Control"] == "no-store"
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert 'name="robots" content="noindex' in page
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert not answer.cookies
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_it_speaks_the_language_of_the_post_and_the_other_one_on_demand(forwarded, phone):
    link = link_of(forwarded)
    assert "संकट में व्यक्ति" in phone.get(link).content.decode()
    english = phone.get(f"{link}?lang=en")
    assert "Person in distress" in english.content.decode()
    assert english.headers["Content-Language"] == "en"
    assert 'href="?lang=hi"' in english.content.decode()
    Contact.objects.filter(unit__code="RJ-NORTH").update(language="en")
    assert "Person in distress" in phone.get(link).content.decode()
    assert "संकट" in phone.get(f"{link}?lang=hi").content.decode()
    assert phone.get(f"{link}?lang=fr").status_code == HTTPStatus.OK


@pytest.mark.parametrize(
    ("worn", "shown"), [("dark", "dark"), ("contrast", "contrast"), ("", "light"), ("x'>", "light")]
)
def test_every_page_without_a_session_wears_the_colours_of_the_telephone(forwarded, phone, number_test, worn, shown):
    phone.cookies["theme"] = worn
    for address in (link_of(forwarded), number_test[0], "/a/AAAAAAAAAAAAAAAAAAAAAA", "/offline", "/nowhere"):
        page = phone.get(address).content.decode()
        assert f'data-theme="{shown}"' in page, address
        assert page.count("<!doctype html>") == page.count("<main") == page.count("</html>") == 1
        assert 'name="robots" content="noindex, nofollow"' in page


def test_one_press_takes_charge_and_the_second_is_answered_kindly(forwarded, phone, desk):
    link = link_of(forwarded)
    done = phone.post(link, {"eta_minutes": "15"})
    assert done.status_code == HTTPStatus.OK
    assert f"/cases/{forwarded.reference}" in done.content.decode()
    shown = read(desk("op1"), forwarded)
    (leg,) = shown["forwardings"]
    assert (shown["state"], leg["post"], leg["eta_minutes"]) == ("acknowledged", "RJ-NORTH/control_room", 15)
    assert (leg["officer_name"], leg["nameless"]) == ("", True)
    again = phone.post(link, {"eta_minutes": "30"})
    assert again.status_code == HTTPStatus.NOT_FOUND
    assert [line["action"] for line in read(desk("op1"), forwarded)["timeline"]].count("acknowledged") == 1
    assert "RJ-NORTH/control_room" in desk("op1").get(f"/cases/{forwarded.reference}").content.decode()


def test_a_form_without_a_field_takes_charge(forwarded, phone, desk):
    answer = phone.post(link_of(forwarded), headers=JSON)
    assert (answer.status_code, answer.json()["answer"]) == (HTTPStatus.OK, "acknowledged")
    assert read(desk("north"), forwarded)["state"] == "acknowledged"


def test_the_desk_that_signs_in_later_names_the_officer(forwarded, phone, desk):
    north = desk("north")
    phone.post(link_of(forwarded))
    assert "name-officer" in read(north, forwarded)["allowed"]
    assert 'id="name-officer"' in north.get(f"/cases/{forwarded.reference}").content.decode()
    named = {"officer_name": "SI Mohan", "officer_phone": "+915550007777", "eta_minutes": "10"}
    assert do(desk("south"), forwarded, "acknowledge", **named).status_code == HTTPStatus.NOT_FOUND
    done = do(north, forwarded, "acknowledge", **named)
    assert (done.status_code, done.json()["own"]["officer_name"]) == (HTTPStatus.OK, "SI Mohan")
    assert "name-officer" not in done.json()["allowed"]


def test_not_ours_is_told_to_the_cell_and_the_case_stays(forwarded, phone, desk):
    link = link_of(forwarded)
    answer = phone.post(link, {"answer": "not_ours"})
    assert answer.status_code == HTTPStatus.OK
    assert phone.post(link).status_code == HTTPStatus.NOT_FOUND
    shown = read(desk("op1"), forwarded)
    assert (shown["state"], shown["timeline"][-1]["action"]) == ("forwarded", "disowned")
    assert [(one["to_ref"], one["topic"]) for one in shown["messages"] if one["to_ref"] == "RJ-CELL/desk"] == [
        ("RJ-CELL/desk", "case_disowned")
    ] * 2
    assert any(one["level"] and not one["settled_at"] for one in shown["deadlines"])


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"eta_minutes": "soon"}, "form"), ({"eta_minutes": "-5"}, "form"), ({"eta_minutes": "99999999999999"}, "form"),
        ({"eta_minutes": "١٥"}, "form"), ({"answer": "maybe"}, "form"), ('{"answer": "maybe"}', "json"),
        ("[1]", "json"), ("{", "json"), ('{"x": "' + "x" * 5000 + '"}', "json"),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_not_guessed(forwarded, phone, said, kind):
    link, before = link_of(forwarded), state_of(forwarded)
    how = {"content_type": "application/json"} if kind == "json" else {}
    assert phone.post(link, said, headers=JSON, **how).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert phone.post(link, said, **how).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert state_of(forwarded) == before


def test_a_script_may_answer_in_json(forwarded, phone, desk):
    said = '{"answer": "not_ours"}'
    answer = phone.post(link_of(forwarded), said, content_type="application/json", headers=JSON)
    assert answer.json()["answer"] == "not_ours"
    assert read(desk("op1"), forwarded)["state"] == "forwarded"


def test_spent_old_and_unknown_links_get_the_same_page_with_the_cells_number(forwarded, phone, desk):
    used = link_of(forwarded)
    phone.post(used)
    unknown = ["/a/" + "x" * 22, "/a/short", "/a/" + "x" * 300, "/a/%00"]
    seen, scripts = set(), set()
    for link in (used, *unknown):
        for answer in (phone.get(link), phone.post(link, {"eta_minutes": "5"})):
            assert answer.status_code == HTTPStatus.NOT_FOUND
            seen.add(answer.content)
        scripts.add(phone.get(link, headers=JSON).content)
    assert (len(seen), len(scripts)) == (1, 1)
    page = seen.pop().decode()
    assert Contact.objects.get(unit__code="RJ-CELL", post="desk").phone in page
    assert forwarded.reference not in page
    assert len(page.encode()) < SMALL


def test_a_recalled_case_answers_no_more(forwarded, phone, desk):
    link = link_of(forwarded)
    assert do(desk("op1"), forwarded, "recall", unit="RJ-NORTH", reason="wrong").status_code == HTTPStatus.OK
    assert phone.get(link).status_code == phone.post(link).status_code == HTTPStatus.NOT_FOUND


def test_whoever_guesses_is_slowed_down_and_a_true_link_is_not(forwarded, phone):
    link = link_of(forwarded)
    said = [phone.get(f"/a/{number:022d}").status_code for number in range(40)]
    assert (set(said[:30]), set(said[30:])) == ({HTTPStatus.NOT_FOUND}, {HTTPStatus.TOO_MANY_REQUESTS})
    slowed = phone.get("/a/" + "y" * 22)
    assert int(slowed.headers["Retry-After"]) >= 1
    assert phone.get(link).status_code == phone.post(link).status_code == HTTPStatus.OK


def test_it_is_the_post_also_on_a_telephone_somebody_is_signed_in_on(forwarded, desk):
    """The SP's telephone, on which another unit's officer happens to be signed in."""
    south = desk("south")
    south.post(link_of(forwarded))
    with reach_of(CLOCK):
        line = CaseEvent.objects.get(case=forwarded, action="acknowledged")
        assert line.actor == "post:RJ-NORTH/control_room"
    assert south.get(f"/cases/{forwarded.reference}").status_code == HTTPStatus.NOT_FOUND
    assert Officer.objects.filter(username="south").exists()


def test_key_one_in_a_receipt_takes_charge_once(forwarded, phone, desk):
    now = timezone.now()
    taken = claim_due(channel="voice", at=now, limit=5)
    record([Answer(message.pk, message.attempts, Sent("p-1")) for message in taken], at=now)
    (message,) = taken
    receipt = {"id": str(message.pk), "provider_id": "p-1", "status": "key", "key": "1", "at": now.isoformat()}
    address = f"/gateway/receipts/{message.token}"
    for forged in ({"id": "01a20924-d7d5-7086-80d6-c895989c3b29"}, {"provider_id": "p-2"}):
        answer = phone.post(address, receipt | forged, content_type="application/json")
        assert answer.status_code == HTTPStatus.NOT_FOUND
    assert phone.post(address[:-1], receipt, content_type="application/json").status_code == HTTPStatus.NOT_FOUND
    assert read(desk("op1"), forwarded)["state"] == "forwarded"
    for _ in range(3):
        assert phone.post(address, receipt, content_type="application/json").status_code == HTTPStatus.NO_CONTENT
    shown = read(desk("op1"), forwarded)
    assert (shown["state"], shown["forwardings"][0]["post"]) == ("acknowledged", "RJ-NORTH/control_room")
    assert [line["action"] for line in shown["timeline"]].count("acknowledged") == 1


@pytest.fixture
def number_test(land) -> tuple[str, Message]:
    """The link in the SMS by which the number of a post is tested, and its message."""
    contact = Contact.objects.select_related("unit__state").get(unit__code="RJ-NORTH", post="control_room")
    (message,) = contact_tests.send(contact, by=CLOCK, at=timezone.now(), channels=["sms"])
    return "/a/" + message.facts["link"].rpartition("/")[2], message


def test_the_link_of_a_number_test_shows_no_case_and_one_button(number_test, phone):
    link, message = number_test
    assert f"{link} " in f"{message.text} "
    page = phone.get(link)
    words = page.content.decode()
    styles = [finders.find(name) for name in re.findall(r"/static/(css/\w+\.css)", words)]
    assert len(page.content) + sum(len(open(name, "rb").read()) for name in styles if name) < SMALL  # noqa: PTH123, SIM115 - two small files
    assert "<script" not in words
    assert words.count("<button") == 1
    assert "RJ-NORTH इकाई" in words
    assert page.headers["Cache-Control"] == "no-store"
    assert "This number" not in words
    assert "There is no case now" in phone.get(f"{link}?lang=en").content.decode()
    for _ in range(2):
        assert phone.head(link).status_code == HTTPStatus.OK
    with reach_of(CLOCK):
        assert Message.objects.get(pk=message.pk).state == "queued"


def test_pressing_it_confirms_the_number_once_and_acknowledges_nothing(number_test, forwarded, phone):
    link, message = number_test
    before = state_of(forwarded)
    answer = phone.post(link)
    assert answer.status_code == HTTPStatus.OK
    assert "<form" not in answer.content.decode()
    with reach_of(CLOCK):
        assert Message.objects.get(pk=message.pk).state == "delivered"
    assert state_of(forwarded) == before
    assert phone.post(link).status_code == HTTPStatus.NOT_FOUND
    assert phone.get(link).status_code == HTTPStatus.NOT_FOUND


def test_a_script_confirms_it_as_well(number_test, phone):
    link, _message = number_test
    asked = phone.get(link, headers=JSON).json()
    assert (asked["unit"], asked["post"], asked["answer"]) == ("RJ-NORTH", "RJ-NORTH/control_room", None)
    assert phone.post(link, headers=JSON).json()["answer"] == "received"
