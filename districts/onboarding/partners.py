"""Onboarding partners: the platforms that send alerts, and the keys they send them with."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from districts.actors import Actor
from districts.models import Partner, PartnerKey, State
from districts.onboarding import authority
from districts.onboarding.register import Note, add, change
from districts.refusals import AlreadyEnded, FieldNotSound, TwoKeysLive

DOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")
FIELDS = {
    "name", "practice", "active", "signing_secret", "require_signature", "webhook_url", "mail_domains",
    "silent_after_s",
}  # fmt: skip
SLOTS = (1, 2)
#: How much of a key may be shown, so that two can be told apart and neither be guessed.
SHOWN = 12


@transaction.atomic
def add_partner(state: State, *, code: str, name: str, by: Actor, at: datetime, **rest: Any) -> Partner:
    """Add a platform that may send alerts to the state. It can do so once a key is issued."""
    authority.check_state(by, state, subject=code)
    partner = Partner(state=state, code=code, name=name, **_sound(rest))
    check_secret(partner.signing_secret, required=partner.require_signature)
    return add(partner, note=Note(by, at, state))


@transaction.atomic
def change_partner(partner: Partner, changes: Mapping[str, Any], *, by: Actor, at: datetime) -> Partner:
    """Change a partner; with ``active`` false none of its keys opens any more."""
    authority.check_state(by, partner.state, subject=partner)
    sound = _sound(changes)
    partner = Partner.objects.get(pk=partner.pk)
    check_secret(
        sound.get("signing_secret", partner.signing_secret),
        required=sound.get("require_signature", partner.require_signature),
    )
    return change(partner, sound, note=Note(by, at, partner.state))


@transaction.atomic
def issue_key(partner: Partner, *, by: Actor, at: datetime, plain: str = "") -> str:
    """
    Issue a key and return it: the only time that anybody sees it. Only its SHA-256 is stored.

    :raises TwoKeysLive: if two are live; a key is turned by issuing the second, then revoking the first
    """
    authority.check_state(by, partner.state, subject=partner)
    # Locked, so that two keys issued at once do not take the same slot.
    partner = Partner.objects.select_for_update(of=("self",)).select_related("state").get(pk=partner.pk)
    taken = set(PartnerKey.objects.filter(partner=partner, revoked_at=None).values_list("slot", flat=True))
    free = [slot for slot in SLOTS if slot not in taken]
    if not free:
        raise TwoKeysLive(partner=partner)
    plain = plain or f"setu_{secrets.token_urlsafe(32)}"
    key = PartnerKey(
        partner=partner,
        slot=free[0],
        prefix=plain[: min(SHOWN, len(plain) // 3)] or "…",
        sha256=digest(plain),
        issued_at=at,
    )
    add(key, note=Note(by, at, partner.state))
    return plain


@transaction.atomic
def revoke_key(key: PartnerKey, *, by: Actor, at: datetime) -> PartnerKey:
    """
    Close a key for ever; the next request with it is turned away.

    :raises AlreadyEnded: if it is revoked
    """
    state = key.partner.state
    authority.check_state(by, state, subject=key.partner)
    key = PartnerKey.objects.select_for_update(of=("self",)).select_related("partner__state").get(pk=key.pk)
    if key.revoked_at is not None:
        raise AlreadyEnded(subject=key)
    return change(key, {"revoked_at": at}, note=Note(by, at, state), act="key_revoked")


def digest(plain: str) -> str:
    """Return what is stored of a key. It is long and random, so one round is enough and costs no time at the door."""
    return hashlib.sha256(plain.encode()).hexdigest()


def _sound(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the particulars of a partner, with its mail domains in one form."""
    if unknown := set(values) - FIELDS:
        message = f"a partner has no {sorted(unknown)}"
        raise TypeError(message)
    sound = dict(values)
    if "mail_domains" in sound:
        domains = sound["mail_domains"]
        if not isinstance(domains, list | tuple) or not all(isinstance(domain, str) for domain in domains):
            raise FieldNotSound(field=_("mail domains"), problem=_('give a list such as ["meta-safety.example"].'))
        sound["mail_domains"] = [domain.strip().lower() for domain in domains]
        for domain in sound["mail_domains"]:
            if not DOMAIN.fullmatch(domain):
                raise FieldNotSound(field=_("mail domains"), problem=_("“%s” is not a domain.") % domain)
    return sound


def check_secret(secret: str, *, required: bool) -> None:
    """Refuse a secret that no signature could be checked with."""
    if required and not secret:
        raise FieldNotSound(field=_("signing secret"), problem=_("a signature is required, so there must be a secret."))
    if not secret:
        return
    try:
        sound = bool(base64.b64decode(secret.removeprefix("whsec_")))
    except (binascii.Error, ValueError):
        sound = False
    if not sound:
        problem = _("it must be whsec_ followed by base64, as Standard Webhooks writes it.")
        raise FieldNotSound(field=_("signing secret"), problem=problem)
