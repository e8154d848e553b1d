"""Onboarding policies: how long each promise lasts, and who is told when it is not kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeGuard

from django.db import transaction
from django.utils.translation import gettext as _

from districts.actors import Actor
from districts.models import Policy, State, Unit
from districts.onboarding import authority
from districts.onboarding.contacts import RUNG_MAX
from districts.onboarding.register import Note, add, change
from districts.refusals import FieldNotSound, LadderNotSound, OtherStatesUnit

CHANNELS = ("sms", "voice", "email")
TIMES = (
    "claim_s", "forward_s", "acknowledge_s", "move_s", "contact_s", "flash_s", "report_s", "other_state_s",
    "information_s", "recall_s", "follow_up_1_s", "follow_up_2_s", "follow_up_3_s", "follow_up_4_s",
    "pause_max_s",
)  # fmt: skip
#: A day, in seconds, thirty times: longer is a slip of the keyboard.
LONGEST = 30 * 24 * 3600
STEPS_MAX = 20


@transaction.atomic
def add_policy(
    state: State,
    *,
    name: str,
    urgency: str,
    ladder: object,
    by: Actor,
    at: datetime,
    unit: Unit | None = None,
    **times: Any,
) -> Policy:
    """
    Add the promises for one urgency, of a whole state or of one unit that needs other times.

    :raises LadderNotSound: if the ladder can not be climbed as written
    """
    authority.check_state(by, state, subject=name)
    if unit is not None and unit.state_id != state.pk:
        raise OtherStatesUnit(subject=unit, other=state)
    policy = Policy(
        state=state, unit=unit, name=name, urgency=urgency, ladder=sound_ladder(ladder), **_sound_times(times)
    )
    return add(policy, note=Note(by, at, state, unit))


@transaction.atomic
def change_policy(policy: Policy, changes: Mapping[str, Any], *, by: Actor, at: datetime) -> Policy:
    """Change times or ladder. Cases already running keep what was promised when they began."""
    authority.check_state(by, policy.state, subject=policy)
    values = dict(changes)
    new = {name: values.pop(name) for name in ("name", "ladder") if name in values}
    if "ladder" in new:
        new["ladder"] = sound_ladder(new["ladder"])
    return change(policy, new | _sound_times(values), note=Note(by, at, policy.state, policy.unit))


def sound_ladder(ladder: object) -> list[dict[str, Any]]:
    """
    Return a ladder in its one form.

    :raises LadderNotSound: naming the step and what is wrong with it
    """
    if not isinstance(ladder, list | tuple) or not ladder:
        raise LadderNotSound(step=1, problem=_("there must be at least one step, or nobody would be told."))
    if len(ladder) > STEPS_MAX:
        raise LadderNotSound(step=STEPS_MAX + 1, problem=_("that is more than a ladder can have."))
    steps: list[dict[str, Any]] = []
    for number, step in enumerate(ladder, start=1):
        sound = _sound_step(step, number=number)
        if steps and sound["after_s"] < steps[-1]["after_s"]:
            raise LadderNotSound(step=number, problem=_("it comes before the step above it; put the steps in order."))
        if any((sound["after_s"], sound["rung"]) == (known["after_s"], known["rung"]) for known in steps):
            raise LadderNotSound(step=number, problem=_("the same rung is told twice at the same time."))
        steps.append(sound)
    return steps


def _sound_step(step: object, *, number: int) -> dict[str, Any]:
    """Return one step, or say what is wrong with it."""
    if not isinstance(step, Mapping) or set(step) != {"after_s", "rung", "channels"}:
        raise LadderNotSound(step=number, problem=_("give after_s, rung and channels, and nothing else."))
    after_s, rung, channels = step["after_s"], step["rung"], step["channels"]
    if not _is_whole(after_s) or not 0 <= after_s <= LONGEST:
        raise LadderNotSound(step=number, problem=_("after_s is a whole number of seconds, 0 or more."))
    if not _is_whole(rung) or not 1 <= rung <= RUNG_MAX:
        raise LadderNotSound(step=number, problem=_("rung is a whole number, 1 or more."))
    if not isinstance(channels, list | tuple) or not channels or any(word not in CHANNELS for word in channels):
        raise LadderNotSound(step=number, problem=_("channels is a list of sms, voice and email."))
    return {"after_s": after_s, "rung": rung, "channels": list(dict.fromkeys(channels))}


def _sound_times(times: Mapping[str, Any]) -> dict[str, int]:
    """Return the promised times, each a whole number of seconds."""
    if unknown := set(times) - set(TIMES):
        message = f"a policy has no {sorted(unknown)}"
        raise TypeError(message)
    for name, seconds in times.items():
        if not _is_whole(seconds) or not 1 <= seconds <= LONGEST:
            raise FieldNotSound(field=name, problem=_("give a whole number of seconds, 1 or more."))
    return dict(times)


def _is_whole(value: object) -> TypeGuard[int]:
    """Tell whether it is a whole number, and not True."""
    return isinstance(value, int) and not isinstance(value, bool)
