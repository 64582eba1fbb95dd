"""Figures of quotas: who was compared with a quota and who exceeds it."""

from __future__ import annotations

from shuiheng.basics import Figure, Missing
from shuiheng.mechanisms.common.evidence import View, evidence
from shuiheng.mechanisms.common.names import AGRICULTURE
from shuiheng.mechanisms.common.telling import law_of, plan_clause, share

PROVINCIAL = Missing(
    "quotas/jiangsu_tables", "江苏省用水定额表（2019年修订及补充）的数值",
    "The values of Jiangsu's quota tables (2019 and supplements)", held_by=AGRICULTURE,
    how="在本单位规则目录中载入 quotas/jiangsu_tables", how_en="load quotas/jiangsu_tables in the "
    "office's own rules folder",
)  # fmt: skip


@evidence("quotas/over_quota_share", mechanism="quotas", tasks=(1, 6))
def over_quota(view: View) -> Figure:
    """Users above their quota, over users that were compared with it.

    Until the provincial tables are loaded nothing is compared here: the office's count stands.
    """
    figure = share(
        view, "quotas/over_quota_share",
        title=("超定额用水户比例", "Share of compared users above their quota"),
        part="quotas/over_quota_users", whole="quotas/compared_users",
        clause=plan_clause("三（二）6"),
        note=("由部门核对后申报；省定额表数值未载入，平台未自行核对。",
              "Compared and declared by the office; the provincial tables are not loaded, so that "
              "nothing was compared here."),
    )  # fmt: skip
    if figure.value is None and law_of(view, "quotas/jiangsu_tables") is None:
        return figure.with_inputs(PROVINCIAL)
    return figure
