"""What ``make run`` says when the portal is up: where it is, who can sign in, and one line to try."""

import json
from pathlib import Path
from typing import Any


def welcome(url: str, *, demo: Path | None) -> str:
    """Return the lines to print; ``demo`` names the file that describes the demo state, if that was loaded."""
    lines = ["", f"Jeevan Setu is running at {url}", ""]
    if demo is not None and demo.exists():
        words: dict[str, Any] = json.loads(demo.read_text(encoding="utf-8"))
        lines += _sign_ins(words.get("sign_ins", []))
        lines += _try_it(url, words.get("curl", {}))
    lines.append("Ctrl-C stops everything and keeps the data.")
    return "\n".join(lines)


def _sign_ins(people: list[dict[str, str]]) -> list[str]:
    if not people:
        return []
    name = max(len(person["username"]) for person in people)
    word = max(len(person["password"]) for person in people)
    return [
        "Sign in as (demo, practice only):",
        *(f"  {p['username']:<{name}}  {p['password']:<{word}}  {p.get('who', '')}".rstrip() for p in people),
        "",
    ]


def _try_it(url: str, curl: dict[str, Any]) -> list[str]:
    if not curl.get("key"):
        return []
    body = json.dumps(curl.get("body") or _EXAMPLE, ensure_ascii=False)
    words = [
        f"curl -sS {url}/api/v1/alerts",
        f"-H 'Authorization: Bearer {curl['key']}'",
        '-H "Idempotency-Key: $(date +%s%N)"',
        "-H 'Content-Type: application/json'",
        f"-d '{body}'",
    ]
    return ["Send an alert as a platform would:", f"  {' '.join(words)}", ""]


_EXAMPLE = {
    "partner_reference": "TRY-1",
    "platform": "instagram",
    "sent_at": "2026-11-21T17:52:08Z",
    "subject": {"handle": "practice.person"},
    "practice": True,
}
