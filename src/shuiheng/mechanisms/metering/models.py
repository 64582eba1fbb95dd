"""Meters, and the dated tie between a meter and what it measures."""

from __future__ import annotations

from django.db import models


class Accuracy(models.TextChoices):
    """The accuracy classes of GB/T 778.1."""

    UNKNOWN = "", "不详"
    ONE = "1", "1级"
    TWO = "2", "2级"


class Meter(models.Model):
    """A water meter as it hangs; its readings are in the lake under the same number."""

    number = models.CharField(max_length=30, unique=True)
    level = models.PositiveSmallIntegerField(default=1)
    dn_mm = models.PositiveIntegerField(default=0)
    q3_m3_h = models.DecimalField(max_digits=10, decimal_places=3, default=0)
    ratio = models.PositiveIntegerField("Q3/Q1", default=0)
    digits = models.PositiveSmallIntegerField("register digits (m3)", default=0)
    unit_l = models.PositiveIntegerField("litres per count", default=1)
    interval_s = models.PositiveIntegerField("seconds between readings", default=86400)
    online = models.BooleanField(default=False)
    accuracy = models.CharField(max_length=1, choices=Accuracy.choices, blank=True, default="")
    installed_on = models.DateField(null=True, blank=True)
    verified_on = models.DateField(null=True, blank=True)
    town = models.CharField("place code", max_length=12, blank=True)

    class Meta:
        ordering = ["number"]

    def __str__(self) -> str:
        return self.number


class Role(models.TextChoices):
    """What a meter's volume is in the accounts."""

    INTAKE = "intake", "取水"
    IMPORT = "import", "外区调入"
    EXPORT = "export", "调出外区"
    DELIVERY = "delivery", "公共供水到户"
    RECLAIMED = "reclaimed", "再生水供水"
    RETURN = "return", "退水"
    NETWORK_INPUT = "network_input", "出厂(入网)"
    ZONE_INPUT = "zone_input", "分区进水"
    INTERNAL = "internal", "内部计量"


class Source(models.TextChoices):
    """The sources of water accounting (handbook 1 §1.3)."""

    SURFACE = "S1", "地表水"
    GROUND = "S2", "地下水"
    UNCONVENTIONAL = "S3", "非常规水"


class Counts(models.TextChoices):
    """What a meter's volume is in the balance of the meter tree (``core/metering/tree.py``)."""

    INTO = "+", "计入"
    OUT_OF = "-", "扣减"
    DIFFERENCE = "=", "差额"


class MeterBinding(models.Model):
    """From ``since`` (included) to ``until`` (excluded) the meter measures this for this user.

    In the same days it stands behind ``parent`` in the meter tree, measures the ``place`` inside
    the unit, and ``counts`` into it or out of it. A difference has no meter: its readings are the
    parent's less its siblings'.
    """

    meter = models.ForeignKey(Meter, on_delete=models.PROTECT, related_name="bindings")
    user = models.ForeignKey(
        "registry.WaterUser", on_delete=models.PROTECT, related_name="bindings"
    )
    role = models.CharField(max_length=13, choices=Role.choices)
    source = models.CharField(max_length=2, choices=Source.choices, blank=True)
    use = models.CharField("use class, where it differs from the user's", max_length=2, blank=True)
    supplier = models.ForeignKey(
        "registry.WaterUser", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    zone = models.CharField("DMA", max_length=20, blank=True)
    parent = models.ForeignKey(
        Meter, null=True, blank=True, on_delete=models.PROTECT, related_name="bindings_below"
    )
    place = models.CharField("workshop or equipment", max_length=60, blank=True, default="")
    counts = models.CharField(max_length=1, choices=Counts.choices, default=Counts.INTO)
    since = models.DateField()
    until = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["meter__number", "since"]
        constraints = [
            models.UniqueConstraint(fields=["meter", "since"], name="one_binding_a_day"),
            models.CheckConstraint(
                condition=models.Q(until__isnull=True) | models.Q(until__gt=models.F("since")),
                name="binding_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.meter.number} {self.role}"


class MeterExchange(models.Model):
    """A meter changed under the same number: the old one's last register, the new one's first."""

    meter = models.ForeignKey(Meter, on_delete=models.PROTECT, related_name="exchanges")
    at = models.DateTimeField()
    final_l = models.BigIntegerField()
    initial_l = models.BigIntegerField()
    reason = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ["meter__number", "at"]

    def __str__(self) -> str:
        return f"{self.meter.number} {self.at:%Y-%m-%d}"
