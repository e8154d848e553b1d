"""Letters, read back from the PDF: the Hindi of a sheet can be searched, copied and read aloud."""

import pypdfium2

from portal.formats.letters import Letter, pdf_of

#: Conjuncts, reph, signs before their consonant, nukta and chandrabindu: what goes wrong first in unshaped text.
WORDS = [
    "संकट", "में", "व्यक्ति", "दूसरे", "राज्य", "को", "सौंपना", "श्रीकृष्ण", "ज्ञानेश्वर", "त्रिपाठी", "क्षत्रिय", "झुंझुनूं",
    "चित्तौड़गढ़", "हनुमानगढ़", "प्रतापगढ़", "संभल", "द्वारका", "पूर्णिमा", "विद्यार्थी", "कहाँ", "फ़ोन", "ऊँचाई",
]  # fmt: skip
LETTER = Letter(
    title_hi=" ".join(WORDS[:7]),
    title_en="Person in distress",
    rows=[("व्यक्ति · Person", " ".join(WORDS[7:11])), ("कहाँ · Where", ", ".join(WORDS[11:17]))],
    paragraphs=[" ".join(WORDS[17:])],
    signed="",
    footer="RJ-4829-1736",
)


def said_by(pdf: bytes) -> str:
    """Return the text layer without blanks: between words they are a matter of distances, not of letters."""
    document = pypdfium2.PdfDocument(pdf)
    return "".join("".join(page.get_textpage().get_text_range().split()) for page in document)


def test_twenty_words_of_hindi_stand_in_the_text_of_the_pdf_in_their_order() -> None:
    assert len(WORDS) >= 20
    text, place = said_by(pdf_of(LETTER)), 0
    for word in WORDS:
        found = text.find(word, place)
        assert found >= 0, f"{word} is not there after {text[:place][-40:]}"
        place = found + len(word)


def test_another_order_is_another_text() -> None:
    """The test above can fail: a sheet whose words stand otherwise has another text."""
    turned = Letter(title_hi=" ".join(reversed(WORDS)), title_en="", rows=[], paragraphs=[], signed="", footer="")
    text = said_by(pdf_of(turned))
    assert text.find(WORDS[0]) > text.find(WORDS[-1]) >= 0


def test_the_page_is_drawn_in_our_own_letters() -> None:
    page = pypdfium2.PdfDocument(pdf_of(LETTER))[0]
    drawn = page.render(scale=1).to_pil().convert("L")
    dark = sum(drawn.histogram()[:128])
    # An empty page has none; one of boxes in place of letters many more.
    assert 1_000 < dark < 20_000
