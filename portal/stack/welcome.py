"""What ``make run`` says when the portal is up: where it is, who can sign in, and one line to try."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any


def welcome(url: str, *, demo: Path | None, at: datetime) -> str:
    """Return the lines to print; ``demo`` names the file that describes the demo state, if that was loaded."""
    lines = ["", f"Jeevan Setu is running at {url}", ""]
    if demo is not None and demo.exists():
        words: dict[str, Any] = json.loads(demo.read_text(encoding="utf-8"))
        lines += _sign_ins(words.get("sign_ins", []))
        lines += _try_it(url, words.get("practice_key", ""), at=at)
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


def _try_it(url: str, key: str, *, at: datetime) -> list[str]:
    """Return one line that a newcomer can paste; pasted twice, it shows that an alert is never taken twice."""
    if not key:
        return []
    alert = {
        "partner_reference": f"TRY-{at:%d%H%M%S}",
        "platform": "instagram",
        "sent_at": at.isoformat(timespec="seconds"),
        "practice": True,
        "subject": {"handle": "practice.person"},
        "locations": [{"source": "text", "pin": "333001", "city": "Jhunjhunu"}],
    }
    words = [
        f"curl -sS {url}/api/v1/alerts",
        f"-H 'Authorization: Bearer {key}'",
        f"-H 'Idempotency-Key: try-{at:%d%H%M%S}'",
        "-H 'Content-Type: application/json'",
        f"-d '{json.dumps(alert)}'",
    ]
    return ["Send an alert as a platform would:", f"  {' '.join(words)}", ""]
