"""Labels: what a word before a colon is the label of, in English and in Hindi, in whatever order its words stand."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum


class Field(StrEnum):
    """What a value can be."""

    REFERENCE = "partner_reference"
    PLATFORM = "platform"
    HANDLE = "handle"
    USER_ID = "platform_user_id"
    ACCOUNT = "account"
    NAME = "display_name"
    PHONE = "phone"
    EMAIL = "email"
    IP = "ip"
    IP_TIME = "ip_time"
    IP_PORT = "ip_port"
    PROFILE_URL = "profile_url"
    CONTENT_URL = "content_url"
    TEXT = "content_text"
    POSTED = "posted_at"
    TIME = "time"
    DETECTED = "detected_at"
    PLACE = "location"
    CITY = "city"
    REGION = "region"
    PIN = "pin"
    LAT = "lat"
    LON = "lon"
    LATLON = "lat_lon"
    AGE = "age"
    BIRTH = "date_of_birth"
    URGENCY = "urgency"
    LIVE = "live"
    BIO = "bio"
    #: A label that is known and says nothing of the person: somebody else's, or of no use.
    OTHER = "other"


LONGEST = 64
#: What has more digits is a value.
DIGITS = 3
#: Where the words of a key meet that a program has written: userId.
HUMP = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])|(?<=[a-z])(?=ID\b)")
PUNCTUATION = re.compile(r"[^\w\s#]+", re.UNICODE)

#: Whose it is when it is not the person's own. It goes before everything else.
SOMEBODY_ELSE = re.compile(
    r"\b(officer|analyst|investigator|agent|reviewer|reporter|reported by|reporting|complainant|informant|requester"
    r"|requested by|submitted|our|partner|company|escalation contact|contact person|contact name|contact us|point of contact"
    r"|poc|support|helpline|hotline|friend|friends|family|father|mother|parent|parents|sibling|brother|sister|guardian"
    r"|emergency contact|next of kin|relative|recipient|victim of|associated|related|sender|reply to|team|desk|fax"
    r"|24x7|toll free|website|portal|legal (process|team|contact|request)|custodian|police|station|thana|hospital|school"
    r"|college|institute|employer|teacher|warden|landlord|neighbou?rs?|husband|wife|son|daughter|uncle|aunt|cousin|roommate"
    r"|colleague|boyfriend|girlfriend|partner s)\b"
    r"|अधिकारी|विश्लेषक|सूचनाकर्ता|सूचना देने वाले|शिकायतकर्ता|हेल्पलाइन|मित्र|दोस्त|पिता|माता|भाई|बहन|परिवार|परिजन|अभिभावक"
    r"|संपर्क व्यक्ति|टीम|पोर्टल|प्रेषक|थाना|थाने|पुलिस|अस्पताल|विद्यालय|पति|पत्नी|पड़ोसी"
)
#: The sender's own word for the whole report, whoever's it says it is.
OUR_REFERENCE = re.compile(
    r"^(partner|our|platform|external|sender|reporter|company)( s)?( case| file| ticket)? (ref|reference|case|ticket)"
    r"( (id|no|nr|number|code))?$"
)
#: Headers of a forwarded mail, and what tells of the report or the account and not of the post.
OF_NO_USE = re.compile(
    r"^(from|to|cc|bcc|subject|date|sent|received|message id|reply to|return path|x (originating|mailer|priority|spam|forwarded|ms|received|google)( .*)?|mime version|content type"
    r"|content transfer encoding|प्रति|विषय|दिनांक|प्रेषक|disclaimer|regards|attachment|attachments"
    r"|file|file name|filename|link text|generated|report generated|records? generated|report date|date of report|version"
    r"|language|भाषा|country code|device|user agent|browser|os|gender|लिंग)$"
    r"|\b(account (created|creation)|created account|registration (date|time|timestamp)|registered on|registered at|sign ?up|joined|join date"
    r"|member since|logout|verified (on|at)|followers|following|friends)\b"
)

RULES: tuple[tuple[Field, re.Pattern[str]], ...] = tuple(
    # A letter with a dot below is one sign or two; both are brought to one spelling.
    (field, re.compile(unicodedata.normalize("NFKC", pattern)))
    for field, pattern in (
        (Field.IP_PORT, r"\b(source port|src port|ip port|port|port number)\b|पोर्ट"),
        (Field.IP_TIME, (r"\bips?\b.*\b(time|timestamp|date|seen|at)\b|\b(time|timestamp|date) of (last )?(ip|login|sign in)\b|आईपी.*समय"
                        r"|\b(last )?(login|log in|sign in|signin|session|access) (time|timestamp|date|at)\b"
                        r"|\blast (seen|login|active|activity)( (date|time|timestamp|at|on))?$")),
        (Field.IP, r"\b(ip|ips|ipv4|ipv6|ip address(es)?)\b|आईपी|आई पी"),
        (Field.LATLON, r"\b(coordinates?|lat long|lat lon|lat lng|gps|geo|geolocation|latitude longitude)\b|निर्देशांक"),
        (Field.LAT, r"\b(lat|latitude)\b|अक्षांश"),
        (Field.LON, r"\b(lon|lng|long|longitude)\b|देशांतर|रेखांश"),
        (Field.PIN, r"\b(pin|pincode|pin code|postal code|post code|postcode|zip|zip code|zipcode)\b|पिन"),
        (Field.EMAIL, r"\b(e ?mails?|email address(es)?|mail id|mail address|gmail)\b|ई ?मेल|मेल आईडी|ईमेल"),
        (Field.PROFILE_URL, (r"\b(profile|account|user|channel|page|vanity)\b.*\b(url|urls|link|links|uri|address)\b"
                            r"|(प्रोफ़?ाइल|खाता|खाते|अकाउंट|चैनल).*(लिंक|यूआरएल|url|पता)")),
        (Field.CONTENT_URL, r"\b(url|urls|permalink|link|links|uri)\b|लिंक|यूआरएल"),
        (Field.PHONE, (r"\b(phones?|mobile|cell|cellphone|cellular|msisdn|telephone|tel|whatsapp|sms|contact numbers?"
                      r"|contact no|registered number|recovery number)\b|फ़?ोन|फ़ोन|मोबाइल|दूरभाष|संपर्क (नंबर|संख्या|सूत्र)|व्हाट्सएप")),
        (Field.BIRTH, r"\b(dob|d o b|date of birth|birth ?date|birth ?day|birth|born)\b|जन्म"),
        (Field.AGE, r"\bage\b|\bआयु\b|आयु|उम्र"),
        (Field.REFERENCE, (r"\b(ref|reference|case|ticket|incident|escalation|alert|disclosure|report|matter|file|tracking|edr|request)"
                          r"\b.*(\b(no|nr|num|number|id|ids|code|reference|ref)\b|#)|^(your |our )?(ref|reference|case|ticket|incident|case #)$"
                          r"|संदर्भ|(केस|प्रकरण|मामला|मामले|घटना|टिकट|अनुरोध|रिपोर्ट|अलर्ट).*(संख्या|क्रमांक|नंबर|आईडी|सं|no|id)|^(केस|प्रकरण|मामला)$")),
        (Field.USER_ID, (r"\b(user|account|numeric|channel|profile|member|customer|subscriber|gaia|google|facebook|instagram|fb|ig|snap"
                        r"|snapchat|twitter|x|youtube|page|unique|platform|person|internal|obfuscated|rest|subject)( account| user| numeric)*"
                        r" (id|ids|uid|number|no|guid|uuid)\b|\b(uid|userid|user_id|accountid|account_id|guid|uuid)\b"
                        r"|(यूज़?र|उपयोगकर्ता|प्रयोक्ता|खाता|खाते|अकाउंट|चैनल|प्रोफ़?ाइल).*(आई ?डी|id|संख्या|क्रमांक)|^आई ?डी$")),
        (Field.HANDLE, (r"\b(username|user name|user names|usernames|handle|vanity|screen ?name|login name|login id|alias|nickname|nick)\b"
                       r"|हैंडल|हेंडल|यूज़?र ?नेम|उपयोगकर्ता नाम|प्रयोक्ता नाम|उपयोगकर्ता का नाम")),
        (Field.URGENCY, r"\b(priority|urgency|severity|risk level|threat level|risk|escalation level)\b|प्राथमिकता|तात्कालिकता|गंभीरता"),
        (Field.DETECTED, (r"\b(detected|flagged|identified|reported|escalated|reviewed) (at|on|time|date|timestamp)\b|^(detected|flagged|detection time)$"
                         r"|पता चला")),
        (Field.POSTED, (r"^tweeted (at|on)$|\b(content|post|posted|comment|message|story|reel|stream|broadcast|snap|tweet|video|upload|uploaded|published|publish"
                       r"|creation|created|live)\b.*\b(time|timestamp|date|at|on|created|posted|utc|started|start|published|uploaded|sent)\b"
                       r"|^(posted|published|uploaded|created|date posted|time posted|time of (the )?(post|content|comment|message)|when|on)$"
                       r"|\b(time|date|timestamp) (of|posted)\b|(पोस्ट|टिप्पणी|संदेश|सामग्री|वीडियो|स्टोरी|ट्वीट|मैसेज|कमेंट|रील).*(समय|दिनांक|तारीख|तिथि)")),
        (Field.TIME, r"^(time|timestamp|date time|datetime|date and time|at|समय|दिनांक व समय)( (utc|gmt|ist|pst|pdt|pt|est|edt))?$"),
        (Field.REGION, r"^(state|region|province|राज्य|प्रदेश)$"),
        (Field.CITY, r"^(city|town|district|शहर|ज़?िला|जिला|नगर|कस्बा)$"),
        (Field.PLACE, (r"\b(location|locality|place|address|city|town|district|whereabouts|region|country|area|hometown|lives in)\b"
                      r"|पता|स्थान|शहर|ज़?िला|इलाका|इलाक़ा|ठिकाना|लोकेशन")),
        (Field.PLATFORM, (r"^(service|platform|product|app|application|network|social network|site|source|source platform|service name"
                         r"|platform name|product name|surface|प्लेटफ़?ॉर्म|प्लेटफॉर्म|मंच|सेवा|ऐप|एप|सोशल मीडिया|माध्यम)( .*)?$")),
        (Field.NAME, (r"\b(display name|account name|full name|real name|profile name|channel name|registered name|subscriber name"
                     r"|person|name on account|user s name|given name|account holder|name)\b|खाताधारक|प्रदर्शित नाम|नाम")),
        (Field.BIO, r"\b(bio|about|biography|profile text)\b|परिचय"),
        (Field.LIVE, r"^(live|is live|live video|live stream|livestream|लाइव)$"),
        (Field.TEXT, (r"^(the |user |reported |flagged |full |original |person s |exact )*(content|post|text|message|caption|comment|comments"
                     r"|tweet|story|transcript|description|quote|snap|chat|status|statement|excerpt|note left)( text| body| content"
                     r"| transcript| excerpt| message| caption| verbatim| of (the )?(post|comment|message|content|snap|story))*$"
                     r"|^(पोस्ट|संदेश|सामग्री|टिप्पणी|पाठ|लेख|कंटेंट|कैप्शन|कथन|लिखा है|मैसेज|ट्वीट|कमेंट|स्टोरी)( का)?( पाठ| में लिखा| टेक्स्ट| सामग्री| विवरण)*$")),
        (Field.CONTENT_URL, r"^(video|reel|photo|image|media|stream|content location|वीडियो|फोटो|फ़ोटो)$"),
        (Field.ACCOUNT, (r"^(subject |reported |flagged |target |concerned |this )?(account|accounts|profile|channel|user|page|target|account identifier|identifier|person|subject|individual|@"
                        r"|account holder|खाता|अकाउंट|प्रोफ़?ाइल|चैनल|उपयोगकर्ता|यूज़?र|व्यक्ति)( in question| concerned)?$")),
    )
)  # fmt: skip
#: Not the name of the person.
OTHER_NAMES = re.compile(r"\b(file|company|host|domain|device|isp) name\b")


def is_somebody_else(heading: str) -> bool:
    """Tell whether a heading names somebody who is not the person: what stands below it is theirs."""
    text = normal(heading)
    return 0 < len(text.split()) <= 5 and not OUR_REFERENCE.search(text) and bool(SOMEBODY_ELSE.search(text))


def normal(label: str) -> str:
    """Return a label in one spelling: small letters, one blank between words, no punctuation, as programs write it too."""
    text = HUMP.sub(" ", unicodedata.normalize("NFKC", label)).casefold().replace("’", " ").replace("_", " ")
    return " ".join(_letters_kept(text).split())


def field_of(label: str) -> Field | None:
    """Return what a label is the label of, None if it is none that anybody knows."""
    if len(label) > LONGEST or sum(letter.isdigit() for letter in label) > DIGITS:
        return None
    text = normal(label)
    if not text:
        return None
    if OUR_REFERENCE.search(text):
        return Field.REFERENCE
    if SOMEBODY_ELSE.search(text) or OTHER_NAMES.search(text) or OF_NO_USE.search(text):
        return Field.OTHER
    return next((field for field, pattern in RULES if pattern.search(text)), None)


def _letters_kept(text: str) -> str:
    """Put a blank for punctuation; the signs of Hindi vowels are no punctuation, though Python takes them for none."""
    return "".join(
        letter if letter.isalnum() or letter in " #_" or unicodedata.category(letter).startswith("M") else " "
        for letter in text
    )
