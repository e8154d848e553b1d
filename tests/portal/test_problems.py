"""Pages that say no: in both languages, with the number of the cell, also when the database is what is away."""

import pytest
from django.db import connection
from django.test import RequestFactory
from django.utils import timezone, translation

from districts.actors import officer_actor
from districts.models import Contact, Officer, State, Unit
from portal.views import problems
from tests.portal.conftest import JSON


def number_of(state: str) -> str:
    return Contact.objects.get(unit__code=f"{state}-CELL", post="desk").phone


def both_languages(page: str) -> bool:
    return 'lang="hi"' in page and 'lang="en"' in page


@pytest.mark.parametrize(("address", "status"), [("/cases/RJ-0000-0000", 404), ("/console", 403)])
def test_a_page_that_is_not_there_names_the_officers_own_cell(land, desk, address, status):
    answer = desk("north").get(address)
    page = answer.content.decode()
    assert answer.status_code == status
    assert number_of("RJ") in page
    assert number_of("UP") not in page
    assert both_languages(page)


def test_a_failure_names_the_cell_and_asks_the_database_nothing(land, desk, rf: RequestFactory):
    desk("north").get("/inbox")  # the number was read then
    number = number_of("RJ")
    officer = Officer.objects.get(username="north")
    request = rf.get("/inbox")
    request.actor = officer_actor(officer, at=timezone.now())

    def refuse(*_args: object) -> None:
        raise AssertionError("the database was asked")

    with connection.execute_wrapper(refuse), translation.override("hi"):
        answer = problems.broken(request)
    assert answer.status_code == 500
    assert number in answer.content.decode()
    assert both_languages(answer.content.decode())


def test_a_failure_of_a_stranger_names_no_cell(land, desk, rf: RequestFactory):
    desk("north").get("/inbox")
    page = problems.broken(rf.get("/inbox")).content.decode()
    assert number_of("RJ") not in page
    assert number_of("UP") not in page


def test_a_stranger_is_given_the_number_of_the_only_cell(land, client):
    assert number_of("RJ") not in client.get("/nowhere").content.decode()
    Contact.objects.filter(unit__in=Unit.objects.filter(state=State.objects.get(code="UP"))).update(
        phone="", email="cell@up.example"
    )
    assert number_of("RJ") in client.get("/nowhere").content.decode()


def test_a_problem_wears_the_theme_of_the_desk(land, client):
    client.cookies["theme"] = "dark"
    assert 'data-theme="dark"' in client.get("/nowhere").content.decode()
    client.cookies["theme"] = '"><script>'
    page = client.get("/nowhere").content.decode()
    assert 'data-theme="light"' in page
    assert "<script>" not in page


def test_the_page_without_a_network_holds_the_number_and_nobodys_case(land, desk, client, forwarded):
    page = desk("north").get("/offline").content.decode()
    assert number_of("RJ") in page
    assert both_languages(page)
    assert forwarded.reference not in page
    assert "Officer" not in page
    assert client.get("/offline").status_code == 200


def test_a_script_reads_the_problem_and_no_page(land, desk):
    answer = desk("north").get("/console", headers=JSON)
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
