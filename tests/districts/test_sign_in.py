"""Signing in: by user name, with the second factor that was seeded, and never by making an account of one's own."""

from __future__ import annotations

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import hotp_value
from django.test import Client

from districts import onboarding, seeding
from districts.models import Officer, RegisterEntry
from tests.districts.conftest import PASSWORD, actor, state_file

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def guarded(db, long_ago):
    file = state_file("AA")
    file["officers"][0]["totp_secret"] = SECRET
    return seeding.plant(file, at=long_ago)


def code(shift: int = 0) -> str:
    return f"{hotp_value(SECRET, int(time.time()) // 30 + shift):06d}"


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_user_name_and_password_open_the_door(home):
    client = Client()
    assert client.post("/accounts/login/", {"login": "aa.desk", "password": "not this"}).status_code == 200
    assert not is_in(client)
    assert client.post("/accounts/login/", {"login": "aa.desk", "password": PASSWORD}).status_code == 302
    assert is_in(client)


def test_with_a_second_factor_the_password_alone_does_not(guarded):
    client = Client()
    answer = client.post("/accounts/login/", {"login": "aa.op", "password": PASSWORD})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/accounts/2fa/authenticate/")
    assert not is_in(client)
    client.post(answer.headers["Location"], {"code": "000000"})
    assert not is_in(client)
    assert client.post(answer.headers["Location"], {"code": code()}).status_code == 302
    assert is_in(client)


def test_the_code_is_taken_where_the_password_was(guarded):
    client = Client()
    client.post("/accounts/login/", {"login": "aa.op", "password": PASSWORD})
    assert client.post("/accounts/login/", {"code": "000000"}).status_code == 200
    assert client.post("/accounts/login/", {"code": code()}).status_code == 302
    assert is_in(client)


def test_and_together_with_it(guarded):
    client = Client()
    client.post("/accounts/login/", {"login": "aa.op", "password": "not this", "code": code()})
    assert not is_in(client)
    client.post("/accounts/login/", {"login": "aa.op", "password": PASSWORD, "code": code()})
    assert is_in(client)


def test_a_code_without_a_password_before_it_leads_back_to_the_beginning(guarded):
    client = Client()
    answer = client.post("/accounts/login/", {"code": code()})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/accounts/login/")
    assert not is_in(client)


def test_a_second_planting_keeps_the_second_factor(guarded, now):
    file = state_file("AA")
    file["officers"][0]["totp_secret"] = "A" * 32
    seeding.plant(file, at=now)
    assert Authenticator.objects.get().wrap().validate_code(code())


def test_an_administrator_takes_it_from_somebody_who_lost_their_telephone(guarded, now):
    onboarding.set_second_factor(Officer.objects.get(username="aa.op"), secret="", by=actor("aa.admin", now), at=now)
    client = Client()
    client.post("/accounts/login/", {"login": "aa.op", "password": PASSWORD})
    assert is_in(client)
    assert RegisterEntry.objects.first().act == "officer_second_factor_removed"


def test_nobody_makes_an_account_of_their_own(home):
    sent = {"username": "me", "password1": "sunrise over the lake", "password2": "sunrise over the lake"}
    assert Client().post("/accounts/signup/", sent).status_code in {403, 404}
    assert not Officer.objects.filter(username="me").exists()


def test_a_closed_account_stays_outside(home, now):
    onboarding.change_officer(Officer.objects.get(username="aa.desk"), {"is_active": False}, by=onboarding.SEED, at=now)
    client = Client()
    client.post("/accounts/login/", {"login": "aa.desk", "password": PASSWORD})
    assert not is_in(client)


def test_a_password_of_ones_own_choice_is_registered(home):
    client = Client()
    client.post("/accounts/login/", {"login": "aa.desk", "password": PASSWORD})
    new = "sunrise over the lake"
    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert Officer.objects.get(username="aa.desk").check_password(new)
    entry = RegisterEntry.objects.first()
    assert (entry.act, entry.actor, entry.subject) == ("officer_password_set", "officer:aa.desk", "officer:aa.desk")
