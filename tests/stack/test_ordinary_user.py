"""The stack runs for root and for an ordinary user alike, and never loosens what it finds closed."""

import os
import pwd
import shutil
import stat
import sys
import sysconfig
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from portal.stack import account as accounts
from portal.stack.account import Account, can_reach, data_home, server_account, within_reach
from tests.stack.portal import PROCESSES, ROOT, SERVERS, Portal

AM_ROOT = os.geteuid() == 0
NOBODY = Account("nobody", pwd.getpwnam("nobody").pw_uid, pwd.getpwnam("nobody").pw_gid)


@pytest.mark.stack
@pytest.mark.xdist_group("stack")
def test_an_ordinary_user_runs_everything_as_themselves(new_portal: Callable[..., Portal], open_folder: Path) -> None:
    if AM_ROOT:
        (open_folder / "home").mkdir()
        shutil.chown(open_folder / "home", NOBODY.uid)
        portal = new_portal("home/portal", tree=tree_for_nobody(open_folder), user="nobody")
        portal.python, portal.more["PYTHONPATH"] = python_for_nobody(open_folder)
        portal.more["LD_LIBRARY_PATH"] = str(open_folder / "python" / "lib")
    else:
        portal = new_portal("mine")
    portal.start()
    user = NOBODY.uid if AM_ROOT else os.geteuid()
    assert portal.living().keys() == PROCESSES | SERVERS
    assert {owner_of(pid) for pid in portal.living().values()} == {user}
    assert stat.S_IMODE(portal.data.stat().st_mode) == 0o700
    assert portal.stop() == 0
    assert portal.marked() == []


@pytest.mark.stack
@pytest.mark.xdist_group("stack")
def test_the_servers_never_run_as_root(portal: Portal) -> None:
    for server in SERVERS:
        assert owner_of(portal.living()[server]) != 0


def test_root_gives_the_servers_an_account_without_login_and_others_stay_who_they_are() -> None:
    account = server_account()
    if not AM_ROOT:
        assert account is None
        return
    assert account is not None
    assert account.uid != 0
    assert pwd.getpwnam(account.name).pw_shell.endswith(("nologin", "false"))


def test_what_the_account_can_not_reach_is_copied_side_by_side_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    for name in ("programs", "programs.libs"):
        (closed / name).mkdir(parents=True)
        (closed / name / "file").write_text(name)
    closed.chmod(0o700)
    homes = Path(tempfile.mkdtemp(prefix="portal-homes-"))
    monkeypatch.setattr(accounts, "HOMES", homes)
    homes.chmod(0o755)
    folders = [closed / "programs", closed / "programs.libs"]
    try:
        if not AM_ROOT:
            assert within_reach(folders, None, label="it-1") == folders
            return
        assert not can_reach(folders[0], NOBODY)
        copies = within_reach(folders, NOBODY, label="it-1")
        assert [copy.name for copy in copies] == ["programs", "programs.libs"]
        assert len({copy.parent for copy in copies}) == 1
        assert all(can_reach(copy, NOBODY) for copy in copies)
        assert [(copy / "file").read_text() for copy in copies] == ["programs", "programs.libs"]
        assert within_reach(folders, NOBODY, label="it-1") == copies
        assert not list(copies[0].parent.parent.glob(".it-1-*"))
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    finally:
        shutil.rmtree(homes)


def test_data_below_a_closed_folder_is_kept_where_the_account_can_reach_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "HOMES", tmp_path)
    closed = tmp_path / "closed"
    (closed / "data").mkdir(parents=True)
    closed.chmod(0o700)
    assert data_home(closed / "data", None, cluster="c1") == closed / "data"
    if AM_ROOT:
        assert data_home(closed / "data", NOBODY, cluster="c1") == tmp_path / accounts.NAME / "data" / "c1"
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


def tree_for_nobody(folder: Path) -> Path:
    """Return a copy of the code that is theirs, as a checkout of their own would be."""
    tree = folder / "tree"
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(".*", "__pycache__", "tests", "docs"))
    for path in [tree, *tree.rglob("*")]:
        shutil.chown(path, NOBODY.uid)
    return tree


def python_for_nobody(folder: Path) -> tuple[list[str], str]:
    """Return a Python of our version and a folder of packages that everybody may use, copied where ours are closed."""
    packages = Path(sysconfig.get_path("purelib"))
    if not can_reach(packages, NOBODY):
        packages = shutil.copytree(packages, folder / "packages", symlinks=True)
    python = Path(sys.executable).resolve()
    if not can_reach(python, NOBODY):
        python = copy_of_python(folder / "python")
    return [str(python)], str(packages)


def copy_of_python(folder: Path) -> Path:
    """Copy our interpreter: another one of the same version may lack packages that ours does not need."""
    base = Path(sys.base_prefix)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    (folder / "bin").mkdir(parents=True)
    shutil.copytree(
        base / "lib" / version,
        folder / "lib" / version,
        ignore=shutil.ignore_patterns("site-packages", "test"),
    )
    for library in (base / "lib").glob("libpython*.so*"):
        shutil.copy2(library, folder / "lib")
    return Path(shutil.copy2(base / "bin" / version, folder / "bin" / version))


def owner_of(pid: int) -> int:
    return Path(f"/proc/{pid}").stat().st_uid
