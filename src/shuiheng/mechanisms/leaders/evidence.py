"""Figures of efficiency leaders: how many were named, who benchmarks."""

from __future__ import annotations

from shuiheng.mechanisms.common.telling import tell

tell("leaders/selected", mechanism="leaders", tasks=(33,), clause="三（十）33")
tell("leaders/benchmarked", mechanism="leaders", tasks=(33,), clause="三（十）33")
