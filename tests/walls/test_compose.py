"""Docker Compose and the image say the same as the embedded default: no engine is needed to hold them to it."""

import importlib.resources
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.core.management import get_commands

from portal.stack.plan import PROCESSES
from portal.stack.postgres import INITDB_FLAGS
from tests.walls import deploy

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = deploy.compose(ROOT)
TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")

OURS = {name: service for name, service in COMPOSE["services"].items() if name in {*PROCESSES, "migrate"}}


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
