"""Statistical series with vintages, and what was declared instead of measured."""

from __future__ import annotations

from django.db import models


class YearValue(models.Model):
    """A yearly figure of the statistics office or a bulletin, one row per vintage.

    Names in use: ``gdp`` and ``industrial_value_added`` (yuan, current prices), ``gdp_index`` and
    ``industrial_index`` (previous year = 100, comparable prices), ``total_use``,
    ``industrial_use`` and the like with ``method`` (m3).
    """

    name = models.CharField(max_length=60)
    year = models.PositiveSmallIntegerField()
    value = models.DecimalField(max_digits=24, decimal_places=6)
    unit = models.CharField(max_length=20)
    method = models.CharField(max_length=30, blank=True)
    vintage = models.DateField("published on")
    document = models.CharField(max_length=120)
    by = models.CharField(max_length=60)

    class Meta:
        ordering = ["name", "year", "vintage"]
        constraints = [
            models.UniqueConstraint(
                fields=["name", "year", "method", "vintage"], name="one_value_a_vintage"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.year}"


class VolumeBasis(models.TextChoices):
    """How a volume came about that no meter measured."""

    DECLARED = "declared", "申报"
    AREA_QUOTA = "area_quota", "面积×定额估算"
    ELECTRICITY = "electricity", "以电折水估算"
    QUOTA = "quota", "人口或产量×定额估算"


class DeclaredVolume(models.Model):
    """A month's volume without a meter, booked like a measured one and marked for what it is."""

    user = models.ForeignKey(
        "registry.WaterUser", on_delete=models.PROTECT, related_name="declared_volumes"
    )
    month = models.DateField("first day of the month")
    side = models.CharField(max_length=8, default="intake")  # intake | return | reused
    source = models.CharField(max_length=2, blank=True)
    volume_l = models.BigIntegerField()
    basis = models.CharField(max_length=12, choices=VolumeBasis.choices)
    working = models.JSONField("how it was worked out", default=dict)
    document = models.CharField(max_length=120, blank=True)
    by = models.CharField(max_length=60)

    class Meta:
        ordering = ["month", "user__number", "side"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "month", "side", "source", "basis"], name="one_declaration_a_month"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user.number} {self.month:%Y-%m}"


class DeclaredValue(models.Model):
    """A fact an office reports for a year until a register of its own measures it."""

    name = models.CharField(max_length=80)
    year = models.PositiveSmallIntegerField()
    value = models.DecimalField(max_digits=20, decimal_places=6)
    unit = models.CharField(max_length=20)
    place = models.CharField("place code", max_length=12)
    by = models.CharField(max_length=60)
    document = models.CharField(max_length=120, blank=True)
    on = models.DateField()

    class Meta:
        ordering = ["name", "year", "place"]
        constraints = [
            models.UniqueConstraint(fields=["name", "year", "place", "on"], name="one_report_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.year}"
