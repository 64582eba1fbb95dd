"""Water users (用水户) and who they are."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models


class UseClass(models.TextChoices):
    """The four uses of water accounting (handbook 1 §1.3; plan task 18)."""

    AGRICULTURE = "U1", "农业用水"
    INDUSTRY = "U2", "工业用水"
    DOMESTIC = "U3", "生活用水"
    ECOLOGY = "U4", "人工生态环境补水"


class UserKind(models.TextChoices):
    """What a water user is; decides which duties can reach it."""

    ENTERPRISE = "enterprise", "企业"
    POWER_PLANT = "power_plant", "火电厂"
    WATERWORKS = "waterworks", "供水单位"
    SEWAGE_WORKS = "sewage_works", "污水处理厂"
    SCHOOL = "school", "学校"
    HOSPITAL = "hospital", "医院"
    OFFICE = "office", "机关事业单位"
    SERVICE = "service", "服务业"
    SPECIAL_TRADE = "special_trade", "特种行业"
    COMMUNITY = "community", "居民小区"
    VILLAGE = "village", "村"
    IRRIGATION_DISTRICT = "irrigation_district", "灌区"
    FARM = "farm", "养殖场、农场"
    MUNICIPAL = "municipal", "市政环卫绿化"
    PARK = "park", "工业园区"


class Cooling(models.TextChoices):
    """How a thermal power plant cools; once-through must be booked by a named method."""

    NONE = "", "无"
    ONCE_THROUGH = "once_through", "直流冷却"
    RECIRCULATING = "recirculating", "循环冷却"
    AIR = "air", "空冷"


class WaterUser(models.Model):
    """A legal person at a site, or a group that is served as one (a residential community)."""

    number = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100, blank=True)
    credit_code = models.CharField(max_length=18, blank=True)
    kind = models.CharField(max_length=20, choices=UserKind.choices)
    use = models.CharField(max_length=2, choices=UseClass.choices)
    industry = models.CharField("GB/T 4754", max_length=5, blank=True)
    town = models.CharField("place code", max_length=12)
    cooling = models.CharField(max_length=13, choices=Cooling.choices, blank=True, default="")
    above_scale = models.BooleanField(default=False)
    households = models.PositiveIntegerField(default=0)
    persons = models.PositiveIntegerField(default=0)
    area_mu = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    since = models.DateField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["number"]
        indexes = [models.Index(fields=["town", "use"]), models.Index(fields=["kind"])]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


# What can lead to a person or is not for the public; see queries.py.
NOT_PUBLIC = frozenset({"credit_code", "note"})


class PublicUser(WaterUser):
    """A water user as the public may see it: what is not public reads as empty."""

    class Meta:
        proxy = True
        ordering = ["number"]

    def refresh_from_db(
        self, using: str | None = None, fields: Iterable[str] | None = None, **more: object
    ) -> None:
        """Load fields that were left out, except those that are not public."""
        wanted = None if fields is None else [name for name in fields if name not in NOT_PUBLIC]
        if wanted is None or wanted:
            super().refresh_from_db(using=using, fields=wanted, **more)
        for name in NOT_PUBLIC:
            setattr(self, name, "")
