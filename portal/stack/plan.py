"""What the environment asks of the stack: where the data is, which servers to use, which port to serve."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from portal import environment

ROOT = environment.ROOT
DEMO_SEEDS = tuple(ROOT / "districts" / "data" / name for name in ("rajasthan.json", "uttar_pradesh.json"))
DEMO_WORDS = ROOT / "districts" / "data" / "demo.json"
#: The processes, in the order they are started. Without a mailbox, mail rests and needs next to no memory.
PROCESSES = ("web", "worker", "beat", "watch", "mail")
#: What only migrations may know.
OWNER = ("DATABASE_OWNER_URL", "DATABASE_OWNER_URL_FILE")


@dataclass(frozen=True)
class Plan:
    """The wishes of whoever starts the stack. An empty address means: a server of our own."""

    data: Path
    host: str
    port: int
    database_url: str
    owner_url: str
    redis_url: str
    secret_key: str
    files: Path
    demo: bool

    @classmethod
    def from_environment(cls) -> "Plan":
        """Read the wishes; what is malformed was named by the settings and their checks."""
        data = environment.data_folder()
        return cls(
            data=data,
            host=environment.text("PORTAL_HOST", "127.0.0.1"),
            port=environment.number("PORTAL_PORT", 8000),
            database_url=environment.text("DATABASE_URL"),
            owner_url=environment.text("DATABASE_OWNER_URL"),
            redis_url=environment.text("REDIS_URL"),
            secret_key=environment.text("SECRET_KEY"),
            files=Path(environment.text("FILES_DIR") or data / "files").absolute(),
            demo=not environment.flag("PORTAL_EMPTY"),
        )

    @property
    def url(self) -> str:
        """Where a browser on this machine finds the portal."""
        return f"http://127.0.0.1:{self.port}"


def command(*words: str) -> list[str]:
    """Return the command line of ``manage.py`` with the Python that runs us."""
    return [sys.executable, str(ROOT / "manage.py"), *words]


def process_environment(values: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a process: ours, with ``values``, and never the owner's address."""
    given_as_files = {f"{name}_FILE" for name in values}
    inherited = {name: value for name, value in os.environ.items() if name not in {*OWNER, *given_as_files}}
    return {**inherited, **values}
