"""Figures of unconventional water: its share, clusters, municipal uses, duties of projects."""

from __future__ import annotations

from shuiheng.basics import Figure
from shuiheng.core.accounts import part_of
from shuiheng.core.accounts.model import Line
from shuiheng.mechanisms.common.evidence import View, evidence
from shuiheng.mechanisms.common.telling import (
    booked,
    finished,
    plan_clause,
    share,
    tell_share,
    yearly,
)

CLAUSE = plan_clause("三（五）17")


@evidence(
    "reuse/cluster_reclaimed_rate", mechanism="reuse", tasks=(16, 17),
    threshold="reuse/cluster_rate", trend=yearly("cluster_reclaimed_rate"),
)  # fmt: skip
def cluster_rate(view: View) -> Figure:
    """Reclaimed water used in industrial clusters over sewage treated there."""
    return share(
        view, "reuse/cluster_reclaimed_rate",
        title=("工业集聚区再生水利用率", "Reclaimed rate of industrial clusters"),
        part="reuse/cluster_reclaimed_volume", whole="reuse/cluster_sewage_volume", clause=CLAUSE,
    )  # fmt: skip


@evidence(
    "reuse/unconventional_share", mechanism="reuse", tasks=(17,),
    trend=yearly("unconventional_share"),
)  # fmt: skip
def unconventional_share(view: View) -> Figure:
    """Unconventional water over total supply, both measured."""
    accounts = view.data.accounts(view.on.year)
    part = part_of(
        accounts, name="reuse/unconventional_use",
        title=("非常规水利用量", "Use of unconventional water"), period=booked(view),
        sides=("supply",), where=lambda line: line.source == "S3",
    )  # fmt: skip
    whole = part_of(
        accounts, name="reuse/total_supply", title=("供水总量", "Total supply"),
        period=booked(view), sides=("supply",), method="gross_intake",
    )  # fmt: skip
    return share(
        view, "reuse/unconventional_share",
        title=("非常规水占供水总量比例", "Share of unconventional water in total supply"),
        part=part, whole=whole, clause=CLAUSE,
        note=("分母按取水量，含直流冷却。", "The whole is intake, with once-through cooling."),
    )  # fmt: skip


def _municipal(view: View, line: Line) -> bool:
    user = view.data.accounts(view.on.year).users.get(line.user)
    return user is not None and user.kind == "municipal"


def _municipal_part(view: View, name: str, title: tuple[str, str], kind: str) -> Figure:
    def chosen(line: Line) -> bool:
        if not _municipal(view, line):
            return False
        tap = bool(line.supplier) and line.source != "S3"
        return {"reclaimed": line.source == "S3", "tap": tap, "all": True}[kind]

    return part_of(
        view.data.accounts(view.on.year), name=name, title=title, period=booked(view), where=chosen
    )


@evidence("reuse/municipal_reclaimed_share", mechanism="reuse", tasks=(9,))
def municipal_reclaimed(view: View) -> Figure:
    """Reclaimed water over all water of greening, street cleaning and river topping-up."""
    return share(
        view, "reuse/municipal_reclaimed_share",
        title=("市政环卫绿化和河道补水使用再生水比例", "Reclaimed share of municipal use"),
        part=_municipal_part(
            view, "reuse/municipal_reclaimed", ("市政再生水用量", "Reclaimed municipal use"),
            "reclaimed",
        ),
        whole=_municipal_part(
            view, "reuse/municipal_use", ("市政环卫绿化用水量", "Municipal use"), "all"
        ),
        clause=plan_clause("三（三）9"),
    )  # fmt: skip


@evidence("reuse/municipal_tap_use", mechanism="reuse", tasks=(9,))
def municipal_tap(view: View) -> Figure:
    """Tap water that municipal users took, which the plan wants strictly limited."""
    return finished(
        view,
        _municipal_part(
            view, "reuse/municipal_tap_use",
            ("市政环卫绿化使用自来水量", "Tap water used for municipal purposes"), "tap",
        ),
    )  # fmt: skip


@evidence("reuse/industrial_reclaimed_use", mechanism="reuse", tasks=(16, 17))
def industrial_reclaimed(view: View) -> Figure:
    """Reclaimed water that industry bought."""
    figure = part_of(
        view.data.accounts(view.on.year), name="reuse/industrial_reclaimed_use",
        title=("工业使用再生水量", "Reclaimed water used by industry"), period=booked(view),
        where=lambda line: line.source == "S3" and line.use == "U2",
    )  # fmt: skip
    return finished(view, figure)


tell_share(
    "reuse/parks_renewed_share", mechanism="reuse", tasks=(16,),
    title=("园区节水和循环化改造完成率", "Share of parks retrofitted"),
    part="reuse/parks_renewed", whole="reuse/parks_total", clause="三（五）16",
)  # fmt: skip
tell_share(
    "reuse/plants_with_reuse_share", mechanism="reuse", tasks=(17,),
    title=(
        "应配套的污水处理厂再生水系统配套率", "Share of sewage plants with the reclaimed system due"
    ),
    part="reuse/plants_complied", whole="reuse/plants_due", clause="三（五）17",
)  # fmt: skip
tell_share(
    "reuse/rain_sites_share", mechanism="reuse", tasks=(17,),
    title=("应配套项目雨水系统配套率", "Share of projects with the rain system due"),
    part="reuse/rain_sites_complied", whole="reuse/rain_sites_due", clause="三（五）17",
)  # fmt: skip
