"""Check bytes find what was altered: any single alteration exactly, many of them mostly."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from shuiheng.store.ledger.compare import Region, differences

BYTES = st.binary(min_size=1, max_size=400)


def rebuilt(before: bytes, now: bytes, regions: list[Region]) -> bytes:
    """Undo the regions: what lies outside them must be alike."""
    made, place = b"", 0
    for region in regions:
        made += now[place : region.now] + before[region.before : region.before_end]
        place = region.now_end
    return made + now[place:]


@given(BYTES, BYTES)
def test_what_lies_outside_the_regions_is_alike(before: bytes, now: bytes) -> None:
    assert rebuilt(before, now, differences(before, now)) == before


@given(BYTES)
def test_equal_strings_have_no_differences(text: bytes) -> None:
    assert differences(text, text) == []


@given(BYTES, st.data())
def test_a_changed_row_is_named_exactly(text: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(text) - 1))
    now = bytearray(text)
    now[place] ^= data.draw(st.integers(1, 255))
    assert differences(text, bytes(now)) == [Region(place, place + 1, place, place + 1)]


@given(BYTES, st.data())
def test_a_removed_row_is_named_up_to_like_neighbours(text: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(text) - 1))
    found = differences(text, text[:place] + text[place + 1 :])
    assert [region.kind for region in found] == ["removed"]
    assert found[0].before - found[0].slack <= place <= found[0].before
    assert found[0].before_end - found[0].before == 1


@given(BYTES, st.binary(min_size=1, max_size=5), st.data())
def test_inserted_rows_are_counted(text: bytes, more: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(text)))
    found = differences(text, text[:place] + more + text[place:])
    assert sum(r.now_end - r.now - r.before_end + r.before for r in found) == len(more)
    assert found[0].now <= place + len(more)


def test_every_month_of_many_meters_gone_is_found_in_no_time() -> None:
    source = random.Random(3)
    meters = [source.randbytes(8_760) for _ in range(200)]
    before = b"".join(meters)
    now = b"".join(meter[:720] + meter[1_440:] for meter in meters)
    found = differences(before, now)
    assert [region.kind for region in found] == ["removed"] * 200
    exact = sum(region.before == place * 8_760 + 720 for place, region in enumerate(found))
    assert exact >= 190


def test_removed_and_changed_rows_close_together_are_told_apart() -> None:
    before = random.Random(4).randbytes(700)
    now = bytearray(before)
    now[303] ^= 7
    del now[300]
    found = differences(before, bytes(now))
    assert [(region.kind, region.before) for region in found] == [
        ("removed", 300),
        ("changed", 303),
    ]


def test_everything_altered_is_one_region() -> None:
    one, two = (random.Random(seed).randbytes(50_000) for seed in (1, 2))
    found = differences(one, two[:-1])
    assert [(region.kind, region.before, region.now) for region in found] == [("among", 0, 0)]
