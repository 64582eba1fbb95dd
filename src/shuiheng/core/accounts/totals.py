"""Total use by method: once-through power cooling is counted under a label, never silently."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from shuiheng.basics import Cited, Figure, Input, Missing, Period
from shuiheng.core.accounts.ledger import Accounts
from shuiheng.core.accounts.model import Line

# Handbook 1 §1.4: how thermal once-through cooling is booked.
METHODS = ("gross_intake", "excl_power", "consumption", "assessed")
METHOD_TITLES = {
    "gross_intake": ("按取水量（含直流冷却）", "gross intake, once-through cooling included"),
    "excl_power": ("不含火电", "without thermal power"),
    "consumption": ("直流冷却按耗水量", "once-through cooling by consumption"),
    "assessed": ("按上级考核口径", "by the method of the superior's target letter"),
}

ASSESSED_MISSING = Missing(
    "dual_control/assessed_method",
    "考核口径（上级下达指标的文件中载明的直流冷却计量方法）",
    "The method of the superior's target letter (how once-through cooling counts)",
    held_by="农业农村局",
    how="在本单位规则目录中载入 dual_control/assessed_method",
    how_en="load dual_control/assessed_method in the office's own rules folder",
)


def total_use(
    accounts: Accounts,
    *,
    period: Period,
    method: str,
    assessed_as: Cited | None = None,
    once_through_ratio: Cited | None = None,
    unconventional: bool = True,
    use: str | None = None,
) -> Figure:
    """Return total use (or one use class) of the period by one method, in m3.

    ``unconventional`` False leaves out unconventional water, as assessments do; the bulletin
    counts it. ``assessed_as`` names the method behind the label ``assessed``; without it that
    figure is missing. ``once_through_ratio`` is the share of intake that counts as consumed.

    :raises ValueError: if the method is none of ``METHODS``
    """
    if method not in METHODS:
        raise ValueError(f"{method!r} is no method of counting: use one of {', '.join(METHODS)}.")
    name = f"accounts/{'industrial' if use == 'U2' else 'total'}_use/{method}"
    title = (
        ("工业用水量", "Industrial water use") if use == "U2" else ("用水总量", "Total water use")
    )
    behind = method
    if method == "assessed":
        if assessed_as is None:
            return Figure.absent(name, *title, "m3", ASSESSED_MISSING, period=period, method=method)
        behind = str(assessed_as.value)
    if behind == "consumption" and once_through_ratio is None:
        raise ValueError("The method consumption needs the ratio of consumption to intake.")

    def counted(line: Line) -> bool:
        if use is not None and line.use != use:
            return False
        if not unconventional and line.source == "S3":
            return False
        return not (behind == "excl_power" and accounts.users[line.user].is_power)

    sides = ("use",) if use is not None else ("use", "loss")
    lines = [
        line for side in sides for line in accounts.chosen(side=side, period=period, where=counted)
    ]
    if not lines:
        return Figure.absent(name, *title, "m3", _no_lines(period), period=period, method=method)
    extra: list[Input] = [assessed_as] if assessed_as is not None and method == "assessed" else []
    if behind == "consumption" and once_through_ratio is not None:
        lines = [_consumed(line, accounts, once_through_ratio.number) for line in lines]
        extra.append(once_through_ratio)
    figure = accounts.figure(name, title, lines, period=period, method=method)
    return figure.with_inputs(*extra)


def _consumed(line: Line, accounts: Accounts, ratio: Decimal) -> Line:
    user = accounts.users[line.user]
    if not (user.is_power and user.cooling == "once_through"):
        return line

    def part(litres: int) -> int:
        return int((litres * ratio).to_integral_value(ROUND_HALF_UP))

    measured, estimated, declared = (
        part(line.measured_l), part(line.estimated_l), part(line.declared_l),
    )  # fmt: skip
    return line._replace(
        volume_l=measured + estimated + declared,
        measured_l=measured,
        estimated_l=estimated,
        declared_l=declared,
    )


def _no_lines(period: Period) -> Missing:
    return Missing(
        "accounts/lines",
        f"{period} 的水量账（读数或申报）",
        f"Readings or declarations of {period}",
        held_by="农业农村局",
        how="shuiheng readings import FILE,然后 shuiheng registry import FILE",
        how_en="shuiheng readings import FILE, then shuiheng registry import FILE",
    )
