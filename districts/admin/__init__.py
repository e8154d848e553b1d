"""The onboarding desk: forms over ``districts.onboarding`` for administrators, who see no case."""

from districts.admin import facts, partners, people, policies, register, territory
from districts.admin.desk import desk

__all__ = ["desk", "facts", "partners", "people", "policies", "register", "territory"]
