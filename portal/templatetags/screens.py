"""What the screens say in many places and must say alike: icons, urgency, time left, and one field of a form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django import template
from django.forms import BoundField, HiddenInput, ModelChoiceField, Select
from django.forms.widgets import CheckboxInput
from django.templatetags.static import static
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.views.forms import CONDITIONS
from portal.views.posts import post_words

register = template.Library()

THEMES: Final = ("light", "dark", "contrast")
#: Where a hint of a place comes from (CONTRACT 4, ``locations[].source``).
SOURCES: Final[Mapping[str, Any]] = {
    "gps": gettext_lazy("location of the device"),
    "ip": gettext_lazy("internet address"),
    "profile": gettext_lazy("profile"),
    "checkin": gettext_lazy("check-in"),
    "text": gettext_lazy("text of the post"),
    "sim": gettext_lazy("address of the SIM"),
    "address": gettext_lazy("address given"),
}
#: Proper names, the same in both languages.
PLATFORMS: Final[Mapping[str, str]] = {
    "facebook": "Facebook",
    "google": "Google",
    "instagram": "Instagram",
    "snapchat": "Snapchat",
    "whatsapp": "WhatsApp",
    "x": "X",
    "youtube": "YouTube",
}
SHORT: Final = 7  # up to here choices are buttons one can hit with a thumb; above, a list


@register.simple_tag(takes_context=True)
def theme(context: template.Context, fallback: str) -> str:
    """Return the theme this desk has chosen, or the one the page is made for."""
    request = context.get("request")
    chosen = request.COOKIES.get("theme", "") if request is not None else ""
    return chosen if chosen in THEMES else fallback


@register.simple_tag
def icon(name: str) -> SafeString:
    """Draw an icon of our own sprite; it repeats what a word beside it says."""
    return format_html('<svg class="i" aria-hidden="true"><use href="{}#{}"></use></svg>', static("icons.svg"), name)


@register.simple_tag
def urgency(code: str, label: str) -> SafeString:
    """Show an urgency by shape, border, word and colour, so that no single one of them has to be seen."""
    return format_html('<span class="urgency u-{}">{}{}</span>', code, icon(code.lower()), label)


@register.simple_tag
def left(due: Mapping[str, Any] | None) -> SafeString | str:
    """Show how long a promise still has; the page keeps it true with the server's clock."""
    if not due:
        return ""
    at: datetime = due["due_at"]
    late = bool(due.get("late", due["seconds"] < 0))
    held = due.get("paused_until")
    return format_html(
        '<span class="left{}" data-due="{}"><span class="t">{}</span> <span class="word"{}>{}</span></span>{}',
        " late" if late else "",
        at.isoformat(),
        due["text"],
        "" if late else SafeString(" hidden"),
        _("late"),
        format_html(' <span class="mark">{}</span>', _("held until %(at)s") % {"at": _time(held)}) if held else "",
    )


def _time(at: datetime) -> str:
    return date_format(timezone.localtime(at), "H:i:s")


@register.filter
def of(mapping: Mapping[str, Any] | None, key: str) -> Any:
    """Return what a mapping holds under a key that a template cannot spell, such as ``set-aside``."""
    return (mapping or {}).get(key)


@register.filter
def post(code: str, units: Mapping[str, str] | None = None) -> str:
    """Return how a post is called, with its unit where it is named with one."""
    return post_words(code, units)


@register.filter
def posts(codes: list[str] | None) -> str:
    """Return how several posts are called."""
    return ", ".join(post(code) for code in codes or [])


@register.filter
def numbers(shown: str) -> list[str]:
    """Return the numbers that were shown together, each to be dialled by itself."""
    return [number for number in shown.split(", ") if number]


@register.filter
def ago(seconds: float | None) -> str:
    """Return an age as people say it; a dash where nobody knows."""
    if seconds is None:
        return "–"
    whole = max(0, int(seconds))
    if whole < 60:
        return _("%(count)s s") % {"count": whole}
    if whole < 3600:
        return _("%(count)s min") % {"count": whole // 60}
    return (
        _("%(count)s h") % {"count": whole // 3600}
        if whole < 172800
        else _("%(count)s days") % {"count": whole // 86400}
    )


@register.filter
def platform(code: str) -> str:
    """Return a platform by the name it gives itself; one that is new here as the partner wrote it."""
    return PLATFORMS.get(code, code)


@register.filter
def about_metres(radius: float) -> str:
    """Return how far off a place may be."""
    return _("± %(metres)s m") % {"metres": radius}


@register.filter
def source(code: str) -> str:
    """Return where a hint of a place comes from."""
    return str(SOURCES.get(code, code))


@register.filter
def who(name: str) -> str:
    """Return who acted; the portal itself acts by its clock."""
    return _("the clock") if name.startswith("clock") else name


@register.filter
def moment(text: str) -> str:
    """Return a time of a partner's alert as it reads here; what is no time is shown as it came."""
    try:
        at = parse_datetime(text or "")
    except ValueError:
        return text
    return date_format(timezone.localtime(at), "j M, H:i:s") if at and timezone.is_aware(at) else text


@register.filter
def condition(code: str) -> str:
    """Return in words how the person was found."""
    return str(dict(CONDITIONS).get(code, code))


@register.inclusion_tag("partials/field.html")
def field(form: Any, name: str, verb: str = "", hint: str = "") -> dict[str, Any]:
    """Show one field of a form with its name, its hint and what is wrong with it."""
    if form is None or name not in form.fields:
        return {"kind": "none"}
    bound: BoundField = form[name]
    ident = f"{verb or 'f'}-{name}"
    kind = _kind(bound)
    shared = {
        "kind": kind,
        "bound": bound,
        "ident": ident,
        "hint": hint or bound.help_text,
        "optional": not bound.field.required,
    }
    if kind in {"chips", "list"}:
        return shared | {"choices": _choices(bound)}
    attrs: dict[str, str | bool] = {"id": ident}
    if bound.errors:
        attrs |= {"aria-invalid": "true", "aria-describedby": f"{ident}-wrong"}
    return shared | {"widget": bound.as_widget(attrs=attrs)}


def _kind(bound: BoundField) -> str:
    widget = bound.field.widget
    if isinstance(bound.field, ModelChoiceField):
        return "none"  # a unit is chosen with the picker
    if isinstance(widget, HiddenInput):
        return "hidden"
    if isinstance(widget, CheckboxInput):
        return "tick"
    if isinstance(widget, Select) or hasattr(bound.field, "choices"):
        return "chips" if len(_choices(bound)) <= SHORT else "list"
    return "text"


def _choices(bound: BoundField) -> list[tuple[str, str, bool]]:
    """Return value, word and whether it is chosen, without the empty line."""
    value = bound.value()
    return [(str(code), str(word), str(code) == str(value)) for code, word in bound.field.choices if str(code)]  # type: ignore[attr-defined]  # a choice field, whatever the template says
