"""What officers change about themselves, in the register like everything else."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from districts.actors import Actor
from districts.models import Officer, State
from districts.onboarding.register import Note, change
from districts.refusals import NotYourDesk


@transaction.atomic
def choose_language(officer: Officer, *, language: str, by: Actor, at: datetime) -> Officer:
    """
    Read and be rung in another language.

    :raises NotYourDesk: if it is somebody else's choice
    """
    if by.officer_id != officer.pk:
        raise NotYourDesk(subject=officer)
    state = State.objects.filter(pk=by.state_id).first() if by.state_id else None
    return change(officer, {"language": language}, note=Note(by, at, state), act="language_chosen")
