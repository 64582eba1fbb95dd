"""Figures of savings evaluation and the three simultaneities."""

from __future__ import annotations

from shuiheng.mechanisms.common.telling import tell_share

tell_share(
    "evaluation/projects_share", mechanism="evaluation", tasks=(3,),
    title=("节水评价开展率", "Share of projects that were evaluated"),
    part="evaluation/projects_evaluated", whole="evaluation/projects_due", clause="三（一）3",
)  # fmt: skip
tell_share(
    "evaluation/three_simultaneities_share", mechanism="evaluation", tasks=(3,),
    title=("节水“三同时”落实率", "Share of projects with the three simultaneities"),
    part="evaluation/three_simultaneities_met", whole="evaluation/three_simultaneities_due",
    clause="三（一）3",
)  # fmt: skip
