"""
A small client of the partner API, to be copied: one file, the standard library only, Python 3.11 or newer.

    setu = JeevanSetu("https://setu.police.example", key="…", secret="whsec_…")
    told = setu.send_alert({"partner_reference": "MSI-7700001", "subject": {"handle": "aarav.kalpanik"}})
    setu.send_file(told["id"], "screenshot.png")

It keeps the one promise that matters: an alert is sent again, with the same key and bytes, until it is answered.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import pathlib
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

AGAIN = {409, 429, 500, 502, 503, 504}
TOLERANCE_S = 300


class Refused(Exception):
    """The portal said no, and will say no again: ``problem`` says why and what to do (RFC 9457)."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(f"{status} {problem.get('title', '')}: {problem.get('detail', '')}")
        self.status = status
        self.problem = problem


class Unreachable(Exception):
    """The portal did not take it in the time given. ``telephone`` is the number of the state cell, if it is known."""

    def __init__(self, telephone: str) -> None:
        super().__init__(f"not confirmed; ring the state cell {telephone}".strip())
        self.telephone = telephone


class JeevanSetu:
    """One partner's way in. It signs each request anew where there is a secret."""

    def __init__(
        self, address: str, *, key: str, secret: str = "", patience_s: float = 300.0, timeout_s: float = 20.0
    ) -> None:
        self.address = address.rstrip("/")
        self.key = key
        self.secret = secret
        self.patience_s = patience_s
        self.timeout_s = timeout_s

    def send_alert(self, alert: dict[str, Any], *, key: str | None = None) -> dict[str, Any]:
        """Send an alert and return what was answered. Keep ``key`` over a restart, and it is never received twice."""
        alert = {"sent_at": datetime.now(UTC).isoformat(), **alert}  # noqa: TID251 - a client has a clock
        return self._post("/api/v1/alerts", _json(alert), key=key or str(uuid.uuid4()))

    def send_supplement(self, alert_id: str, more: dict[str, Any], *, key: str | None = None) -> dict[str, Any]:
        """Send what was learned since."""
        return self._post(f"/api/v1/alerts/{alert_id}/supplements", _json(more), key=key or str(uuid.uuid4()))

    def retract(self, alert_id: str, reason: str, *, key: str | None = None) -> dict[str, Any]:
        """Say that an alert was a mistake. Nothing is deleted; the cell decides."""
        body = _json({"reason": reason})
        return self._post(f"/api/v1/alerts/{alert_id}/retract", body, key=key or str(uuid.uuid4()))

    def send_file(self, alert_id: str, path: str, *, key: str | None = None) -> dict[str, Any]:
        """Send a file, with its digest: what is changed on the way is not kept."""
        content = pathlib.Path(path).read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        line = f"----setu{uuid.uuid4().hex}"
        name = pathlib.Path(path).name.replace('"', "_")
        parts = (
            f'--{line}\r\nContent-Disposition: form-data; name="sha256"\r\n\r\n{digest}\r\n'
            f'--{line}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        body = parts.encode() + content + f"\r\n--{line}--\r\n".encode()
        kind = f"multipart/form-data; boundary={line}"
        return self._post(f"/api/v1/alerts/{alert_id}/files", body, key=key or str(uuid.uuid4()), kind=kind)

    def alert(self, alert_id: str) -> dict[str, Any]:
        """Return where an alert stands, and what would help."""
        return self._ask("GET", f"/api/v1/alerts/{alert_id}")

    def alerts(self, *, updated_since: str = "", partner_reference: str = "") -> Iterator[dict[str, Any]]:
        """Return your alerts, the one that changed longest ago first."""
        query = {"updated_since": updated_since, "partner_reference": partner_reference}
        while True:
            asked = urllib.parse.urlencode({name: value for name, value in query.items() if value})
            page = self._ask("GET", f"/api/v1/alerts?{asked}")
            yield from page["alerts"]
            if not page["next"]:
                return
            query["cursor"] = page["next"]

    def heartbeat(self) -> None:
        """Say that you are there. Once a minute."""
        self._post("/api/v1/heartbeat", b"", key="")

    def _post(self, path: str, body: bytes, *, key: str, kind: str = "application/json") -> dict[str, Any]:
        headers = {"Content-Type": kind, **({"Idempotency-Key": key} if key else {})}
        return self._ask("POST", path, body, headers)

    def _ask(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """Ask until there is an answer, with the same bytes and the same key."""
        until, pause, telephone = time.monotonic() + self.patience_s, 1.0, ""
        while True:
            wait = pause
            try:
                return self._once(method, path, body, headers or {})
            except urllib.error.HTTPError as no:
                problem = _problem(no)
                telephone = problem.get("telephone") or telephone
                if no.code not in AGAIN or (no.code == 409 and not no.headers.get("Retry-After")):
                    raise Refused(no.code, problem) from no
                wait = max(pause, float(no.headers.get("Retry-After") or 0))
            except (OSError, http.client.HTTPException):
                pass  # no line, or it broke: nobody can say whether it arrived, and the key will tell
            if time.monotonic() + wait > until:
                raise Unreachable(telephone)
            time.sleep(wait)
            pause = min(pause * 2, 30.0)

    def _once(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> dict[str, Any]:
        signed = sign(self.secret, body or b"") if self.secret and method == "POST" else {}
        sent = {"Authorization": f"Bearer {self.key}", **headers, **signed}
        request = urllib.request.Request(self.address + path, data=body, headers=sent, method=method)  # noqa: S310 - the address is the caller's own
        with urllib.request.urlopen(request, timeout=self.timeout_s) as answer:  # noqa: S310 - the address is the caller's own
            said = answer.read()
        return json.loads(said) if said else {}


def sign(secret: str, body: bytes) -> dict[str, str]:
    """Return the headers of Standard Webhooks for some bytes, with a new id."""
    webhook_id, moment = f"msg_{uuid.uuid4().hex}", str(int(time.time()))  # noqa: TID251 - a client has a clock
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": moment,
        "webhook-signature": _signature(secret, webhook_id, moment, body),
    }


def verify(secret: str, headers: dict[str, str], body: bytes) -> dict[str, Any]:
    """
    Return what a webhook of the portal says, once you know that it is the portal's.

    :raises ValueError: if it is not
    """
    known = {name.lower(): value for name, value in headers.items()}
    webhook_id, moment = known.get("webhook-id", ""), known.get("webhook-timestamp", "")
    if not moment.isdigit() or abs(time.time() - int(moment)) > TOLERANCE_S:  # noqa: TID251 - a client has a clock
        raise ValueError("the webhook is too old, or has no time")
    wanted = _signature(secret, webhook_id, moment, body).encode()
    given = known.get("webhook-signature", "").split(" ")
    if not any(hmac.compare_digest(one.encode(), wanted) for one in given):
        raise ValueError("the webhook is not signed with our secret")
    told: dict[str, Any] = json.loads(body)
    return told


def _signature(secret: str, webhook_id: str, moment: str, body: bytes) -> str:
    secret = secret.removeprefix("whsec_")
    signed = f"{webhook_id}.{moment}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(base64.b64decode(secret), signed, hashlib.sha256).digest()).decode()


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _problem(no: urllib.error.HTTPError) -> dict[str, Any]:
    try:
        said = json.loads(no.read())
    except (ValueError, OSError):
        return {}
    return said if isinstance(said, dict) else {}
