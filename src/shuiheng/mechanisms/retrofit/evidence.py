"""Figures of retrofits: projects finished and the saving that was verified."""

from __future__ import annotations

from shuiheng.mechanisms.common.telling import tell, tell_share

tell_share(
    "retrofit/done_share", mechanism="retrofit", tasks=(6,),
    title=("节水技术改造项目完成率", "Share of planned retrofits that are finished"),
    part="retrofit/projects_done", whole="retrofit/projects_planned", clause="三（二）6",
)  # fmt: skip
tell("retrofit/verified_saving", mechanism="retrofit", tasks=(6,), clause="三（二）6")
