"""Letters of other houses: each as some platform, partner or police office might lay it out, and what must be read."""

from __future__ import annotations

import base64
from email.message import EmailMessage
from typing import Any

import pytest

from tests.mail.conftest import mail, read

Wanted = dict[str, Any]


def html(markup: str, **headers: str) -> str:
    return mail(markup, Content_Type='text/html; charset="utf-8"', **headers)


DOTTED = """FACEBOOK EMERGENCY ESCALATION

Escalation no. ............ 8841-2026-KN
Facebook UID .............. 100091122334455
Vanity name ............... kalpanik.devi.88
Registered name ........... Kalpanik Devi
Verified phone ............ +91 5550 012 345
Registered e-mail ......... kdevi@mail.example
Last IP ................... 203.0.113.8 (2026-11-22 03:02:11 UTC)
Content created ........... 22-Nov-2026 08:31 IST
Content ................... "kal subah tak main nahi rahungi"

With warm regards,
Ana Example, Escalations
Phone ..................... +1 650 555 0100
"""
TABLE_ONLY = """<html><body><div>Dear Sir/Madam,</div>
<table><tbody>
<tr><th colspan="2">Snapchat Emergency Disclosure</th></tr>
<tr><th>Report ID</th><td>SC-EMG-20261122-07</td></tr>
<tr><th>Snapchat username</th><td>kalpanik_rohit7</td></tr>
<tr><th>Display name</th><td>Rohit &#128148; Kalpanik</td></tr>
<tr><th>Phone on account</th><td><table><tr><td>+91 55500 11223</td></tr><tr><td>+91 55500 44556 (unverified)</td></tr></table></td></tr>
<tr><th>Email</th><td><a href="mailto:rohit7@mail.example">rohit7@mail.example</a></td></tr>
<tr><th>Snap sent</th><td>21 Nov 2026, 11:02:00 PM PST</td></tr>
<tr><th>Snap text</th><td>&ldquo;good bye world, sorry maa&rdquo;</td></tr>
<tr><th>Login IP</th><td>198.51.100.61 &mdash; 2026-11-22T06:58:00Z</td></tr>
</tbody></table>
<table><tr><td>24x7 desk</td><td>+1 310 555 0142</td></tr><tr><td>Our e-mail</td><td>le@snap-safety.example</td></tr></table>
</body></html>"""
BOLD = """<div><p><strong>Incident&nbsp;#:</strong> YT-77-9931<br/><strong>Product</strong>: YouTube<br>
<strong>Channel name:</strong> Kalpanik Gaming <br><strong>Channel ID:</strong> UC1234567890abcdefghijkl<br>
<strong>Video URL:</strong> <a href="https://www.youtube.com/watch?v=KalP4nik123">watch</a><br>
<strong>Uploaded:</strong> Nov 21, 2026, 6:30:00&#8239;PM UTC<br>
<strong>Comment:</strong></p><blockquote>mummy papa mujhe maaf kar dena 🙏</blockquote>
<p>Sent by the YouTube safety team. Reach our desk on +1 650 555 0199.</p></div>"""
VALUE_BELOW = """Case ID
IG-REF-55012

Username
kalpanik.meena

Full name
Meena Kalpanik

Mobile number
055500 98765

Post link
https://www.instagram.com/p/KalMeena01/

Posted on
Sun, 22 Nov 2026 00:15:09 +0530

Post
"ab aur nahi"
"""
NUMBERED = """Respected Sir,

Details of the person as received from X Corp. telephonically:

1) X handle - @kalpanik_sonu
2) Name - Sonu Kalpanik
3) Mobile - 95550-01122
4) Father's mobile - 95550-02233
5) Tweet - "sab khatam ho gaya"
6) Tweet link - https://x.com/kalpanik_sonu/status/1860000000000000001
7) Time of tweet - 22.11.2026 05:30 hrs IST
8) Complaint ref. no. - CC/RJ/2026/1187

Jai Hind
SI Mahendra Kalpanik
Cyber Police Station
Mob: 95550-99999
"""
OUTLOOK = """Sir plz see trailing mail and get location checked, ladka hostel me akela hai.

Insp. V. Kalpanik
Mob 95550 08888

From: X Safety <le-escalations@x-safety.example>
Sent: 22 November 2026 07:45
To: Cyber Cell <cyber@police.example>
Subject: Voluntary emergency disclosure [X-EDR-2026-90114]

Reference: X-EDR-2026-90114
Account: @kalpanik_hinglish (numeric ID 1499988877766655544)
Phone on file: +91-55500-77661
Recent login IPs: 2001:db8:77::5 @ 2026-11-22T01:59:00Z
Post text:
yaar ab bas. kal se koi call mat karna. hostel ki chhat pe hu

X Safety
Phone: +1 415 555 0110
"""
YAML = """---
partner_reference: DISC-20261122-331
platform: discord
username: kalpanik.raat
user_id: "882200334455667788"
phone: "+915550060606"
email: raat@mail.example
ip: 203.0.113.71
ip_time: 1795300000
message: "main aaj raat kuch kar lungi"
message_time: 2026-11-22T01:00:00-05:00
"""
PIPES = """Please find below.

| Field | Value |
|-------|-------|
| Ticket number | GGL-2026-0099 |
| Service | Gmail |
| Account e-mail | kalpanik.io@gmail.example |
| Recovery phone | +91 55500 31313 |
| Subscriber name | Iqbal Kalpanik |
| Last login IP | 198.51.100.200 |
| Last login time | 2026-11-21 22:10:05 IST |
"""
HINDI_LETTER = """सेवा में,
प्रभारी, राज्य प्रकोष्ठ

विषय : आत्महत्या की आशंका के संबंध में

प्रकरण क्रमांक : FB/2026/४४१२
मंच : फेसबुक
खाताधारक का नाम : काल्पनिक सुनीता
प्रोफ़ाइल लिंक : https://www.facebook.com/profile.php?id=100077766655544
मोबाइल : ५५५००-१२३४५
पिता का मोबाइल : ५५५००-५४३२१
पोस्ट का समय : २२ नवम्बर २०२६ को रात्रि ०१:१५ बजे IST
पोस्ट : "अब सहन नहीं होता, सबको राम राम"

भवदीय
उप निरीक्षक काल्पनिक
दूरभाष : 0744-2450000
"""
FOLLOW_UP = """Hello again,

Further to our earlier disclosure (Ref. META-88120-IN), the person logged in once more from 198.51.100.9 at
2026-11-22T04:00:00Z. The account has been disabled in the meantime.

Meta LERT, +1 650 555 0123
"""
PROSE_HINDI = """महोदय,

इंस्टाग्राम हैंडल @kalpanik_jaya से 22 नवंबर 2026 को 02:10 IST पर लिखा गया: "मैं जा रही हूँ, ढूंढना मत"। उसका मोबाइल नंबर
+91 55500 45454 है और उम्र 16 वर्ष बताई गई है। लिंक https://www.instagram.com/p/KalJaya99/

हेल्पलाइन 14416
"""
SEVERAL_NUMBERS = """Case: M-2026-30303
Platform: Instagram
Username: kalpanik_numbers
Reporting user phone: +91 55500 00001
Phone 1: +91 55500 00002 (verified)
Phone 2: +91 55500 00003
WhatsApp: +91 55500 00002
Sister's phone: +91 55500 00004
Mother contact number: +91 55500 00005
Phone of local police station: 0744-2420000
Nodal officer mobile: +91 55500 00006
Content: call me on +91 55500 00007 one last time

Thanks and regards
Inspector Kalpanik (M) +91 55500 00008
"""
FLOWED = """Case number: M-2026-40404
Username: kalpanik_flow
Content URL:
 https://www.instagram.com/reel/KalFlow0001/?utm_source=ig_web_copy_link&igsh=abc
Content:
"yeh sab bahut lamba ho gaya hai aur ab main thak chuka hoon, koi mujhe \
dhoondhne na aaye, meri galti hai"
Content posted: 21/11/2026, 11:45 pm IST
"""
MIXED_ZONES = """Alert ID: TZ-1
Username: kalpanik_zone
Detected at: 2026-11-22 09:00:00 SGT
Posted at: Sat Nov 21 2026 23:59:59 GMT+0530 (IST)
IP: 203.0.113.10 at 21/Nov/2026:12:00:00 -0800
"""


def records() -> str:
    """Return a mail whose only content is an attached page, with a name in RFC 2231 and a subject in RFC 2047."""
    letter = EmailMessage()
    letter["From"] = "Meta <le-alerts@meta-safety.example>"
    letter["Subject"] = "अति आवश्यक – Case MSI-50505 – Instagram"
    letter["Date"] = "Sun, 22 Nov 2026 03:00:00 +0000"
    letter.set_content("Please see the attached records. Regards, Meta LERT, phone +1 650 555 0000")
    page = """<html><head><title>Records</title></head><body><h1>Instagram Business Record</h1><dl>
<dt>Vanity Name</dt><dd>kalpanik_records</dd><dt>Account ID</dt><dd>17841400000050505</dd>
<dt>Name</dt><dd>काल्पनिक रश्मि</dd><dt>Phone Numbers</dt><dd>+915550050505 Cell Verified on 2025-01-02</dd>
<dt>Registered Email Addresses</dt><dd>rashmi@mail.example</dd>
<dt>IP Addresses</dt><dd>IP Address 2001:db8::50 Time 2026-11-22 02:00:00 UTC</dd></dl></body></html>"""
    letter.add_attachment(page.encode(), maintype="text", subtype="html", filename="अभिलेख records.html")
    return letter.as_string()


def nested() -> str:
    """Return a mail that a constable forwards as it came to a clerk, who had it as an attached mail."""
    inner = mail(
        "Reference: X-EDR-2026-60606\nAccount: @kalpanik_nested\nPhone on file: +91 55500 60601\nPost text:\nalvida doston\n",
        sender="X Safety <le-escalations@x-safety.example>", subject="Emergency disclosure X-EDR-2026-60606",
    )  # fmt: skip
    middle = (
        "From: clerk@police.example\nSubject: FW: Emergency disclosure\nMIME-Version: 1.0\n"
        "Content-Type: multipart/mixed; boundary=MM\n\n--MM\nContent-Type: text/plain\n\nForwarded.\n\nClerk\n"
        f"Mobile: +91 55500 99001\n--MM\nContent-Type: message/rfc822\n\n{inner}\n--MM--\n"
    )
    return (
        "From: ct.kalpanik@police.example\nSubject: Fwd: FW: Emergency disclosure\nMIME-Version: 1.0\n"
        "Content-Type: multipart/mixed; boundary=OO\n\n--OO\nContent-Type: text/plain\n\nSir pls see.\n--\nCt. Kalpanik\n"
        "Mobile: +91 55500 99002\n--OO\nContent-Type: message/rfc822\nContent-Disposition: attachment; "
        f'filename="mail.eml"\n\n{middle}\n--OO--\n'
    )


def wrong_charset() -> bytes:
    """Return Hindi in UTF-8 that calls itself us-ascii, with a subject in raw bytes."""
    head = 'From: a@meta-safety.example\nSubject: मामला MSI-70707\nContent-Type: text/plain; charset="us-ascii"\n\n'
    return (head + "प्लेटफ़ॉर्म: इंस्टाग्राम\nउपयोगकर्ता नाम: kalpanik_ascii\nनाम: काल्पनिक उषा\nपोस्ट: बस अब और नहीं\n").encode()


def encoded_html() -> str:
    """Return markup in base64 and UTF-16, as one gateway writes it."""
    page = "<p>Case reference: U16-1</p><p>Platform: Facebook</p><p>User name: Kalpanik Kiran</p><p>Phone: 05550 016161</p>"
    body = base64.encodebytes(page.encode("utf-16")).decode()
    return mail(body, Content_Type="text/html; charset=utf-16", Content_Transfer_Encoding="base64")


LETTERS: dict[str, tuple[str | bytes, Wanted]] = {
    "dot leaders, and a signature with the same label": (
        mail(DOTTED),
        {"partner_reference": "8841-2026-KN", "platform": "facebook", "platform_user_id": "100091122334455",
         "handle": "kalpanik.devi.88", "display_name": "Kalpanik Devi", "phones": ["+915550012345"],
         "emails": ["kdevi@mail.example"], "ip_events": [("203.0.113.8", "2026-11-22T03:02:11Z")],
         "posted_at": "2026-11-22T03:01:00Z", "content_text": "kal subah tak main nahi rahungi"},
    ),
    "only a table, with a table in it, and the desk's own table": (
        html(TABLE_ONLY, sender="LE <le@snap-safety.example>"),
        {"partner_reference": "SC-EMG-20261122-07", "platform": "snapchat", "handle": "kalpanik_rohit7",
         "display_name": "Rohit 💔 Kalpanik", "phones": ["+915550011223", "+915550044556"],
         "emails": ["rohit7@mail.example"], "posted_at": "2026-11-22T07:02:00Z",
         "content_text": "good bye world, sorry maa", "ip_events": [("198.51.100.61", "2026-11-22T06:58:00Z")]},
    ),
    "bold labels in HTML and a quotation": (
        html(BOLD, sender="edr@google-sos.example"),
        {"partner_reference": "YT-77-9931", "platform": "youtube", "display_name": "Kalpanik Gaming",
         "platform_user_id": "UC1234567890abcdefghijkl", "urls": ["https://www.youtube.com/watch?v=KalP4nik123"],
         "posted_at": "2026-11-21T18:30:00Z", "content_text": "mummy papa mujhe maaf kar dena 🙏", "phones": []},
    ),
    "each value on the line below its label": (
        mail(VALUE_BELOW),
        {"partner_reference": "IG-REF-55012", "platform": "instagram", "handle": "kalpanik.meena",
         "display_name": "Meena Kalpanik", "phones": ["+915550098765"], "posted_at": "2026-11-21T18:45:09Z",
         "urls": ["https://www.instagram.com/p/KalMeena01/"], "content_text": "ab aur nahi"},
    ),
    "a numbered letter of an officer": (
        mail(NUMBERED, sender="cyber@police.example", subject="Suicidal tweet"),
        {"partner_reference": "CC/RJ/2026/1187", "platform": "x", "handle": "kalpanik_sonu",
         "display_name": "Sonu Kalpanik", "phones": ["+919555001122"], "posted_at": "2026-11-22T00:00:00Z",
         "urls": ["https://x.com/kalpanik_sonu/status/1860000000000000001"], "content_text": "sab khatam ho gaya"},
    ),
    "a trailing mail as Outlook quotes it": (
        mail(OUTLOOK, sender="insp@police.example", subject="FW: Voluntary emergency disclosure"),
        {"partner_reference": "X-EDR-2026-90114", "platform": "x", "handle": "kalpanik_hinglish",
         "platform_user_id": "1499988877766655544", "phones": ["+915550077661"], "emails": [],
         "ip_events": [("2001:db8:77::5", "2026-11-22T01:59:00Z")],
         "content_text": "yaar ab bas. kal se koi call mat karna. hostel ki chhat pe hu"},
    ),
    "keys and values of a program": (
        mail(YAML, sender="bot@discord-safety.example", subject="alert"),
        {"partner_reference": "DISC-20261122-331", "handle": "kalpanik.raat", "platform_user_id": "882200334455667788",
         "phones": ["+915550060606"], "emails": ["raat@mail.example"], "posted_at": "2026-11-22T06:00:00Z",
         "ip_events": [("203.0.113.71", "2026-11-21T22:26:40Z")], "content_text": "main aaj raat kuch kar lungi"},
    ),
    "a table of pipes": (
        mail(PIPES, sender="edr@google-sos.example"),
        {"partner_reference": "GGL-2026-0099", "platform": "google", "emails": ["kalpanik.io@gmail.example"],
         "phones": ["+915550031313"], "display_name": "Iqbal Kalpanik",
         "ip_events": [("198.51.100.200", "2026-11-21T16:40:05Z")]},
    ),
    "a Hindi letter with a signature": (
        mail(HINDI_LETTER, sender="so@police.example", subject="आत्महत्या की आशंका"),
        {"partner_reference": "FB/2026/4412", "platform": "facebook", "display_name": "काल्पनिक सुनीता",
         "phones": ["+915550012345"], "posted_at": "2026-11-21T19:45:00Z",
         "content_text": "अब सहन नहीं होता, सबको राम राम",
         "urls": ["https://www.facebook.com/profile.php?id=100077766655544"]},
    ),
    "a follow-up in two sentences": (
        mail(FOLLOW_UP),
        {"partner_reference": "META-88120-IN", "phones": [], "emails": [], "content_text": None,
         "ip_events": [("198.51.100.9", "2026-11-22T04:00:00Z")]},
    ),
    "Hindi prose": (
        mail(PROSE_HINDI, sender="desk@ngo.example"),
        {"platform": "instagram", "handle": "kalpanik_jaya", "phones": ["+915550045454"],
         "posted_at": "2026-11-21T20:40:00Z", "content_text": "मैं जा रही हूँ, ढूंढना मत",
         "urls": ["https://www.instagram.com/p/KalJaya99/"]},
    ),
    "nine numbers of which two are the person's": (
        mail(SEVERAL_NUMBERS),
        {"partner_reference": "M-2026-30303", "handle": "kalpanik_numbers",
         "phones": ["+915550000002", "+915550000003"], "display_name": None},
    ),
    "lines that flow on and a link on a line of its own": (
        mail(FLOWED, Content_Type='text/plain; charset="utf-8"; format=flowed'),
        {"partner_reference": "M-2026-40404", "handle": "kalpanik_flow", "platform": "instagram",
         "urls": ["https://www.instagram.com/reel/KalFlow0001/?utm_source=ig_web_copy_link&igsh=abc"],
         "posted_at": "2026-11-21T18:15:00Z"},
    ),
    "times in three zones": (
        mail(MIXED_ZONES),
        {"partner_reference": "TZ-1", "posted_at": "2026-11-21T18:29:59Z",
         "ip_events": [("203.0.113.10", "2026-11-21T20:00:00Z")]},
    ),
    "only an attached page of records": (
        records(),
        {"partner_reference": "MSI-50505", "platform": "instagram", "handle": "kalpanik_records",
         "platform_user_id": "17841400000050505", "display_name": "काल्पनिक रश्मि", "phones": ["+915550050505"],
         "emails": ["rashmi@mail.example"], "ip_events": [("2001:db8::50", "2026-11-22T02:00:00Z")]},
    ),
    "a mail in a mail in a mail": (
        nested(),
        {"partner_reference": "X-EDR-2026-60606", "platform": "x", "handle": "kalpanik_nested",
         "phones": ["+915550060601"], "content_text": "alvida doston"},
    ),
    "Hindi that calls itself ascii": (
        wrong_charset(),
        {"partner_reference": "MSI-70707", "platform": "instagram", "handle": "kalpanik_ascii",
         "display_name": "काल्पनिक उषा", "content_text": "बस अब और नहीं"},
    ),
    "markup in UTF-16": (
        encoded_html(),
        {"partner_reference": "U16-1", "platform": "facebook", "display_name": "Kalpanik Kiran",
         "phones": ["+915550016161"]},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LETTERS)
def test_a_letter_that_nobody_has_seen_before_is_read(name: str):
    content, wanted = LETTERS[name]
    found: Wanted = dict(read(content)["parsed"])
    found["ip_events"] = [(event["ip"], event["at"]) for event in found["ip_events"]]
    assert {field: found[field] for field in wanted} == wanted
