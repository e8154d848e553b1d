"""
The account the two servers run as: never root, which PostgreSQL refuses and Valkey should not be given.

Started by an ordinary user, the servers run as that user. Started by root, they run as a system account without login.
Root's own folders stay closed: what that account can't reach is copied to, or kept in, ``/var/lib/<account>``.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

NAME = "portal-db"
HOMES = Path("/var/lib")


@dataclass(frozen=True)
class Account:
    """A system account: its name and numbers."""

    name: str
    uid: int
    gid: int

    @property
    def home(self) -> Path:
        """Where root keeps what this account must reach."""
        return HOMES / NAME


class Identity(TypedDict):
    """Who a process is started as, in the words of ``subprocess``; None stays who we are."""

    user: int | None
    group: int | None
    extra_groups: list[int] | None


def identity(account: Account | None) -> Identity:
    """Return what ``subprocess`` needs to start a process as ``account``."""
    if account is None:
        return {"user": None, "group": None, "extra_groups": None}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def server_account() -> Account | None:
    """Return the account to run the servers as, made if need be, or None to stay who we are."""
    if os.geteuid() != 0:
        return None
    try:
        return _named(NAME)
    except KeyError:
        pass
    if useradd := shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin"):
        subprocess.run(  # noqa: S603 - a fixed command, nothing from outside
            [
                useradd,
                "--system",
                "--no-create-home",
                "--home-dir",
                "/nonexistent",
                "--shell",
                "/usr/sbin/nologin",
                NAME,
            ],
            check=False,
            capture_output=True,
        )
    try:
        return _named(NAME)
    except KeyError:
        return _named("nobody")


def can_reach(path: Path, account: Account | None) -> bool:
    """Say whether ``account`` may enter (a folder) or run (a file) ``path``, all folders above it included."""
    if account is None:
        return os.access(path, os.X_OK)
    answer = subprocess.run(  # noqa: S603 - a fixed command, the path is an argument of its own
        ["/usr/bin/env", "test", "-x", str(path)],
        check=False,
        cwd="/",
        **identity(account),
    )
    return answer.returncode == 0


def within_reach(folders: list[Path], account: Account | None, *, label: str) -> list[Path]:
    """
    Return ``folders`` where ``account`` can reach them: as they are, or copied side by side under its home.

    They stay side by side because programs find their libraries by a path relative to themselves.
    """
    if account is None or all(can_reach(folder, account) for folder in folders):
        return folders
    copy = account.home / label
    if not copy.exists():
        _open_folder(account.home)
        # Made under another name and then renamed: a copy is whole or it is not there.
        half = Path(tempfile.mkdtemp(prefix=f".{label}-", dir=account.home))
        half.chmod(0o755)
        for folder in folders:
            shutil.copytree(folder, half / folder.name, symlinks=True)
        try:
            half.rename(copy)
        except OSError:  # another start was quicker
            shutil.rmtree(half)
    return [copy / folder.name for folder in folders]


def make_folder(folder: Path, account: Account | None) -> None:
    """Make ``folder`` for ``account`` alone."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if account is not None:
        os.chown(folder, account.uid, account.gid)


def data_home(data: Path, account: Account | None, *, cluster: str) -> Path:
    """
    Return the folder to keep the servers' data in: ``data`` itself, or one under the account's home.

    The second is for a data folder below root's closed home; ``cluster`` ties the two together.
    """
    if account is None or can_reach(data, account):
        return data
    home = account.home / "data" / cluster
    _open_folder(account.home)
    _open_folder(home.parent)
    _open_folder(home)
    return home


def _open_folder(folder: Path) -> None:
    """Make a folder of root's that others may pass through but not list or change."""
    folder.mkdir(mode=0o711, exist_ok=True)
    folder.chmod(0o711)


def _named(name: str) -> Account:
    entry = pwd.getpwnam(name)
    return Account(name=name, uid=entry.pw_uid, gid=entry.pw_gid)
