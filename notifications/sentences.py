"""The sentences that leave the house, in Hindi and English. A piece whose fact is missing is left out."""

from typing import Final

URGENCY: Final = {
    "en": {"P0": "AT ONCE", "P1": "URGENT", "P2": "TODAY", "P3": "ROUTINE"},
    "hi": {"P0": "अभी तुरंत", "P1": "अति आवश्यक", "P2": "आज ही", "P3": "सामान्य"},
}

DEADLINE: Final = {
    "en": {
        "CLAIM": "nobody has taken it up",
        "FORWARD": "not yet forwarded",
        "ACKNOWLEDGE": "not yet acknowledged",
        "MOVE": "no team on the way yet",
        "CONTACT": "contact not yet confirmed",
        "FLASH": "flash report not yet received",
        "REPORT": "report not yet received",
        "OTHER_STATE": "other state has not confirmed",
        "INFORMATION": "request not yet answered",
        "FOLLOW_UP": "look back is due",
        "RECALL": "recall not yet acknowledged",
    },
    "hi": {
        "CLAIM": "अभी किसी ने नहीं लिया",
        "FORWARD": "अभी भेजा नहीं गया",
        "ACKNOWLEDGE": "अभी स्वीकार नहीं",
        "MOVE": "टीम अभी रवाना नहीं",
        "CONTACT": "संपर्क अभी पक्का नहीं",
        "FLASH": "त्वरित रिपोर्ट बाकी",
        "REPORT": "रिपोर्ट बाकी",
        "OTHER_STATE": "दूसरे राज्य की पुष्टि बाकी",
        "INFORMATION": "माँगी सूचना का उत्तर बाकी",
        "FOLLOW_UP": "पुनः हालचाल लेना बाकी",
        "RECALL": "वापसी की पावती बाकी",
    },
}

PRACTICE: Final = {"en": "PRACTICE.", "hi": "अभ्यास।"}

#: Spoken where the post may answer for its unit by pressing a key.
KEY: Final = {"en": "To take charge of it, press one.", "hi": "ज़िम्मेदारी लेने के लिए एक दबाएँ।"}

#: Where a key says something else than that a post takes charge.
KEY_OF: Final = {
    "contact_test": {"en": "If you hear this, press one.", "hi": "यदि आप यह सुन रहे हैं, तो एक दबाएँ।"},
}

# What each topic has to say: (language, topic) -> the sentence in the middle.
CORE: Final = {
    ("en", "case_forwarded"): ("{urgency}: person in distress.", "For {unit}."),
    ("hi", "case_forwarded"): ("{urgency}: संकट में व्यक्ति।", "{unit} के लिए।"),
    ("en", "deadline_missed"): ("{urgency}: {deadline}.", "{unit}."),
    ("hi", "deadline_missed"): ("{urgency}: {deadline}।", "{unit}।"),
    ("en", "case_recalled"): ("recalled. No further action needed.", "{unit}."),
    ("hi", "case_recalled"): ("वापस लिया गया। अब कार्रवाई न करें।", "{unit}।"),
    ("en", "case_raised"): ("{urgency}: new information. Please look again.", "{unit}."),
    ("hi", "case_raised"): ("{urgency}: नई सूचना। फिर से देखें।", "{unit}।"),
    ("en", "case_to_and_fro"): ("{urgency}: goes to and fro. Please decide.", "{unit}."),
    ("hi", "case_to_and_fro"): ("{urgency}: बार-बार लौटा। निर्णय लें।", "{unit}।"),
    ("en", "help_wanted"): ("{urgency}: the unit needs help. Please call it.", "{unit}."),
    ("hi", "help_wanted"): ("{urgency}: इकाई को मदद चाहिए।", "{unit}।"),
    ("en", "case_returned"): ("{urgency}: handed back, needs a new unit.", "From {unit}."),
    ("hi", "case_returned"): ("{urgency}: लौटाया। नई इकाई चुनें।", "{unit} से।"),
    # Whoever hears it must not be frightened: nobody is in danger, and there is nothing to do.
    ("en", "contact_test"): ("{unit}: test of this number.", "There is no case."),
    ("hi", "contact_test"): ("{unit}: नंबर की जाँच।", "कोई मामला नहीं है।"),
    ("en", "case_disowned"): ("{urgency}: the post says it is not theirs. Please look.", "{unit}."),
    ("hi", "case_disowned"): ("{urgency}: “हमारा नहीं”। देखें।", "{unit}।"),
    # Counts and says nothing of any of them: whoever reads it opens the portal.
    ("en", "digest"): ("{count} matters wait.", "Most urgent: {urgency}. Open the portal."),
    ("hi", "digest"): ("{count} मामले प्रतीक्षा में।", "सबसे आवश्यक: {urgency}। पोर्टल खोलें।"),
}

# How each channel wraps it. Voice speaks no link, and says the reference digit by digit.
AROUND: Final = {
    ("en", "sms"): (("{reference}",), ("{link}", "Call {call_back}")),
    ("hi", "sms"): (("{reference}",), ("{link}", "फ़ोन {call_back}")),
    ("en", "voice"): (
        ("This is the state police cell.", "Case {reference}:"),
        ("Please call {call_back}.", "Once more: case {reference}."),
    ),
    ("hi", "voice"): (
        ("यह पुलिस राज्य प्रकोष्ठ का संदेश है।", "मामला {reference}:"),
        ("कृपया {call_back} पर फ़ोन करें।", "फिर से: मामला {reference}।"),
    ),
    ("en", "email"): (
        ("{reference}:",),
        ("Open it here: {link}", "Call the state cell: {call_back}", "This mail was written by a machine."),
    ),
    ("hi", "email"): (
        ("{reference}:",),
        ("यहाँ खोलें: {link}", "राज्य प्रकोष्ठ का फ़ोन: {call_back}", "यह पत्र मशीन ने लिखा है।"),
    ),
}

# How a Hindi speech engine is made to say a reference or a number: sign by sign, in words that it cannot misread.
SPOKEN: Final = dict(
    zip(
        "0123456789+ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        [
            "शून्य",
            "एक",
            "दो",
            "तीन",
            "चार",
            "पाँच",
            "छह",
            "सात",
            "आठ",
            "नौ",
            "प्लस",
            "ए",
            "बी",
            "सी",
            "डी",
            "ई",
            "एफ़",
            "जी",
            "एच",
            "आई",
            "जे",
            "के",
            "एल",
            "एम",
            "एन",
            "ओ",
            "पी",
            "क्यू",
            "आर",
            "एस",
            "टी",
            "यू",
            "वी",
            "डब्ल्यू",
            "एक्स",
            "वाई",
            "ज़ेड",
        ],
        strict=True,
    )
)
