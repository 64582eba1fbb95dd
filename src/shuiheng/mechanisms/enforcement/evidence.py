"""Figures of enforcement: cases decided."""

from __future__ import annotations

from shuiheng.mechanisms.common.telling import tell_share

tell_share(
    "enforcement/decided_share", mechanism="enforcement", tasks=(5, 30),
    title=("涉水案件办结率", "Share of opened cases that were decided"),
    part="enforcement/cases_decided", whole="enforcement/cases_opened", clause="四（五）",
)  # fmt: skip
