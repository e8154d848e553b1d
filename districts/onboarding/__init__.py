"""Onboarding, the only writer of the ground: one rule is one function, one transaction, one entry of the register."""

from districts.onboarding.authority import SEED, Desk, desk_of
from districts.onboarding.contacts import add_contact, change_contact
from districts.onboarding.counterparts import add_counterpart, change_counterpart
from districts.onboarding.duties import add_duty, call_off, end_duty, plan_rota
from districts.onboarding.facts import (
    Imported,
    add_pin,
    add_place,
    add_std,
    change_pin,
    change_place,
    change_std,
    import_facts,
    plant_shipped_facts,
)
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
    "Imported",
    "add_contact",
    "add_counterpart",
    "add_district",
    "add_duty",
    "add_officer",
    "add_partner",
    "add_pin",
    "add_place",
    "add_policy",
    "add_state",
    "add_std",
    "add_unit",
    "call_off",
    "change_contact",
    "change_counterpart",
    "change_district",
    "change_officer",
    "change_partner",
    "change_pin",
    "change_place",
    "change_policy",
    "change_state",
    "change_std",
    "change_unit",
    "close_unit",
    "desk_of",
    "digest",
    "end_duty",
    "end_posting",
    "import_facts",
    "issue_key",
    "plan_rota",
    "plant_shipped_facts",
    "post_officer",
    "revoke_key",
    "set_password",
    "set_second_factor",
    "sound_ladder",
]
