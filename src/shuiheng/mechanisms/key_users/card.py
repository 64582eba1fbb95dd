"""The card of key monitored users."""

from __future__ import annotations

from shuiheng.mechanisms.common.cards import Card

CARD = Card(
    name="key_users",
    title="重点监控用水单位",
    title_en="Key monitored users",
    tasks=(7, 19),
    lead="农业农村局",
    purpose="年用水量达到门槛的工业和服务业用水单位全部纳入名录并在线监控。",
    purpose_en=(
        "Every user of industry and services at the threshold is on the list and is watched online."
    ),
    clauses=("常开委办〔2020〕67号 三（六）19", "常开委办〔2020〕67号 三（二）7"),
    rules=(
        "key_users/annual_use_threshold",
        "key_users/district_list",
        "key_users/duties",
        "key_users/national_annual_use",
        "key_users/basis",
    ),
    engines=("accounts", "coverage"),
)
