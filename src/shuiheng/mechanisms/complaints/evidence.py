"""Figures of complaints: answered in time."""

from __future__ import annotations

from shuiheng.mechanisms.common.telling import tell_share

tell_share(
    "complaints/answered_share", mechanism="complaints", tasks=(30,),
    title=("举报投诉按期答复率", "Share of complaints answered in time"),
    part="complaints/answered_in_time", whole="complaints/received", clause="三（九）30",
)  # fmt: skip
