"""Mails as clerks, platforms and forwarders write them: none of them laid out as the samples are."""

from __future__ import annotations

import base64
import quopri
from typing import Any

import pytest

from tests.mail.conftest import mail, read


def parsed(content: str | bytes, **more: Any) -> dict[str, Any]:
    return dict(read(content, **more)["parsed"])


def holds(found: dict[str, Any], **wanted: Any) -> None:
    assert {name: found[name] for name in wanted} == wanted


def test_hindi_labels_and_hindi_digits():
    body = """नमस्ते,

संदर्भ संख्या: IG-२०२६-४४१
प्लेटफ़ॉर्म: इंस्टाग्राम
प्रदर्शित नाम: काल्पनिक सीमा
उपयोगकर्ता नाम: @seema.kalpanik
खाता आईडी: 17849900000000123
मोबाइल नंबर: +९१ ५५५०० ०९८७६
ईमेल: seema.k@mail.example
आईपी पता: 203.0.113.77
आईपी का समय: 22 नवंबर 2026, 01:15:30 IST
पोस्ट का लिंक: https://instagram.example/p/Cabc123/
पोस्ट का समय: 22/11/2026 01:10:00 IST
आयु: 16 वर्ष
प्राथमिकता: तत्काल
पोस्ट:
"अब और नहीं सहा जाता। सबको अलविदा।"

हेल्पलाइन नंबर: 1800-599-0019
"""
    letter = read(mail(body, sender="alert@ig-suraksha.example"))
    holds(
        letter["parsed"], platform="instagram", display_name="काल्पनिक सीमा", handle="seema.kalpanik",
        platform_user_id="17849900000000123", phones=["+915550009876"], emails=["seema.k@mail.example"],
        content_text="अब और नहीं सहा जाता। सबको अलविदा।", posted_at="2026-11-21T19:40:00Z",
        urls=["https://instagram.example/p/Cabc123/"],
    )  # fmt: skip
    assert letter["parsed"]["ip_events"][0]["at"] == "2026-11-21T19:45:30Z"
    assert letter["more"]["claimed_age"] == 16
    assert letter["more"]["urgency"] == "तत्काल"


def test_an_officer_forwards_what_a_platform_wrote():
    body = """Sir, please see below and do the needful.

Regards
SI R. Kalpanik, Cyber Cell
Mobile: +91 55500 99999
Email: si.kalpanik@police.example

---------- Forwarded message ---------
From: Snap LE Ops <leops@snap-safety.example>
Date: Sat, 21 Nov 2026 at 23:01
Subject: Emergency disclosure SNAP-ED-55021
To: <si.kalpanik@police.example>

> Report ID: SNAP-ED-55021
> Platform: Snapchat
> Snapchat username: kalpanik_snap7
> Display name: Kalpanik Raj
> Phone: +91 55500 44444
> Last login IP: 198.51.100.23
> Login time: 2026-11-21 17:20:11 UTC
> Snap text: "nobody will miss me"
> Snap sent at: 2026-11-21 17:25:00 UTC
"""
    found = parsed(mail(body, sender="si.kalpanik@police.example", subject="Fwd: Emergency disclosure SNAP-ED-55021"))
    holds(
        found, partner_reference="SNAP-ED-55021", platform="snapchat", handle="kalpanik_snap7",
        display_name="Kalpanik Raj", phones=["+915550044444"], emails=[], content_text="nobody will miss me",
    )  # fmt: skip
    assert [(event["ip"], event["at"]) for event in found["ip_events"]] == [("198.51.100.23", "2026-11-21T17:20:11Z")]


def test_a_nested_mail_is_read_and_the_outer_one_is_whom_it_is_from():
    inner = mail("Ref: NX-7781\nService: Facebook\nProfile name: Kalpanik Mohan\nFacebook user ID: 100000000000777\n")
    outer = (
        "From: clerk@police.example\nSubject: FW\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=B\n\n"
        f"--B\nContent-Type: text/plain\n\nas received\n--B\nContent-Type: message/rfc822\n\n{inner}\n--B--\n"
    )
    letter = read(outer)
    holds(
        letter["parsed"], partner_reference="NX-7781", platform="facebook", display_name="Kalpanik Mohan",
        platform_user_id="100000000000777",
    )  # fmt: skip
    assert letter["from"]["address"] == "clerk@police.example"
    assert letter["trust"] == []
    assert "le-alerts@meta-safety.example" in letter["senders"]


def test_a_mail_without_labels():
    body = """Dear colleagues,

Our moderators came across a worrying tweet. The account @kalpanik_amit (user ID 1500000000000099123) wrote at
2026-11-22 01:02:03 UTC: "I have decided. Tomorrow nobody has to worry about me any more." The post is at
https://x.example/kalpanik_amit/status/1900000000000099. His phone number is +91 55500 22222 and his registered e-mail
is amit.k@mail.example. He last logged in from 203.0.113.61 on 2026-11-22 00:58:00 UTC. He is 19 years old.

Please treat as urgent, case X-2026-7001. For questions call our hotline at +1 555 010 0199.

Kind regards,
Jo Example
Trust & Safety, +1 555 010 0100
jo@x-safety.example
"""
    letter = read(mail(body, sender="jo@x-safety.example", subject="Person at risk"), own_domains=["x-safety.example"])
    holds(
        letter["parsed"], platform="x", partner_reference="X-2026-7001", handle="kalpanik_amit",
        platform_user_id="1500000000000099123", phones=["+915550022222"], emails=["amit.k@mail.example"],
        content_text="I have decided. Tomorrow nobody has to worry about me any more.", posted_at="2026-11-22T01:02:03Z",
        urls=["https://x.example/kalpanik_amit/status/1900000000000099"],
    )  # fmt: skip
    assert letter["parsed"]["ip_events"][0]["ip"] == "203.0.113.61"
    assert letter["more"]["claimed_age"] == 19


def test_an_x_mail_of_another_layout_with_two_addresses():
    body = """X Emergency Disclosure
Ticket #: 0458812331
Screen name - kalpanik_tara
X user id - 99887766554433
Registered mobile - 05550012345
Login IPs - 203.0.113.5 (2026-11-21 20:00:00 UTC), 203.0.113.6 (2026-11-21 21:00:00 UTC)
Tweet - bas ab bahut ho gaya
Tweet URL - https://x.example/kalpanik_tara/status/77
Tweeted at - Nov 21, 2026 9:05:00 PM UTC
"""
    found = parsed(mail(body, sender="edr@x-safety.example", subject="Emergency disclosure"))
    holds(
        found, platform="x", partner_reference="0458812331", handle="kalpanik_tara", platform_user_id="99887766554433",
        phones=["+915550012345"], content_text="bas ab bahut ho gaya", posted_at="2026-11-21T21:05:00Z",
    )  # fmt: skip
    assert [(event["ip"], event["at"]) for event in found["ip_events"]] == [
        ("203.0.113.5", "2026-11-21T20:00:00Z"), ("203.0.113.6", "2026-11-21T21:00:00Z"),
    ]  # fmt: skip


def test_a_google_mail_as_a_table_with_a_date_of_birth():
    markup = """<html><head><style>td{color:red}</style><script>alert("Phone: +919999999999")</script></head><body>
<p>Dear Officer,</p><table>
<tr><th>Field</th><th>Value</th></tr>
<tr><td>Google reference number</td><td>GED-2026-00319</td></tr>
<tr><td>Product</td><td>Gmail</td></tr>
<tr><td>Google Account ID</td><td>112233445566778899001</td></tr>
<tr><td>Name</td><td>Kalpanik D&#39;Souza</td></tr>
<tr><td>e-Mail</td><td>kalpanik.ds@gmail.example</td></tr>
<tr><td>Recovery SMS</td><td>+91 55500 33333</td></tr>
<tr><td>Date of birth</td><td>14 March 2010</td></tr>
<tr><td>IP activity</td><td>2001:db8:1::77 on 2026/11/21 10:11:12 UTC<br>198.51.100.4 on 2026/11/21 09:00:00 UTC</td></tr>
</table><p>Contact person: Pat Example, +1 555 010 7777</p></body></html>"""
    letter = read(mail(markup, sender="edr@google-sos.example", Content_Type="text/html; charset=utf-8"))
    holds(
        letter["parsed"], platform="google", partner_reference="GED-2026-00319", platform_user_id="112233445566778899001",
        display_name="Kalpanik D'Souza", emails=["kalpanik.ds@gmail.example"], phones=["+915550033333"],
    )  # fmt: skip
    assert [event["ip"] for event in letter["parsed"]["ip_events"]] == ["2001:db8:1::77", "198.51.100.4"]
    assert letter["more"]["claimed_age"] == 16


def test_utf8_that_calls_itself_windows_1252():
    body = "Case number: M-77001\nAccount name: काल्पनिक राम\nPost: अलविदा सब को\n".encode()
    raw = b'From: a@meta-safety.example\nSubject: x\nContent-Type: text/plain; charset="windows-1252"\n\n' + body
    holds(parsed(raw), display_name="काल्पनिक राम", content_text="अलविदा सब को")


@pytest.mark.parametrize("charset", ["utf-8", "cp1252"])
def test_headers_in_raw_bytes_are_letters(charset: str):
    raw = (
        'From: "José Núñez" <a@b.example>\nSubject: Señal – é\nMIME-Version: 1.0\n'
        "Content-Type: multipart/mixed; boundary=B\n\n--B\nContent-Type: text/plain\n\nCase number: M-1\n"
        '--B\nContent-Type: image/png\nContent-Disposition: attachment; filename="é.png"\n\nx\n--B--\n'
    )
    letter = read(raw.encode(charset))
    assert (letter["subject"], letter["from"]["name"]) == ("Señal – é", "José Núñez")
    assert [file["name"] for file in letter["files"]] == ["é.png"]


def test_windows_1252_that_calls_itself_utf8():
    raw = "From: a@meta-safety.example\nContent-Type: text/plain; charset=utf-8\n\nCase number: M-77002\nName: José “Pepe” Núñez\n"
    assert parsed(raw.encode("cp1252"))["display_name"] == "José “Pepe” Núñez"


@pytest.mark.parametrize("charset", ["utf-16", "iso-8859-1", "koi8-r", "no-such-thing", ""])
def test_strange_character_sets(charset: str):
    text = "Case number: M-77003\nUsername: kalpanik_c\n"
    body = text.encode("utf-16" if charset == "utf-16" else "ascii")
    raw = f"From: a@b.example\nContent-Type: text/plain; charset={charset}\n\n".encode() + body
    holds(parsed(raw), partner_reference="M-77003", handle="kalpanik_c")


def test_a_name_that_turns_the_reading_order_shows_what_it_is():
    body = "Case number: M-77004\nDisplay name: \u202eravA kinaplaK\u202c\nUsername: kalpanik\u200f_rtl\n"
    assert parsed(mail(body))["display_name"] == "ravA kinaplaK"


def test_damaged_base64_is_read_as_far_as_it_goes():
    text = b"Case number: M-77005\nUsername: kalpanik_b64\nPhone: +91 55500 12121\n"
    body = base64.b64encode(text).decode()
    for damaged in (body[:-3], body.replace("=", "") + "!!", body[:40] + "\n\n" + body[40:]):
        found = parsed(mail(damaged, Content_Transfer_Encoding="base64"))
        holds(found, partner_reference="M-77005", handle="kalpanik_b64")
    plain = parsed(mail(text.decode(), Content_Transfer_Encoding="base64"))
    assert plain["handle"] == "kalpanik_b64"


def test_quoted_printable_that_nobody_declared():
    text = "Case number: M-77006\nAccount name: काल्पनिक\n" + "y" * 200 + "\n"
    found = parsed(mail(quopri.encodestring(text.encode()).decode(), Content_Transfer_Encoding="7bit"))
    assert found["display_name"] == "काल्पनिक"


def test_a_multipart_without_its_end_and_one_with_the_wrong_boundary():
    part = "Content-Type: text/plain\n\nCase number: M-77007\nUsername: kalpanik_cut\n"
    for raw in (
        f"From: a@b.example\nContent-Type: multipart/mixed; boundary=QQQ\n\n--QQQ\n{part}",
        f"From: a@b.example\nContent-Type: multipart/mixed; boundary=WRONG\n\n--RIGHT_one\n{part}\n--RIGHT_one--\n",
        f"From: a@b.example\nContent-Type: multipart/mixed\n\n--RIGHT_one\n{part}\n--RIGHT_one--\n",
    ):
        assert parsed(raw)["handle"] == "kalpanik_cut"


def test_several_labels_on_one_line():
    body = "Case: FB-88123 | Platform: Facebook | User: Kalpanik Lata | UID: 100000000000888 | Phone: +91 55500 77777\n"
    holds(
        parsed(mail(body)), partner_reference="FB-88123", platform="facebook", display_name="Kalpanik Lata",
        platform_user_id="100000000000888", phones=["+915550077777"],
    )  # fmt: skip


def test_a_bulleted_mail_with_bold_labels_and_nothing_for_most():
    body = """* **Reference ID:** YT-2026-991
* **Service:** YouTube
* **Channel:** Kalpanik Vlogs
* **Channel URL:** https://youtube.example/@kalpanikvlogs
* **Phone:** Not available
* **E-mail:** N/A
* **IP address:** none
* **Comment text:** “sab khatam”
* **Comment posted:** 2026-11-22T07:00:00+05:30
"""
    holds(
        parsed(mail(body)), partner_reference="YT-2026-991", platform="youtube", display_name="Kalpanik Vlogs", phones=[],
        emails=[], ip_events=[], content_text="sab khatam", posted_at="2026-11-22T01:30:00Z",
    )  # fmt: skip


def test_a_post_of_several_lines_and_paragraphs_ends_where_the_sender_speaks_again():
    body = """Reference: T-90001
Username: kalpanik_poem
Post text:
shaam dhal gayi hai
note: koi mat rona

aur raat lambi hai
bas ab nahi

This information is provided on an emergency basis. Please contact us for further information.
Phone: +91 55500 10001
"""
    found = parsed(mail(body))
    assert found["content_text"] == "shaam dhal gayi hai\nnote: koi mat rona\n\naur raat lambi hai\nbas ab nahi"
    assert found["phones"] == ["+915550010001"]


def test_numbers_of_others_are_not_the_persons():
    body = """Case number: M-77010
Username: kalpanik_own
Phone: +91 55500 20202
Emergency contact phone: +91 55500 30303
Case officer: Inspector Kalpanik
Officer phone: +91 55500 40404
Partner contact email: duty@meta-safety.example
Helpline: +91 55500 50505

--
Meta LE Team | Phone: +1 555 010 1111 | Email: le@meta-safety.example
"""
    holds(parsed(mail(body)), phones=["+915550020202"], emails=[], display_name=None)


def test_received_lines_in_a_forward_are_no_addresses_of_the_person():
    body = """Forwarded message:
Received: from mx (mx.example [198.51.100.99])
 by relay; Sat, 21 Nov 2026 10:00:00 +0000
X-Originating-IP: 198.51.100.98

Case number: M-77011
Username: kalpanik_hops
IP: 203.0.113.200:51000 at 21-11-2026 15:30:00 IST
"""
    assert parsed(mail(body))["ip_events"] == [
        {"ip": "203.0.113.200", "port": 51000, "at": "2026-11-21T10:00:00Z", "event": None, "possible_proxy": None}
    ]


def test_times_without_a_zone_are_in_the_zone_the_mail_names():
    body = "Case: M-77012\nUsername: kalpanik_z\nPosted at: 2026-11-21 22:00:00\nIP: 203.0.113.9\nIP time: 2026-11-21 21:59:00\n"
    found = parsed(mail(body + "\nAll times are in PST.\n"))
    assert (found["posted_at"], found["ip_events"][0]["at"]) == ("2026-11-22T06:00:00Z", "2026-11-22T05:59:00Z")


def test_a_reply_reads_what_is_new_and_not_what_it_quotes():
    body = """Case number: M-77013
Last active IP: 203.0.113.31
IP timestamp: 2026-11-22 03:00:00 UTC

On Sun, 22 Nov 2026 at 02:00, Cell <cell@police.example> wrote:
> Case number: M-77013
> Last active IP: 203.0.113.30
> Phone: +91 55500 60606
"""
    found = parsed(mail(body))
    assert [event["ip"] for event in found["ip_events"]] == ["203.0.113.31"]
    assert found["phones"] == []


def test_masked_numbers_and_addresses_stay_as_they_are():
    found = parsed(mail("Case: M-77014\nUsername: kalpanik_m\nPhone: +91******1234\nEmail: k****n@mail.example\n"))
    assert (found["phones"], found["emails"]) == (["+91******1234"], ["k****n@mail.example"])


def test_a_table_whose_first_row_is_the_labels():
    markup = (
        "<table><tr><td>Case ID</td><td>Username</td><td>User ID</td><td>Phone</td></tr>"
        "<tr><td>IG-5511</td><td>kalpanik_row</td><td>17840000000005511</td><td>+91 55500 70707</td></tr></table>"
    )
    holds(
        parsed(mail(markup, Content_Type="text/html")), partner_reference="IG-5511", handle="kalpanik_row",
        platform_user_id="17840000000005511", phones=["+915550070707"],
    )  # fmt: skip


def test_a_layout_of_the_state_goes_before_the_labels():
    layouts = [{
        "name": "odd", "sender": "*@odd.example",
        "fields": {
            "partner_reference": r"dossier <<(?P<value>[^>]+)>>", "handle": r"handle is (\S+)", "phones": "call him at",
            "ip_events": r"net (?P<ip>[\d.]+) p(?P<port>\d+) t(?P<at>[^;]+);", "display_name": "(x+x+)+y",
        },
    }]  # fmt: skip
    body = "dossier <<OD-1>>\nhandle is kalpanik_odd\ncall him at +91 55500 80808\nnet 203.0.113.8 p99 t2026-11-21 01:02:03 UTC;\n"
    letter = read(mail(body + "x" * 40, sender="a@odd.example"), layouts=layouts)
    holds(letter["parsed"], partner_reference="OD-1", handle="kalpanik_odd", phones=["+915550080808"])
    assert letter["parsed"]["ip_events"][0]["port"] == 99
    assert (letter["layout"], letter["layout_failed"]) == ("odd", ["display_name"])
    assert read(mail(body, sender="a@else.example"), layouts=layouts)["layout"] == ""
