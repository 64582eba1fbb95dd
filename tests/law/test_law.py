"""Cases of law as an official would put them: both sides of every threshold."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from shuiheng.rules import Law, NotInForce, Unverified, band

HERE = Path(__file__).parent
CASES = [
    pytest.param(case, id=f"{path.stem}: {case['case']}")
    for path in sorted(HERE.glob("*.yaml"))
    for case in yaml.safe_load(path.read_text(encoding="utf-8"))
]


def _value_of(given: dict[str, Any]) -> Decimal:
    return Decimal(str(given.get("value", given.get("share"))))


@pytest.mark.parametrize("case", CASES)
def test_case(case: dict[str, Any]) -> None:
    law = Law.shipped()
    on = case["on"] if isinstance(case["on"], date) else date.fromisoformat(str(case["on"]))
    asked = {"on": on, "place": str(case.get("place", "320411"))}
    name, given, expect = case["rule"], case.get("given") or {}, case["expect"]
    assert expect, "a case must expect something"
    if expect.get("refused") == "unverified":
        with pytest.raises(Unverified):
            law.decide(name, **asked)
        return
    if expect.get("not_in_force"):
        with pytest.raises(NotInForce):
            law.as_of(name, **asked)
        return
    cited = law.as_of(name, **asked)
    rule = law.rule(name, place=cited.place)
    known = {"holds", "value", "band", "factor", "clause", "row", "since"}
    assert set(expect) <= known, f"unknown expectation {set(expect) - known}"
    if "holds" in expect:
        assert rule.holds(cited, _value_of(given)) is expect["holds"]
    if "value" in expect:
        _assert_value(cited.value, expect["value"])
    if "band" in expect or "factor" in expect:
        place = band(cited.value, _value_of(given), edge=str(rule.more.get("edge", "upper")))
        if "band" in expect:
            assert place + 1 == expect["band"]
        if "factor" in expect:
            step = cited.value[place]
            stored = step.get("factor", step.get("value", step.get("score")))
            assert Decimal(str(stored)) == Decimal(str(expect["factor"]))
    if "row" in expect:
        matching = [r for r in cited.value if all(r.get(k) == str(v) for k, v in given.items())]
        assert len(matching) == 1, f"{given} picks {len(matching)} rows"
        for key, value in expect["row"].items():
            assert str(matching[0].get(key)) == str(value)
    if "clause" in expect:
        assert str(cited.clause) == expect["clause"]
    if "since" in expect:
        assert cited.since.isoformat() == str(expect["since"])


def _assert_value(stored: Any, expected: Any) -> None:
    if isinstance(stored, Decimal):
        assert stored == Decimal(str(expected))
    elif isinstance(expected, dict) and isinstance(stored, dict):
        for key, value in expected.items():
            assert str(stored.get(key)) == str(value), key
    else:
        assert stored == expected
