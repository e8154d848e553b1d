"""What is an alert, what is for the tray, and how far a sender is trusted. When in doubt it is a case."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import Error, connection, transaction
from django.test import Client

from cases.mail.receiving import MAILBOX
from cases.mail.trust import trust_of
from cases.models import Alert, Case, CaseEvent, CaseLink, MailReceipt, SealedFile
from districts.models import Partner
from districts.reach import reach_of
from tests.mail.conftest import SAMPLES, Judge, alert_of, mail, officer, verified
from tests.mail.process import AUTHSERV

JSON = {"Accept": "application/json"}
ALERT = "Case number: MSI-1\nService: Instagram\nUsername: kalpanik_one\n"
REPORT = """From: MAILER-DAEMON@mx.example
To: cell@police.example
Subject: Undelivered Mail Returned to Sender
Return-Path: <>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=B

--B
Content-Type: text/plain

Your message could not be delivered. Reason: user unknown.
--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
Final-Recipient: rfc822; nobody@x.example
Action: failed
Remote-MTA: dns; 203.0.113.1

--B--
"""


QUOTED_HEAD = (
    "------ This is a copy of the message, including all the headers. ------\n"
    "From: cell@police.example\nTo: nobody@x.example\nSubject: Case\nDate: Sun, 22 Nov 2026 03:00:00 +0000\n\n"
)
QUOTED = "On Sun, 22 Nov 2026 at 02:00, Cell <cell@police.example> wrote:\n" + "".join(
    f"> {line}\n" for line in ALERT.splitlines()
)


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("bounce", REPORT),
        (
            "bounce",
            mail(
                "I could not deliver it.\n\n" + QUOTED_HEAD + ALERT,
                sender="MAILER-DAEMON@mx.example",
                subject="Mail delivery failed: returning message to sender",
            ),
        ),
        (
            "auto_reply",
            mail(
                f"I am on leave until Monday.\n\n{QUOTED}",
                sender="a@meta-safety.example",
                subject="Re: Case MSI-1",
                Auto_Submitted="auto-replied",
            ),
        ),
        (
            "auto_reply",
            mail(
                f"We have received your mail and will answer.\n\n{QUOTED}",
                sender="a@meta-safety.example",
                subject="Automatic reply: [URGENT] Case MSI-1",
            ),
        ),
        ("auto_reply", mail("Thank you for writing to us. Ticket 4711 was opened.", X_Autoreply="yes")),
        ("auto_reply", mail("मैं अवकाश पर हूँ।", subject="स्वचालित उत्तर: अति आवश्यक")),
        (
            "list",
            mail(
                "World Suicide Prevention Day: join our webinar on suicide prevention. Unsubscribe below.",
                sender="news@ngo.example",
                List_Unsubscribe="<https://ngo.example/u>",
                Precedence="bulk",
            ),
        ),
        (
            "list",
            mail(
                "Digest: new suicide statistics of 2025 were published.",
                List_Id="<suicidology.lists.example>",
                sender="suicidology@lists.example",
            ),
        ),
        ("auto_reply", mail("I am out of office until Monday.", sender="a@b.example", Auto_Submitted="auto-replied")),
        ("auto_reply", mail("I am away.", sender="a@b.example", subject="Automatic reply: Case")),
        ("list", mail("Our weekly news. Read more.", sender="news@b.example", List_Unsubscribe="<mailto:x@b.example>")),
        ("list", mail("Spring offers", sender="news@b.example", Precedence="bulk")),
        ("notice", mail("Your backup has completed.", sender="root@b.example", Auto_Submitted="auto-generated")),
        ("notice", mail("The portal is down for maintenance on Sunday.", Authentication_Results=verified())),
    ],
)
def test_the_tray_takes_what_no_human_needs_at_once(judge: Judge, kind: str, content: str):
    receipt = judge(content)
    assert (receipt.verdict, receipt.kind) == ("tray", kind)
    with reach_of(MAILBOX):
        assert not Alert.objects.exists()


@pytest.mark.parametrize(
    "content",
    [
        mail(ALERT, List_Id="<alerts.meta-safety.example>", Precedence="bulk"),
        mail(ALERT, Auto_Submitted="auto-generated", Return_Path="<>"),
        mail("my friend says he will not be there tomorrow", sender="somebody@home.example"),
        mail("वह आत्महत्या की बात कर रहा है", sender="root@b.example", Auto_Submitted="auto-generated"),
        mail(ALERT + QUOTED, Auto_Submitted="auto-replied"),
        mail("He wrote that he wants to die.", subject="Automatic reply: hello", sender="a@home.example"),
        mail(
            "My sister talks of suicide since yesterday, please help.",
            sender="a@home.example",
            List_Id="<suicide-prevention.police.example>",
        ),
        mail("A person is at imminent risk, details follow by phone.", Authentication_Results=verified()),
        mail("The portal is down for maintenance.", sender="forged@meta-safety.example"),
    ],
)
def test_whatever_may_be_about_somebody_is_a_case(judge: Judge, content: str):
    assert judge(content).verdict == "alert"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff" * 500,
        b"Subject: only this\n\n",
        b"From: a@b.example\nMIME-Version: 1.0\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=\n",
        b"From: a@b.example\nContent-Type: multipart/mixed; boundary=B\n\n"
        + b"--B\nContent-Type: multipart/mixed; boundary=B\n\n" * 3000,
    ],
)
def test_what_nobody_can_read_is_a_case_with_the_raw_mail_beside_it(judge: Judge, content: bytes):
    receipt = judge(content)
    assert receipt.verdict == "unreadable"
    with reach_of(MAILBOX):
        case = Case.objects.get(links__alert_id=receipt.pk)
        event = CaseEvent.objects.get(case=case, action="mail_unreadable")
        assert event.facts["why"]
        assert SealedFile.objects.filter(case=case, sha256=receipt.sha256, name="mail.eml").exists()
        assert case.deadlines.filter(kind="CLAIM", level=0).exists()


def test_an_automatic_reply_about_a_case_that_is_here_is_no_part_of_it(judge: Judge):
    assert judge(mail(ALERT, Authentication_Results=verified())).verdict == "alert"
    reply = mail(f"I am away.\n\n{QUOTED}", subject="Automatic reply: Case MSI-1", Auto_Submitted="auto-replied")
    assert judge(reply).kind == "auto_reply"
    with reach_of(MAILBOX):
        assert Alert.objects.count() == 1


def test_a_follow_up_without_a_platform_finds_its_case(judge: Judge):
    first = judge(mail(ALERT, Authentication_Results=verified()))
    second = judge(mail("Case number: MSI-1\nLast active IP: 203.0.113.9\n", Authentication_Results=verified()))
    known = judge(mail("Case number: MSI-1\n\nThe account was disabled.\n", Authentication_Results=verified()))
    with reach_of(MAILBOX):
        assert Case.objects.count() == 1
        assert CaseLink.objects.values_list("why", flat=True).order_by("pk").first() == "opened it"
    assert [alert_of(receipt).body["mail"]["follow_up"] for receipt in (first, second, known)] == [False, True, True]
    assert alert_of(second).platform == "instagram"


HEADER = "spf=pass smtp.mailfrom=m.example; dkim=pass header.d=m.example; dmarc={dmarc} header.from={domain}"


@pytest.mark.parametrize(
    ("headers", "domain", "trusted"),
    [
        ([verified()], "meta-safety.example", True),
        ([verified(server="mx.attacker.example")], "meta-safety.example", False),
        ([f"{AUTHSERV}; dmarc=fail header.from=meta-safety.example", verified()], "meta-safety.example", False),
        ([verified(server="mx.other.example"), verified()], "meta-safety.example", True),
        ([verified("sub.meta-safety.example")], "sub.meta-safety.example", False),
        ([verified("evil.example")], "meta-safety.example", False),
        ([verified("evil.example")], "evil.example", False),
        ([f"{AUTHSERV} 1; (dmarc=pass) dmarc=none"], "meta-safety.example", False),
        ([f"{AUTHSERV}; none"], "meta-safety.example", False),
        ([f"x{AUTHSERV}; dmarc=pass"], "meta-safety.example", False),
        ([], "meta-safety.example", False),
    ],
)
def test_only_the_word_of_our_own_server_counts(headers: list[str], domain: str, trusted: bool):
    meta = Partner(code="meta", mail_domains=["meta-safety.example"])
    assert trust_of(headers, authserv_id=AUTHSERV, domain=domain, partner=meta)["verified"] is trusted
    assert trust_of(headers, authserv_id="", domain=domain, partner=meta)["verified"] is False


def test_a_forged_sender_is_shown_as_unverified_and_not_taken_for_the_partner(judge: Judge):
    receipt = judge(mail(ALERT, Authentication_Results=f"{AUTHSERV}; spf=fail; dkim=none; dmarc=fail"))
    alert = alert_of(receipt)
    assert alert.body["trust"] == {"spf": "fail", "dkim": "none", "dmarc": "fail", "verified": False}
    assert alert.partner is None
    assert alert.state.code == "RJ"


def test_two_senders_are_none(judge: Judge):
    content = mail(ALERT, Authentication_Results=verified()).replace("To:", "From: evil@evil.example\nTo:", 1)
    assert alert_of(judge(content)).body["trust"]["verified"] is False


def test_a_mail_is_judged_once_and_never_rewritten(judge: Judge):
    receipt = judge(mail(ALERT))
    for statement in (
        "UPDATE cases_mailreceipt SET verdict = 'tray', kind = 'list'",
        "UPDATE cases_mailreceipt SET judged_at = NULL, verdict = ''",
        "DELETE FROM cases_mailreceipt",
        "UPDATE cases_mailreceipt SET sha256 = 'x'",
    ):
        with pytest.raises(Error), reach_of(MAILBOX), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    with reach_of(MAILBOX):
        assert MailReceipt.objects.get(pk=receipt.pk).verdict == "alert"


def sign_in(username: str) -> Client:
    client = Client()
    client.force_login(officer(username))
    return client


def test_the_cell_opens_what_lies_in_its_tray_once(judge: Judge):
    notice = (SAMPLES / "09_not_an_alert_portal_notice.eml").read_bytes()
    receipt = judge(notice)
    cell, stranger = sign_in("rj-op1"), sign_in("up-op1")
    listed: Any = cell.get("/tray", headers=JSON).json()
    assert listed["next"] is None
    assert [item["id"] for item in listed["items"]] == [str(receipt.pk)]
    assert {"id", "kind", "received_at", "sha256", "subject"} <= listed["items"][0].keys()
    assert "Your records request" in cell.get("/tray").content.decode()
    assert stranger.get("/tray", headers=JSON).json()["items"] == []
    assert stranger.post(f"/tray/{receipt.pk}/open", headers=JSON).status_code == 404

    opened = cell.post(f"/tray/{receipt.pk}/open", headers=JSON)
    assert opened.status_code == 200, opened.content
    assert opened.json()["alerts"][0]["id"] == str(receipt.pk)
    assert opened.json()["timeline"][0]["actor"] == "officer:rj-op1"
    again = cell.post(f"/tray/{receipt.pk}/open", headers=JSON)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/already_opened")
    assert cell.get("/tray", headers=JSON).json()["items"] == []
