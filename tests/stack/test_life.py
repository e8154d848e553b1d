"""A portal under its supervisor: what it writes down, what it survives, and that it leaves nothing behind."""

import json
import os
import signal
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from tests.stack.portal import PROCESSES, SERVERS, Portal, wait_for

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("stack")]


def test_it_writes_down_where_everything_is_for_its_owner_alone(portal: Portal) -> None:
    record = portal.record()
    assert {"url", "database_url", "owner_url", "ops_url", "redis_url", "files_dir", "pids"} <= record.keys()
    assert record["url"] == portal.url
    assert portal.living().keys() == PROCESSES | SERVERS
    for name in ("portal.json", "secrets.json"):
        assert stat.S_IMODE((portal.data / name).stat().st_mode) == 0o600
    assert stat.S_IMODE(Path(record["files_dir"]).stat().st_mode) == 0o700


def test_each_address_is_of_the_role_it_says(portal: Portal) -> None:
    who = {name: portal.ask("SELECT current_user::text", address=name)[0][0] for name in ADDRESSES}
    assert who == ADDRESSES


ADDRESSES = {
    "database_url": "portal_app",
    "owner_url": "portal_owner",
    "ops_url": "portal_ops",
    "backup_url": "portal_backup",
}


def test_the_ops_address_reads_no_table(portal: Portal) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        portal.ask("SELECT * FROM public.portal_pulse", address="ops_url")
    assert portal.ask("SELECT has_schema_privilege('ops', 'USAGE')", address="ops_url") == [(True,)]


def test_no_password_stands_in_the_list_of_processes(portal: Portal) -> None:
    secrets = [value.encode() for value in json.loads((portal.data / "secrets.json").read_text()).values()]
    for pid in [*portal.marked(), portal.supervisor.pid if portal.supervisor else 0]:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        assert not [secret for secret in secrets if secret in command]


def test_the_processes_do_not_know_the_owners_password(portal: Portal) -> None:
    password = portal.record()["owner_url"].partition("@")[0].rpartition(":")[2].encode()
    for pid in portal.marked():
        assert password not in Path(f"/proc/{pid}/environ").read_bytes()


def test_celery_moves_what_is_due(portal: Portal) -> None:
    now = datetime.now(UTC)
    wait_for(lambda: portal.moves_since(now), "no sweep", detail=portal.said)


def test_a_second_start_says_where_the_first_one_runs(portal: Portal) -> None:
    second = Portal(portal.data)
    second.output = portal.data.with_name("second.output")
    status, said = second.try_to_start()
    assert status != 0
    assert f"already running at {portal.url}" in said
    assert "Traceback" not in said
    assert portal.answers()


def test_a_port_that_is_taken_is_said_in_one_sentence(portal: Portal, new_portal: Callable[..., Portal]) -> None:
    other = new_portal("taken")
    other.port = portal.port
    status, said = other.try_to_start()
    assert status != 0
    assert f"Port {portal.port} is used by another program. Set PORTAL_PORT to a free one." in said
    assert "Traceback" not in said
    assert other.marked() == []


def test_two_portals_run_side_by_side_and_ctrl_c_leaves_nothing_of_the_one(
    portal: Portal, new_portal: Callable[..., Portal]
) -> None:
    other = new_portal("other").start()
    assert portal.answers()
    assert not set(portal.living().values()) & set(other.living().values())
    assert other.stop(signal.SIGINT) == 0
    assert other.marked() == []
    assert not (other.data / "portal.json").exists()
    assert portal.answers()
    assert portal.living().keys() == PROCESSES | SERVERS


@pytest.mark.parametrize("part", sorted(PROCESSES | SERVERS))
def test_a_part_that_is_killed_comes_back(portal: Portal, part: str) -> None:
    victim = portal.living()[part]
    os.kill(victim, signal.SIGKILL)
    wait_for(lambda: portal.living().get(part, victim) != victim, f"{part} did not come back", detail=portal.said)
    wait_for(portal.answers, "the pages do not answer", detail=portal.said)
    now = datetime.now(UTC)
    wait_for(lambda: portal.moves_since(now), "the sweep does not go on", detail=portal.said)
    assert portal.living().keys() == PROCESSES | SERVERS


def test_while_celery_hangs_watch_stands_in_and_then_rests(portal: Portal) -> None:
    worker = portal.living()["worker"]
    now = datetime.now(UTC)
    wait_for(lambda: portal.moves_since(now), "no sweep", detail=portal.said)
    before = len(portal.said())
    os.kill(worker, signal.SIGSTOP)
    try:
        wait_for(lambda: 'watch stands in" duty=sweep' in portal.said()[before:], "watch did not stand in", seconds=20)
    finally:
        os.kill(worker, signal.SIGCONT)
    wait_for(lambda: 'watch rests" duty=sweep' in portal.said()[before:], "watch does not rest", seconds=20)
    assert portal.said()[before:].count('watch stands in" duty=sweep') == 1


def test_stop_by_recorded_process_id(portal: Portal) -> None:
    done = portal.command("stack", "--stop")
    assert done.returncode == 0
    assert "Stopped the portal" in done.stdout
    assert portal.marked() == []
    assert "Nothing runs" in portal.command("stack", "--stop").stdout


def test_what_was_written_is_there_after_a_kill_of_the_supervisor(
    new_portal: Callable[..., Portal], open_folder: Path
) -> None:
    """Also: below a folder that is closed to the servers' account, and with a process id that is somebody else's."""
    closed = open_folder / "closed"
    closed.mkdir(mode=0o700)
    portal = new_portal("closed/portal", new=True).start()
    portal.ask("INSERT INTO portal_pulse VALUES ('kept', now()) RETURNING 1")
    assert portal.supervisor is not None
    portal.supervisor.kill()
    portal.supervisor.wait()
    wait_for(lambda: portal.marked() == [], "children outlived their supervisor", seconds=30)

    for pid_file in [*portal.data.glob("postgres"), *Path("/var/lib/portal-db/data").glob(f"{portal.mark}/postgres")]:
        (pid_file / "postmaster.pid").write_text(f"{os.getpid()}\n{pid_file}\n0\n1\n\n127.0.0.1\n0 0\n")
    portal.start()
    assert portal.ask("SELECT name FROM portal_pulse WHERE name = 'kept'") == [("kept",)]
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert portal.stop(signal.SIGTERM) == 0
    assert portal.marked() == []
