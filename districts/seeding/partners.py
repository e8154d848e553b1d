"""Planting partners, the portals of other states among them: a revoked key stays revoked, whatever the file says."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from districts import onboarding
from districts.models import Counterpart, Partner, PartnerKey, State, Unit
from districts.refusals import SeedFault
from districts.seeding.reading import Part


def plant_partner(state: State, part: Part, *, at: datetime) -> list[str]:
    """Plant one partner and its key, and return what is worth a notice."""
    code = part.text("code")
    values: dict[str, Any] = {"name": part.text("name")}
    for name in ("signing_secret", "webhook_url"):
        if part.has(name):
            values[name] = part.secret(name)
    for name in ("require_signature", "practice", "active"):
        if part.has(name):
            values[name] = part.flag(name)
    if part.has("mail_domains"):
        values["mail_domains"] = part.texts("mail_domains")
    if part.has("silent_after_s"):
        values["silent_after_s"] = part.whole("silent_after_s")
    partner = Partner.objects.filter(state=state, code=code).select_related("state").first()
    with part.explaining():
        if partner is None:
            partner = onboarding.add_partner(state, code=code, by=onboarding.SEED, at=at, **values)
        else:
            partner = onboarding.change_partner(partner, values, by=onboarding.SEED, at=at)
    plain = part.secret("key")
    return _plant_key(partner, plain, part, at=at) if plain else []


def plant_counterpart(unit: Unit, part: Part, *, at: datetime) -> Counterpart:
    """Plant how a control room of another state is reached by API."""
    values: dict[str, Any] = {"address": part.text("address")}
    values |= {name: part.secret(name) for name in ("key", "signing_secret")}
    if part.has("active"):
        values["active"] = part.flag("active")
    if part.has("partner"):
        code = part.text("partner")
        values["partner"] = Partner.objects.filter(state=unit.state, code=code).first()
        if values["partner"] is None:
            problem = _("there is no partner “%s”. List it under partners.") % code
            raise SeedFault(place=part.at("partner"), problem=problem)
    known = Counterpart.objects.filter(unit=unit).select_related("unit__state").first()
    with part.explaining():
        if known is None:
            return onboarding.add_counterpart(unit, by=onboarding.SEED, at=at, **values)
        return onboarding.change_counterpart(known, values, by=onboarding.SEED, at=at)


def _plant_key(partner: Partner, plain: str, part: Part, *, at: datetime) -> list[str]:
    """Issue the key of the file, once."""
    known = PartnerKey.objects.filter(sha256=onboarding.digest(plain)).first()
    if known is None:
        with part.explaining("key"):
            onboarding.issue_key(partner, plain=plain, by=onboarding.SEED, at=at)
    elif known.partner_id != partner.pk:
        raise SeedFault(place=part.at("key"), problem=_("this key belongs to another partner. Make one of its own."))
    elif known.revoked_at is not None:
        return [_("%s: was revoked, and stays so. Issue a new one.") % part.at("key")]
    return []
