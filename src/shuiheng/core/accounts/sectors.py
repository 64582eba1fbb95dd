"""Parts of the account: sums of chosen lines, sector metering rates, reuse, yearly intake."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from decimal import Decimal

from shuiheng.basics import Clause, Figure, Missing, Period, Quality
from shuiheng.basics.figure import ESTIMATED
from shuiheng.core.accounts.ledger import Accounts, cubic_metres, quality_of
from shuiheng.core.accounts.model import Line, User

Titles = tuple[str, str]
Where = Callable[[Line], bool]


def part_of(
    accounts: Accounts,
    *,
    name: str,
    title: Titles,
    period: Period,
    where: Where | None = None,
    sides: Iterable[str] = ("use",),
    method: str = "",
) -> Figure:
    """Return the sum of the chosen lines, in m3; zero where a booked account has none of them.

    An account without any line of the period gives no zero: then the account itself is missing.
    """
    if not any(line.month in period for line in accounts.lines):
        return Figure.absent(
            name, *title, "m3",
            Missing(
                "accounts/lines", f"{period} 的水量账（读数或申报）",
                f"Readings or declarations of {period}", held_by="农业农村局",
                how="shuiheng readings import FILE", how_en="shuiheng readings import FILE",
            ),
            period=period, method=method,
        )  # fmt: skip
    lines = [
        line for side in sides for line in accounts.chosen(side=side, period=period, where=where)
    ]
    if not lines:
        return Figure(
            name, *title, Decimal(0), "m3", "各部分之和（账中无此类水量）", (), period=period,
            method=method, formula_en="sum of the parts (the account has none of this kind)",
        )  # fmt: skip
    return accounts.figure(name, title, lines, period=period, method=method)


def metered_part(
    accounts: Accounts, *, name: str, title: Titles, period: Period, where: Where | None = None
) -> Figure:
    """Return the part of the chosen use that meters measured, gaps filled in by estimate included.

    A volume read from a meter counts as metered; what was declared or estimated from area, quota
    or electricity does not (handbook 2 §1.6: publish the estimated part with its method).
    """
    return part_of(
        accounts, name=name, title=title, period=period,
        where=lambda line: bool(line.meter) and (where is None or where(line)),
    )  # fmt: skip


def filled_part(accounts: Accounts, *, name: str, title: Titles, period: Period) -> Figure:
    """Return what was filled in for gaps of meters' readings, in m3."""
    metered = part_of(
        accounts, name=name, title=title, period=period, where=lambda line: bool(line.meter)
    )
    if metered.value is None:
        return metered
    lines = [line for line in accounts.chosen(side="use", period=period) if line.meter]
    litres = sum(line.estimated_l for line in lines)
    return Figure(
        name, *title, cubic_metres(litres), "m3", "各水表缺测时段补值之和",
        accounts.leaves([line for line in lines if line.estimated_l], period), ESTIMATED,
        period=period, formula_en="sum of what was filled in for gaps",
    )  # fmt: skip


def reuse_rate(
    accounts: Accounts,
    *,
    name: str,
    title: Titles,
    period: Period,
    whose: Callable[[User], bool],
    clause: Clause | None = None,
) -> Figure:
    """Return V_r ÷ (V_r + V_f): reused water over reused and fresh water of the chosen users.

    Fresh water is conventional intake; unconventional water is neither. Users that declared no
    reuse keep their fresh water in the whole, so that silence lowers the rate.
    """

    def own(line: Line) -> bool:
        user = accounts.users.get(line.user)
        return user is not None and whose(user)

    reused = part_of(
        accounts, name=f"{name}/reused", title=("重复利用水量 V_r", "Reused water V_r"),
        period=period, where=own, sides=("reused",),
    )  # fmt: skip
    fresh = part_of(
        accounts, name=f"{name}/fresh", title=("新水量 V_f", "Fresh water V_f"), period=period,
        where=lambda line: own(line) and line.source != "S3",
    )  # fmt: skip
    formula, formula_en = "V_r ÷ (V_r + V_f)", "V_r ÷ (V_r + V_f)"
    said = {line.user for line in accounts.chosen(side="reused", period=period, where=own)}
    users = {line.user for line in accounts.chosen(side="use", period=period, where=own)}
    if reused.value is None or fresh.value is None or not said:
        silent = Missing(
            f"{name}/reused", "各企业重复利用水量（年报）",
            "Reused water of each enterprise (yearly return)", held_by="经济发展局",
            how="shuiheng registry import FILE --what volumes,side 填 reused",
            how_en="shuiheng registry import FILE --what volumes, with side reused",
        )  # fmt: skip
        inputs = (fresh,) if fresh.value is None else (fresh, silent)
        return Figure(
            name, *title, None, "1", formula, inputs, Quality(missing=Decimal(1)), period=period,
            clause=clause, formula_en=formula_en,
        )  # fmt: skip
    whole = reused.value + fresh.value
    return Figure(
        name, *title, reused.value / whole if whole else Decimal(0), "1", formula,
        (reused, fresh),
        Quality.mean([(reused.quality, reused.value), (fresh.quality, fresh.value)]),
        period=period, clause=clause, formula_en=formula_en,
        note=f"{len(users)} 家中 {len(said)} 家申报了重复利用水量；未申报的只计新水量。",
        note_en=f"{len(said)} of {len(users)} users declared reuse; the others count only with "
        "their fresh water.",
    )  # fmt: skip


def intake_by_user(
    accounts: Accounts,
    *,
    name: str,
    period: Period,
    whose: Callable[[User], bool],
    at_least: Decimal | None = None,
) -> list[Figure]:
    """Return the use of each chosen user in the period, the largest first, those from
    ``at_least`` m3 on. Unconventional water counts as well: the plan says 用水量."""
    lines: dict[str, list[Line]] = defaultdict(list)
    for line in accounts.chosen(side="use", period=period):
        user = accounts.users.get(line.user)
        if user is not None and whose(user):
            lines[line.user].append(line)
    found = []
    for number, own in lines.items():
        litres = sum(line.volume_l for line in own)
        if at_least is not None and litres < at_least * 1000:
            continue
        user = accounts.users[number]
        found.append(
            Figure(
                f"{name}/{number}", user.name, user.name, cubic_metres(litres), "m3",
                "各水表与申报之和", accounts.leaves(own, period), quality_of(own), period=period,
                formula_en="sum of meters and declarations",
            )
        )  # fmt: skip
    return sorted(found, key=lambda figure: (-(figure.value or 0), figure.name))


def ledger_residual(accounts: Accounts, *, name: str, title: Titles, period: Period) -> Figure:
    """Return supply − use − loss, in m3: zero, or the account is wrong."""
    supply, use, loss = (
        part_of(accounts, name=f"{name}/{side}", title=said, period=period, sides=(side,))
        for side, said in (
            ("supply", ("供水量", "Supply")),
            ("use", ("用水量", "Use")),
            ("loss", ("公共供水损失", "Loss of public supply")),
        )
    )
    formula, formula_en = "供水量 − 用水量 − 公共供水损失", "supply − use − loss of public supply"
    if supply.value is None or use.value is None or loss.value is None:
        return Figure(
            name, *title, None, "m3", formula, (supply,), Quality(missing=Decimal(1)),
            period=period, formula_en=formula_en,
        )  # fmt: skip
    return Figure(
        name, *title, supply.value - use.value - loss.value, "m3", formula, (supply, use, loss),
        supply.quality, period=period, formula_en=formula_en,
    )  # fmt: skip
