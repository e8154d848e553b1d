"""Seals: where every history stood at a moment, one seal upon the other, so that a root kept outside holds them all."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case


class Seal(models.Model):
    """One closing of the books. Its root is published outside the database; whoever holds one can tell a rewriting."""

    number = models.PositiveBigIntegerField(primary_key=True)
    at = models.DateTimeField()
    lines = models.PositiveIntegerField()
    #: The newest look that this seal or one before it holds.
    last_look = models.PositiveBigIntegerField()
    tree = models.CharField(max_length=64)
    prev_root = models.CharField(max_length=64)
    root = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("seal")
        verbose_name_plural = _("seals")
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(condition=models.Q(lines__gt=0), name="a_seal_holds_something"),
            models.CheckConstraint(condition=models.Q(number__gt=0), name="seals_are_counted_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.root[:12]}"


class SealedLine(models.Model):
    """What a seal holds: how far a case's history went and its last hash, or the hash of one look."""

    class Of(models.TextChoices):
        """Which book the line is from."""

        HISTORY = "history"
        LOOKS = "looks"

    seal = models.ForeignKey(Seal, models.PROTECT, related_name="held", db_index=False)
    place = models.PositiveIntegerField()
    of = models.CharField(max_length=7, choices=Of)
    # The database does not check it: it would lock the case, and a rule that holds the case may wait for its chain.
    case = models.ForeignKey(Case, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    #: The line's number in its case's history, or the number of the look.
    seq = models.PositiveBigIntegerField()
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("sealed line")
        verbose_name_plural = _("sealed lines")
        ordering = ["seal", "place"]
        constraints = [
            models.UniqueConstraint(fields=["seal", "place"], name="one_sealed_line_per_place"),
            models.UniqueConstraint(
                fields=["case", "seq"], condition=models.Q(of="history"), name="a_line_is_sealed_once"
            ),
            models.UniqueConstraint(fields=["seq"], condition=models.Q(of="looks"), name="a_look_is_sealed_once"),
        ]

    def __str__(self) -> str:
        return f"{self.of} {self.seq}"


class Stamp(models.Model):
    """Who outside has a seal's root: a time-stamping authority that signed it, or somebody who was sent it."""

    class By(models.TextChoices):
        """Who has it."""

        AUTHORITY = "authority"
        LETTER = "letter"

    seal = models.ForeignKey(Seal, models.PROTECT, related_name="stamps")
    by = models.CharField(max_length=9, choices=By)
    at = models.DateTimeField()
    #: The authority's signed answer (RFC 3161, DER), or the address the letter went to.
    answer = models.BinaryField()

    class Meta:
        verbose_name = _("stamp")
        verbose_name_plural = _("stamps")
        indexes = [models.Index(fields=["by", "-at"], name="newest_stamp")]

    def __str__(self) -> str:
        return f"{self.by} {self.seal_id}"
