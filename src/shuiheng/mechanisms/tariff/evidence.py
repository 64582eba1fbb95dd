"""Figures of prices: the documents in force, the farm price reform."""

from __future__ import annotations

from shuiheng.basics import Figure, Missing
from shuiheng.core.coverage import counted
from shuiheng.mechanisms.common.evidence import View, evidence
from shuiheng.mechanisms.common.names import ECONOMY
from shuiheng.mechanisms.common.telling import finished, law_of, plan_clause, tell_share

# The price documents a district needs, by the rule that would hold each.
DOCUMENTS = {
    "tariff/prices_residents": ("居民阶梯水价文件", "Price document: residential tiers"),
    "tariff/prices_non_residents": ("非居民水价文件", "Price document: non-residential"),
    "tariff/prices_special": ("特种行业水价文件", "Price document: special trades"),
    "tariff/prices_sewage": ("污水处理费文件", "Price document: sewage fee"),
    "tariff/prices_agriculture": ("农业水价文件", "Price document: agriculture"),
}


@evidence("tariff/price_documents", mechanism="tariff", tasks=(21, 11))
def price_documents(view: View) -> Figure:
    """Which price documents are loaded; those that are not are named one by one."""
    laws = {name: law_of(view, name) for name in DOCUMENTS}
    title = ("已载入的水价文件", "Price documents loaded")
    lacking = [
        Missing(
            name, *DOCUMENTS[name], held_by=ECONOMY, how=f"在本单位规则目录中载入 {name}",
            how_en=f"load {name} in the office's own rules folder",
        )
        for name, law in laws.items()
        if law is None
    ]  # fmt: skip
    loaded = [law for law in laws.values() if law is not None]
    if not loaded:
        return Figure.absent(
            "tariff/price_documents", *title, "件", *lacking, formula="已载入的文件数",
            formula_en="documents loaded", period=view.year, clause=plan_clause("三（七）21"),
        )  # fmt: skip
    return finished(
        view,
        counted(
            name="tariff/price_documents", title=title, number=len(loaded), unit="件",
            inputs=(*loaded, *lacking), formula=("已载入的文件数", "documents loaded"),
            period=view.year, clause=plan_clause("三（七）21"),
        ),
    )  # fmt: skip


tell_share(
    "tariff/farm_reform_share", mechanism="tariff", tasks=(21,),
    title=("农业水价综合改革完成率", "Share of farmland with the price reform finished"),
    part="tariff/reformed_farmland_area", whole="tariff/irrigated_farmland_area",
    clause="三（七）21",
)  # fmt: skip
