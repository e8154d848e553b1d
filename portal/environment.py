"""The environment: typed readers of every variable, with what is wrong kept for a system check to say."""

from __future__ import annotations

import ipaddress
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Problem:
    """A variable that is missing or malformed, and what to do about it."""

    name: str
    what: str
    hint: str


PROBLEMS: list[Problem] = []


def _raw(name: str) -> str | None:
    """Return the value of NAME, or what stands in the file that NAME_FILE names."""
    path = os.environ.get(f"{name}_FILE")
    if path and not os.environ.get(name):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as problem:
            PROBLEMS.append(
                Problem(f"{name}_FILE", f"the file cannot be read ({problem.strerror})", "Name a file that exists.")
            )
            return None
    return os.environ.get(name)


def data_folder() -> Path:
    """Return where the embedded servers and the sealed files live."""
    return Path(_raw("PORTAL_DATA") or ROOT / ".portal").absolute()


def running() -> dict[str, Any]:
    """Return what a running portal wrote down about its servers, empty when none runs."""
    try:
        record: dict[str, Any] = json.loads((data_folder() / "portal.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record


def text(name: str, default: str = "") -> str:
    """Return a variable as it stands."""
    value = _raw(name)
    return default if value is None else value


def flag(name: str, *, default: bool = False) -> bool:
    """Return a variable that is yes or no."""
    value = (_raw(name) or "").strip().lower()
    if value in {"", "1", "0", "true", "false", "yes", "no", "on", "off"}:
        return value in {"1", "true", "yes", "on"} if value else default
    PROBLEMS.append(Problem(name, f"{value!r} is neither yes nor no", "Set it to 1 or 0."))
    return default


def number(name: str, default: int) -> int:
    """Return a variable that is a whole number."""
    value = _raw(name)
    if value is None or value == "":
        return default
    if value.isdecimal():
        return int(value)
    PROBLEMS.append(Problem(name, f"{value!r} is not a whole number", f"Set it to a number such as {default}."))
    return default


def url(name: str, schemes: tuple[str, ...], default: str = "", *, example: str = "") -> str:
    """Return a variable that is an address of one of the schemes, or the default when it is malformed."""
    value = _raw(name)
    if not value:
        return default
    try:
        parts = urlsplit(value)
        sound = parts.scheme in schemes and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        sound = False
    if sound:
        return value
    hint = f"Write it like {example}." if example else f"It must begin with {' or '.join(s + '://' for s in schemes)}."
    PROBLEMS.append(Problem(name, "it is not an address this portal can use", hint))
    return default


def addresses(name: str) -> list[str]:
    """Return mail addresses, by commas."""
    found = [part.strip() for part in (_raw(name) or "").split(",") if part.strip()]
    for address in found:
        try:
            validate_email(address)
        except ValidationError:
            PROBLEMS.append(Problem(name, f"{address!r} is not a mail address", "Write it like office@police.example."))
            return []
    return found


def mailbox(name: str) -> str:
    """Return the address of a mailbox; over a network, the password and the mail travel under TLS or not at all."""
    example = "imaps://user:…@mail.police.example:993/INBOX"
    value = url(name, ("imaps", "imap+tls", "imap"), example=example)
    parts = urlsplit(value)
    if parts.scheme == "imap" and not is_this_machine(parts.hostname or ""):
        PROBLEMS.append(
            Problem(name, "imap:// to another machine would send mail in the clear", f"Write it like {example}.")
        )
        return ""
    return value


def tiles(name: str) -> str:
    """Return the pattern of a tile server's addresses; over a network, places are asked for under TLS only."""
    example = "https://tiles.police.example/{z}/{x}/{y}.png"
    value = url(name, ("https", "http"), example=example)
    parts = urlsplit(value)
    plain = parts.scheme == "http" and not is_this_machine(parts.hostname or "")
    if value and (plain or not all(f"{{{part}}}" in parts.path for part in "zxy")):
        why = "it would ask for places in the clear" if plain else "it does not say where z, x and y stand"
        PROBLEMS.append(Problem(name, why, f"Write it like {example}."))
        return ""
    return value


def origins_of(address: str) -> list[str]:
    """Return scheme, host and port of an address as a content security policy names them; of none, nothing."""
    parts = urlsplit(address)
    return [f"{parts.scheme}://{parts.netloc}"] if address else []


def is_this_machine(host: str) -> bool:
    """Tell whether a host is the machine itself."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def required(name: str, value: str, hint: str) -> str:
    """Keep for the checks that a variable must be set and is not."""
    if not value and not any(problem.name == name for problem in PROBLEMS):
        PROBLEMS.append(Problem(name, "it is not set", hint))
    return value
