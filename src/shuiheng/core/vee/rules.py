"""The thresholds of validation, estimation and editing, in one frozen value."""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class VeeRules:
    """The thresholds the kernel is given; every one is a whole number with its unit in the name.

    None of them is law: they are design values (confidence D), written in the packs under
    ``vee/`` so that an office can lay its own over them. The kernel gets them as one array, in
    the order of the fields.

    >>> VeeRules().array().dtype.name
    'int64'
    """

    # A reading later than now by more than this is a clock fault, not a reading.
    future_slack_s: int = 3_600
    # An instant before this one (1990-01-01 UTC) is a clock that lost its time.
    earliest_s: int = 631_152_000
    # A step longer than this many tenths of the usual step is a gap.
    gap_tenths: int = 15
    # A rollover starts in this upper part of the capacity (per mille) ...
    rollover_above_permille: int = 900
    # ... and a reset ends in this lowest part of it.
    reset_below_permille: int = 10
    # A fall up to this many counts is reverse flow, within the two bounds below.
    reverse_counts: int = 100
    reverse_floor_l: int = 200
    reverse_cap_l: int = 1_000
    # How many later rows are searched for the return of a register that jumped away.
    misread_rows: int = 48
    # Without a known Q4: the limit is this multiple of the meter's own 95th percentile of flow,
    # and never below the Q4 of the commonest domestic meter.
    own_limit_factor: int = 10
    own_limit_floor_l_h: int = 3_125
    # An exchange that was entered with a wrong day still matches a fall this near to it.
    exchange_window_s: int = 604_800
    # The register stood still this long, though the meter had counted before.
    stuck_s: int = 3_024_000
    # The memory of the typical flow: sums are halved when they span more than this.
    memory_s: int = 2_419_200
    # A piece of a step that crosses the edge of a period still counts as measured in it when
    # the smaller part of the step, inside or outside, is at most this long.
    hour_slack_s: int = 2_700
    day_slack_s: int = 7_200
    month_slack_s: int = 172_800
    year_slack_s: int = 1_296_000
    # A reading's clock may be wrong by this much; it widens the limit of short steps.
    clock_jitter_s: int = 300
    # A bounded gap gets the shape of the meter's usual week (1) or is spread evenly (0), and the
    # shape only up to this length.
    gap_profile: int = 1
    profile_s: int = 3_024_000
    # Volumes per interval and flows: a hole up to this long is interpolated, a longer one is
    # filled from like days up to this many days; beyond, it stays absent.
    interpolate_s: int = 7_200
    estimate_days: int = 7
    # A step that repeats this often, of at least so many counts, at a meter whose steps usually
    # differ by this part of their mean (per cent).
    same_steps: int = 6
    same_counts: int = 10
    same_vary_percent: int = 25
    # An impossible step within this part of 10, 100 or 1000 times the usual flow (per cent).
    factor_tolerance_percent: int = 10
    # The instants of readings moved off the grid of the usual step by this much, in the mean.
    drift_s: int = 600
    # The highest hour of a day stands so far above the third highest (tenths of it), and is so
    # many tenths of the usual highest hour.
    peak_tenths: int = 18
    peak_usual_tenths: int = 20
    # Continuous flow: so many days without an hour of zero among so many measured days in a row;
    # the least hour of a day is known when so many of its hours are measured.
    flow_window_days: int = 14
    flow_days: int = 12
    flow_hours: int = 20
    # Night minimum: so many nights in a row above the mean of earlier nights by so many standard
    # deviations and at least so many litres; the base needs so many nights, and keeps the last
    # so many.
    night_nights: int = 3
    night_sigmas: int = 3
    night_least_l: int = 10
    night_base_least: int = 14
    night_base_nights: int = 28
    # An unusual day: below or above these parts of the mean of the last so many like days (per
    # cent), and off by at least so many litres.
    like_days: int = 3
    unusual_low_percent: int = 40
    unusual_high_percent: int = 250
    unusual_least_l: int = 200
    # Scale change: weeks compared before and after, and the rise or fall of the volume (per cent)
    # that must come with a change of the smallest count; a volume near a power of ten needs none.
    scale_weeks: int = 4
    scale_rise_percent: int = 150
    scale_ten_tolerance_percent: int = 25
    # A day with fewer steps with water than this shows no smallest count.
    scale_steps: int = 36

    @property
    def settled_rows(self) -> int:
        """Return how many readings after an instant settle what is judged before it.

        A misread returns within ``misread_rows``; several may follow one on another, so a state
        is taken up again only with four times as many readings before the first one that changed.
        """
        return 4 * self.misread_rows

    def array(self) -> Ints:
        """Return the values as the kernel wants them: int64, in the order of the fields."""
        return np.array(astuple(self), dtype=np.int64)


PLACE = {field.name: place for place, field in enumerate(fields(VeeRules))}
