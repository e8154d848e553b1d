"""The data folder: its lock, its passwords, and ``portal.json``, which says where the servers are."""

import fcntl
import json
import os
import secrets
import tempfile
from pathlib import Path
from typing import IO, Any

from portal.stack.account import Account
from portal.stack.trouble import Trouble

#: Each is made once and kept: who opens these files can read the data anyway.
PASSWORDS = ("postgres", "portal_owner", "portal_app", "portal_backup", "portal_ops", "valkey")


class Folder:
    """``PORTAL_DATA`` on the disk."""

    def __init__(self, path: Path) -> None:
        """Name the folder; nothing is made yet."""
        self.path = path
        self.record_file = path / "portal.json"
        self.seeding = path / "seeding"
        self.seeded = path / "seeded"
        self._lock_file = path / "stack.lock"
        self._secrets_file = path / "secrets.json"
        self._lock: IO[str] | None = None

    def make(self, account: Account | None) -> None:
        """
        Make the folder; the servers' account may pass through it and see nothing else.

        :raises Trouble: if it can't be made
        """
        try:
            if not self.path.exists():
                self.path.mkdir(parents=True)
                self.path.chmod(0o700 if account is None else 0o711)
        except OSError as problem:
            raise Trouble(
                f"The data folder {self.path} can't be made ({problem.strerror}). Set PORTAL_DATA to another."
            ) from problem

    def lock(self) -> bool:
        """Take the folder for this process, until it ends in whatever way; say whether nobody else has it."""
        try:
            lock = self._lock_file.open("a+")
        except OSError as problem:
            raise Trouble(
                f"The data folder {self.path} belongs to somebody else. Set PORTAL_DATA to one of your own."
            ) from problem
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            return False
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock
        return True

    @property
    def is_ours(self) -> bool:
        """Whether this process has the folder."""
        return self._lock is not None

    def unlock(self) -> None:
        """Give the folder back."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def holder(self) -> int | None:
        """Return the process id of the supervisor that has this folder, None if there is none."""
        if not self._lock_file.exists():
            return None
        if self.lock():
            self.unlock()
            return None
        text = self._lock_file.read_text().strip()
        return int(text) if text.isdecimal() else None

    def secrets(self) -> dict[str, str]:
        """Return the passwords of this folder's servers and its SECRET_KEY, made at the first start."""
        kept: dict[str, str] = _read(self._secrets_file)
        wanted = {name: secrets.token_urlsafe(24) for name in PASSWORDS}
        wanted |= {"secret_key": secrets.token_urlsafe(48), "cluster": secrets.token_hex(8)}
        if missing := wanted.keys() - kept.keys():
            kept |= {name: wanted[name] for name in missing}
            _write(self._secrets_file, kept)
        return kept

    def record(self) -> dict[str, Any]:
        """Return what the running portal wrote down, or the last one if it was killed; empty if it ended well."""
        return _read(self.record_file)

    def write_record(self, record: dict[str, Any]) -> None:
        """Write down where the servers and processes are, for ``manage.py`` commands, ``make stop`` and tests."""
        _write(self.record_file, record)

    def remove_record(self) -> None:
        """Say that nothing runs here any more."""
        self.record_file.unlink(missing_ok=True)


def _read(file: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(file.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return content


def _write(file: Path, content: dict[str, Any]) -> None:
    """Write the file whole or not at all, for its owner's eyes only (mkstemp makes it 0600)."""
    handle, name = tempfile.mkstemp(prefix=f".{file.name}-", dir=file.parent)
    try:
        with os.fdopen(handle, "w") as half:
            json.dump(content, half, indent=2)
            half.flush()
            os.fsync(half.fileno())
        Path(name).replace(file)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
