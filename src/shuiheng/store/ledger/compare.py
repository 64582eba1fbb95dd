"""Where two strings of check bytes differ: rows changed, removed or inserted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_WINDOW = 8  # equal bytes in a row that are no chance
_SMALL = 40_000  # cells of a table of edit distances that is worth making
_FAR = 1 << 20  # how far the continuation is looked for
_NEAR = 8


@dataclass(frozen=True, slots=True)
class Region:
    """Sealed rows ``before`` to ``before_end`` that now are rows ``now`` to ``now_end``.

    ``slack`` says how many rows further up a removed or inserted run may as well have been,
    because the check bytes there are alike.
    """

    before: int
    before_end: int
    now: int
    now_end: int
    slack: int = 0

    @property
    def kind(self) -> str:
        """What happened: ``changed``, ``removed``, ``inserted``, or ``among`` these rows."""
        gone, come = self.before_end - self.before, self.now_end - self.now
        if gone == come:
            return "changed"
        if not come:
            return "removed"
        return "inserted" if not gone else "among"


def differences(before: bytes, now: bytes) -> list[Region]:
    """Return the regions in which the rows differ, first to last.

    >>> [(r.kind, r.before, r.now) for r in differences(b"abcdefghijkl", b"abXdefghijkl")]
    [('changed', 2, 2)]
    >>> [(r.kind, r.before, r.before_end) for r in differences(b"abcdefghijkl", b"abefghijkl")]
    [('removed', 2, 4)]
    """
    end, now_end = _without_common_end(before, now)
    head, now_head = before[:end], now[:now_end]
    regions: list[Region] = []
    i = j = 0
    while True:
        same = _common(before, now, i, j, min(end - i, now_end - j))
        i, j = i + same, j + same
        if i == end and j == now_end:
            return regions
        gone, come = _resume(head, now_head, i, j)
        regions += _narrowed(before, now, Region(i, i + gone, j, j + come))
        i, j = i + gone, j + come


def _without_common_end(before: bytes, now: bytes) -> tuple[int, int]:
    most = min(len(before), len(now))
    most -= _common(before, now, 0, 0, most)
    if not most:
        return len(before), len(now)
    one, two = (np.frombuffer(text, np.uint8)[::-1][:most] for text in (before, now))
    differ = np.flatnonzero(one != two)
    same = int(differ[0]) if len(differ) else most
    return len(before) - same, len(now) - same


def _common(before: bytes, now: bytes, i: int, j: int, most: int) -> int:
    done, step = 0, 256
    while done < most:
        size = min(step, most - done)
        one = np.frombuffer(before, np.uint8, size, i + done)
        differ = np.flatnonzero(one != np.frombuffer(now, np.uint8, size, j + done))
        if len(differ):
            return done + int(differ[0])
        done, step = done + size, step * 4
    return done


def _resume(before: bytes, now: bytes, i: int, j: int) -> tuple[int, int]:
    """Return how many rows to skip on each side until the rows agree again."""
    best = (len(before) - i, len(now) - j)
    if not all(best):
        return best
    for near in (0, *range(1, _NEAR + 1)):
        found = []
        piece = now[j + near : j + near + _WINDOW]
        if len(piece) == _WINDOW and (at := before.find(piece, i, i + _FAR)) >= 0:
            found.append((at - i, near))
        piece = before[i + near : i + near + _WINDOW]
        if len(piece) == _WINDOW and (at := now.find(piece, j, j + _FAR)) >= 0:
            found.append((near, at - j))
        if near == 0:
            enough = min((max(skip) for skip in found), default=len(before))
            straight = _straight(before, now, i, j, enough)
            found += [straight] if straight else []
        best = min([best, *found], key=lambda skip: (max(skip), skip[0] != skip[1]))
        if max(best) <= near + 1:
            break
    return best


def _straight(before: bytes, now: bytes, i: int, j: int, enough: int) -> tuple[int, int] | None:
    """Return after how many changed rows, below ``enough``, the rows agree without a shift."""
    done, step = 0, 64
    most = min(len(before) - i, len(now) - j)
    while done < min(most, enough):
        size = min(step + _WINDOW, most - done)
        if size < _WINDOW:
            break
        one = np.frombuffer(before, np.uint8, size, i + done)
        equal = (one == np.frombuffer(now, np.uint8, size, j + done)).astype(np.int64)
        sums = np.convolve(equal, np.ones(_WINDOW, np.int64), "valid")
        hits = np.flatnonzero(sums == _WINDOW)
        if len(hits):
            skip = done + int(hits[0])
            return skip, skip
        done, step = done + max(1, size - _WINDOW + 1), step * 4
    if done >= most - _WINDOW and most == len(before) - i == len(now) - j:
        return most, most
    return None


def _narrowed(before: bytes, now: bytes, region: Region) -> list[Region]:
    """Return the region, or the smaller regions within it that explain it as well."""
    gone, come = region.before_end - region.before, region.now_end - region.now
    if gone == come:
        one = np.frombuffer(before, np.uint8, gone, region.before)
        differ = np.flatnonzero(one != np.frombuffer(now, np.uint8, come, region.now))
        runs = np.split(differ, np.flatnonzero(np.diff(differ) > 1) + 1)
        return [
            Region(*(int(edge) for edge in (
                region.before + run[0], region.before + run[-1] + 1,
                region.now + run[0], region.now + run[-1] + 1)))
            for run in runs if len(run)
        ]  # fmt: skip
    if not gone or not come:
        return [_with_slack(before, now, region)]
    if gone * come > _SMALL:
        return [region]
    return _least_edits(before, now, region)


def _with_slack(before: bytes, now: bytes, region: Region) -> Region:
    text, start, end = (
        (before, region.before, region.before_end)
        if region.before_end > region.before
        else (now, region.now, region.now_end)
    )
    slack = 0
    while slack < min(start, 64) and text[start - 1 - slack] == text[end - 1 - slack]:
        slack += 1
    return Region(region.before, region.before_end, region.now, region.now_end, slack)


def _least_edits(before: bytes, now: bytes, region: Region) -> list[Region]:
    """Split a small region by the least number of rows changed, removed and inserted."""
    one = before[region.before : region.before_end]
    two = now[region.now : region.now_end]
    cost = np.zeros((len(one) + 1, len(two) + 1), np.int64)
    cost[:, 0], cost[0, :] = np.arange(len(one) + 1), np.arange(len(two) + 1)
    for i, byte in enumerate(one, start=1):
        for j, other in enumerate(two, start=1):
            cost[i, j] = min(
                cost[i - 1, j - 1] + (byte != other), cost[i - 1, j] + 1, cost[i, j - 1] + 1
            )
    steps: list[tuple[int, int]] = []
    i, j = len(one), len(two)
    while i or j:
        if i and j and cost[i, j] == cost[i - 1, j - 1] + (one[i - 1] != two[j - 1]):
            i, j = i - 1, j - 1
            steps.append((1, 1))
        elif i and cost[i, j] == cost[i - 1, j] + 1:
            i -= 1
            steps.append((1, 0))
        else:
            j -= 1
            steps.append((0, 1))
    return _joined(before, now, region, steps[::-1])


def _joined(
    before: bytes, now: bytes, region: Region, steps: list[tuple[int, int]]
) -> list[Region]:
    """Make regions of single steps: neighbours of one kind become one region."""
    regions: list[Region] = []
    last: tuple[int, int] | None = None
    i, j = region.before, region.now
    for step in steps:
        gone, come = step
        if step == (1, 1) and before[i] == now[j]:
            last = None
        elif step == last:
            grown = regions[-1]
            regions[-1] = Region(grown.before, i + gone, grown.now, j + come)
        else:
            regions.append(Region(i, i + gone, j, j + come))
            last = step
        i, j = i + gone, j + come
    return regions
