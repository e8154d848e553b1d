"""Rungs: who stands on which rung of a unit at a moment, asked for once where many are to be told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from districts import duty
from districts.duty import Standing
from districts.models import Contact, Unit, UnitKind


class Rungs:
    """
    The posts of some units and of those above them at one moment. A unit not asked for before is looked up then.

    Whether it is a post on duty, all posts of a rung, or whoever holds a charge, ``districts.duty`` says; without
    duties entered it is every post that is not vacant.
    """

    def __init__(self, *, at: datetime) -> None:
        self._at = at
        self._units: dict[int, Unit] = {}
        self._posts: dict[int, list[Contact]] = {}
        self._duties: dict[int, duty.Duties] = {}

    def ask(self, units: Iterable[Unit]) -> None:
        """Look up the posts of units, and what is entered for them, in two questions however many they are."""
        new = {unit.pk: unit for unit in units if unit.pk not in self._units}
        if not new:
            return
        self._units |= new
        posts = list(Contact.objects.filter(unit__in=new).order_by("rung", "post", "pk"))
        for post in posts:
            post.unit = new[post.unit_id]
        duties = duty.duties_of(posts, at=self._at)
        for key in new:
            self._posts[key] = [post for post in posts if post.unit_id == key]
            self._duties[key] = duties

    def standing_on(self, unit: Unit, rung: int) -> Standing:
        """
        Return who stands on a rung: of the unit itself, else of the nearest unit above it that has one.

        The state cell is the exception: its rungs are its own ladder as well, and its desk is no stand-in for a
        district's circle officer. From a unit below it is asked only for rungs higher than all there are on the way.
        """
        here: Unit | None = unit
        highest = 0
        passed_over: list[tuple[Contact, duty.Why]] = []
        while here is not None:
            self.ask([here])
            posts = self._posts[here.pk]
            found = duty.standing_on([post for post in posts if post.rung == rung], self._duties[here.pk])
            if here.kind != UnitKind.STATE_CELL or here == unit or rung > highest:
                passed_over += found.passed_over
                if found.posts:
                    return Standing(found.posts, passed_over)
            highest = max([highest, *(post.rung for post in posts)])
            here = self._above(here)
        return Standing([], passed_over)

    def _above(self, unit: Unit) -> Unit | None:
        """Return the unit above. The first who climbs asks for everybody: the others will climb there, too."""
        if unit.parent_id is None:
            return None
        if unit.parent_id not in self._units:
            parents = {one.parent_id for one in self._units.values() if one.parent_id} - set(self._units)
            self.ask(Unit.objects.filter(pk__in=parents))
        return self._units[unit.parent_id]
