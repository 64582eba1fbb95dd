"""Figures of credit: violations filed with the credit platform."""

from __future__ import annotations

from shuiheng.mechanisms.common.telling import tell

tell("credit/records_filed", mechanism="credit", tasks=(30,), clause="三（九）30")
