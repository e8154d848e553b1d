"""Who gets in, how far, and that out of reach and absent are the same answer."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from cases.models import ReadEntry
from districts.actors import CLOCK
from districts.models import Officer, Posting
from districts.onboarding import SEED, end_posting
from districts.reach import reach_of
from portal.views.acts import ACTS
from tests.portal.conftest import JSON, PASSWORD, STRANGERS, arrive, do, read

HTML = {"Accept": "text/html"}
ABSENT = "RJ-0000-0000"


@pytest.mark.parametrize("who", STRANGERS)
def test_a_case_of_others_and_no_case_are_the_same_bytes(forwarded, desk, who):
    client = desk(who)
    for headers in (HTML, JSON):
        foreign = client.get(f"/cases/{forwarded.reference}", headers=headers)
        absent = client.get(f"/cases/{ABSENT}", headers=headers)
        assert (foreign.status_code, absent.status_code) == (404, 404)
        assert foreign.content == absent.content
        assert foreign.headers == absent.headers
    nothing = client.get(f"/cases/{ABSENT}", headers=JSON).content
    for verb in ACTS:
        assert do(client, forwarded, verb).status_code == 404, verb
        assert client.post(f"/cases/{ABSENT}/{verb}", headers=JSON).content == nothing, verb


@pytest.mark.parametrize("reference", ["x", "RJ-1", "rj-0000-0000", "RJ-0000-0000%00", "RJ-00000000", "../etc"])
def test_what_cannot_be_a_reference_is_the_same_bytes_too(desk, reference):
    client = desk("op1")
    assert client.get(f"/cases/{reference}").content == client.get(f"/cases/{ABSENT}").content


def test_who_may_see_a_forwarded_case(forwarded, desk):
    for who in ("op1", "op2", "north", "dig"):
        assert read(desk(who), forwarded)["reference"] == forwarded.reference, who


@pytest.mark.parametrize("who", STRANGERS)
def test_no_list_shows_a_case_of_others(forwarded, desk, who):
    client = desk(who)
    for address in ("/console", "/inbox", "/register"):
        for headers in (HTML, JSON):
            answer = client.get(address, headers=headers)
            assert answer.status_code in {200, 403}, address
            assert forwarded.reference not in answer.content.decode()


def test_pages_belong_to_posts(desk, land):
    homes = {
        "op1": "/console", "north": "/inbox", "dig": "/register", "admin": "/admin/",
        "reviewer": None, "auditor": None, "nobody": None,
    }  # fmt: skip
    pages = {"op1": {"/console", "/register"}, "north": {"/inbox", "/register"}, "dig": {"/inbox", "/register"}}
    for who, home in homes.items():
        client = desk(who)
        answer = client.get("/")
        assert (answer.headers.get("Location"), answer.status_code) == ((home, 302) if home else (None, 200)), who
        for page in ("/console", "/inbox", "/register"):
            allowed = page in pages.get(who, set())
            assert client.get(page).status_code == (200 if allowed else 403), (who, page)


def test_a_posting_that_ends_takes_the_access_with_it_at_once(forwarded, desk):
    north = desk("north")
    assert read(north, forwarded)
    posting = Posting.objects.get(officer__username="north")
    with reach_of(SEED):
        end_posting(posting, by=SEED, at=timezone.now(), valid_to=timezone.now() + timedelta(milliseconds=1))
    assert north.get(f"/cases/{forwarded.reference}", headers=JSON).status_code == 404
    assert north.get("/inbox", headers=JSON).status_code == 403
    assert do(north, forwarded, "acknowledge", officer_name="x", officer_phone="112", eta_minutes=1).status_code == 404
    assert north.get("/").status_code == 200


def test_an_account_that_is_closed_is_signed_out_at_once(forwarded, desk):
    north = desk("north")
    officer = Officer.objects.get(username="north")
    officer.is_active = False
    officer.save(update_fields=["is_active"])
    assert north.get("/inbox", headers=JSON).status_code == 401


def test_nobody_is_let_in_without_signing_in(forwarded):
    client = Client()
    for address in ("/", "/console", "/inbox", "/register", f"/cases/{forwarded.reference}", f"/cases/{ABSENT}"):
        there = client.get(address)
        assert (there.status_code, there.headers["Location"].partition("?")[0]) == (302, "/accounts/login/")
        script = client.get(address, headers=JSON)
        assert (script.status_code, script.headers["Content-Type"]) == (401, "application/problem+json")
        assert script.json()["type"] == "/problems/not_signed_in"
    part = client.get("/inbox?tab=new", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/inbox"})
    assert (part.status_code, part.headers["HX-Redirect"].partition("?")[0]) == (401, "/accounts/login/")
    assert do(client, forwarded, "claim").status_code == 401


def test_signing_in_with_a_password_leads_home(land):
    client = Client(enforce_csrf_checks=True)
    client.get("/accounts/login/")
    words = {"login": "op1", "password": PASSWORD, "csrfmiddlewaretoken": client.cookies["csrftoken"].value}
    answer = client.post("/accounts/login/", words)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert client.get("/").headers["Location"] == "/console"
    assert (
        client.post("/accounts/logout/", {"csrfmiddlewaretoken": client.cookies["csrftoken"].value}).status_code == 302
    )
    assert client.get("/console").status_code == 302


def test_a_form_without_its_token_is_refused(forwarded):
    client = Client(enforce_csrf_checks=True)
    client.force_login(Officer.objects.get(username="op1"))
    refused = do(client, forwarded, "release")
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/csrf")
    assert client.post(f"/cases/{forwarded.reference}/release").status_code == 403
    token = {"csrfmiddlewaretoken": client.cookies["csrftoken"].value} if "csrftoken" in client.cookies else {}
    if not token:
        client.get("/console")
        token = {"csrfmiddlewaretoken": client.cookies["csrftoken"].value}
    assert do(client, forwarded, "release", **token).status_code == 200


def test_the_wrong_method_is_said_to_be_wrong(forwarded, desk):
    client = desk("op1")
    for verb in ACTS:
        answer = client.get(f"/cases/{forwarded.reference}/{verb}", headers=JSON)
        assert (answer.status_code, answer.headers["Allow"]) == (405, "POST"), verb
    for address in ("/console", "/inbox", "/register", f"/cases/{forwarded.reference}", "/", "/healthz"):
        assert client.post(address, headers=JSON).status_code == 405, address


def test_every_look_is_written_down(forwarded, desk):
    def looks() -> list[tuple[str, str]]:
        with reach_of(CLOCK):
            return list(ReadEntry.objects.order_by("pk").values_list("actor", "object"))

    before = len(looks())
    read(desk("north"), forwarded)
    desk("dig").get(f"/cases/{forwarded.reference}")
    desk("south").get(f"/cases/{forwarded.reference}")
    desk("op2").get("/console")
    assert looks()[before:] == [("officer:north", forwarded.reference), ("officer:dig", forwarded.reference)]


def test_nothing_is_kept_by_browsers_and_nothing_is_framed(forwarded, desk):
    client = desk("north")
    for address in ("/inbox", f"/cases/{forwarded.reference}", "/accounts/login/", "/healthz", f"/cases/{ABSENT}"):
        answer = client.get(address)
        assert answer.headers["Cache-Control"] == "no-store", address
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


def test_the_desk_of_the_administrators_fetches_nothing_from_another_host_and_sends_nothing_there(land, desk):
    for address in ("/admin/", "/admin/districts/unit/", "/admin/nothing/"):
        policy = desk("admin").get(address).headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; ")
        assert {word for word in policy.replace(";", " ").split() if ":" in word or "*" in word} == {"data:"}
    assert "unsafe" not in desk("north").get("/inbox").headers["Content-Security-Policy"]


def test_the_language_is_the_officers_and_never_the_browsers(land, desk):
    asks_for_english = {"Accept-Language": "en"}
    assert desk("south").get("/inbox", headers=asks_for_english).headers["Content-Language"] == "hi"
    north = desk("north")
    assert north.get("/inbox", headers={"Accept-Language": "hi"}).headers["Content-Language"] == "en"
    assert north.get("/inbox?lang=hi").headers["Content-Language"] == "en"
    assert north.post("/language", {"language": "hi", "next": "/inbox?tab=new"}).headers["Location"] == "/inbox?tab=new"
    assert Officer.objects.get(username="north").language == "hi"
    assert north.get("/inbox").headers["Content-Language"] == "hi"
    assert north.post("/language", {"language": "xx"}, headers=JSON).status_code == 422

    visitor = Client()
    assert visitor.get("/accounts/login/", headers=asks_for_english).headers["Content-Language"] == "hi"
    assert visitor.get("/accounts/login/?lang=en").headers["Content-Language"] == "en"
    visitor.post("/language", {"language": "en"})
    assert visitor.get("/accounts/login/").headers["Content-Language"] == "en"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x"])
def test_no_form_leads_to_another_house(forwarded, desk, elsewhere):
    client = desk("op1")
    assert client.post("/language", {"language": "en", "next": elsewhere}).headers["Location"] == "/"
    done = client.post(f"/cases/{forwarded.reference}/notes", {"text": "x", "next": elsewhere})
    assert (done.status_code, done.headers["Location"]) == (303, f"/cases/{forwarded.reference}")


@pytest.mark.django_db(transaction=True)
def test_what_fails_is_undone_and_tells_nothing(committed, monkeypatch):
    case = committed()
    client = Client(raise_request_exception=False)
    client.force_login(Officer.objects.get(username="op1"))
    monkeypatch.setattr("portal.views.case.case_of", lambda *_a, **_k: 1 / 0)
    with reach_of(CLOCK):
        before = ReadEntry.objects.count()
    for headers in (JSON, HTML):
        answer = client.post(
            f"/cases/{case.reference}/notes", {"text": "a word of it"}, headers=headers | {"HX-Request": "true"}
        )
        assert answer.status_code == 500
        assert b"Traceback" not in answer.content
        assert b"ZeroDivision" not in answer.content
    with reach_of(CLOCK):
        assert not case.events.filter(action="noted").exists()
        assert ReadEntry.objects.count() == before


def test_states_do_not_see_each_other(land, desk):
    here, there = arrive("RJ"), arrive("UP")
    op1, up = desk("op1"), desk("up-op1")
    assert [row["reference"] for row in op1.get("/console", headers=JSON).json()["cases"]] == [here.reference]
    assert [row["reference"] for row in up.get("/console", headers=JSON).json()["cases"]] == [there.reference]
    do(op1, here, "claim")
    wrong = do(op1, here, "forward", unit="UP-AGRA", role="lead")
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/unit")


@pytest.mark.parametrize(
    ("accepts", "preferred"),
    [
        ("", "text/html"),
        ("*/*", "text/html"),
        ("application/json", "application/json"),
        ("application/json, text/plain, */*", "application/json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
        ("text/html;q=0.5, application/json", "application/json"),
        ("nonsense", "text/html"),
    ],
)
def test_the_accept_header_decides(desk, accepts, preferred):
    headers = {"Accept": accepts} if accepts else {}
    assert desk("op1").get("/console", headers=headers).headers["Content-Type"].partition(";")[0] == preferred
