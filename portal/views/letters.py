"""Letters of a case: the sheet for another state and the request for information, as PDF, for the cell."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import override

from cases import access, inquiries, ladder, sightings
from cases.models import Case, Crossing, Inquiry, Person, Sighting
from districts.actors import Sight
from portal.doors import OfficerRequest, case_or_404, first_or_404, only
from portal.formats.letters import Letter, pdf_of
from portal.views.answers import answers

DAY = "%d.%m.%Y %H:%M:%S %Z"


@answers("GET")
def sheet(request: OfficerRequest, reference: str, unit: str) -> HttpResponse:
    """Hand out the sheet with which another state takes the case over; the code on it is read back by telephone."""
    case = case_or_404(request, reference, kind="sheet")
    only(request, Sight.CELL)
    crossings = Crossing.objects.filter(case=case, forwarding__unit__code=unit).select_related("forwarding__unit")
    crossing = first_or_404(crossings.order_by("-made_at"))
    return _pdf(_sheet(request, case, crossing), name=f"{case.reference}-{unit}.pdf")


@answers("GET")
def inquiry(request: OfficerRequest, reference: str, number: int) -> HttpResponse:
    """Hand out the letter of a request."""
    case = case_or_404(request, reference, kind="request")
    only(request, Sight.CELL)
    asked = first_or_404(Inquiry.objects.filter(case=case, number=number).select_related("case"))
    access.look(case, by=request.actor, at=timezone.now(), kind="letter", what=inquiries.number_of(asked))
    return _pdf(_request(case, asked), name=f"{case.reference}-{number}.pdf")


def _sheet(request: OfficerRequest, case: Case, crossing: Crossing) -> Letter:
    """Return the sheet. Identity is minimal: a name and where the person is, and no word of the post."""
    person = Person.objects.filter(case=case).first()
    phones = case.identifiers.filter(kind="phone").order_by("-verified", "pk").values_list("value", flat=True)
    places = [_place(seen) for seen in sightings.of(case) if seen.whose == "person" and not hasattr(seen, "strike")]
    age = str(person.claimed_age) if person and person.claimed_age else "–"
    rows = [
        ("संदर्भ · Reference", case.reference),
        ("किसको · To", f"{crossing.forwarding.unit.name_hi} · {crossing.forwarding.unit.name_en}"),
        ("अति आवश्यकता · Urgency", str(case.urgency)),
        ("व्यक्ति · Person", (person.name if person else "") or "–"),
        ("बताई आयु · Stated age", age),
        ("फ़ोन · Telephone", ", ".join(phones) or "–"),
        ("कहाँ · Where", "; ".join(place for place in places if place)[:1500] or "–"),
        ("कब मिली · Received", _moment(case.opened_at)),
        ("भेजा · Handed over", _moment(crossing.made_at)),
        ("राज्य प्रकोष्ठ का फ़ोन · Call the state cell", ladder.cell_number(case.state_id) or "–"),
    ]
    if case.family_not_told:
        rows.append(("परिवार को न बताएँ · Do not tell the family", case.family_not_told))
    return Letter(
        title_hi="संकट में व्यक्ति: दूसरे राज्य को सौंपना",
        title_en="Person in distress: hand-over to another state",
        rows=rows,
        paragraphs=[
            "कृपया तुरंत टीम भेजें। फ़ोन पर राज्य प्रकोष्ठ को नीचे का कूट अंक-अंक पढ़कर बताएँ; तभी सौंपना पूरा माना जाएगा।",
            "Please send a team at once. Read the code below back to the state cell by telephone, digit by digit.",
            "Only then is the case in your hands.",
            "व्यक्ति से शांत भाव से बात करें, अकेला न छोड़ें। टेली-मानस 14416।",
            "Speak calmly, do not leave the person alone. Tele-MANAS 14416.",
        ],
        code=crossing.code,
        code_word="कूट · Code to read back",
        signed=f"{request.actor.name} · {_moment(crossing.made_at)}",
        footer=f"{case.reference} · MHCA 2017 s.23, s.115",
        practice=case.practice,
    )


def _request(case: Case, asked: Inquiry) -> Letter:
    kind, basis = Inquiry.Kind(asked.kind), Inquiry.Basis(asked.basis)
    officer = " · ".join(word for word in (asked.officer_name, asked.officer_rank, asked.officer_phone) if word)
    rows = [
        ("क्रमांक · Number", inquiries.number_of(asked)),
        ("किसको · To", asked.addressee),
        ("माँग · Request", _both(kind)),
        ("विधिक आधार · Legal basis", _both(basis)),
        ("किसके बारे में · About", asked.subject),
        ("प्रयोजन · Purpose", asked.purpose),
        ("समय · Asked at", _moment(asked.asked_at)),
        ("अधिकारी · Officer", officer),
    ]
    paragraphs = [
        "एक व्यक्ति का जीवन संकट में है। कृपया केवल वही सूचना दें जिससे वह अभी मिल सके: स्थान, समय, संपर्क। कॉल विवरण नहीं माँगा जा रहा।",
        "A person's life is in danger. Please give only what helps to find them now: place, time, a way to reach them.",
        "Call detail records are not asked for.",
    ]
    if asked.preserve_until:
        until = _moment(asked.preserve_until)
        rows.append(("तब तक सुरक्षित रखें · Preserve until", until))
        paragraphs.append(
            "कृपया इस खाते या नंबर से जुड़ी सामग्री 90 दिन सुरक्षित रखें। · Please preserve what belongs to this account "
            "or number for 90 days."
        )
    return Letter(
        title_hi="आपात सूचना-माँग",
        title_en="Emergency request for information",
        rows=rows,
        paragraphs=paragraphs,
        signed=officer,
        footer=inquiries.number_of(asked),
        practice=case.practice,
    )


def _both(choice: Inquiry.Kind | Inquiry.Basis) -> str:
    with override("hi"):
        hindi = str(choice.label)
    with override("en"):
        return f"{hindi} · {choice.label}"


def _place(seen: Sighting) -> str:
    # The words of a post stay here; what names a place in another way goes along.
    words = [seen.city, seen.region, seen.country, seen.pin] + ([seen.text] if seen.source != "text" else [])
    words += [f"{seen.lat:.5f}, {seen.lon:.5f}"] if seen.lat is not None and seen.lon is not None else []
    words += [f"± {seen.radius_m} m"] if seen.radius_m else []
    said = " ".join(word for word in words if word)
    return f"{said} ({seen.source}{', ' + _moment(seen.seen_at) if seen.seen_at else ''})" if said else ""


def _moment(at: datetime) -> str:
    return timezone.localtime(at).strftime(DAY)


def _pdf(letter: Letter, *, name: str) -> HttpResponse:
    response = HttpResponse(pdf_of(letter), content_type="application/pdf")
    response.headers["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or ""
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
