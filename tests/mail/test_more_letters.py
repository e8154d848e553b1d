"""More letters: from pages of blocks, from programs, from people in haste, and with the reporter's own numbers in them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mail.conftest import mail, read

LETTERS: list[tuple[str, str | bytes, dict[str, Any]]] = []


def plain(
    body: str,
    sender: str = "a@meta-safety.example",
    subject: str = "Alert",
    ct: str = 'text/plain; charset="utf-8"',
) -> str:
    return mail(body, sender=sender, subject=subject, Content_Type=ct)


LETTERS.append(
    (
        "stacked html divs",
        plain(
            """<div class="card"><div class="k">Report number</div><div class="v">R-2026-1</div></div><div class="card"><div class="k">Username</div><div class="v">@kal_div</div></div><div class="card"><div class="k">Mobile</div><div class="v">+91-55500-22334</div></div><div><div>Posted</div><div>22 Nov 2026 at 1:05 AM (IST)</div></div><div><div>Message</div><div>"ab jaa rahi hu"</div></div>""",
            ct="text/html; charset=utf-8",
            sender="Instagram Safety <s@meta-safety.example>",
        ),
        {
            "partner_reference": "R-2026-1",
            "handle": "kal_div",
            "phones": ["+915550022334"],
            "posted_at": "2026-11-21T19:35:00Z",
            "content_text": "ab jaa rahi hu",
            "platform": "instagram",
        },
    )
)
LETTERS.append(
    (
        "label with parenthesised hint",
        plain("""Meta case ID (internal) : 2026-IN-88
Instagram username (current) : kal.hint
Instagram username (previous) : kal.old
Full Name (as on profile) : Kal Hint
Phone number (primary, verified) : +91 55500 33221
Phone number (secondary) : +91 55500 33222
IP address (most recent) : 203.0.113.90
Date/time of IP (UTC) : 2026-11-22 02:11:00
Text of the story : "koi nahi samjhega"
Story posted (UTC) : 22/11/2026 02:10
"""),
        {
            "partner_reference": "2026-IN-88",
            "handle": "kal.hint",
            "display_name": "Kal Hint",
            "phones": ["+915550033221", "+915550033222"],
            "content_text": "koi nahi samjhega",
            "posted_at": "2026-11-22T02:10:00Z",
            "ip_events": [("203.0.113.90", "2026-11-22T02:11:00Z")],
            "platform": "instagram",
        },
    )
)
LETTERS.append(
    (
        "reporter block and subject block",
        plain("""Incident: FB-INC-7781

Reporter
Name: Pooja Kalpanik
Phone: +91 55500 90001
Email: pooja@mail.example

Person at risk
Name: Deepak Kalpanik
Profile: https://www.facebook.com/deepak.kalpanik
Phone: +91 55500 90002

Post
"I can't do this anymore"
Posted: 2026-11-22 07:15 IST
"""),
        {
            "partner_reference": "FB-INC-7781",
            "display_name": "Deepak Kalpanik",
            "phones": ["+915550090002"],
            "emails": [],
            "content_text": "I can't do this anymore",
            "platform": "facebook",
        },
    )
)
LETTERS.append(
    (
        "english prose facebook",
        plain("""Hello,

A user of Facebook named "Sanjay Kalpanik" (profile https://www.facebook.com/sanjay.kalpanik.9, account ID 100012312312312)
posted the following on 22 November 2026 at 06:40 IST: "Bas, yeh meri aakhri post hai". The account is registered with
the mobile number 05550-077889 and the e-mail address sanjay.k@mail.example. Our reference is FBK-20261122-88.

You may reach our on-call analyst at +1 650 555 0188.
"""),
        {
            "display_name": "Sanjay Kalpanik",
            "platform_user_id": "100012312312312",
            "content_text": "Bas, yeh meri aakhri post hai",
            "phones": ["+915550077889"],
            "emails": ["sanjay.k@mail.example"],
            "partner_reference": "FBK-20261122-88",
            "posted_at": "2026-11-22T01:10:00Z",
            "platform": "facebook",
        },
    )
)
LETTERS.append(
    (
        "hinglish whatsapp-style by a cop",
        plain(
            """Namaste sir,
Insta id @kal_pihu_22 wali ladki ne story dali hai "mummy sorry, kal subah news me milungi". Uska no. 5550012399 hai, naam Pihu Kalpanik.
Location Kota Talwandi bata rahe hai. Link: https://www.instagram.com/stories/kal_pihu_22/3300000000000000001/

HC Ramesh
9829000000
""",
            sender="hc@police.example",
            subject="urgent instagram case",
        ),
        {
            "handle": "kal_pihu_22",
            "platform": "instagram",
            "content_text": "mummy sorry, kal subah news me milungi",
            "urls": ["https://www.instagram.com/stories/kal_pihu_22/3300000000000000001/"],
        },
    )
)
LETTERS.append(
    (
        "json body",
        plain("""{
  "caseId": "SN-2026-7",
  "platform": "snapchat",
  "username": "kal.json",
  "displayName": "Kal Json",
  "phone": "+915550012312",
  "lastLoginIp": "203.0.113.12",
  "lastLoginTime": "2026-11-22T01:02:03Z",
  "content": "bye bye"
}"""),
        {
            "partner_reference": "SN-2026-7",
            "platform": "snapchat",
            "handle": "kal.json",
            "display_name": "Kal Json",
            "phones": ["+915550012312"],
            "content_text": "bye bye",
            "ip_events": [("203.0.113.12", "2026-11-22T01:02:03Z")],
        },
    )
)
LETTERS.append(
    (
        "csv attachment",
        (
            b"From: a@google-sos.example\nSubject: Emergency disclosure GS-55\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=B\n\n--B\nContent-Type: text/plain\n\nSee attachment.\n--B\nContent-Type: text/csv; name=r.csv\nContent-Disposition: attachment; filename=r.csv\n\nusername,user_id,phone,ip,ip_time\nkal.csv,112233445566,+915550077000,203.0.113.44,2026-11-22T00:00:00Z\n--B--\n"
        ),
        {
            "partner_reference": "GS-55",
            "handle": "kal.csv",
            "platform_user_id": "112233445566",
            "phones": ["+915550077000"],
            "ip_events": [("203.0.113.44", "2026-11-22T00:00:00Z")],
        },
    )
)
LETTERS.append(
    (
        "gmail forward html",
        plain(
            """<div dir="ltr">FYI, please act.<br clear="all"><div>-- <br></div><div>Dy SP Kalpanik<br>Mobile: +91 55500 99911</div><br><div class="gmail_quote"><div>---------- Forwarded message ---------<br>From: <b>Meta Law Enforcement Response</b> &lt;le-alerts@meta-safety.example&gt;<br>Date: Sun, 22 Nov 2026 at 01:00<br>Subject: Case MSI-991<br>To: &lt;dysp@police.example&gt;<br></div><br><p>Case number: MSI-991<br>Service: Facebook<br>Account name: Kal Gmail<br>User ID (UID): 100000000099100<br>Phone number: +91 55500 66612<br>Content created: 2026-11-21 19:49:30 UTC<br>Content:<br>"sab ko maaf karna"</p></div></div>""",
            ct="text/html; charset=utf-8",
            sender="dysp@police.example",
            subject="Fwd: Case MSI-991",
        ),
        {
            "partner_reference": "MSI-991",
            "platform": "facebook",
            "display_name": "Kal Gmail",
            "platform_user_id": "100000000099100",
            "phones": ["+915550066612"],
            "content_text": "sab ko maaf karna",
            "posted_at": "2026-11-21T19:49:30Z",
        },
    )
)
LETTERS.append(
    (
        "two columns wide spaces",
        plain("""Case Ref          ZX-2026-44
Platform          YouTube
Channel           Kal Wide
Channel URL       https://www.youtube.com/@kalwide
Contact phone     +91 55500 12121
Comment           "alvida sab"
Comment date      2026-11-22 04:05 GMT
"""),
        {
            "partner_reference": "ZX-2026-44",
            "platform": "youtube",
            "display_name": "Kal Wide",
            "phones": ["+915550012121"],
            "content_text": "alvida sab",
            "posted_at": "2026-11-22T04:05:00Z",
        },
    )
)
LETTERS.append(
    (
        "hindi table html",
        plain(
            """<table><tr><td>संदर्भ क्रमांक</td><td>एक्स-2026-77</td></tr><tr><td>मंच</td><td>एक्स (ट्विटर)</td></tr><tr><td>यूज़रनेम</td><td>@kal_hindi</td></tr><tr><td>पूरा नाम</td><td>काल्पनिक मोहन</td></tr><tr><td>मोबाइल नं.</td><td>+91 55500 13131</td></tr><tr><td>माता का मोबाइल</td><td>+91 55500 13132</td></tr><tr><td>ट्वीट</td><td>“अब नहीं जीना”</td></tr><tr><td>ट्वीट का समय</td><td>22-11-2026 शाम 05:30 बजे IST</td></tr><tr><td>आयु</td><td>१७</td></tr></table>""",
            ct="text/html; charset=utf-8",
        ),
        {
            "platform": "x",
            "handle": "kal_hindi",
            "display_name": "काल्पनिक मोहन",
            "phones": ["+915550013131"],
            "content_text": "अब नहीं जीना",
            "posted_at": "2026-11-22T12:00:00Z",
        },
    )
)


@pytest.mark.parametrize(
    ("content", "wanted"), [letter[1:] for letter in LETTERS], ids=[letter[0] for letter in LETTERS]
)
def test_a_letter_of_another_house_is_read(content: str | bytes, wanted: dict[str, Any]):
    found: dict[str, Any] = dict(read(content)["parsed"])
    found["ip_events"] = [(event["ip"], event["at"]) for event in found["ip_events"]]
    assert {field: found[field] for field in wanted} == wanted
