"""What the walls hold: each rule takes a tree and returns its faults, so that a planted one can be shown to it."""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

FLOORS = ("districts", "notifications", "cases", "portal")
BELOW_THE_ROOF = FLOORS[:-1]
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 50

EMPTY_WORDS = frozenset({"utils", "util", "helpers", "helper", "services", "service", "common", "misc", "manager"})
CLOCKS = frozenset(
    {
        "django.utils.timezone.now",
        "django.utils.timezone.localdate",
        "django.utils.timezone.localtime",
        "django.db.models.functions.Now",
        "datetime.datetime.now",
        "datetime.datetime.utcnow",
        "datetime.datetime.today",
        "datetime.date.today",
        "time.time",
        "time.time_ns",
    }
)
# Whose signals would carry a rule past the eye; Celery's own tell a process how to log, and are let be.
SIGNALLING = frozenset({"django", "allauth", "axes", "guardian", "simple_history"})
BULK_WRITES = frozenset({"update", "aupdate", "bulk_create", "abulk_create", "bulk_update", "abulk_update"})
CLIMBING_CALLS = frozenset({"get_model", "import_module", "import_string", "lazy_reference"})


class Source(NamedTuple):
    """One Python file of a tree."""

    path: Path
    name: str
    text: str
    tree: ast.Module

    @property
    def floor(self) -> str:
        """The app it belongs to."""
        return self.name.split("/", 1)[0]

    @property
    def is_migration(self) -> bool:
        """A migration is a historical document, and held to other rules."""
        return "/migrations/" in self.name

    @property
    def is_door(self) -> bool:
        """Tasks, admin and commands: they are asked by the outside, and so they read the clock."""
        parts = self.name.split("/")
        return parts[-1] in {"tasks.py", "admin.py"} or "admin" in parts or "management" in parts


def sources(root: Path, *folders: str) -> Iterator[Source]:
    """Read every Python file of the folders, by default of the four floors."""
    for folder in folders or FLOORS:
        for path in sorted((root / folder).rglob("*.py")):
            yield source_at(root, path.relative_to(root).as_posix())


def source_at(root: Path, name: str) -> Source:
    """Read one Python file."""
    text = (root / name).read_text(encoding="utf-8")
    return Source(root / name, name, text, ast.parse(text, name))


def names_in(tree: ast.AST) -> dict[str, str]:
    """Return what each imported name of a module stands for, wherever it is imported."""
    known: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                known[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                known[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return known


def dotted(node: ast.AST, known: dict[str, str]) -> str:
    """Return ``a.b.c`` for such an expression with its first name resolved, and nothing for any other."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([known.get(node.id, node.id), *reversed(parts)])


def root_name(node: ast.AST) -> str:
    """Return the name that a chain such as ``Case.objects.filter(…).order_by(…)`` begins with."""
    while isinstance(node, ast.Attribute | ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


# ---- floors ----------------------------------------------------------------------------------------------


def climbs(relations: Iterable[tuple[str, str]]) -> list[str]:
    """Find relations (from ``app.Model.field`` to ``app.Model``) that point to a floor above their own."""
    return [
        f"{start} -> {end}"
        for start, end in relations
        if (low := start.split(".")[0]) in FLOORS
        and (high := end.split(".")[0]) in FLOORS
        and FLOORS.index(high) > FLOORS.index(low)
    ]


def climbing_strings(root: Path) -> list[str]:
    """Find models and modules of a higher floor that are asked for by name, which import-linter cannot see."""
    faults = []
    for source in sources(root, *BELOW_THE_ROOF):
        if source.is_migration:
            continue
        higher = FLOORS[FLOORS.index(source.floor) + 1 :]
        for call in (node for node in ast.walk(source.tree) if isinstance(node, ast.Call) and node.args):
            called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            asked = call.args[0].value if isinstance(call.args[0], ast.Constant) else ""
            if called in CLIMBING_CALLS and isinstance(asked, str) and asked.split(".")[0] in higher:
                faults.append(f"{source.name}:{call.lineno} asks for {asked}")
    return faults


def hidden_imports(root: Path) -> list[str]:
    """Find imports inside functions, below the roof."""
    return [
        f"{source.name}:{node.lineno} imports inside {function.name}"
        for source in sources(root, *BELOW_THE_ROOF)
        for function in ast.walk(source.tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]


def importing_migrations(root: Path, *, allowed: Iterable[str] = ()) -> list[str]:
    """Find migrations that import code of the project, which may change under them."""
    return [
        f"{source.name}:{node.lineno} imports {name}"
        for source in sources(root)
        if source.is_migration
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or "."])
        if name.split(".")[0] in FLOORS and name not in allowed
    ]


# ---- habits ----------------------------------------------------------------------------------------------


def signals(root: Path) -> list[str]:
    """Find imports of signals."""
    faults = []
    for source in sources(root):
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Import):
                asked = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                asked = [f"{node.module}.{alias.name}" for alias in node.names]
            else:
                continue
            faults += [
                f"{source.name}:{node.lineno} imports {name}"
                for name in asked
                if (parts := name.split("."))[0] in SIGNALLING and {"signals", "dispatch"} & set(parts)
            ]
    return faults


def save_overrides(root: Path) -> list[str]:
    """Find models that do more than saving when they are saved. Forms and serializers may."""
    return [
        f"{source.name}:{method.lineno} {owner.name}.{method.name}"
        for source in sources(root)
        for owner in ast.walk(source.tree)
        if isinstance(owner, ast.ClassDef)
        and not any(ast.unparse(base).endswith(("Form", "Serializer", "FormSet")) for base in owner.bases)
        for method in owner.body
        if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef)
        and method.name in {"save", "asave", "delete", "adelete"}
    ]


def untracked_writes(root: Path) -> list[str]:
    """Find bulk writes to models whose history simple-history keeps: it does not see them."""
    everything = list(sources(root))
    tracked = {
        owner.name
        for source in everything
        for owner in ast.walk(source.tree)
        if isinstance(owner, ast.ClassDef)
        for node in owner.body
        if isinstance(node, ast.Assign | ast.AnnAssign) and "HistoricalRecords(" in ast.unparse(node)
    }
    return [
        f"{source.name}:{node.lineno} {ast.unparse(node.func)}"
        for source in everything
        if not source.is_migration
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in BULK_WRITES
        and root_name(node.func) in tracked
    ]


def clock_reads(root: Path, *, allowed: Iterable[str] = ()) -> list[str]:
    """Find readers of the clock below the roof, outside tasks, admin and commands."""
    faults = []
    for source in sources(root, *BELOW_THE_ROOF):
        if source.is_migration or source.is_door or source.name in allowed:
            continue
        known = names_in(source.tree)
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Attribute | ast.Name) and dotted(node, known) in CLOCKS:
                faults.append(f"{source.name}:{node.lineno} {dotted(node, known)}")
            elif isinstance(node, ast.keyword) and node.arg in {"auto_now", "auto_now_add"}:
                faults.append(f"{source.name}:{node.lineno} {node.arg}")
    return faults


def state_writers(root: Path) -> list[str]:
    """Find places that set the status of something of the cases floor, besides the one that may."""
    return [
        f"{source.name}:{node.lineno} {ast.unparse(target)}"
        for source in sources(root, "cases", "portal")
        if source.name != "cases/transitions.py" and not source.is_migration
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Assign | ast.AugAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Attribute) and target.attr == "status"
    ]


# ---- size, names, excuses --------------------------------------------------------------------------------


def oversized(root: Path, *folders: str) -> list[str]:
    """Find files and functions that are too long to be read in one go; migrations are left alone."""
    faults = []
    for source in sources(root, *folders):
        if source.is_migration:
            continue
        lines = len(source.text.splitlines())
        if lines > FILE_LINES_MAX:
            faults.append(f"{source.name} has {lines} lines")
        for node in ast.walk(source.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                long = (node.end_lineno or node.lineno) - node.lineno + 1
                if long > FUNCTION_LINES_MAX:
                    faults.append(f"{source.name}:{node.lineno} {node.name} has {long} lines")
    return faults


def empty_names(root: Path, *folders: str) -> list[str]:
    """Find modules whose name says nothing about what is in them."""
    return sorted(
        {
            "/".join(parts[: number + 1])
            for source in sources(root, *folders)
            for parts in [source.name.split("/")]
            for number, part in enumerate(parts)
            if part.removesuffix(".py") in EMPTY_WORDS
        }
    )


EXCUSE = re.compile(r"#\s*(?:noqa|ruff:\s*noqa|type:\s*ignore|mypy:|pragma:|nosec)", re.IGNORECASE)
WITH_REASON = re.compile(
    r"#\s*(?:(?:ruff:\s*)?noqa:\s*[A-Z]+[0-9]+(?:,\s*[A-Z]+[0-9]+)*|type:\s*ignore\[[a-z0-9, -]+\])\s*[-–:#]\s*\S.{6,}"
)


def bare_excuses(root: Path, *folders: str) -> list[str]:
    """Find ``noqa`` and ``type: ignore`` without a code or without a reason."""
    faults = []
    for source in sources(root, *folders):
        with source.path.open("rb") as file:
            faults += [
                f"{source.name}:{token.start[0]} {token.string}"
                for token in tokenize.tokenize(file.readline)
                if token.type == tokenize.COMMENT
                and EXCUSE.search(token.string)
                and not WITH_REASON.search(token.string)
            ]
    return faults
