"""What is said in files that no Python reads: variables, lock files, compose services. Each reader takes a tree."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import yaml

from tests.walls.rules import FLOORS, dotted, names_in, source_at, sources

READERS = re.compile(
    r"(?:.*\.)?environment\.(?:_?raw|text|flag|number|url|required|secret|address|addresses|mailbox|tiles)$"
)
FROM_OUTSIDE = frozenset({"os.environ.get", "os.getenv", "os.environ.pop", "os.environ.setdefault"})
# Variables of Python, Django, Celery, pytest and the system, which are not ours to describe.
NOT_OURS = re.compile(
    r"^(?:PATH|HOME|USER|LANG|LC_.*|TZ|VIRTUAL_ENV|PYTHON.*|DJANGO_.*|XDG_.*|MALLOC_.*|CELERY_.*|PYTEST_.*)$"
)


def variables_read(root: Path) -> set[str]:
    """Return the variables that the portal reads from its environment."""
    found: set[str] = set()
    for source in [*sources(root, *FLOORS), source_at(root, "manage.py")]:
        known = names_in(source.tree)
        for node in ast.walk(source.tree):
            name: ast.AST | None = None
            if isinstance(node, ast.Call) and node.args:
                called = dotted(node.func, known)
                inside = source.name == "portal/environment.py" and called == "_raw"
                if inside or called in FROM_OUTSIDE or READERS.match(called):
                    name = node.args[0]
            elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
                name = node.slice if dotted(node.value, known) == "os.environ" else None
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                found.add(name.value.removesuffix("_FILE"))
    return {name for name in found if not NOT_OURS.match(name)}


def variables_told(root: Path) -> set[str]:
    """Return the variables that .env.example lists."""
    text = (root / ".env.example").read_text(encoding="utf-8")
    return set(re.findall(r"^(?:# )?([A-Z][A-Z0-9_]+)=", text, re.MULTILINE))


def compose(root: Path) -> dict[str, Any]:
    """Read docker-compose.yml, its anchors resolved."""
    loaded: dict[str, Any] = yaml.safe_load((root / "docker-compose.yml").read_text(encoding="utf-8"))
    return loaded


def variables_asked(text: str) -> dict[str, list[str]]:
    """Return each ``${NAME…}`` of a compose file with what stands behind the name every time it is asked for."""
    asked: dict[str, list[str]] = {}
    for name, rest in re.findall(r"(?<!\$)\$\{([A-Z_][A-Z0-9_]*)([^}]*)\}", text):
        asked.setdefault(name, []).append(rest)
    return asked


def unlocked(text: str) -> list[str]:
    """Find requirements of a lock file that have no exact version or no hash, and lines that are neither."""
    faults = []
    for entry in re.sub(r"\s*\\\n\s*", " ", text).splitlines():
        if not entry or entry.startswith("#"):
            continue
        if not re.match(
            r"^[a-z0-9][a-z0-9._-]*(\[[a-z0-9,-]+\])?==\S+( ; [^-]+?)?( --hash=sha256:[0-9a-f]{64})+$", entry
        ):
            faults.append(entry[:120])
    return faults


def pins(text: str) -> dict[str, str]:
    """Return the version that a lock file gives each package."""
    return dict(re.findall(r"^([a-z0-9][a-z0-9._-]*)==([^\s;\\]+)", text, re.MULTILINE))
