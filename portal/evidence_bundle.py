"""
The evidence of one case in one ZIP file: every sealed source, the whole history, and the means to check both.

Whoever opens it needs nothing of ours: ``verify.py`` inside reads digests and the hash chain again with the standard
library alone. What the law asks of a copy (Bharatiya Sakshya Adhiniyam 2023, section 63(4)) is in ``CERTIFICATE.txt``.
"""

from __future__ import annotations

import base64
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from django.template.loader import render_to_string

from cases import evidence, history, sealing
from cases.evidence import SealBroken
from cases.models import Addition, Alert, Case, CaseEvent, Deadline, ReadEntry, SealedFile
from notifications import queries
from portal.views.filelist import files_of

VERIFIER: Final = Path(__file__).with_name("verify_bundle.py")


@dataclass(slots=True)
class Bundle:
    """What goes into the file, and what could not."""

    case: Case
    at: datetime
    sources: dict[str, bytes] = field(default_factory=dict)
    #: Digests whose bytes are gone or changed. They are named in the manifest and not put in.
    broken: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def gather(case: Case, *, at: datetime) -> Bundle:
    """Read every sealed source of a case, each checked against its digest, and check its history."""
    bundle = Bundle(case, at, faults=history.verify(case))
    for digest in _digests(case):
        try:
            bundle.sources[digest] = evidence.unseal(digest)
        except SealBroken:
            bundle.broken.append(digest)
    return bundle


def write(bundle: Bundle, out: Path) -> None:
    """
    Write the ZIP file, readable by its owner alone.

    :raises FileExistsError: if there is one of that name: evidence is never overwritten
    """
    documents = {
        "manifest.json": _json(_manifest(bundle)),
        "history.jsonl": "".join(f"{_line(event)}\n" for event in _events(bundle.case)).encode(),
        "deadlines.json": _json(_deadlines(bundle.case)),
        "messages.json": _json(_messages(bundle.case)),
        "looks.json": _json(_looks(bundle.case)),
        "seals.json": _json(_seals(bundle.case)),
        "CERTIFICATE.txt": _certificate(bundle).encode(),
        "verify.py": VERIFIER.read_bytes(),
    }
    out.touch(mode=0o600, exist_ok=False)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in documents.items():
            file.writestr(name, content)
        for digest, content in sorted(bundle.sources.items()):
            file.writestr(f"sealed/{digest}", content)


def _alerts(case: Case) -> list[Alert]:
    """Return every alert that is or was in the case, oldest first."""
    return list(Alert.objects.filter(links__case=case).select_related("partner").distinct().order_by("received_at"))


def _additions(case: Case) -> list[Addition]:
    return list(Addition.objects.filter(alert__links__case=case).distinct().order_by("received_at", "pk"))


def _digests(case: Case) -> list[str]:
    found = [alert.sha256 for alert in _alerts(case)]
    found += [row.sha256 for row in _additions(case)]
    found += [file.sha256 for file in files_of(case)]
    return list(dict.fromkeys(found))


def _manifest(bundle: Bundle) -> dict[str, Any]:
    case = bundle.case
    return {
        "case": {
            "id": str(case.pk),
            "reference": case.reference,
            "state": case.status,
            "urgency": case.urgency,
            "outcome": case.outcome or None,
            "practice": case.practice,
            "opened_at": _time(case.opened_at),
            "closed_at": _time(case.closed_at),
        },
        "exported_at": _time(bundle.at),
        "alerts": [
            {
                "id": str(alert.pk),
                "door": alert.door,
                "partner": alert.partner.code if alert.partner else None,
                "partner_reference": alert.partner_reference,
                "received_at": _time(alert.received_at),
                "in_case_now": alert.links.filter(case=case, ended_at=None).exists(),
                "sha256": alert.sha256,
                "size": alert.size,
                "parsed": alert.parsed,
            }
            for alert in _alerts(case)
        ],
        "additions": [_addition(row) for row in _additions(case)],
        "files": [_file(file) for file in files_of(case)],
        "broken_seals": bundle.broken,
        "faults_in_history": bundle.faults,
    }


def _addition(row: Addition) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "alert": str(row.alert_id),
        "kind": row.kind,
        "received_at": _time(row.received_at),
        "sha256": row.sha256,
        "size": row.size,
    }


def _file(file: SealedFile) -> dict[str, Any]:
    return {
        "id": str(file.pk),
        "name": file.name,
        "media_type": file.media_type,
        "received_at": _time(file.received_at),
        "received_from": file.received_from,
        "sha256": file.sha256,
        "size": file.size,
    }


def _events(case: Case) -> Iterator[CaseEvent]:
    yield from CaseEvent.objects.filter(case=case).select_related("unit").order_by("seq")


def _line(event: CaseEvent) -> str:
    """Return one line of the history with all that its hash was made of."""
    facts = {
        "case": str(event.case_id),
        "seq": event.seq,
        "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": event.actor,
        "actor_name": event.actor_name,
        "action": event.action,
        "unit": event.unit.code if event.unit else None,
        "facts": event.facts,
        "salt": event.salt,
        "payload_hash": event.payload_hash,
        "prev_hash": event.prev_hash,
        "hash": event.hash,
    }
    return json.dumps(facts, ensure_ascii=False)


def _deadlines(case: Case) -> list[dict[str, Any]]:
    rows = Deadline.objects.filter(case=case).select_related("unit").order_by("started_at", "kind", "level", "pk")
    return [
        {
            "kind": row.kind,
            "level": row.level,
            "unit": row.unit.code,
            "rung": row.rung,
            "started_at": _time(row.started_at),
            "due_at": _time(row.due_at),
            "settled_at": _time(row.settled_at),
            "settled_as": row.settled_as or None,
        }
        for row in rows
    ]


def _messages(case: Case) -> list[dict[str, Any]]:
    """Return who was told what; the posts, and not their numbers."""
    return [
        {
            "id": str(message.pk),
            "topic": message.topic,
            "channel": message.channel,
            "to": message.to_ref,
            "text": message.text,
            "state": message.state,
            "attempts": message.attempts,
            "created_at": _time(message.created_at),
            "first_try_at": _time(message.first_try_at),
            "final_at": _time(message.final_at),
        }
        for message in queries.about(case.pk)
    ]


def _looks(case: Case) -> list[dict[str, Any]]:
    rows = ReadEntry.objects.filter(case=case).order_by("at", "pk")
    return [{"at": _time(row.at), "actor": row.actor, "kind": row.kind, "object": row.object} for row in rows]


def _seals(case: Case) -> dict[str, Any] | None:
    """Return how the history stands in the seals, up to the one that somebody outside has stamped."""
    proof = sealing.proof(case)
    if proof is None:
        return None
    return {
        "line": {"case": str(case.pk), "seq": proof.seq, "hash": proof.hash},
        "path": proof.path,
        "seals": [
            {
                "number": seal.number,
                "at": seal.at.astimezone(UTC).isoformat(timespec="microseconds"),
                "prev_root": seal.prev_root,
                "tree": seal.tree,
                "root": seal.root,
            }
            for seal in proof.seals
        ],
        # The stamp is over the last root, as text: openssl ts -verify -data ROOT.txt -in STAMP.tsr -CAfile …
        "stamp": base64.b64encode(proof.stamp.answer).decode() if proof.stamp else None,
    }


def _certificate(bundle: Bundle) -> str:
    head = CaseEvent.objects.filter(case=bundle.case).order_by("-seq").first()
    proof = sealing.proof(bundle.case)
    context = {
        "case": bundle.case,
        "seal": proof.seals[-1] if proof else None,
        "stamped": bool(proof and proof.stamp),
        "at": bundle.at.astimezone(UTC).isoformat(timespec="seconds"),
        "digests": sorted(bundle.sources),
        "broken": bundle.broken,
        "lines": head.seq if head else 0,
        "head": head.hash if head else "",
        "sound": not bundle.faults,
    }
    return render_to_string("evidence/certificate.txt", context)


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode()


def _time(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None
