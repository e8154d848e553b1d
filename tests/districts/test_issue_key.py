"""`manage.py issue_key`: the key on the screen, its digest in the database, and a sentence where there can be none."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from districts import onboarding
from districts.models import PartnerKey, RegisterEntry

pytestmark = pytest.mark.django_db


def issue(partner: str) -> tuple[str, str]:
    out, beside = StringIO(), StringIO()
    call_command("issue_key", partner, stdout=out, stderr=beside)
    return out.getvalue().strip(), beside.getvalue()


def test_the_key_stands_alone_on_the_output_and_nowhere_else(home):
    plain, beside = issue("meta")
    assert PartnerKey.objects.filter(sha256=onboarding.digest(plain), partner__code="meta").exists()
    assert plain not in beside
    entry = RegisterEntry.objects.all()[0]
    assert (entry.act, entry.actor) == ("key_added", "clock:terminal")
    with pytest.raises(CommandError, match="two live keys already"):
        issue("meta")


def test_where_two_states_know_the_partner_the_state_is_said(home, abroad):
    with pytest.raises(CommandError, match="AA/meta, BB/meta"):
        issue("meta")
    plain, _ = issue("BB/meta")
    assert PartnerKey.objects.get(sha256=onboarding.digest(plain)).partner.state == abroad


def test_an_unknown_partner_is_answered_with_those_that_are_known(home):
    with pytest.raises(CommandError, match=r"no partner nobody\. Known are: AA/meta"):
        issue("nobody")
