"""One seed makes the whole district; nothing is written here."""

from __future__ import annotations

import numpy as np

from shuiheng.cli.demo.arriving import readings_of
from shuiheng.cli.demo.declared import declare_volumes, plan_volumes
from shuiheng.cli.demo.faults import binding_of, tell_stories
from shuiheng.cli.demo.flows import fit_meters, make_flows, make_registers, month_truth
from shuiheng.cli.demo.meters import make_meters
from shuiheng.cli.demo.record import SEED
from shuiheng.cli.demo.rows import District
from shuiheng.cli.demo.series import make_facts, make_series
from shuiheng.cli.demo.users import make_users


def generate(seed: int = SEED, scale: float = 1.0) -> District:
    """Return the district of this seed; ``scale`` thins users and meters, never the totals."""
    rng = np.random.default_rng(seed)
    users = make_users(rng, scale)
    meters = make_meters(rng, users, scale)
    hourly, daily = make_flows(rng, meters)
    fit_meters(rng, meters, hourly, daily)
    groups = make_registers(rng, meters, hourly, daily)
    truth_l = month_truth(groups, len(meters))
    telling = tell_stories(users, meters, groups)
    bindings = [
        binding
        for meter in meters
        for binding in telling.moved.get(meter.number, [binding_of(meter)])
    ]
    return District(
        seed=seed,
        users=users,
        meters=meters,
        bindings=bindings,
        exchanges=telling.exchanges,
        declared=declare_volumes(rng, users, meters, truth_l),
        series=make_series(),
        facts=make_facts(),
        plans=plan_volumes(rng, users, meters, telling.moved, truth_l, telling.stories),
        stories=telling.stories,
        batches=readings_of(telling),
        truth_l=truth_l,
    )
