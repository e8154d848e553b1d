"""Docker Compose and the image say the same as the embedded default: no engine is needed to hold them to it."""

import importlib.resources
import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import psycopg
import pytest
from django.core.management import get_commands
from psycopg import sql

from portal.stack.plan import PROCESSES
from portal.stack.postgres import INITDB_FLAGS, find_programs
from tests.servers import PASSWORDS, SUPERUSER, url_for
from tests.walls import deploy

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = deploy.compose(ROOT)
TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")

OURS = {name: service for name, service in COMPOSE["services"].items() if name in {*PROCESSES, "migrate"}}
POSTGRES = COMPOSE["services"]["postgres"]


@pytest.fixture(scope="module")
def schema() -> Any:
    """Read the published schema of compose files, which check-jsonschema carries."""
    folder = importlib.resources.files("check_jsonschema") / "builtin_schemas" / "vendor"
    return json.loads((folder / "compose-spec.json").read_text(encoding="utf-8"))


def test_compose_is_what_the_schema_asks_for(schema: Any):
    jsonschema.validate(COMPOSE, schema)


def test_the_schema_refuses_a_planted_fault(schema: Any):
    broken = {**COMPOSE, "services": {**COMPOSE["services"], "web": {"comand": ["python"]}}}
    with pytest.raises(jsonschema.ValidationError, match="comand"):
        jsonschema.validate(broken, schema)


def test_every_process_of_the_supervisor_has_its_service():
    assert set(COMPOSE["services"]) == {*PROCESSES, "migrate", "postgres", "valkey"}


def test_every_command_exists():
    commands = {name: service["command"][:3] for name, service in OURS.items()}
    assert commands == {name: ["python", "manage.py", name] for name in OURS}
    assert set(OURS) - set(get_commands()) == set()


def test_all_run_from_one_image():
    assert {(service["image"], service["build"]) for service in OURS.values()} == {("jeevan-setu:latest", ".")}


def test_what_ends_is_started_again():
    policies = {name: service.get("restart") for name, service in COMPOSE["services"].items()}
    assert policies.pop("migrate") == "on-failure"
    assert set(policies.values()) == {"unless-stopped"}


def test_nothing_starts_before_the_schema_is_there():
    for name in PROCESSES:
        assert OURS[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_servers_and_web_say_how_they_are():
    assert {name for name, service in COMPOSE["services"].items() if "healthcheck" in service} == {
        "postgres",
        "valkey",
        "web",
    }
    assert "/readyz" in OURS["web"]["healthcheck"]["test"][-1]


def test_every_variable_is_told_in_the_example():
    assert set(deploy.variables_asked(TEXT)) - deploy.variables_told(ROOT) == set()


def test_the_portal_reads_every_variable_it_is_given():
    read = deploy.variables_read(ROOT)
    for service in OURS.values():
        assert set(service["environment"]) - read == set()


def test_no_secret_has_a_default():
    loose = {
        name: rest
        for name, rests in deploy.variables_asked(TEXT).items()
        for rest in rests
        if re.search("PASSWORD|SECRET|KEY|PUBLIC_URL", name) and not rest.startswith(":?")
    }
    assert loose == {}


def test_only_the_migration_holds_the_owners_password():
    holders = {name for name, service in OURS.items() if "PORTAL_OWNER_PASSWORD" in json.dumps(service)}
    assert holders == {"migrate"}


def test_the_cluster_is_made_as_the_embedded_one():
    spelled = {"-A": "--auth", "-E": "--encoding"}
    flags = iter(INITDB_FLAGS)
    ours = {f"{spelled[flag]}={next(flags)}" if flag in spelled else flag for flag in flags} - {"--no-instructions"}
    assert set(COMPOSE["services"]["postgres"]["environment"]["POSTGRES_INITDB_ARGS"].split()) == ours


def test_what_is_mounted_exists():
    mounted = [volume for service in COMPOSE["services"].values() for volume in service.get("volumes", [])]
    files = [volume.split(":")[0] for volume in mounted if volume.startswith("./")]
    assert files
    assert [name for name in files if not (ROOT / name).is_file()] == []
    assert {volume.split(":")[0] for volume in mounted if not volume.startswith("./")} == set(COMPOSE["volumes"])


def test_nothing_is_published_past_the_proxy():
    published = {name: service["ports"] for name, service in COMPOSE["services"].items() if "ports" in service}
    assert list(published) == ["web"]
    assert all(port.startswith("127.0.0.1:") for port in published["web"])


def test_the_image_is_made_of_what_exists_and_runs_as_nobody_in_particular():
    copied = re.findall(r"^COPY (\S+) ", DOCKERFILE, re.MULTILINE)
    assert [name for name in copied if not (ROOT / name).exists()] == []
    assert {"portal", "cases", "districts", "notifications", "manage.py"} <= set(copied)
    users = re.findall(r"^USER (\S+)", DOCKERFILE, re.MULTILINE)
    assert users[-1:] == ["portal"]


def test_the_image_holds_locked_packages_and_neither_embedded_servers_nor_tests():
    assert "--require-hashes -r requirements.txt" in DOCKERFILE
    assert "requirements-" not in re.sub("#.*", "", DOCKERFILE)
    let_in = [line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[:1] == "!"]
    assert set(let_in) == set(re.findall(r"^COPY (\S+) ", DOCKERFILE, re.MULTILINE))


def test_a_new_container_gets_its_roles_and_their_passwords():
    """Run what the image runs in /docker-entrypoint-initdb.d, on a server of the tests."""
    server = urlsplit(os.environ[SUPERUSER])
    name = f"portal_compose_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    mounted = {inside: outside for outside, inside, _ in map(split_volume, POSTGRES["volumes"]) if outside[:2] == "./"}
    environment = {
        "PATH": f"{find_programs(None)}:/usr/bin:/bin",
        "PGHOST": str(server.hostname),
        "PGPORT": str(server.port),
        "PGPASSWORD": str(server.password),
        "POSTGRES_USER": str(server.username),
        "POSTGRES_DB": name,
        "PORTAL_ROLES_SQL": str(ROOT / mounted["/portal/roles.sql"]),
        # As the tests set them already: roles belong to the whole server.
        **{f"{role.upper()}_PASSWORD": password for role, password in PASSWORDS.items()},
    }
    assert {key for key in environment if key.endswith("_PASSWORD")} <= set(POSTGRES["environment"])
    with psycopg.connect(os.environ[SUPERUSER], autocommit=True) as superuser:
        superuser.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        try:
            script = str(ROOT / mounted["/docker-entrypoint-initdb.d/10-portal.sh"])
            without = {**environment, "PORTAL_OPS_PASSWORD": ""}
            refused = subprocess.run(["sh", script], env=without, capture_output=True, text=True, check=False)
            assert refused.returncode != 0
            assert "Set PORTAL_OPS_PASSWORD" in refused.stderr
            ran = subprocess.run(["sh", script], env=environment, capture_output=True, text=True, check=False)
            if "concurrently updated" in ran.stderr:
                # Roles belong to the whole server, and another worker was making its database at this moment.
                ran = subprocess.run(["sh", script], env=environment, capture_output=True, text=True, check=False)
            assert (ran.returncode, ran.stderr) == (0, "")
            for role in PASSWORDS:
                with psycopg.connect(url_for(role, name)) as signed_in:
                    assert signed_in.execute("SELECT current_user").fetchone() == (role,)
        finally:
            superuser.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def split_volume(volume: str) -> tuple[str, str, str]:
    """Return the outside, the inside and the mode of a mount."""
    outside, inside, *mode = volume.split(":")
    return outside, inside, "".join(mode)
