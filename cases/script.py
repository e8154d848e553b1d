"""The script of outreach: what to say, one question at a time, in Hindi and in English, in words that do no harm."""

from __future__ import annotations

from typing import Final, NamedTuple


class Line(NamedTuple):
    """One thing to say or to ask, in both languages, whatever language the officer reads."""

    hi: str
    en: str


#: A written message: short, without the police in the first word, with a way to answer.
MESSAGE: Final = (
    Line(
        "नमस्ते। हमें आपकी चिंता है। आप अकेले नहीं हैं। क्या हम बात कर सकते हैं?",
        "Hello. We are concerned about you. You are not alone. May we talk?",
    ),
    Line(
        "आप चाहें तो टेली-मानस 14416 पर अभी, निःशुल्क बात कर सकते हैं। तुरंत मदद के लिए 112।",
        "If you wish you can talk to Tele-MANAS on 14416 now, free of charge. For help at once: 112.",
    ),
)
#: A call: one question, then listen. Never a method, a reproach or a promise that cannot be kept.
CALL: Final = (
    Line("नमस्ते, मैं … बोल रहा/रही हूँ। क्या अभी बात करना ठीक है?", "Hello, my name is … Is this a good moment to talk?"),
    Line("आप अभी कैसे हैं?", "How are you right now?"),
    Line("क्या आप अभी सुरक्षित हैं?", "Are you safe right now?"),
    Line("क्या आपके साथ कोई है?", "Is anybody with you?"),
    Line("आप अभी कहाँ हैं, ताकि कोई आपके पास आ सके?", "Where are you now, so that somebody can come to you?"),
    Line("क्या किसी अपने से बात करना अच्छा लगेगा? किससे?", "Would you like to talk to somebody you trust? To whom?"),
    Line(
        "क्या मैं आपको टेली-मानस के परामर्शदाता से अभी जोड़ दूँ? मैं लाइन पर रहूँगा/रहूँगी।",
        "May I connect you to a counsellor of Tele-MANAS now? I will stay on the line.",
    ),
)
#: The family or a friend: ask before telling; say nothing of the post.
FAMILY: Final = (
    Line("नमस्ते, क्या आप … को जानते हैं? क्या वे अभी आपके साथ हैं?", "Hello, do you know …? Are they with you now?"),
    Line("क्या आप अभी उनसे मिल सकते हैं या फ़ोन कर सकते हैं?", "Can you go to them, or ring them, now?"),
    Line(
        "कृपया उनके साथ रहें, ध्यान से सुनें, डाँटें नहीं। अकेला न छोड़ें।",
        "Please stay with them, listen, and do not scold. Do not leave them alone.",
    ),
    Line("हम इसी नंबर पर फिर फ़ोन करेंगे।", "We will ring you again on this number."),
)
SCRIPTS: Final = {"dm": MESSAGE, "call": CALL, "family_call": FAMILY, "friend_call": FAMILY}
#: Where help is: mental health, emergency, children.
NUMBERS: Final = (
    ("14416", Line("टेली-मानस: मानसिक स्वास्थ्य, 24 घंटे, निःशुल्क", "Tele-MANAS: mental health, day and night, free")),
    ("112", Line("आपात सेवा", "emergency")),
    ("1098", Line("चाइल्डलाइन: 18 वर्ष से कम", "Childline: under 18")),
)
