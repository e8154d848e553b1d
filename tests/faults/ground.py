"""The ground of a run: a whole portal whose promises last seconds, its gateways, its mail and its disk."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from email import message_from_bytes
from pathlib import Path
from typing import Any, Self

from aiosmtpd.controller import Controller

from portal.stack.ports import free_port
from tests.faults.gateway import Gateway
from tests.mail.dovecot import Dovecot
from tests.stack.portal import ROOT, Portal

KEYS = {"meta": "fault-key-meta-0001", "x": "fault-key-x-00001"}
PASSWORD = "fault-password-2026"
OPERATORS = ("op1", "op2", "op3")
DISTRICTS = {"RJ-EAST": "desk1", "RJ-WEST": "desk2", "RJ-NORTH": "desk3"}
CLAIM_S, FORWARD_S, ACKNOWLEDGE_S = 6, 8, 6
LADDER = [
    {"after_s": 0, "rung": 1, "channels": ["sms", "voice"]},
    {"after_s": 3, "rung": 2, "channels": ["sms"]},
    {"after_s": 6, "rung": 4, "channels": ["email"]},
]
LEVELS = tuple(range(1, len(LADDER) + 1))
#: How long a promise and its whole ladder take, if nobody does anything.
LONGEST_S = FORWARD_S + 6
SPACE = "640m"
#: A size that every file has passed already: a process with this limit cannot write a byte more.
NOTHING = 1


def seed() -> dict[str, Any]:
    """Return a small state: a cell, a range, three districts, people to sit at each, and promises of seconds."""
    number = iter(range(100, 999))

    def posts(unit: str, *rungs: int) -> list[dict[str, Any]]:
        return [
            {"post": f"rung{rung}", "rung": rung, "phone": f"+9155500{next(number):05d}",
             "email": f"rung{rung}.{unit.lower()}@police.example"}
            for rung in rungs
        ]  # fmt: skip

    def officer(username: str, unit: str, role: str) -> dict[str, Any]:
        return {"username": username, "password": PASSWORD, "name": username.title(), "language": "en",
                "totp_secret": None, "postings": [{"unit": unit, "role": role}]}  # fmt: skip

    words = {"name_hi": "क"}
    district = {"kind": "district", "parent": "RJ-RANGE", **words}
    return {
        "state": {"code": "RJ", "name_en": "Rajasthan", "name_hi": "राजस्थान", "languages": ["hi", "en"]},
        "units": [
            {"code": "RJ-CELL", "kind": "state_cell", "name_en": "Cell", **words, "contacts": posts("cell", 1, 2, 4)},
            {"code": "RJ-RANGE", "kind": "range", "parent": "RJ-CELL", "name_en": "Range", **words,
             "contacts": posts("range", 4)},
            *({"code": code, "name_en": code.title(), **district, "contacts": posts(code, 1, 2)} for code in DISTRICTS),
        ],
        "officers": [
            *(officer(name, "RJ-CELL", "operator") for name in OPERATORS),
            *(officer(name, unit, "district_desk") for unit, name in DISTRICTS.items()),
        ],
        "partners": [
            {"code": code, "name": code.title(), "key": key, "practice": False,
             "mail_domains": [f"{code}-safety.example"]}
            for code, key in KEYS.items()
        ],
        "policies": [
            {"name": "default", "urgency": urgency, "claim_s": CLAIM_S, "forward_s": FORWARD_S,
             "acknowledge_s": ACKNOWLEDGE_S, "move_s": 3600, "contact_s": 7200, "report_s": 86400, "ladder": LADDER}
            for urgency in ("P0", "P1", "P2", "P3")
        ],
    }  # fmt: skip


class Letters:
    """The mail server of the state: takes every letter, and remembers its number."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self._controller = Controller(self, hostname="127.0.0.1", port=free_port())
        self._controller.start()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self._controller.port}"

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        number = str(message_from_bytes(envelope.content)["Message-ID"])
        self.ids.append(number.strip("<>").partition("@")[0])
        return "250 taken"

    def close(self) -> None:
        self._controller.stop()


class Ground:
    """Everything a run needs; it ends with the block it is opened in and leaves nothing behind."""

    def __init__(self, *, tree: Path = ROOT, seed: int = 0, mailbox: bool = True) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="portal-faults-"))
        self.folder.chmod(0o755)
        self.gateway = Gateway(seed)
        self.letters = Letters()
        self.mailbox = Dovecot() if mailbox else None
        self.portal = Portal(self.folder / "data", tree=tree, python=[sys.executable])
        self.disk = Disk(self.portal)
        self.portal.more |= {
            "SMS_GATEWAY_URL": self.gateway.url("sms"),
            "VOICE_GATEWAY_URL": self.gateway.url("voice"),
            "EMAIL_URL": self.letters.url,
        }
        if self.mailbox:
            self.portal.more |= {
                "IMAP_URL": self.mailbox.url, "MAIL_AUTHSERV_ID": "mx.police.example", "MAIL_STATE": "RJ",
            }  # fmt: skip

    def __enter__(self) -> Self:
        try:
            if self.mailbox:
                self.mailbox.start()
            self.disk.mount()
            self.portal.start()
            self.plant(seed())
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.portal.end()
        self.gateway.close()
        self.letters.close()
        if self.mailbox:
            self.mailbox.remove()
        self.disk.unmount()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def stands(self) -> bool:
        """Whether there is still a supervisor: without it nothing comes back, and nobody need wait."""
        return self.portal.supervisor is not None and self.portal.supervisor.poll() is None

    def plant(self, words: dict[str, Any]) -> None:
        file = self.folder / "seed.json"
        file.write_text(json.dumps(words), encoding="utf-8")
        done = self.portal.command("seed", str(file))
        assert done.returncode == 0, done.stdout + done.stderr


class Disk:
    """
    The disk of the data folder, which can be filled.

    Root gives the folder a small disk of its own (tmpfs) and fills that. Where nothing may be mounted, the processes
    that keep what comes in are forbidden to make any file longer (RLIMIT_FSIZE): the same failure at the same place.
    """

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._ballast = portal.data / "ballast"
        self.is_mounted = False

    @property
    def how(self) -> str:
        return "a tmpfs of its own, filled" if self.is_mounted else "RLIMIT_FSIZE on web and mail (nothing is mounted)"

    def mount(self) -> None:
        if os.geteuid() != 0:
            return
        self._portal.data.mkdir()
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={SPACE},mode=0711", "portal-faults", str(self._portal.data)],
            check=False,
            capture_output=True,
        )
        self.is_mounted = done.returncode == 0
        if not self.is_mounted:
            self._portal.data.rmdir()

    def fill(self) -> None:
        if not self.is_mounted:
            self._limit(NOTHING)
            return
        with suppress(OSError), self._ballast.open("ab", buffering=0) as ballast:
            while True:
                ballast.write(b"\0" * 1048576)
        with suppress(OSError), self._ballast.open("ab", buffering=0) as ballast:
            while True:
                ballast.write(b"\0" * 512)

    def free(self) -> None:
        if self.is_mounted:
            self._ballast.unlink(missing_ok=True)
        else:
            self._limit(resource.RLIM_INFINITY)

    def unmount(self) -> None:
        if self.is_mounted:
            subprocess.run(["umount", "--lazy", str(self._portal.data)], check=True)
            self.is_mounted = False

    def _limit(self, size: int) -> None:
        for name in ("web", "mail"):
            if pid := self._portal.living().get(name):
                with suppress(OSError):
                    _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
                    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))
