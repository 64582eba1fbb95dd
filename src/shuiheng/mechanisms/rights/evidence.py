"""Figures of water rights: confirmed over permitted, and traded."""

from __future__ import annotations

from shuiheng.mechanisms.common.telling import tell, tell_share

tell_share(
    "rights/confirmed_share", mechanism="rights", tasks=(22,),
    title=("水资源使用权确权率", "Share of permitted volume that is confirmed as a right"),
    part="rights/confirmed_volume", whole="permits/permitted_volume", clause="三（七）22",
)  # fmt: skip
tell("rights/traded_volume", mechanism="rights", tasks=(22,), clause="三（七）22")
