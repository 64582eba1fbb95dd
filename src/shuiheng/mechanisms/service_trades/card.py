"""The card of high-use service trades."""

from __future__ import annotations

from shuiheng.mechanisms.common.cards import Card

CARD = Card(
    name="service_trades",
    title="特种行业和高耗水服务业",
    title_en="High-use service trades",
    tasks=(11,),
    lead="农业农村局",
    purpose="洗浴、洗车、游泳馆等特种行业采用循环用水，优先使用非常规水。",
    purpose_en="Baths, car washes, pools and the like recycle and use unconventional water first.",
    clauses=("常开委办〔2020〕67号 三（三）11",),
    rules=("tariff/service_trades_controlled", "tariff/user_classes", "quotas/services"),
    engines=("accounts", "coverage"),
)
