"""The volume a user is allowed for a year (计划用水)."""

from __future__ import annotations

from django.db import models


class UnitPlan(models.Model):
    """A water user's plan for one calendar year, as it was handed down or last adjusted."""

    user = models.ForeignKey("registry.WaterUser", on_delete=models.PROTECT, related_name="plans")
    year = models.PositiveSmallIntegerField()
    volume_m3 = models.DecimalField(max_digits=16, decimal_places=3)
    document = models.CharField(max_length=120, blank=True)
    issued_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["year", "user__number"]
        constraints = [
            models.UniqueConstraint(fields=["user", "year"], name="one_plan_a_year"),
            models.CheckConstraint(
                condition=models.Q(volume_m3__gte=0), name="plan_is_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user.number} {self.year}"
