"""Seed files: a state with its units, officers, partners and policies, planted at one stroke, twice without harm."""

from districts.seeding.planting import Planted, plant

__all__ = ["Planted", "plant"]
