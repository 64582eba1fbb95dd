"""What only shows over days and weeks, read from the whole daily history of each meter."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shuiheng.core.vee.codes import CODES, QUALITIES, TALLY
from shuiheng.core.vee.rules import Ints, VeeRules

# Findings of patterns belong to no month: they are about the whole history.
WHOLE_HISTORY = -1


def find_patterns(days: pa.Table, meters: pa.Table, rules: VeeRules) -> pa.Table:
    """Return the findings that only show over days and weeks, each with ``month`` -1.

    ``days`` has ``key``, ``start``, ``volume_l``, ``quality``, ``missing_h``, ``night_min_l``,
    ``least_hour_l`` and ``count_l``, sorted by key and start; ``meters`` has ``key``, ``unit_l``,
    ``max_flow_l_h`` and ``step_s``. The findings have the columns of the kernel's own.
    """
    from shuiheng.core.vee import trends
    from shuiheng.core.vee.kernel import frozen

    key = np.asarray(days["key"].to_numpy(), np.int32)
    fresh = np.concatenate(([True], key[1:] != key[:-1]))[: len(key)]
    first = np.append(np.flatnonzero(fresh), len(key)).astype(np.int64)
    place = pc.index_in(pa.array(key[first[:-1]]), meters["key"].combine_chunks())
    facts = meters.take(pc.fill_null(place, 0)) if len(meters) else meters
    known = len(meters) > 0
    zero = np.zeros(len(first) - 1, np.int64)
    unit = np.asarray(facts["unit_l"].to_numpy(), np.int64) if known else zero + 1
    quality = pc.index_in(days["quality"], pa.array(QUALITIES)).to_numpy().astype(np.int8)
    tallies = np.zeros((len(first) - 1, len(CODES), len(TALLY)), np.int64)
    trends.find(
        trends.Days(
            *map(
                frozen,
                (
                    np.asarray(days["start"].cast(pa.int32()).to_numpy(), np.int64),
                    np.asarray(days["volume_l"].to_numpy(), np.int64),
                    quality,
                    np.asarray(days["missing_h"].to_numpy(), np.float64) <= 1.0,
                    _litres(days, "night_min_l"),
                    _litres(days, "least_hour_l"),
                    _litres(days, "count_l"),
                ),
            )
        ),
        first,
        np.maximum(unit, 1),
        tallies,
        rules.array(),
    )
    meter, code = np.nonzero(tallies[:, :, 0])
    tally = tallies[meter, code]
    keys = key[first[:-1]]

    def fact(name: str) -> pa.Array:
        values = np.asarray(facts[name].to_numpy(), np.int64) if known else zero
        return pa.array(values[meter])

    return pa.table(
        {
            "key": pa.array(keys[meter]),
            "month": pa.array(np.full(len(meter), WHOLE_HISTORY, np.int32)),
            "code": pa.array([CODES[place] for place in code], pa.string()),
            **{name: pa.array(tally[:, place]) for place, name in enumerate(TALLY)},
            "limit_l_h": fact("max_flow_l_h"),
            "usual_step_s": fact("step_s"),
        }
    )


def _litres(days: pa.Table, name: str) -> Ints:
    """Return a column of litres, -1 where unknown."""
    return np.asarray(pc.fill_null(days[name].cast(pa.int64()), -1).to_numpy(), np.int64)
