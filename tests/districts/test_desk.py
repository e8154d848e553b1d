"""The onboarding desk over HTTP: what an administrator sees and does, and what a stranger finds."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.districts.conftest import signed_in

pytestmark = pytest.mark.django_db
SECTIONS = [
    "state",
    "district",
    "unit",
    "contact",
    "officer",
    "posting",
    "partner",
    "partnerkey",
    "policy",
    "registerentry",
]


def page(section: str, act: str = "changelist", *args: object) -> str:
    return reverse(f"admin:districts_{section}_{act}", args=args)


@pytest.mark.parametrize("section", SECTIONS)
def test_every_list_and_every_row_opens(home, section):
    admin = signed_in("aa.admin")
    assert admin.get("/admin/").status_code == 200
    answer = admin.get(page(section))
    assert answer.status_code == 200
    row = answer.context["cl"].result_list[0]
    assert admin.get(page(section, "change", row.pk)).status_code == 200


@pytest.mark.parametrize("section", ["district", "unit", "contact", "officer", "posting", "partner", "policy"])
def test_every_form_to_add_opens(home, section):
    assert signed_in("aa.admin").get(page(section, "add")).status_code == 200
