"""The latest fifty of a small unit's inbox, with ten thousand and with a million cases in the table."""

import http.cookiejar
import json
import time
import urllib.parse
import urllib.request

import psycopg

from tests.bench.ground import PASSWORD, median
from tests.stack.portal import Portal

SIZES = (10_000, 1_000_000)
LOOKS = 40
OF_SMALL = 60  # so many are the small unit's, however many there are: a full page and a bit

# What the rules would write, one statement a table: the same columns, states, grants and indexes.
FILL = """
    CREATE TEMP TABLE fresh AS
    SELECT uuidv7() AS id, n, now() - make_interval(secs => n) AS at,
           'BX-' || lpad((n / 10000)::text, 4, '0') || '-' || lpad((n % 10000)::text, 4, '0') AS reference,
           (SELECT id FROM districts_unit
            WHERE code = CASE WHEN n <= {small} THEN 'RJ-SMALL' ELSE 'RJ-LARGE' END) AS unit_id
    FROM generate_series({first}, {last}) AS n;
    INSERT INTO cases_case (id, state_id, reference, status, urgency, practice, minor, outcome, set_aside_reason,
                            family_not_told, queue_place, opened_at, forwarded_at, last_activity_at)
    SELECT id, (SELECT id FROM districts_state), reference, 'forwarded', 'P1', false, false, '', '', '', 1,
           at, at, at
    FROM fresh;
    INSERT INTO cases_person (case_id, name) SELECT id, 'Kalpanik' FROM fresh;
    INSERT INTO cases_chainhead (case_id, seq, hash) SELECT id, 0, '' FROM fresh;
    INSERT INTO cases_forwarding (id, case_id, unit_id, part, status, note, forwarded_by, officer_name, officer_phone,
                                  team, vehicle, confirmed, condition, place, ended_because, suggestion,
                                  differs_because, forwarded_at, last_activity_at)
    SELECT uuidv7(), id, unit_id, 'lead', 'forwarded', '', 'bench', '', '', '', '', '', '', '', '', '{{}}', '', at,
           at FROM fresh;
    INSERT INTO cases_casegroupgrant (content_object_id, group_id, permission_id)
    SELECT f.id, u.group_id, p.id FROM fresh f JOIN districts_unit u ON u.id = f.unit_id
    JOIN auth_permission p ON p.codename IN ('view_case', 'work_case');
    INSERT INTO cases_deadline (id, case_id, forwarding_id, unit_id, kind, number, level, started_at, due_at, channels,
                                ladder, settled_as)
    SELECT uuidv7(), f.case_id, f.id, f.unit_id, 'ACKNOWLEDGE', 0, 0, f.forwarded_at, now() + interval '1 day', '[]',
           '[]', ''
    FROM cases_forwarding f JOIN fresh ON fresh.id = f.case_id;
    DROP TABLE fresh;
"""


def measure(portal: Portal) -> list[str]:
    """Return the lines of the report."""
    desk = _sign_in(portal, "desk")
    superuser = _superuser(portal)
    medians, filled = [], 0
    for size in SIZES:
        with psycopg.connect(superuser, autocommit=True) as server:
            server.execute("SET session_replication_role = replica")
            statement = FILL.format(small=OF_SMALL, first=filled + 1, last=size)
            server.execute(statement)  # type: ignore[call-overload]  # our own words and two numbers
            server.execute("VACUUM ANALYZE")
        filled = size
        took = [_look(desk, portal) for _ in range(LOOKS)]
        medians.append(median(took))
    few, many = medians
    return [
        f"latest 50 of a small unit's /inbox: at {SIZES[1]:,} cases {many / few:.2f} times as long as at {SIZES[0]:,}",
        f"  (the whole HTTP request; here {many * 1000:.0f} ms and {few * 1000:.0f} ms)",
    ]


def _superuser(portal: Portal) -> str:
    """Return the address of the cluster's superuser: rows by the million are no rule's work."""
    secrets = json.loads((portal.data / "secrets.json").read_text())
    owner = urllib.parse.urlsplit(portal.record()["owner_url"])
    return f"postgresql://postgres:{secrets['postgres']}@{owner.hostname}:{owner.port}{owner.path}"


def _sign_in(portal: Portal, name: str) -> urllib.request.OpenerDirector:
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    browser.open(f"{portal.url}/accounts/login/").read()
    token = next(str(cookie.value) for cookie in jar if cookie.name == "csrftoken")
    form = {"login": name, "password": PASSWORD, "csrfmiddlewaretoken": token}
    browser.open(f"{portal.url}/accounts/login/", urllib.parse.urlencode(form).encode()).read()
    return browser


def _look(browser: urllib.request.OpenerDirector, portal: Portal) -> float:
    request = urllib.request.Request(f"{portal.url}/inbox", headers={"Accept": "application/json"})
    began = time.perf_counter()
    with browser.open(request) as answer:
        cases = json.load(answer)["cases"]
    took = time.perf_counter() - began
    if not cases:
        raise SystemExit("the inbox is empty: the measurement would say nothing")
    return took
