"""Figures as they were last recorded, and what became of those that changed afterwards."""

from __future__ import annotations

from decimal import Decimal

from django.db import models


class RecordedFigure(models.Model):
    """A figure's value for a day as it was when the board was last built on other data."""

    name = models.CharField(max_length=120)
    on = models.DateField("day asked about")
    # As text, so that every digit is kept on both databases; empty while data is missing.
    value = models.CharField(max_length=80, blank=True)
    unit = models.CharField(max_length=40, blank=True)
    quality = models.JSONField(default=dict)
    snapshot = models.CharField("state of the readings", max_length=40, blank=True)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "on"]
        constraints = [
            models.UniqueConstraint(fields=["name", "on"], name="one_record_of_a_figure_and_day")
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.on}: {self.value}"


class FigureChange(models.Model):
    """A figure that came out differently than recorded: old value, new value, causes, when."""

    name = models.CharField(max_length=120, db_index=True)
    on = models.DateField("day asked about")
    old_value = models.CharField(max_length=80, blank=True)
    new_value = models.CharField(max_length=80, blank=True)
    unit = models.CharField(max_length=40, blank=True)
    old_quality = models.JSONField(default=dict)
    new_quality = models.JSONField(default=dict)
    # "part 12: file.csv", "edit 3", "rules", "facts", "import 7: file.xlsx", "declared"
    causes = models.JSONField(default=list)
    old_snapshot = models.CharField(max_length=40, blank=True)
    new_snapshot = models.CharField(max_length=40, blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["-changed_at", "-id"]

    def __str__(self) -> str:
        return f"{self.name} {self.on}: {self.old_value} → {self.new_value}"

    @property
    def old(self) -> Decimal | None:
        """The value that was recorded before."""
        return Decimal(self.old_value) if self.old_value else None

    @property
    def new(self) -> Decimal | None:
        """The value that came instead."""
        return Decimal(self.new_value) if self.new_value else None
