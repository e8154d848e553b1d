"""History that is rewritten is found out, whoever rewrites it."""

from datetime import datetime

import psycopg
import pytest

from cases import history, notes
from cases.models import Case, CaseEvent
from districts.reach import reach_of
from tests.cases.conftest import Territory, as_engine


@pytest.fixture
def noted(land: Territory, forwarded: Case, monday: datetime) -> Case:
    with reach_of(land.rj_op1):
        for text in ("एक", "दो", "तीन"):
            notes.note(forwarded, text=text, by=land.rj_op1, at=monday)
    return forwarded


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        ('UPDATE cases_caseevent SET facts = \'{"text": "nothing"}\' WHERE seq = 5', "the facts of line 5"),
        ("UPDATE cases_caseevent SET actor = 'officer:x' WHERE seq = 2", "line 2 was changed"),
        ("UPDATE cases_caseevent SET at = at + interval '1 hour' WHERE seq = 1", "line 1 was changed"),
        ("DELETE FROM cases_caseevent WHERE seq = 3", "line 3 is missing"),
        ("DELETE FROM cases_caseevent WHERE seq = 7", "the end of the history is missing"),
        ("DELETE FROM cases_caseevent", "there is no history at all"),
        ("UPDATE cases_caseevent SET hash = repeat('0', 64) WHERE seq = 4", "line 5 does not follow"),
    ],
)
def test_a_superuser_who_rewrites_a_line_is_found_out(
    noted: Case, superuser: psycopg.Connection, tampering: str, found: str
) -> None:
    with as_engine():
        assert CaseEvent.objects.filter(case=noted).count() == 7
        assert history.verify(noted) == []
    superuser.execute("SET session_replication_role = replica")
    superuser.execute(tampering)
    superuser.commit()
    with as_engine():
        assert any(found in fault for fault in history.verify(noted))
