"""What watch sees of the parts: processes that freeze, a mailbox nobody reads, partners that fall silent."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from districts.models import Partner
from portal import pulse
from portal.lookout import parts
from portal.lookout.findings import Code
from tests.portal.conftest import arrive
from tests.portal.watched import age, all_is_well, found


def test_a_frozen_process_is_missed_and_one_that_was_started_again_is_not(land):
    all_is_well()
    assert found(parts.silent_processes(up_for=600)) == []
    age("worker@here:1", 13, began=600)
    assert [one.subject for one in found(parts.silent_processes(up_for=600))] == ["worker"]
    age("worker@here:2", 1, began=4)
    assert found(parts.silent_processes(up_for=600)) == []
    assert {process.name for process in pulse.processes()} == {"web@here:1", "beat@here:1", "worker@here:2"}


def test_a_process_of_another_machine_is_not_excused_by_one_that_was_started_here(land):
    all_is_well()
    age("worker@there:1", 13, began=600)
    assert [one.subject for one in found(parts.silent_processes(up_for=600))] == ["worker"]
    age("worker@there:1", 901, began=2000)
    assert found(parts.silent_processes(up_for=600)) == []


def test_one_frozen_worker_among_two_is_missed(land):
    all_is_well()
    age("worker@here:2", 15, began=50)
    assert [one.subject for one in found(parts.silent_processes(up_for=600))] == ["worker"]


def test_at_a_start_nobody_is_missed_and_a_kind_that_never_comes_is(land):
    age("worker@here:1", 500, began=900)
    assert found(parts.silent_processes(up_for=5)) == []
    assert {one.subject for one in found(parts.silent_processes(up_for=31))} == {"worker", "web", "beat"}


@pytest.mark.django_db(transaction=True)
def test_a_heart_leaves_its_beat_and_takes_it_with_it_when_it_ends_well(land):
    heart = pulse.Heart("worker")
    heart.beat()
    assert [process.kind for process in pulse.processes()] == ["worker"]
    heart.stop()
    assert pulse.processes() == []
    unwell = pulse.Heart("web", well=lambda: False)
    unwell.beat()
    assert pulse.processes() == []


def test_a_mailbox_is_missed_only_where_there_is_one(land, settings):
    settings.IMAP_URL = ""
    assert found(parts.silent_mailbox(up_for=600)) == []
    settings.IMAP_URL = "imap://user:word@127.0.0.1:1143/INBOX"
    assert found(parts.silent_mailbox(up_for=30)) == []
    assert [one.code for one in found(parts.silent_mailbox(up_for=600))] == [Code.MAIL_SILENT]
    age("mail", 10)
    assert found(parts.silent_mailbox(up_for=600)) == []


def missed(at: datetime) -> list[tuple[str, int | None]]:
    return [(one.subject, one.state_id) for one in found(parts.silent_partners(at=at))]


def test_a_partner_is_missed_once_it_was_heard_of_and_only_in_its_own_state(land):
    now, meta = timezone.now(), Partner.objects.get(code="meta", state__code="RJ")
    assert missed(now) == []
    age(f"partner:{meta.pk}", 899)
    assert missed(now) == []
    age(f"partner:{meta.pk}", 905)
    assert missed(timezone.now()) == [("Meta", meta.state_id)]
    arrive()
    assert missed(timezone.now()) == []
    assert missed(timezone.now() + timedelta(minutes=16)) == [("Meta", meta.state_id)]


def test_each_partner_has_its_own_measure(land):
    now, meta = timezone.now(), Partner.objects.get(code="meta", state__code="RJ")
    age(f"partner:{meta.pk}", 90)
    for changes, expected in [
        ({"silent_after_s": 60}, [("Meta", meta.state_id)]),
        ({"silent_after_s": 0}, []),
        ({"silent_after_s": 60, "practice": True}, []),
        ({"silent_after_s": 60, "practice": False, "active": False}, []),
    ]:
        Partner.objects.filter(pk=meta.pk).update(**changes)
        assert missed(now) == expected, changes


def test_a_partner_with_a_measure_is_missed_though_it_was_never_heard_of(land):
    Partner.objects.filter(code="meta", state__code="RJ").update(silent_after_s=3600)
    assert missed(timezone.now()) == []
    assert [name for name, _ in missed(timezone.now() + timedelta(hours=2))] == ["Meta"]
    Partner.objects.filter(code="meta").update(silent_after_s=None)
    assert missed(timezone.now() + timedelta(hours=2)) == []
