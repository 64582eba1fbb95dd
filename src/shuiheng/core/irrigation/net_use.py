"""Net irrigation use per mu, from what was observed in a typical field.

Source: national technical rules for computing the coefficient (December 2015). The rules write
667 m³ and 0.667 m³ for a metre and a millimetre of water on a mu (exactly 2000/3 m²); the caller
hands the factor over from ``irrigation/m3_per_mu_per_m`` and ``irrigation/m3_per_mu_per_mm``.
Water above field capacity, or above the depth the paddy may hold, is not net use.
"""

from __future__ import annotations

from decimal import Decimal

ZERO, ONE = Decimal(0), Decimal(1)


class ImpossibleMoisture(ValueError):
    """Raised when a soil moisture is no share of the soil's volume or mass."""

    def __init__(self, name: str, value: Decimal) -> None:
        self.name, self.value = name, value
        super().__init__(
            f"{name} is {value}. Moisture is a share between 0 and 1 (25 % is 0.25): "
            "divide a percentage by one hundred, or correct the field log."
        )


def dry_by_moisture(
    *,
    layer_m: Decimal,
    before: Decimal,
    after: Decimal,
    m3_per_mu_m: Decimal,
    density_ratio: Decimal = ONE,
    field_capacity: Decimal | None = None,
) -> Decimal:
    """Return net use in m³/mu of one watering of a dry crop, ``667·(γ/γw)·H·(θ2 − θ1)``.

    ``before`` and ``after`` are moistures as shares: of volume with ``density_ratio`` 1, of mass
    with the soil's dry density over that of water. Moisture above ``field_capacity`` does not
    count.

    :raises ImpossibleMoisture: if a moisture is no share

    >>> dry_by_moisture(
    ...     layer_m=Decimal("0.6"), before=Decimal("0.20"), after=Decimal("0.30"),
    ...     m3_per_mu_m=Decimal(667),
    ... )
    Decimal('40.020')
    """
    for name, value in (("before", before), ("after", after), ("field_capacity", field_capacity)):
        if value is not None and not 0 <= value <= 1:
            raise ImpossibleMoisture(name, value)
    kept = after if field_capacity is None else min(after, field_capacity)
    return m3_per_mu_m * density_ratio * layer_m * max(kept - before, ZERO)


def paddy_by_level(
    *,
    before_mm: Decimal,
    after_mm: Decimal,
    m3_per_mu_mm: Decimal,
    allowed_mm: Decimal | None = None,
) -> Decimal:
    """Return net use in m³/mu of one watering of a ponded paddy, ``0.667·(h2 − h1)``.

    Water above ``allowed_mm`` does not count.

    >>> round(
    ...     paddy_by_level(
    ...         before_mm=Decimal(20), after_mm=Decimal(60), m3_per_mu_mm=Decimal("0.667")
    ...     ), 1,
    ... )
    Decimal('26.7')
    """
    kept = after_mm if allowed_mm is None else min(after_mm, allowed_mm)
    return m3_per_mu_mm * max(kept - before_mm, ZERO)


def dry_by_balance(
    *,
    evapotranspiration_mm: Decimal,
    effective_rain_mm: Decimal,
    groundwater_mm: Decimal,
    storage_change_mm: Decimal,
    m3_per_mu_mm: Decimal,
) -> Decimal:
    """Return a dry crop's net use of a season in m³/mu, ``0.667·(ETc − Pe − Ge + ΔW)``.

    A season whose rain and groundwater suffice needs none: the result is not below zero.

    >>> dry_by_balance(
    ...     evapotranspiration_mm=Decimal(300), effective_rain_mm=Decimal(180),
    ...     groundwater_mm=Decimal(20), storage_change_mm=Decimal(-10),
    ...     m3_per_mu_mm=Decimal("0.667"),
    ... )
    Decimal('60.030')
    """
    need = evapotranspiration_mm - effective_rain_mm - groundwater_mm + storage_change_mm
    return m3_per_mu_mm * max(need, ZERO)


def paddy_by_balance(
    *,
    evapotranspiration_mm: Decimal,
    percolation_mm: Decimal,
    soaking_mm: Decimal,
    effective_rain_mm: Decimal,
    m3_per_mu_mm: Decimal,
) -> Decimal:
    """Return a paddy's net use of a season in m³/mu, ``0.667·(ETc + Fd + M0 − Pe)``.

    >>> round(
    ...     paddy_by_balance(
    ...         evapotranspiration_mm=Decimal("472.5"), percolation_mm=Decimal(200),
    ...         soaking_mm=Decimal(120), effective_rain_mm=Decimal(380),
    ...         m3_per_mu_mm=Decimal("0.667"),
    ...     ), 1,
    ... )
    Decimal('275.1')
    """
    need = evapotranspiration_mm + percolation_mm + soaking_mm - effective_rain_mm
    return m3_per_mu_mm * max(need, ZERO)


def gross_from_net(*, net: Decimal, coefficient: Decimal) -> Decimal:
    """Return gross use for a net use: ``net / η`` (GB/T 29404-2012).

    :raises ValueError: if the coefficient is not above zero and at most one

    >>> round(gross_from_net(net=Decimal("275.1"), coefficient=Decimal("0.68")), 1)
    Decimal('404.6')
    """
    if not 0 < coefficient <= 1:
        raise ValueError(
            f"A coefficient lies above 0 and at most at 1; it is {coefficient}. Write 68 % as 0.68."
        )
    return net / coefficient
