"""Figures of research and industry: projects, subsidised equipment."""

from __future__ import annotations

from shuiheng.mechanisms.common.telling import tell

tell("innovation/research_projects", mechanism="innovation", tasks=(25,), clause="三（八）25")
tell("innovation/equipment_subsidised", mechanism="innovation", tasks=(26,), clause="三（八）26")
