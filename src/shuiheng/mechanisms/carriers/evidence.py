"""Figures of carriers: share of each class that has the title, appliances, the county's points."""

from __future__ import annotations

from shuiheng.basics import Declared, Figure
from shuiheng.core.coverage import counted
from shuiheng.mechanisms.common.evidence import View, evidence
from shuiheng.mechanisms.common.telling import (
    fact,
    plan_clause,
    share,
    tell,
    tell_share,
    yearly,
)

CLAUSE = plan_clause("三（十）32")
# class -> (kinds in the register, titles of the class)
CLASSES: dict[str, tuple[tuple[str, ...], tuple[str, str]]] = {
    "enterprises": (("enterprise", "power_plant"), ("企业", "Enterprises")),
    "institutions": (("office",), ("机关、单位", "Institutions")),
    "communities": (("community",), ("社区、小区", "Communities")),
    "hospitals": (("hospital",), ("医院", "Hospitals")),
    "irrigation_districts": (("irrigation_district",), ("灌区", "Irrigation districts")),
}


@evidence(
    "carriers/school_share", mechanism="carriers", tasks=(10, 32), trend=yearly("school_share")
)
def school_share(view: View) -> Figure:
    """Titled schools over the schools of a fixed list, or over those in the register."""
    whole = fact(view, "carriers/schools_total")
    note = ("分母为固定名单。", "The denominator is a fixed list.")
    registered = _registered(view, "schools", ("school",), ("学校", "Schools"))
    if isinstance(whole, Declared) and registered.value != whole.value:
        note = (
            f"分母为固定名单；登记册中的学校为 {registered.value} 所。",
            f"The denominator is a fixed list; the register has {registered.value} schools.",
        )
    if not isinstance(whole, Declared):
        note = (
            "未申报固定名单：分母为登记册中的学校。",
            "No fixed list was declared: the register counts.",
        )
    return share(
        view, "carriers/school_share",
        title=("节水型学校建成率", "Share of water-saving schools"),
        part="carriers/schools_titled", whole=whole if isinstance(whole, Declared) else registered,
        clause=plan_clause("三（三）10"), note=note,
    )  # fmt: skip


def _registered(view: View, name: str, kinds: tuple[str, ...], title: tuple[str, str]) -> Figure:
    users = view.data.accounts(view.on.year).users.values()
    return counted(
        name=f"carriers/{name}_registered",
        title=(f"登记的{title[0]}", f"{title[1]} in the register"),
        number=sum(1 for user in users if user.kind in kinds), unit="家", period=view.year,
    )  # fmt: skip


def _coverage(name: str, kinds: tuple[str, ...], title: tuple[str, str]) -> None:
    def titled_share(view: View) -> Figure:
        return share(
            view, f"carriers/{name}_share",
            title=(f"节水型{title[0]}覆盖率", f"Water-saving {title[1].lower()}, share"),
            part=f"carriers/{name}_titled", whole=_registered(view, name, kinds, title),
            clause=CLAUSE,
            note=("分母为登记册中的用水户。", "The denominator is the register of users."),
        )  # fmt: skip

    titled_share.__qualname__ = f"carriers:{name}"
    evidence(f"carriers/{name}_share", mechanism="carriers", tasks=(32,))(titled_share)


for _name, (_kinds, _title) in CLASSES.items():
    _coverage(_name, _kinds, _title)

tell_share(
    "carriers/appliance_share", mechanism="carriers", tasks=(10,),
    title=("公共机构节水型器具普及率", "Share of saving appliances in public institutions"),
    part="carriers/appliances_saving", whole="carriers/appliances_total", clause="三（三）10",
)  # fmt: skip
tell("carriers/contract_projects", mechanism="carriers", tasks=(10,), clause="三（三）10")
tell(
    "carriers/county_society_points", mechanism="carriers", tasks=(31,), clause="三（十）31",
    threshold="carriers/county_society_pass",
)  # fmt: skip
tell("carriers/demonstration_towns", mechanism="carriers", tasks=(31,), clause="三（十）31")
