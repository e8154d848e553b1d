"""The words around a place that say whether somebody is there, comes from there, goes there, or has left."""

from __future__ import annotations

import re
from enum import Enum

#: Devanagari signs are no letters to ``\b``: a word ends before a blank, a mark, or the end.
END = r"(?=[\s,.!?।;:)'\"’–-]|$)"
IN = r"(?:me|mein|mei|mai|main|mn|m|में|मे|मैं|मै)"
AM = r"(?:hu|hun|hoon|hoo|hum|hun+|hai|h|ho|हूँ|हूं|हु|हुँ|हू|है|हैं)"
OF = r"(?:ka|ki|ke|k|का|की|के|wala|wale|wali|वाला|वाले|वाली)"
FILL = (
    r"(?:[\s,()-]*(?:city|shahar|sheher|shehar|shahr|town|distr?ic?t|distt?\.?|zil[ae]|jil[ae]|jilla|tehsil|village|gaon"
    r"|शहर|जिला|जिले|ज़िला|ज़िले|जनपद|तहसील|गांव|गाँव|junction|jn|जंक्शन|railway|रेलवे|rural|ग्रामीण|district"
    rf"){END})*[\s,()-]*"
)
FEW = r"(?:\S+\s+){0,2}?"


class Mode(Enum):
    """What the words say of somebody and a place."""

    NOW = "now"
    HERE = "here"
    HOME = "home"
    NAMED = "named"
    GOING = "going"
    GONE = "gone"


def _right(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:^{FILL}{pattern})" for pattern in patterns), re.IGNORECASE)


def _left(
    pattern: str, tail: str = r"(?:the\s+|a\s+)?(?:city\s+of\s+|district\s+|city\s+|shahar\s+|जिला\s+|शहर\s+)?"
) -> re.Pattern[str]:
    return re.compile(rf"(?:^|[\s,(])(?:{pattern})\s+{tail}$", re.IGNORECASE)


GONE_RIGHT = _right(
    rf"{IN}\s+(?:ab\s+|अब\s+)?(?:nahi|nhi|nahin|nai|नहीं|नही)\s+(?:{AM}{END}|rehta|rehti|rahta|rahti|रहता|रहती)",
    rf"(?:ko\s+|को\s+|{OF}\s+\S+\s+)?(?:chhod|chod|chhor|chor\s|छोड़|छोड|choot|छूट)",
    rf"(?:se|से)\s+{FEW}(?:nikal|bhag|bhaag|chala|chali|chal\s+di|aa\s?ga|aa\s?gy|aaya|aayi|wapas|vapas|laut|shift|nikla"
    r"|निकल|भाग|चला|चली|चल\s+दि|आ\s?ग|आया|आई|वापस|वापिस|लौट|शिफ्ट|door|dur\s|दूर)",
    rf"{IN}\s+(?:(?!(?:hu|hun|hoon|हूँ|हूं|{IN}){END})[^\s,]+\s+){{0,4}}?(?:tha|thi|the|था|थी|थे){END}",
    rf"(?:nahi|nhi|नहीं|नही)\s+{AM}{END}",
)
GOING_RIGHT = _right(
    rf"(?:{IN}\s+|ko\s+|को\s+|(?:ki|की)\s+(?:taraf|or|तरफ|ओर)\s+|(?:ke|के)\s+(?:liye|लिए)\s+|(?:wali|वाली)\s+(?:train|bus|ट्रेन|बस)\s+)?"
    rf"{FEW}(?:ja\s?rah?a|ja\s?rah?i|jaa\s?rah|ja\s?rh|jaunga|jaungi|jaana|jana{END}|jane|nikal\s+ra|जा\s?रह|जाऊ|जाना|जाने|निकल\s+रह|जाएंगे)",
)
HERE_RIGHT = _right(
    rf"{IN}{END}",
    r"(?:aa\s?ga|aa\s?gy|aaya\s+h|aayi\s+h|aaya\s+hu|pahu?n?ch|pohoch|pohnch|आ\s?ग[याईए]|आया\s+ह|आई\s+ह|पहुंच|पहुँच|पहुच)",
    rf"(?:{OF}\s+)?{FEW}(?:hostel|hotel|lodge|pg{END}|room|kamre|kamra|flat{END}|dharams|platform|bridge|pul{END}|ghat{END}|bus\s+stand"
    rf"|station|होस्टल|हॉस्टल|हास्टल|छात्रावास|होटल|लॉज|पीजी|रूम|कमरे|कमरा|फ्लैट|धर्मशाला|प्लेटफ|पुल{END}|घाट{END}|स्टेशन|बस\s+स्टैंड)",
    rf"{OF}\s+(?:[^\s,]+\s+){{0,3}}?(?:{IN}|par|pe|पर|पे)\s+(?:[^\s,]+\s+){{0,2}}?(?:hu|hun|hoon|हूँ|हूं|हु){END}",
    r"(?:ke|k|के)\s+(?:paas|pas|pass|nazdik|nazdeek|पास|निकट|नजदीक)",
    r"(?:par|pr|pe|पर|पे)\s+(?:hu|hoon|hun|khad|baith|हूँ|हूं|खड़|बैठ)",
)
HOME_RIGHT = _right(
    rf"(?:se|से)\s+(?:{AM}{END}|belong|बिलॉन्ग)",
    rf"{OF}\s+(?:rehne|rahne|रहने|niwasi|निवासी|hu{END}|hun{END}|hoon{END}|हूँ|हूं|ladka|ladki|लड़का|लड़की|mool|मूल|bachha|बच्चा)",
    r"(?:niwasi|nivasi|निवासी)",
    r"(?:is|was)\s+my\s+(?:home|native|birth)",
)
GONE_LEFT = _left(
    r"left|leaving|quit|(?:ran|run|running)\s+away\s+from|away\s+from|moved\s+(?:out\s+)?from|moved\s+out\s+of|shifted\s+from|back\s+from"
    r"|out\s+of|used\s+to\s+(?:live|stay|be|study)\s+in|was\s+in|were\s+in|was\s+at|lived\s+in|stayed\s+in|studied\s+in|(?:not|n['’]?t|never)\s+(?:\w+\s+)?(?:in|at)"
    r"|no\s+longer\s+(?:\w+\s+)?(?:in|at)|escaped\s+from|returned\s+from|far\s+from"
)
GOING_LEFT = _left(
    r"(?:going|go|travell?ing|heading|headed|on\s+(?:my|the)\s+way|way|train|bus|ticket|tickets|come|return|returning|coming|flight|leave|leaving|left)"
    r"\s+(?:back\s+)?(?:to|for|towards)|towards"
)
HERE_FROM_LEFT = _left(
    r"(?:calling|posting|writing|speaking|live|typing|messaging|texting|tweeting)\s+(?:this\s+)?from"
)
HOME_LEFT = _left(
    r"from|belongs?\s+to|belonging\s+to|native\s+of|hometown(?:\s+is)?|home\s+town(?:\s+is)?|home\s+is|home\s+in|home\s+is\s+in|native\s+place(?:\s+is)?"
    r"|native|born\s+in|grew\s+up\s+in|brought\s+up\s+in|resident\s+of|domicile(?:\s+of)?|(?:ghar|gaon|gao|ganv|घर|गांव|गाँव)|hometown\s*[:-]|मूल\s+निवास"
)
HERE_LEFT = _left(
    r"in|at|near|around|inside|reached|now|now\s+in|currently|abhi|अभी|living\s+at|moved\s+to|shifted\s+to|came\s+to|arrived\s+(?:in|at)|stuck\s+(?:in|at)"
    r"|location\s*[:-]?|address\s*[:-]?|staying\s+at|shift\s+ho\s+gaya|place\s*[:-]|पता\s*[:-]?"
)
NAMED_LEFT = re.compile(
    r"(?:^|[\s,(])(?:district|distt?\.?|zila|jila|city|tehsil|thana|police\s+station|p\.?s\.?|village|vill\.?|जिला|ज़िला|जनपद|शहर|तहसील|थाना|ग्राम|गांव|गाँव|मंडल)\s*[:-]?\s*$",
    re.IGNORECASE,
)
NAMED_RIGHT = re.compile(
    rf"^[\s,()-]*(?:city|shahar|shehar|district|distt?|zil[ae]|jil[ae]|tehsil|शहर|जिला|जिले|ज़िला|ज़िले|जनपद|तहसील|junction|jn|जंक्शन|railway\s+station|station|रेलवे\s+स्टेशन|स्टेशन){END}",
    re.IGNORECASE,
)
#: A street or a gate is called after a place that it leads to.
STREET = re.compile(
    rf"^\s+(?:road|rd\.?|marg|gate|bypass|by-pass|highway|chauraha|choraha|tiraha|puliya|phatak|mill|रोड|मार्ग|गेट|बाईपास|चौराहा|चौराहे|तिराहा|फाटक|पुलिया){END}",
    re.IGNORECASE,
)
DISTRICT_BESIDE = re.compile(rf"(?:^|[\s,(])(?:district|zila|jila|jile|जिला|जिले|ज़िला|ज़िले|जनपद){END}", re.IGNORECASE)
NOW_WORDS = re.compile(
    rf"(?:^|[\s,(])(?:now|right\s+now|currently|presently|abhi|ab|filhal|filhaal|aajkal|aaj\s*kal|these\s+days|is\s+(?:samay|waqt|time|wakt)"
    rf"|अभी|अब|फिलहाल|फ़िलहाल|आजकल|आज\s*कल|इस\s+(?:समय|वक्त|वक़्त)|इन\s+दिनों){END}",
    re.IGNORECASE,
)
KIN = (
    r"(?:mummy|mumm?a|mom|mother|maa|papa|pappa|dad|daddy|father|parents|bhai|bhaiya|brother|behen|behan|bahan|sister|didi|dost|friends?"
    r"|girlfriend|gf|boyfriend|bf|wife|husband|patni|pati|uncle|aunt|chacha|chachi|mama|mami|nana|nani|dada|dadi|family|gharwale|ghar\s+wale|cousin|beta|beti|son|daughter|saheli"
    r"|मम्मी|माँ|मां|माता(?:-पिता)?|पापा|पिता(?:जी)?|भाई|भैया|बहन|दीदी|दोस्त|सहेली|पत्नी|पति|चाचा|चाची|मामा|मामी|नाना|नानी|दादा|दादी|परिवार|घरवाले|घर\s*वाले|बीवी|बेटा|बेटी|ससुराल|sasural)"
)
MINE = r"(?:mer[aei]|mre|ham[a]?r[aei]|my|our|apn[aei]|मेर[ाेी]|हमार[ाेी]|अपन[ाेी])"
SOMEBODY_ELSE = re.compile(
    rf"(?:^|[\s,(])(?:{MINE}\s+(?:\S+\s+)?{KIN}{END}"
    rf"|{KIN}(?:\s+(?:ji|log|aur|और|and|जी|लोग|{KIN}))*\s+(?:[^\s,]+\s+){{0,4}}?(?:{IN}\s+)(?:(?:[^\s,]+\s+){{0,2}}?(?:rehte|rahte|rehti|rehta|rahta|rahti|hain|हैं|रहत|रह\s+रह)|(?:hai|h|है){END})"
    rf"|{KIN}\s+(?:is|are|was|lives?|stays?|works?|live|living|in|at|from)\s|{KIN}(?:\s+ji|\s+जी)?\s+(?:ka|ki|ke|का|की|के)\s+(?:\S+\s+)?(?:number|no|phone|mobile|fon|नंबर|नम्बर|फोन|फ़ोन|मोबाइल))",
    re.IGNORECASE,
)
MYSELF = re.compile(
    rf"(?:^|[\s,(])(?:i|i['’]m|im|i\s+am|hu|hun|hoon|huu|hoo|main|mai|mujhe|हूँ|हूं|हुँ|हु|मैं|मुझे){END}", re.IGNORECASE
)
AM_THERE = re.compile(
    rf"(?:{IN}|par|pe|पर|पे)\s+(?:\S+\s+){{0,3}}?(?:hu|hun|hoon|hoo|हूँ|हूं|हुँ|हु){END}|\b(?:i\s+am|i['’]?m)\s", re.IGNORECASE
)
RAIL = re.compile(
    r"rail(?:way)?\s*(?:ki\s+|ke\s+)?(?:lines?|tracks?|patri|patriyo|crossing|bridge|station|platform|phatak)|(?:on|par|pe|near)\s+(?:the\s+)?tracks?\b|\bpatri\b|\bptri\b|train\b"
    r"|platform\s*(?:no|number|n)?\.?\s*\d|रेल(?:वे)?\s*(?:की\s*|के\s*)?(?:लाइन|पटरी|पटरियों|ट्रैक|पुल|फाटक|स्टेशन|क्रॉसिंग)|पटरी|पटरियों|ट्रेन|प्लेटफ[ॉा]र्म",
    re.IGNORECASE,
)
NOT_RAIL = re.compile(
    r"(?:zindagi|jindagi|life|gaadi|gadi|ज़िंदगी|जिंदगी|जिन्दगी|ज़िन्दगी|जीवन|गाड़ी|पढ़ाई|padhai).{0,25}(?:patri|track|पटरी)|training|trained|personal\s+train",
    re.IGNORECASE,
)
STUDENT = re.compile(
    r"allen|aakash\b|resonance|unacademy|motion\b|vibrant|coaching|hostel|\bjee\b|\bneet\b|\biit\b|kota\b|\bpg\b|class(?:es)?\b|कोचिंग|होस्टल|हॉस्टल|हास्टल|नीट|जेईई|कोटा|एलन|पीजी|टेस्ट|rank|test\b",
    re.IGNORECASE,
)


def mode_of(left: str, right: str, clause: str) -> Mode:  # noqa: PLR0911 - one answer after the other, in their order
    """Return what the words on both sides of a place say of it."""
    if GONE_RIGHT.match(right):
        return Mode.GONE
    if GOING_LEFT.search(left) or GOING_RIGHT.match(right):
        return Mode.GOING
    if GONE_LEFT.search(left):
        return Mode.GONE
    if HERE_FROM_LEFT.search(left):
        return _here(clause)
    if HOME_RIGHT.match(right) or HOME_LEFT.search(left):
        return Mode.HOME
    if HERE_RIGHT.match(right) or HERE_LEFT.search(left):
        return _here(clause)
    return Mode.NAMED


def _here(clause: str) -> Mode:
    return Mode.NOW if NOW_WORDS.search(clause) else Mode.HERE


def is_beside_a_word_of_place(left: str, right: str) -> bool:
    """Tell whether a word such as district or station says that this is a place."""
    return NAMED_LEFT.search(left) is not None or NAMED_RIGHT.match(right) is not None


def is_of_somebody_else(clause: str) -> bool:
    """Tell whether a clause says where family or friends are, and not the person."""
    return SOMEBODY_ELSE.search(clause) is not None and not (MYSELF.search(clause) and AM_THERE.search(clause))


def is_on_a_railway(text: str) -> bool:
    """Tell whether the words speak of a railway line, a station or a train."""
    return RAIL.search(NOT_RAIL.sub(" ", text)) is not None
