"""The OpenAPI document says what the API does, and is read without a network."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema
import pytest
from django.core.management import call_command
from django.test import Client

from portal.api.v1.completeness import TABLE, completeness
from tests.portal.api.conftest import ALERTS, Caller, report


@pytest.fixture
def document() -> Any:
    answer = Client().get("/api/v1/openapi.json")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    return answer.json()


def shape(document: Any, name: str) -> Any:
    """Return a schema of the document in the form jsonschema takes."""
    return {"$ref": f"#/components/schemas/{name}", "components": document["components"]}


def test_the_pages_begin_with_the_first_alert(document: Any):
    assert document["info"]["description"].startswith("## Five minutes to the first alert")


def test_the_document_names_every_call_and_nothing_else(document: Any):
    calls = {(address, method) for address, methods in document["paths"].items() for method in methods}

    assert calls == {
        ("/api/v1/alerts", "post"),
        ("/api/v1/alerts", "get"),
        ("/api/v1/alerts/{alert_id}", "get"),
        ("/api/v1/alerts/{alert_id}/files", "post"),
        ("/api/v1/alerts/{alert_id}/supplements", "post"),
        ("/api/v1/alerts/{alert_id}/retract", "post"),
        ("/api/v1/heartbeat", "post"),
    }
    assert document["paths"][ALERTS]["post"]["security"] == [{"partner-key": []}]
    assert document["components"]["securitySchemes"]["partner-key"]["scheme"] == "bearer"


def test_every_call_says_how_it_can_fail(document: Any):
    for methods in document["paths"].values():
        for call in methods.values():
            assert {"401", "429", "503"} <= call["responses"].keys()
            assert "application/problem+json" in call["responses"]["401"]["content"]
    assert {"201", "200", "400", "409", "413", "415", "422"} <= document["paths"][ALERTS]["post"]["responses"].keys()


def test_the_document_is_sound(tmp_path: Any):
    call_command("spectacular", "--validate", "--fail-on-warn", "--urlconf", "portal.api.v1.urls", "--file",
                 str(tmp_path / "schema.yaml"))  # fmt: skip


def test_what_is_sent_and_answered_is_what_the_document_says(document: Any, meta: Caller):
    body = report()
    jsonschema.validate(body, shape(document, "Alert"))
    sent = meta.send(body).json()
    jsonschema.validate(sent, shape(document, "Received"))
    jsonschema.validate(meta.get(sent["links"]["self"]).json(), shape(document, "Standing"))
    jsonschema.validate(meta.get(ALERTS).json(), shape(document, "Page"))
    jsonschema.validate(meta.send({}).json(), shape(document, "ProblemShape"))


def test_the_pages_need_no_other_host_and_no_script_in_the_page():
    page = Client().get("/api/v1/docs")
    html = page.content.decode()

    assert page.status_code == 200
    assert "'unsafe-inline'" not in page["Content-Security-Policy"]
    addresses = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert len(addresses) >= 5
    assert not [address for address in addresses if "//" in address]
    assert not re.search(r"<script(?![^>]*\bsrc=)", html)
    assert "<style" not in html
    for address in addresses:
        answer = Client().get(address.replace("&amp;", "&") if address.startswith("/") else f"/api/v1/{address}")
        assert answer.status_code == 200, address


def test_the_script_of_the_pages_asks_for_our_document():
    script = Client().get("/api/v1/docs", {"script": ""})

    assert script["Content-Type"].startswith("application/javascript")
    assert "/api/v1/openapi.json" in script.content.decode()


def test_the_table_of_completeness_makes_a_hundred():
    assert sum(entry.points for entry in TABLE) == 100


def test_a_whole_alert_is_a_hundred_and_an_empty_one_nothing():
    whole = {
        "subject": {
            "phones": [{"number": "1"}], "handle": "h", "platform_user_id": "1", "display_names": ["n"],
            "profile_urls": ["u"], "emails": [{"address": "a"}], "claimed_age": 0,
        },
        "content": {"text": "t", "urls": ["u"], "posted_at": "now"},
        "locations": [{"source": "gps", "lat": 0.0, "lon": 0.0}],
        "ip_events": [{"ip": "203.0.113.45", "at": "now"}],
        "contacts": [{"phone": "1"}], "devices": [{"id": "1"}], "partner_contact": {"phone": "1"},
    }  # fmt: skip

    assert completeness(whole) == {"score": 100, "missing": []}
    assert completeness({})["score"] == 0
    assert completeness({})["missing"][:2] == ["subject.phones", "locations"]


def test_the_best_help_is_named_first():
    missing = completeness({})["missing"]
    points = {entry.name: entry.points for entry in TABLE}

    assert [points[name] for name in missing] == sorted(points.values(), reverse=True)
    assert json.dumps(missing)
