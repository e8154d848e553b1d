"""The seven fictional mails, read as their manifest says, and made into cases."""

import csv
from typing import Any

import pytest

from cases.mail.receiving import MAILBOX
from cases.models import Case, CaseEvent, SealedFile
from districts.reach import reach_of
from tests.mail.conftest import SAMPLES, Judge, alert_of, read

with (SAMPLES / "MANIFEST.csv").open(encoding="utf-8") as file:
    TRUTH = list(csv.DictReader(file))
ALERTS = [row for row in TRUTH if row["is_alert"] == "1"]


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def told(parsed: dict[str, Any]) -> dict[str, str]:
    """What was read, in the columns of the manifest."""
    ip = (parsed["ip_events"] or [{}])[0]
    return {
        "platform": parsed["platform"] or "", "case_no": parsed["partner_reference"] or "",
        "name": parsed["display_name"] or "", "handle": parsed["handle"] or "", "uid": parsed["platform_user_id"] or "",
        "phone": ",".join(parsed["phones"]), "email": ",".join(parsed["emails"]), "ip": ip.get("ip") or "",
        "ip_time_utc": ip.get("at") or "", "content_time_utc": parsed["posted_at"] or "",
    }  # fmt: skip


@pytest.mark.parametrize("row", ALERTS, ids=[row["file"][:2] for row in ALERTS])
def test_a_sample_is_read_as_its_manifest_says(row: dict[str, str]):
    found = told(read(sample(row["file"]))["parsed"])
    wanted = {name: row[name] for name in found}
    if row["file"].startswith("06"):
        wanted["uid"] = row["handle"]  # the channel's id: it has no other name, and is both
    assert found == wanted


def test_the_samples_become_the_cases_they_are(judge: Judge):
    receipts = {row["file"][:2]: judge(sample(row["file"])) for row in TRUTH}
    assert {name: receipt.verdict for name, receipt in receipts.items()} == {
        "01": "alert", "02": "alert", "03": "alert", "05": "alert", "06": "alert", "09": "tray", "11": "alert",
    }  # fmt: skip
    assert receipts["09"].kind == "notice"
    alerts = {name: alert_of(receipt) for name, receipt in receipts.items() if receipt.verdict == "alert"}
    assert {alert.partner.code for alert in alerts.values()} == {"meta", "x", "google"}
    assert all(alert.body["trust"]["verified"] for alert in alerts.values())
    with reach_of(MAILBOX):
        cases = {name: Case.objects.get(links__alert=alert) for name, alert in alerts.items()}
        assert cases["03"] == cases["01"]
        assert len({case.pk for case in cases.values()}) == 5
        assert CaseEvent.objects.filter(case=cases["01"], action="alert_joined").count() == 1
        assert {name for name, case in cases.items() if case.minor} == {"05", "11"}
        assert {name for name, case in cases.items() if case.urgency == "P0"} == {"01", "03", "11"}
        names = SealedFile.objects.filter(case=cases["11"]).values_list("name", flat=True)
        assert set(names) == {"records.html", "live_001.png", "live_002.png"}
    assert alerts["03"].body["mail"]["follow_up"] is True
    assert alerts["11"].body["locations"] == [{"source": "gps", "lat": 26.7606, "lon": 83.3732}]
    assert alerts["01"].parsed["content_text"].startswith("Mummy papa")
    assert (alerts["01"].sha256, alerts["01"].size) == (receipts["01"].sha256, receipts["01"].size)


def test_the_post_is_read_to_the_letter():
    assert read(sample("02_meta_facebook_hindi_jhunjhunu.eml"))["parsed"]["content_text"] == (
        "सब खत्म हो गया है। अब संभल नहीं पा रही हूँ। मेरे बच्चों का ध्यान रखना। — नवलगढ़, झुंझुनूं 333042"
    )
    assert read(sample("06_google_youtube_html_only.eml"))["parsed"]["content_text"].startswith("bhai sab ko bye")
