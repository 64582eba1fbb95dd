"""Figures of publicity: events and visits."""

from __future__ import annotations

from shuiheng.mechanisms.common.telling import tell

tell("campaign/events", mechanism="campaign", tasks=(28,), clause="三（九）28")
tell("campaign/visits", mechanism="campaign", tasks=(28,), clause="三（九）28")
