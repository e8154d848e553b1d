"""The short storm: three minutes of ``make faults``, with bounds for a busy machine; the same seed is the same run."""

import pytest

from tests.faults.judging import BUSY
from tests.faults.schedule import MANNERS, PROCESSES, plan
from tests.faults.storm import storm

pytestmark = pytest.mark.fault

SEED = 4
SECONDS, ALERTS = 106.0, 150


def test_the_same_seed_is_the_same_schedule_and_another_seed_another() -> None:
    one, again, other = (
        plan(seed, seconds=SECONDS, alerts=ALERTS, mails=5, calls=5) for seed in (SEED, SEED, SEED + 1)
    )
    assert one == again
    assert one.blows != other.blows
    assert [report.at for report in one.reports] != [report.at for report in other.reports]


def test_a_run_breaks_everything_there_is() -> None:
    for seed in range(1, 11):
        blows = plan(seed, seconds=SECONDS, alerts=1, mails=0, calls=0).blows
        assert {blow.on for blow in blows if blow.what == "kill"} == set(PROCESSES)
        assert {blow.what for blow in blows} >= {"kill", "freeze", "restart", "flush", "gateway", "disk", "clock"}
        assert {blow.on.split()[1] for blow in blows if blow.what == "gateway"} == set(MANNERS)


@pytest.mark.timeout(600)
def test_a_storm_of_three_minutes_loses_doubles_and_hastens_nothing() -> None:
    weather = storm(plan(SEED, seconds=SECONDS, alerts=ALERTS, mails=5, calls=5), bounds=BUSY)
    assert weather.verdict.broken == [], "\n".join([*weather.lines(), weather.said])
    assert weather.killed >= len(PROCESSES)
