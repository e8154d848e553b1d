"""The onboarding desk: forms over ``districts.onboarding`` for administrators, who see no case."""

from districts.admin import counterparts, duties, facts, partners, people, policies, register, territory
from districts.admin.desk import desk

__all__ = ["counterparts", "desk", "duties", "facts", "partners", "people", "policies", "register", "territory"]
