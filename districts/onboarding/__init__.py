"""Onboarding, the only writer of the ground: one rule is one function, one transaction, one entry of the register."""

from districts.onboarding.authority import SEED, Desk, desk_of
from districts.onboarding.contacts import add_contact, change_contact
from districts.onboarding.duties import add_duty, call_off, end_duty, plan_rota
from districts.onboarding.partners import add_partner, change_partner, digest, issue_key, revoke_key
from districts.onboarding.people import (
    add_officer,
    change_officer,
    end_posting,
    post_officer,
    set_password,
    set_second_factor,
)
from districts.onboarding.policies import add_policy, change_policy, sound_ladder
from districts.onboarding.territory import (
    add_district,
    add_state,
    add_unit,
    change_district,
    change_state,
    change_unit,
    close_unit,
)

__all__ = [
    "SEED",
    "Desk",
    "add_contact",
    "add_district",
    "add_duty",
    "add_officer",
    "add_partner",
    "add_policy",
    "add_state",
    "add_unit",
    "call_off",
    "change_contact",
    "change_district",
    "change_officer",
    "change_partner",
    "change_policy",
    "change_state",
    "change_unit",
    "close_unit",
    "desk_of",
    "digest",
    "end_duty",
    "end_posting",
    "issue_key",
    "plan_rota",
    "post_officer",
    "revoke_key",
    "set_password",
    "set_second_factor",
    "sound_ladder",
]
