"""
A night at the cell, for pages that look lived-in: cases at every place of their life, walked there by its doors.

Names, words and numbers are always the same, so that a picture changes when its page does. Nobody in it exists.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
from PIL import Image, ImageDraw

from portal.night import JSON, Desk
from tests.stack.portal import Portal

PASSWORD = "setu-demo-2026"
KEY = "practice-rajasthan-0001"
DESK_JHUNJHUNU = "desk.jhunjhunu"
#: Mail that is no alert, as it lies in the tray.
MAILS = (
    ("Automatic reply: आपका संदेश मिला", "Auto-Submitted: auto-replied", "कार्यालय अवकाश पर है।"),
    ("Undelivered Mail Returned to Sender", "Content-Type: multipart/report; report-type=delivery-status", "550"),
    ("साइबर सुरक्षा सूचना-पत्र", "List-Id: <bulletin.police.example>", "इस सप्ताह की सूचनाएँ।"),
)
#: Words of people in the scene that are written in Latin letters.
ROMAN = ("mujhe maaf kar dena dosto, ab himmat nahi bachi", *(subject for subject, _head, _text in MAILS))
_NAMES = """
    SELECT name_en FROM districts_unit UNION SELECT name_en FROM districts_district
    UNION SELECT name_en FROM districts_state UNION SELECT name FROM districts_officer
    UNION SELECT name FROM districts_partner
"""


@dataclass
class Scene:
    """The references of the cases, by what each shows, and the addresses of what has no reference."""

    url: str
    #: The database, for what no door does: to break it, and to read what was planted there.
    owner_url: str = ""
    cases: dict[str, str] = field(default_factory=dict)
    tap: str = ""
    receipt: str = ""
    desks: dict[str, Desk] = field(default_factory=dict)
    _named: set[str] = field(default_factory=set)

    def __getitem__(self, name: str) -> str:
        """Return the reference of a case."""
        return self.cases[name]

    def desk(self, username: str) -> Desk:
        """Return somebody's session, signed in once."""
        if username not in self.desks:
            self.desks[username] = Desk(self.url, username, PASSWORD)
        return self.desks[username]

    def named(self) -> set[str]:
        """Return what people have named in Latin letters: units and places, officers, partners, the words of a post."""
        if not self._named:
            with psycopg.connect(self.owner_url) as database:
                self._named = {str(name) for (name,) in database.execute(_NAMES).fetchall()} | set(ROMAN)
        return self._named

    def act(self, name: str, verb: str, *, by: str = "op1", **fields: Any) -> dict[str, Any]:
        """Do something to a case by its name in the scene."""
        return self.desk(by).act(self.cases[name], verb, **fields)


def play(portal: Portal) -> Scene:
    """Let a night happen."""
    scene = Scene(portal.url, portal.record()["owner_url"])
    _mails(portal)
    _somebody_without_a_posting(portal)
    _walked_to_an_outcome(scene)
    _with_a_team_on_its_way(scene)
    _handed_back_and_taken_back(scene)
    _gone_to_another_state(scene)
    _in_the_hands_of_the_cell(scene)
    _a_shift_that_was_signed(scene)
    _waiting(scene)
    scene.tap = _link(scene, scene["waiting"])
    receipts = scene.desk(DESK_JHUNJHUNU)._http.get("/receipts", headers=JSON).json()
    scene.receipt = receipts["receipts"][0]["id"]
    return scene


def _walked_to_an_outcome(scene: Scene) -> None:
    _arrive(scene, "closed", "नीरज", "कल रिज़ल्ट आएगा, उसके बाद मैं नहीं रहूँगा।", pin="332001", city="सीकर")
    scene.act("closed", "claim")
    scene.act("closed", "forward", unit="RJ-SIKAR", role="lead", note="छात्रावास का पता पोस्ट में है।")
    _answer(scene, "closed", by="desk.sikar", outcome="S2", place="छात्रावास, सीकर")
    scene.act("closed", "close", outcome="S2", note="परिवार साथ है, परामर्शदाता से बात हुई।")
    _arrive(scene, "reported", "पूजा", "किसी को मेरी ज़रूरत नहीं। यह आख़िरी पोस्ट है।", pin="333001", city="झुंझुनूं")
    scene.act("reported", "claim")
    scene.act("reported", "forward", unit="RJ-JHUNJHUNU", role="lead")
    _answer(scene, "reported", by=DESK_JHUNJHUNU, outcome="S1", place="बस अड्डा, झुंझुनूं")
    scene.act("reported", "close", outcome="S1", note="ज़िला अस्पताल में, माँ साथ हैं।")


def _with_a_team_on_its_way(scene: Scene) -> None:
    """The fullest case: pictures, places, attempts, requests, two units, a report."""
    number = "+915550123456"
    alert = _arrive(
        scene, "working", "आशा", "मम्मी पापा मुझे माफ़ कर देना। मैं बस अड्डे के पास हूँ, सबको अलविदा।",
        level="imminent", age=17, phone=number, pin="333001", city="झुंझुनूं", gps=(28.1289, 75.3995),
    )  # fmt: skip
    _file(alert, scene.url)
    scene.act("working", "claim")
    working = scene["working"]
    scene.act("working", "outreach", kind="dm", result="no_answer", note="संदेश भेजा, पढ़ा नहीं गया।")
    scene.act("working", "outreach", kind="call", result="reached", note="दो मिनट बात हुई, रो रही है, सुन रही है।")
    scene.act(
        "working", "sightings", source="telecom", whose="person", text="टावर: पुराना बस अड्डा", lat="28.1301",
        lon="75.3982", radius_m="400",
    )  # fmt: skip
    scene.act("working", "sightings", source="address", whose="family", text="पिलानी, वार्ड 7", pin="333031")
    scene.act(
        "working", "ask", kind="telecom", addressee="दूरसंचार कंपनी, नोडल अधिकारी", basis="bnss_94", subject=number,
        purpose="जान बचाने के लिए फ़ोन की अभी की जगह", officer_name="विक्रम मीणा", officer_rank="उप-निरीक्षक",
        officer_phone="+915550000001",
    )  # fmt: skip
    scene.act("working", "request-information", needs=["locations", "ip_events"])
    scene.act("working", "forward", unit="RJ-JHUNJHUNU", role="lead", note="बस अड्डे के पास, फ़ोन चालू है।")
    scene.act("working", "forward", unit="RJ-SIKAR", role="family", note="परिवार पिलानी में रहता है।")
    scene.act("working", "notes", text="पिता से बात हुई, वे रास्ते में हैं।")
    _take_charge(scene, "working", by=DESK_JHUNJHUNU)
    scene.act("working", "move", by=DESK_JHUNJHUNU, team="महिला डेस्क, 2 आरक्षी", vehicle="PRV 1234")
    assert scene["working"] == working


def _handed_back_and_taken_back(scene: Scene) -> None:
    _arrive(scene, "returned", "रोहन", "बहुत थक गया हूँ, बस सब ख़त्म हो जाए।", pin="325601", city="कोटा")
    scene.act("returned", "claim")
    scene.act("returned", "forward", unit="RJ-KOTA-CITY", role="lead")
    reason = "यह पता ग्रामीण क्षेत्र का है।"
    scene.act("returned", "return", by="desk.kota-city", reason=reason, suggested_unit="RJ-KOTA-RURAL")
    _arrive(scene, "recalled", "मीरा", "अब और नहीं होता।", pin="333001", city="झुंझुनूं")
    scene.act("recalled", "claim")
    scene.act("recalled", "forward", unit="RJ-JHUNJHUNU", role="lead")
    scene.act("recalled", "recall", unit="RJ-JHUNJHUNU", reason="व्यक्ति चूरू में मिला है।")
    scene.act("recalled", "forward", unit="RJ-CHURU", role="lead")
    _take_charge(scene, "recalled", by="desk.churu")


def _gone_to_another_state(scene: Scene) -> None:
    _arrive(scene, "crossing", "ज़ोया", "दिल्ली में अकेला हूँ, आज आख़िरी रात है।", pin="110001", city="नई दिल्ली")
    scene.act("crossing", "claim")
    scene.act("crossing", "forward", unit="RJ-OUT-DL", role="other_state", note="दिल्ली नियंत्रण कक्ष से बात हुई।")


def _in_the_hands_of_the_cell(scene: Scene) -> None:
    phone = "+915550445566"
    _arrive(scene, "twin", "विहान", "सबको अलविदा।", phone=phone, pin="302017", city="जयपुर")
    _arrive(scene, "claimed", "विहान", "आज रात के बाद मैं नहीं रहूँगा।", platform="facebook", phone=phone, pin="302017",
            city="जयपुर", ip="203.0.113.45")  # fmt: skip
    scene.act("claimed", "claim")
    _arrive(scene, "lowered", "ईशान", "पुराने गीत की पंक्तियाँ, मन उदास है।", level="concern", platform="youtube")
    scene.act("lowered", "claim", by="incharge1")
    scene.act("lowered", "urgency", by="incharge1", urgency="P2", reason="पुरानी पोस्ट, गीत के बोल")


def _a_shift_that_was_signed(scene: Scene) -> None:
    _arrive(scene, "op2", "नैना", "mujhe maaf kar dena dosto, ab himmat nahi bachi", platform="x", city="Ajmer")
    scene.act("op2", "claim", by="op2")
    other = scene.desk("op2")
    steps = {f"step-{scene['op2']}": "अजमेर से फ़ोन पर जगह पूछनी है"}
    said = {
        "situation": "एक प्रकरण खुला, बाक़ी सौंप दिए गए।", "done": "दो परिवारों से बात हुई।",
        "remaining": "अजमेर से जगह की पुष्टि बाक़ी।", "risks": "कल परीक्षा परिणाम आएगा।",
        "people": "नोडल अधिकारी: कविता गुर्जर।",
    }  # fmt: skip
    answer = other._http.post("/shift/sign", data=steps | said | other._token(), headers=JSON)
    assert answer.status_code == 200, answer.text


def _waiting(scene: Scene) -> None:
    _arrive(scene, "waiting", "काव्या", "किसी को मेरी ज़रूरत नहीं। आज सब ख़त्म।", pin="333001", city="झुंझुनूं",
            phone="+915550778899")  # fmt: skip
    scene.act("waiting", "claim")
    scene.act("waiting", "forward", unit="RJ-JHUNJHUNU", role="lead", note="घर का पता: रेलवे कॉलोनी के पीछे।")
    _arrive(scene, "new", "तारा", "छत पर बैठी हूँ। बस पाँच मिनट और।", level="imminent", pin="313001", city="उदयपुर")
    _arrive(scene, "unplaced", "कबीर", "अब और नहीं सह सकता।", level="high", platform="snapchat")


def _take_charge(scene: Scene, name: str, *, by: str) -> None:
    scene.act(name, "acknowledge", by=by, officer_name="उ.नि. मोहन लाल", officer_phone="+915550009999", eta_minutes=12)


def _answer(scene: Scene, name: str, *, by: str, outcome: str, place: str) -> None:
    _take_charge(scene, name, by=by)
    scene.act(name, "move", by=by, team="2 आरक्षी", vehicle="PRV 12")
    scene.act(name, "contact", by=by, confirmed="person", condition="safe", place=place)
    scene.act(name, "report", by=by, kind="flash", outcome=outcome, text="मिल गए, शांत हैं, परिवार साथ है।")


def _arrive(
    scene: Scene, name: str, person: str, text: str, *, platform: str = "instagram", level: str = "high",
    age: int | None = 22, phone: str = "", pin: str = "", city: str = "", ip: str = "",
    gps: tuple[float, float] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Send an alert as a platform does, six minutes after the post."""
    now = datetime.now(UTC)
    posted, detected = (now - timedelta(minutes=minutes) for minutes in (6, 4))
    number = len(scene.cases) + 1
    subject: dict[str, Any] = {
        "platform_user_id": f"17841400{number:06d}", "handle": f"kalpanik.{number:03d}",
        "display_names": [f"{person} काल्पनिक"], "claimed_age": age,
        "profile_urls": [f"https://{platform}.example/kalpanik.{number:03d}"],
    }  # fmt: skip
    if phone:
        subject["phones"] = [{"number": phone, "verified": True}]
    locations: list[dict[str, Any]] = []
    if city:
        profile = {"source": "profile", "city": city, "pin": pin or None, "country": "IN"}
        locations.append(profile | {"at": posted.isoformat()})
    if gps:
        locations.append({"source": "gps", "lat": gps[0], "lon": gps[1], "accuracy_m": 60, "at": posted.isoformat()})
    body = {
        "partner_reference": f"MSI-77{number:05d}", "platform": platform, "sent_at": now.isoformat(), "practice": True,
        "urgency": {"level": level, "reason": "लाइव वीडियो" if level == "imminent" else "विदाई के शब्द"},
        "content": {
            "posted_at": posted.isoformat(), "detected_at": detected.isoformat(), "text": text, "language": "hi",
            "urls": [f"https://{platform}.example/p/{number:05d}"], "live": level == "imminent",
        },
        "subject": subject, "locations": locations, "reviewed_by_human": True,
        "partner_contact": {"name": "24x7 डेस्क", "phone": "+915550000001"},
    }  # fmt: skip
    if ip:
        event = {"ip": ip, "port": 51514, "at": posted.isoformat(), "event": "post", "possible_proxy": False}
        body["ip_events"] = [event]
    answer = httpx.post(f"{scene.url}/api/v1/alerts", json=body, headers=_as_partner(f"scene-{number}"), timeout=30)
    assert answer.status_code == 201, answer.text
    said: dict[str, Any] = answer.json()
    scene.cases[name] = said["reference"]
    return said


def _file(alert: dict[str, Any], url: str) -> None:
    image, out = Image.new("RGB", (360, 240), "#33415f"), io.BytesIO()
    draw = ImageDraw.Draw(image)
    for step in range(12):
        draw.rectangle((step * 30, 240 - step * 16, step * 30 + 24, 240), fill="#7f6fd6")
    image.save(out, "JPEG")
    answer = httpx.post(
        f"{url}/api/v1/alerts/{alert['id']}/files",
        files={"file": ("post.jpg", out.getvalue(), "image/jpeg")},
        headers=_as_partner("scene-file"),
        timeout=30,
    )
    assert answer.status_code == 201, answer.text


def _as_partner(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {KEY}", "Idempotency-Key": key}


def _link(scene: Scene, reference: str) -> str:
    """Return the link in the message that the unit's control room got; it is on its telephone within seconds."""
    for _ in range(300):
        rings = scene.desk("op1")._http.get("/telephones", headers=JSON).json()["rings"]
        for ring in rings:
            found = re.search(r"https?://[^/ ]+(/a/[A-Za-z0-9_-]+)", ring["text"])
            if found and reference in ring["text"] and "RJ-JHUNJHUNU" in ring["to_ref"]:
                return found[1]
    raise AssertionError("no telephone rang for " + reference)


def _somebody_without_a_posting(portal: Portal) -> None:
    said = portal.command("shell", "-c", _ENROLLING.format(password=PASSWORD))
    assert said.returncode == 0, said.stderr


_ENROLLING = """
from django.utils import timezone
from districts import onboarding
from districts.reach import reach_of

with reach_of(onboarding.SEED):
    onboarding.add_officer(
        username="unposted1", name="हेमलता चौधरी", password="{password}", language="hi",
        by=onboarding.SEED, at=timezone.now(),
    )
"""


def _mails(portal: Portal) -> None:
    """Lay mail into the tray, by the rules of the mail door; no mailbox is needed for it."""
    letters = [
        f"From: someone@post.example\r\nTo: cell@police.example\r\nSubject: {subject}\r\n{head}\r\n"
        f"Date: Sun, 22 Nov 2026 22:00:00 +0530\r\nMessage-ID: <{number}@post.example>\r\n\r\n{text}\r\n"
        for number, (subject, head, text) in enumerate(MAILS, start=1)
    ]
    said = portal.command("shell", "-c", _LAYING + f"\nlay({letters!r})")
    assert said.returncode == 0, said.stderr


_LAYING = """
from django.utils import timezone
from cases.mail import receiving, rounds
from cases.mail.reader import Reader
from districts.reach import reach_of

def lay(letters):
    with Reader() as reader:
        for uid, letter in enumerate(letters, start=1):
            message = receiving.Message("scene", 1, uid, timezone.now(), letter.encode())
            sha256 = receiving.seal(message)
            with reach_of(receiving.MAILBOX):
                receipt = receiving.receive_message(message, sha256=sha256, at=timezone.now())
            rounds.judge(receipt, reader=reader, at=timezone.now())
"""
