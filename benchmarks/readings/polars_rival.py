"""The same rules as Polars: lazy plans over meter blocks, shifts instead of windows.

What makes it quick: the files lie in the order of meter and time, so a neighbour is a plain
``shift`` and one comparison of meters; ordinary readings (nearly all) take a short way, and only
the others are put through the rare rules; only steps longer than an hour are unfolded.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
from benchmarks.readings.source import Source
from polars import col, lit, when

from shuiheng.core.vee import VeeRules

SPAN = 512
SHANGHAI_S, DAY_S, HOUR_S = 28_800, 86_400, 3_600


class Rules:
    """The thresholds as expressions over the columns ``unit`` and ``q4``."""

    def __init__(self, rules: VeeRules) -> None:
        self.of = rules

    def most(self, dt: pl.Expr) -> pl.Expr:
        return col("q4") * (dt + self.of.clock_jitter_s) // HOUR_S + col("unit")

    def fits(self, v0: pl.Expr, v1: pl.Expr, dt: pl.Expr) -> pl.Expr:
        return (v1 >= v0) & (v1 - v0 <= self.most(dt))

    def slack(self) -> pl.Expr:
        counted = pl.max_horizontal(
            self.of.reverse_counts * col("unit"), lit(self.of.reverse_floor_l)
        )
        return pl.max_horizontal(
            col("unit"), pl.min_horizontal(counted, lit(self.of.reverse_cap_l))
        )

    def backwards(self, v0: pl.Expr, v1: pl.Expr) -> pl.Expr:
        fall = v0 - v1
        small = (fall <= col("unit")) | ((fall <= self.slack()) & (fall * 10 <= v0))
        return (fall > 0) & small

    def odd(self, v0: pl.Expr, v1: pl.Expr, dt: pl.Expr) -> pl.Expr:
        return ~(self.fits(v0, v1, dt) | self.backwards(v0, v1))

    def home(self, v0: pl.Expr, v1: pl.Expr, vb: pl.Expr, v2: pl.Expr, dt: pl.Expr) -> pl.Expr:
        """Whether a register at v0 that jumped to v1 is back at v2, in one step from vb."""
        back = when(v1 > v0).then(vb - v2).otherwise(v2 - vb)
        near = (v2 >= v0 - self.slack()) & (v2 - v0 <= self.most(dt))
        return near & (back * 2 >= (v1 - v0).abs())

    def chosen(self, v0: pl.Expr, lo: pl.Expr, hi: pl.Expr, dt: pl.Expr) -> pl.Expr:
        other = self.fits(v0, hi, dt) | ((hi - v0).abs() < (lo - v0).abs())
        return when((lo == hi) | v0.is_null() | self.fits(v0, lo, dt)).then(lo).otherwise(
            when(other).then(hi).otherwise(lo)
        )  # fmt: skip


def back(name: str, steps: int) -> pl.Expr:
    """Return the column so many rows of the same meter before (or, negative, after)."""
    return when(col("key") == col("key").shift(steps)).then(col(name).shift(steps))


def near(readings: pl.LazyFrame, facts: pl.DataFrame, rules: VeeRules, now_s: int) -> pl.LazyFrame:
    """Return one row an instant with its neighbours, and whether it is ordinary."""
    ask = Rules(rules)
    t = col("at").dt.epoch("s")
    same = col("key") == col("key").shift(-1)
    instants = (
        readings.select("key", t=t, lo=col("value_l"))
        .filter(col("t").is_between(rules.earliest_s, now_s + rules.future_slack_s))
        .filter(col("lo") >= 0)
        .with_columns(
            first=(col("t") != col("t").shift(1)).fill_null(True)
            | (col("key") != col("key").shift(1)),
            hi=when((col("key") == col("key").shift(-2)) & (col("t") == col("t").shift(-2)))
            .then(col("lo").shift(-2))
            .when(same & (col("t") == col("t").shift(-1)))
            .then(col("lo").shift(-1))
            .otherwise(col("lo")),
        )
        .filter("first")
        .drop("first")
    )
    neighbours = instants.with_columns(
        t1=back("t", 1), l1=back("lo", 1), h1=back("hi", 1),
        t2=back("t", 2), v2=back("lo", 2), t3=back("t", 3), v3=back("lo", 3),
        ta=back("t", -1), va=back("lo", -1), tb=back("t", -2), vb=back("lo", -2),
    )  # fmt: skip
    one = (col("lo") == col("hi")) & (col("l1") == col("h1"))
    plain = ask.fits(col("l1"), col("lo"), col("t") - col("t1")) & ask.fits(
        col("v2"), col("l1"), col("t1") - col("t2")
    )
    return (
        neighbours.filter(col("t1").is_not_null())
        .join(facts.lazy(), on="key", maintain_order="left")
        .with_columns(ordinary=(one & plain).fill_null(False))
    )


def rare(rows: pl.LazyFrame, rules: VeeRules, exchanges: pl.DataFrame) -> pl.LazyFrame:
    """Judge the readings that are not ordinary; a misread gives no step."""
    ask = Rules(rules)
    t, t1, t2, t3, ta, tb = (col(name) for name in ("t", "t1", "t2", "t3", "ta", "tb"))
    v, v1, v2, v3, va, vb = (col(name) for name in ("v", "v1", "v2", "v3", "va", "vb"))
    odd, home = ask.odd, ask.home

    def sure(expression: pl.Expr) -> pl.Expr:
        return expression.fill_null(False)

    second = odd(v2, v1, t1 - t2) & odd(v2, v, t - t2) & home(v2, v1, v, va, ta - t2)
    one_back = odd(v2, v1, t1 - t2) & home(v2, v1, v1, v, t - t2)
    two_back = odd(v3, v2, t2 - t3) & odd(v3, v1, t1 - t3) & home(v3, v2, v1, v, t - t3)
    misread = sure(home(v1, v, v, va, ta - t1)) | sure(home(v1, v, va, vb, tb - t1))
    place = (
        when(sure(~odd(v1, v, t - t1)))
        .then(when(sure(second)).then(0).otherwise(1))
        .when(sure(one_back)).then(2)
        .when(sure(two_back)).then(3)
        .when(misread).then(0).otherwise(1)
    )  # fmt: skip
    placed = (
        rows.filter(~col("ordinary"))
        .with_columns(
            v1=ask.chosen(v2, col("l1"), col("h1"), t1 - t2),
            v=ask.chosen(col("l1"), col("lo"), col("hi"), t - t1),
            conflict=col("lo") != col("hi"),
        )
        .with_columns(place=place)
        .filter(col("place") > 0)
        .with_columns(
            t0=when(col("place") == 1).then(t1).when(col("place") == 2).then(t2).otherwise(t3),
            # a step is doubtful when either end had two registers
            conflict=col("conflict") | ((col("place") == 1) & (col("l1") != col("h1"))),
            v0=when(col("place") == 1).then(v1).when(col("place") == 2).then(v2).otherwise(v3),
        )
    )
    t0, v0, dt = col("t0"), col("v0"), t - col("t0")
    through = col("final_l") - v0 + v - col("initial_l")
    held = (
        (col("final_l") >= v0) & (v >= col("initial_l")) & (through <= ask.most(dt))
        & (col("at_s") > t0) & (col("at_s") <= t)
    )  # fmt: skip
    around = v - v0 + col("capacity")
    rolled = (
        (v < v0) & (v0 * 1000 > col("capacity") * rules.rollover_above_permille)
        & (v0 < col("capacity")) & (around >= 0) & (around <= ask.most(dt))
    )  # fmt: skip
    return (
        placed.join(exchanges.lazy(), on="key", how="left")
        .with_columns(held=sure(held))
        .sort("held", descending=True, maintain_order=True)
        .unique(["key", "t"], keep="first")
        .with_columns(
            volume=when("held").then(through)
            .when(ask.fits(v0, v, dt)).then(v - v0)
            .when(ask.backwards(v0, v)).then(0)
            .when(rolled).then(around),
            reverse=when(~col("held") & ask.backwards(v0, v)).then(v0 - v).otherwise(0),
            most=ask.most(dt),
        )
    )  # fmt: skip


def guesses(steps: pl.DataFrame, unknown: pl.DataFrame, memory_s: int) -> pl.DataFrame:
    """Return the steps without a volume with the usual flow of the weeks before them."""
    made = []
    for row in unknown.iter_rows(named=True):
        before = steps.filter(
            (col("key") == row["key"]) & (col("t") < row["t"]) & col("volume").is_not_null()
            & (col("reverse") == 0)
        ).sort("t")  # fmt: skip
        litres = seconds = 0
        for volume, dt in zip(before["volume"], before["t"] - before["t0"], strict=True):
            litres, seconds = litres + volume, seconds + dt
            if seconds > memory_s:
                litres, seconds = litres // 2, seconds // 2
        dt = row["t"] - row["t0"]
        guess = litres * DAY_S // seconds * dt // DAY_S if seconds else None
        if row["v"] < row["v0"]:
            low = row["v"] if row["v"] <= row["most"] else 0
            made.append(min(max(guess or 0, low), row["most"]))
        else:
            made.append(row["most"] if guess is None else min(guess, row["most"]))
    return unknown.with_columns(volume=pl.Series(made, dtype=pl.Int64))


def hours(steps: pl.LazyFrame, rules: VeeRules) -> pl.LazyFrame:
    """Return the hours of steps longer than one hour."""
    day = (col("h") + SHANGHAI_S) // DAY_S
    dt, edge = col("t") - col("t0"), day * DAY_S - SHANGHAI_S
    month = pl.from_epoch(day * DAY_S).dt.month_start()
    begin = month.dt.epoch("s") - SHANGHAI_S
    end = month.dt.offset_by("1mo").dt.epoch("s") - SHANGHAI_S

    def measured(start: pl.Expr, stop: pl.Expr, slack: int) -> pl.Expr:
        inside = pl.min_horizontal("t", stop) - pl.max_horizontal("t0", start)
        exact = (col("volume") == 0) | (pl.min_horizontal(inside, dt - inside) <= slack)
        return when(exact & ~col("guessed")).then(col("v")).otherwise(0)

    until = col("h") + HOUR_S - col("t0")
    return (
        steps.filter(dt > HOUR_S)
        .with_columns(h=pl.int_ranges("t0", "t", HOUR_S))
        .explode("h")
        .with_columns(v=col("volume") * until // dt - col("volume") * (until - HOUR_S) // dt)
        .select(
            "key", "v", day=day,
            clock=(col("h") + SHANGHAI_S) % DAY_S // HOUR_S,
            in_day=measured(edge, edge + DAY_S, rules.day_slack_s),
            in_month=measured(begin, end, rules.month_slack_s),
            quality=when((col("quality") == 0) & (col("volume") > 0)).then(1)
            .otherwise(col("quality")).cast(pl.Int8),
            reverse=when(until == dt).then(col("reverse")).otherwise(0),
        )
    )  # fmt: skip


def days(steps: pl.LazyFrame, rules: VeeRules) -> pl.LazyFrame:
    """Return the days of the steps; quality 0 is good, 1 estimated, 2 suspect, 3 rejected."""
    local = col("t0") + SHANGHAI_S
    kept = when("guessed").then(0).otherwise(col("volume"))
    short = steps.filter(col("t") - col("t0") == HOUR_S).select(
        "key", v="volume", day=local // DAY_S, clock=local % DAY_S // HOUR_S,
        in_day=kept, in_month=kept, quality="quality", reverse="reverse",
    )  # fmt: skip
    night = col("clock").is_between(2, 4)
    still = night & (col("quality") == 0) & (col("reverse") == 0)
    every = pl.concat([short, hours(steps, rules).select(short.collect_schema().names())])
    return every.group_by("key", "day").agg(
        volume_l=col("v").sum(), measured_l=col("in_day").sum(), reverse_l=col("reverse").sum(),
        good_h=(col("quality") == 0).sum(), estimated_h=(col("quality") == 1).sum(),
        suspect_h=(col("quality") == 2).sum(), rejected_h=(col("quality") == 3).sum(),
        absent_h=24 - pl.len(),
        night_min_l=when(still.sum() == 3).then(col("v").filter(night).min()),
        in_month=col("in_month").sum(),
    )  # fmt: skip


def block(source: Source, first: int, rules: VeeRules, now_s: int) -> pl.DataFrame:
    """Return the days of the meters of one block."""
    inside = col("key").is_between(first, first + SPAN - 1)
    facts = pl.read_parquet(source.folder / "meters.parquet").filter(inside).select(
        "key", unit="unit_l", q4="max_flow_l_h", capacity="capacity_l"
    )  # fmt: skip
    exchanges = pl.read_parquet(source.folder / "exchanges.parquet").filter(inside).select(
        "key", "final_l", "initial_l", at_s=col("at").dt.epoch("s")
    )  # fmt: skip
    readings = pl.scan_parquet(list(source.files)).filter(inside)
    readings = readings.select("key", "value_l", at=source.at)
    if not source.ordered:
        readings = readings.sort("key", "at", "value_l")
    rows = near(readings, facts, rules, now_s).collect().lazy()
    few = rare(rows, rules, exchanges).collect()
    names = ["key", "t0", "t", "volume", "reverse", "quality", "guessed"]
    ordinary = rows.filter("ordinary").select(
        "key", t0="t1", t="t", volume=col("lo") - col("l1"), reverse=lit(0, pl.Int64),
        quality=lit(0, pl.Int8), guessed=lit(False),
    )  # fmt: skip
    unknown = few.filter(col("volume").is_null())
    if len(unknown):
        keys = unknown["key"].unique()
        its = [frame.filter(col("key").is_in(keys.implode())).select(names[:5]) for frame in (
            ordinary, few.lazy())]  # fmt: skip
        unknown = guesses(pl.concat(its).collect(), unknown, rules.memory_s)
    known = few.filter(col("volume").is_not_null()).with_columns(
        quality=when("conflict").then(2).otherwise(0).cast(pl.Int8), guessed=lit(False)
    )
    unknown = unknown.with_columns(
        quality=when(col("v") < col("v0")).then(2).otherwise(3).cast(pl.Int8), guessed=lit(True)
    )
    steps = pl.concat([ordinary, known.lazy().select(names), unknown.lazy().select(names)])
    return days(steps, rules).collect()


def run(source: Source, out: Path, rules: VeeRules, now_s: int) -> None:
    """Make daily and monthly volumes of the readings of ``source`` and write them to ``out``."""
    last = int(np.max(pl.read_parquet(source.folder / "meters.parquet")["key"].to_numpy()))
    sums = ["volume_l", "measured_l", "estimated_l", "reverse_l"]
    sums += ["good_h", "estimated_h", "suspect_h", "rejected_h"]
    for first in range(0, last + 1, SPAN):
        made = block(source, first, rules, now_s).with_columns(
            start=pl.from_epoch(col("day") * DAY_S).dt.date(),
            estimated_l=col("volume_l") - col("measured_l"),
        )
        daily = made.sort("key", "start").drop("day", "in_month")
        daily.write_parquet(out / f"daily-{first:06d}.parquet")
        month = made.with_columns(
            col("start").dt.month_start(), measured_l="in_month",
            estimated_l=col("volume_l") - col("in_month"),
        )  # fmt: skip
        monthly = month.group_by("key", "start").agg(col(sums).sum()).sort("key", "start")
        monthly.write_parquet(out / f"monthly-{first:06d}.parquet")
