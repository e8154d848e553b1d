"""The OpenAPI document against the API itself: generated requests, no server error, no answer that is not described."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pytest_django.live_server_helper import LiveServer
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from portal.api.v1.schema import schema as document
from tests.portal.api.conftest import Caller, report

pytestmark = pytest.mark.timeout(120)

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
OPERATIONS = [
    "send_alert", "list_alerts", "get_alert", "send_file", "send_supplement", "retract_alert", "heartbeat",
]  # fmt: skip


@pytest.fixture(autouse=True)
def own_store(settings: Any, tmp_path: Path) -> None:
    settings.FILES_DIR = str(tmp_path)


def test_every_operation_is_tried():
    named = {method["operationId"] for methods in document()["paths"].values() for method in methods.values()}
    assert named == set(OPERATIONS)


@pytest.mark.parametrize("name", OPERATIONS)
def test_whatever_is_sent_the_answer_is_one_that_is_described(live_server: LiveServer, meta: Caller, name: str):
    known = meta.send(report()).json()["id"]
    described = schemathesis.openapi.from_dict(document())
    operation = described.find_operation_by_id(name)

    @given(case=operation.as_strategy(), mine=st.booleans())
    @settings(
        max_examples=25,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    def probe(case: Any, mine: bool) -> None:
        if mine and "alert_id" in (case.path_parameters or {}):
            case.path_parameters["alert_id"] = known
        answer = case.call(base_url=live_server.url, headers={"Authorization": f"Bearer {meta.key}"})
        case.validate_response(answer, checks=CHECKS)

    probe()
